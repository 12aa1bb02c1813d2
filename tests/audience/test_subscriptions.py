from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from syndicate.audience.importing import add_subscriber
from syndicate.audience.people import People
from syndicate.audience.subscriptions import (
    SignUp,
    confirm,
    consent_wording,
    find_request,
    forget,
    forget_address,
    network_of,
    sign_up,
    sweep,
    unsubscribe,
)
from syndicate.audience.suppression import lift, suppress
from syndicate.audience.tokens import confirmation_token, unsubscribe_token
from syndicate.errors import BadAddress, NotFound, TokenRefused, TryLater
from syndicate.model.delivery import DeliveryState, NoticeKind, NoticeMail, Outcome
from syndicate.model.site import WebSettings
from syndicate.model.subscriber import Subscriber, Subscription, SubscriptionState, SuppressionReason
from syndicate.store import deliveries, messages, subscribers, subscriptions
from syndicate.store.database import Database
from syndicate.store.partitions import prepare_partitions
from syndicate.store.schema import deliveries as deliveries_table
from tests.audience.conftest import DAILY, Enqueued, some_people
from tests.builders import NOON, a_clock

DAY = timedelta(days=1)
MINA = "Mina@example.org"


async def ask(people: People, address: str = MINA, newsletter: str = "daily", caller: str = "") -> None:
    await sign_up(people, SignUp(address=address, newsletter=newsletter, caller=caller))


async def person(people: People, address: str = MINA) -> Subscriber:
    found = await people.db.read(subscribers.find_by_key, address.lower())
    assert found is not None
    return found


async def subscription(people: People, newsletter: str = "daily") -> Subscription | None:
    mina = await person(people)
    return await people.db.read(subscriptions.find_subscription, mina.id, newsletter)


async def link(people: People, newsletter: str = "daily", at: datetime = NOON) -> str:
    return confirmation_token(people.keyring, (await person(people)).id, newsletter, at=at)


async def outbox(people: People) -> list[NoticeMail]:
    found = [await people.db.read(messages.find_message, number) for number in range(1, 20)]
    return [mail for mail in found if mail]


def later(people: People, by: timedelta) -> People:
    return some_people(people.db, now=a_clock(NOON + by))


async def test_a_sign_up_is_pending_and_sends_a_confirmation_mail(people: People) -> None:
    await ask(people)
    found = await subscription(people)
    assert found is not None
    assert found.state is SubscriptionState.PENDING
    [mail] = await outbox(people)
    assert (mail.kind, mail.address, mail.newsletter) == (NoticeKind.CONFIRMATION, MINA, "daily")
    assert mail.data == {"subscriber_id": found.subscriber_id}


async def test_a_sign_up_makes_the_outbox_due(db: Database) -> None:
    jobs = Enqueued()
    await ask(some_people(db, enqueue=jobs))
    assert [job.name for job in jobs] == ["outbox.send"]


async def test_a_bad_address_is_refused(people: People) -> None:
    with pytest.raises(BadAddress):
        await ask(people, "mina@nowhere")


async def test_an_unknown_newsletter_is_named_with_those_that_exist(people: People) -> None:
    with pytest.raises(NotFound, match="daily, weekly"):
        await ask(people, newsletter="hourly")


async def test_a_confirmed_subscription_keeps_time_source_and_wording_of_the_consent(people: People) -> None:
    await ask(people)
    await confirm(people, await link(people), source="web")
    found = await subscription(people)
    assert found is not None
    assert found.state is SubscriptionState.ACTIVE
    assert found.consent is not None
    assert (found.consent.at, found.consent.source) == (NOON, "web")
    assert found.consent.wording == consent_wording(people, DAILY)
    assert "The Daily Tide" in found.consent.wording


async def test_looking_at_a_confirmation_changes_nothing(people: People) -> None:
    await ask(people)
    request = await find_request(people, await link(people))
    assert [one.name for one in request.awaiting] == ["daily"]
    found = await subscription(people)
    assert found is not None
    assert found.state is SubscriptionState.PENDING


async def test_one_mail_a_day_goes_to_an_address(people: People) -> None:
    await ask(people)
    await ask(people, MINA.upper(), newsletter="weekly")
    assert len(await outbox(people)) == 1
    await ask(later(people, DAY))
    assert len(await outbox(people)) == 2


async def test_the_one_mail_of_a_day_confirms_everything_asked_for(people: People) -> None:
    await ask(people)
    await ask(people, newsletter="weekly")
    request = await confirm(people, await link(people), source="web")
    assert {one.name for one in request.awaiting} == {"daily", "weekly"}
    found = await subscription(people, "weekly")
    assert found is not None
    assert found.state is SubscriptionState.ACTIVE


async def test_confirming_twice_changes_nothing(people: People) -> None:
    await ask(people)
    token = await link(people)
    await confirm(people, token, source="web")
    again = await confirm(later(people, DAY), token, source="web")
    assert (again.awaiting, again.active) == ((), True)
    found = await subscription(people)
    assert found is not None
    assert found.since == NOON


async def test_an_old_confirmation_link_does_not_revive_an_ended_subscription(people: People) -> None:
    await ask(people)
    token = await link(people)
    await confirm(people, token, source="web")
    mina = await person(people)
    await unsubscribe(people, unsubscribe_token(people.keyring, mina.id, "daily"), reason="test")
    again = await confirm(later(people, DAY), token, source="web")
    assert (again.awaiting, again.active) == ((), False)
    found = await subscription(people)
    assert found is not None
    assert found.state is SubscriptionState.ENDED


async def test_somebody_who_left_comes_back_by_signing_up_again(people: People) -> None:
    await ask(people)
    await confirm(people, await link(people), source="web")
    mina = await person(people)
    await unsubscribe(people, unsubscribe_token(people.keyring, mina.id, "daily"), reason="test")
    tomorrow = later(people, DAY)
    await ask(tomorrow)
    await confirm(tomorrow, await link(tomorrow, at=NOON + DAY), source="web")
    found = await subscription(people)
    assert found is not None
    assert found.state is SubscriptionState.ACTIVE


async def test_a_confirmation_link_expires_after_seven_days(people: People) -> None:
    await ask(people)
    token = await link(people)
    with pytest.raises(TokenRefused) as refused:
        await confirm(later(people, 8 * DAY), token, source="web")
    assert refused.value.expired


async def test_unsubscribing_is_idempotent(people: People) -> None:
    await ask(people)
    await confirm(people, await link(people), source="web")
    token = unsubscribe_token(people.keyring, (await person(people)).id, "daily")
    first = await unsubscribe(people, token, reason="one-click")
    assert await unsubscribe(later(people, DAY), token, reason="one-click") == first
    found = await subscription(people)
    assert found is not None
    assert (found.state, found.ended) == (SubscriptionState.ENDED, NOON)


async def test_unsubscribing_succeeds_for_somebody_forgotten(people: People) -> None:
    await ask(people)
    mina = await person(people)
    await forget(people, mina.id)
    ended = await unsubscribe(people, unsubscribe_token(people.keyring, mina.id, "daily"), reason="one-click")
    assert ended.newsletter == DAILY


async def test_unsubscribing_succeeds_for_a_newsletter_no_longer_published(people: People) -> None:
    token = unsubscribe_token(people.keyring, 7, "hourly")
    ended = await unsubscribe(people, token, reason="one-click")
    assert (ended.name, ended.newsletter) == ("hourly", None)


async def test_forgetting_wipes_the_address_everywhere_and_keeps_it_suppressed(people: People) -> None:
    await ask(people)
    mina = await person(people)
    assert await forget_address(people, MINA)
    assert await people.db.read(subscribers.find_subscriber, mina.id) is None
    [mail] = await outbox(people)
    assert (mail.address, mail.state) == ("", DeliveryState.CANCELLED)
    await ask(later(people, DAY))
    assert {mail.address for mail in await outbox(people)} == {""}
    assert await people.db.read(subscribers.find_by_key, MINA.lower()) is None


async def test_forgetting_finds_the_address_in_every_case(people: People) -> None:
    await ask(people)
    await ask(later(people, DAY), MINA.upper())
    await forget_address(people, MINA)
    assert {(mail.address, mail.state) for mail in await outbox(people)} == {("", DeliveryState.CANCELLED)}


async def test_forgetting_blanks_what_the_relay_said_of_the_address(people: People) -> None:
    await add_subscriber(people, MINA, newsletters=["daily"], consent="paper form")
    mina = await person(people)
    row = {"issue_id": 1, "subscriber_id": mina.id, "batch": 0, "state": DeliveryState.REFUSED.value}
    said = deliveries_table.insert().values(**row, reply=f"550 5.1.1 <{MINA}> unknown")
    await people.db.write(prepare_partitions, [1])
    await people.db.write(lambda conn: conn.execute(said))
    await forget(people, mina.id)
    [kept] = await people.db.read(deliveries.list_for_subscriber, mina.id)
    assert (kept.state, kept.reply) == (DeliveryState.REFUSED, "")


async def test_a_notice_mail_that_ended_loses_its_address_and_then_goes(people: People) -> None:
    await ask(people)
    await ask(people, "waiting@example.org")
    [mail] = await people.db.write(messages.lease_messages, now=NOON, limit=1, lease=DAY)
    accepted = Outcome(subscriber_id=0, state=DeliveryState.SENT, at=NOON, code=250, reply=f"<{MINA}> ok")
    await people.db.write(messages.record_message, mail, accepted)
    await sweep(later(people, 7 * DAY))
    assert [one.address for one in await outbox(people)] == [MINA, "waiting@example.org"]
    await sweep(later(people, 7 * DAY + timedelta(seconds=1)))
    assert [one.address for one in await outbox(people)] == ["", "waiting@example.org"]
    await sweep(later(people, 30 * DAY + timedelta(seconds=1)))
    assert [one.address for one in await outbox(people)] == ["waiting@example.org"]


async def test_nothing_is_sent_to_a_suppressed_address(people: People) -> None:
    await suppress(people, MINA, reason=SuppressionReason.COMPLAINT)
    await ask(people)
    assert [(mail.state, mail.address) for mail in await outbox(people)] == [(DeliveryState.SUPPRESSED, "")]


async def test_a_lifted_suppression_lets_somebody_sign_up(people: People) -> None:
    await suppress(people, MINA, reason=SuppressionReason.OPERATOR)
    assert await lift(people, MINA.upper())
    await ask(people)
    assert [mail.address for mail in await outbox(people)] == [MINA]


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


async def test_the_same_statements_run_whoever_signs_up(people: People) -> None:
    await ask(people, "active@example.org")
    active = await people.db.read(subscribers.find_by_key, "active@example.org")
    assert active is not None
    await confirm(people, confirmation_token(people.keyring, active.id, "daily", at=NOON), source="web")
    await suppress(people, "gone@example.org", reason=SuppressionReason.ADDRESS_GONE)
    seen = {}
    for address in ("active@example.org", "gone@example.org", "new@example.org"):
        with statements(people.db) as run:
            await ask(people, address, caller="192.0.2.1")
        seen[address] = run
    assert seen["active@example.org"] == seen["gone@example.org"] == seen["new@example.org"]
    assert len(seen["new@example.org"]) >= 5


async def test_one_caller_signs_up_only_so_often_an_hour(db: Database) -> None:
    people = some_people(db, limits=WebSettings(signups_per_ip_hour=2))
    await ask(people, "a@example.org", caller="192.0.2.1")
    await ask(people, "b@example.org", caller="192.0.2.1")
    with pytest.raises(TryLater) as refused:
        await ask(people, "c@example.org", caller="192.0.2.1")
    assert refused.value.retry_after == 3600
    assert await db.read(subscribers.find_by_key, "c@example.org") is None
    await ask(people, "c@example.org", caller="192.0.2.2")
    hour_later = some_people(db, limits=people.limits, now=a_clock(NOON + timedelta(hours=1)))
    await ask(hour_later, "d@example.org", caller="192.0.2.1")


async def test_one_domain_is_signed_up_only_so_often_an_hour(db: Database) -> None:
    people = some_people(db, limits=WebSettings(signups_per_domain_hour=1))
    await ask(people, "a@example.org", caller="192.0.2.1")
    with pytest.raises(TryLater):
        await ask(people, "b@example.org", caller="192.0.2.2")
    await ask(people, "b@example.net", caller="192.0.2.2")


@pytest.mark.parametrize(
    ("caller", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_caller_is_an_ipv4_address_or_an_ipv6_network(caller: str, network: str) -> None:
    assert network_of(caller) == network


async def test_an_ip_address_is_kept_only_as_a_hash_and_only_for_an_hour(people: People) -> None:
    await ask(people, caller="192.0.2.1")
    read = "SELECT key FROM caps"
    keys = await people.db.read(lambda conn: list(conn.exec_driver_sql(read).scalars()))
    assert len(keys) == 2
    assert not any("192.0.2.1" in key or "example" in key for key in keys)
    await sweep(later(people, timedelta(hours=1)))
    assert await people.db.read(lambda conn: list(conn.exec_driver_sql(read).scalars())) == []


async def test_a_sign_up_never_confirmed_is_gone_after_seven_days(people: People) -> None:
    await ask(people)
    assert await sweep(later(people, 7 * DAY)) == 0
    assert await sweep(later(people, 7 * DAY + timedelta(seconds=1))) == 1
    assert await people.db.read(subscribers.find_by_key, MINA.lower()) is None
