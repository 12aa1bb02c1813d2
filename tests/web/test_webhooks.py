"""Webhooks over real HTTP: verified, applied once, 200 only after that."""

import json
import sqlite3

import pytest

from syndicate.audience.suppression import address_hash
from syndicate.model.bounces import MailgunWebhook, PostmarkWebhook, SendgridWebhook, SesWebhook
from syndicate.model.site import FetchSettings
from syndicate.model.subscriber import SuppressionReason
from syndicate.net.client import Client
from syndicate.store import bounces, suppressions
from tests.deliver.bounce.returned import a_returning, add_sent, signed
from tests.deliver.hooks.provider import (
    CERTIFICATE_URL,
    MAILGUN_SECRET,
    TOPIC,
    basic,
    certificate,
    mailgun,
    mailgun_failure,
    postmark,
    postmark_bounce,
    public_key,
    sendgrid,
    sendgrid_bounce,
    ses_bounce,
    sns,
)
from tests.deliver.sender import address
from tests.web.conftest import a_site

ALL = {
    "ses": SesWebhook(topics=(TOPIC,)),
    "sendgrid": SendgridWebhook(public_key=public_key()),
    "mailgun": MailgunWebhook(secret=MAILGUN_SECRET),
    "postmark": PostmarkWebhook(username="postmark", password="ferry"),
}


@pytest.fixture
def issue(sqlite_db) -> int:
    return sqlite_db.write_now(add_sent, readers=3)


@pytest.fixture
async def hooked(sqlite_db, tmp_path, issue):
    """A site with every webhook on; the certificate of SNS has been fetched already."""
    returning = a_returning(sqlite_db, tmp_path, **ALL)
    returning.certificates[CERTIFICATE_URL] = certificate()
    async with a_site(sqlite_db, tmp_path, returning=returning) as running:
        yield running


async def tell(site, provider: str, posted) -> int:
    answer = await site.post(f"/webhooks/{provider}", posted.body, headers=dict(posted.headers))
    return answer.status


def reasons(site, *numbers: int) -> list[SuppressionReason]:
    digests = [address_hash(site.people.keyring, address(number)) for number in numbers]
    return list(site.db.read_now(suppressions.find_suppressed, digests).values())


def genuine(provider: str, issue: int):
    """A hard bounce of reader 1, as this provider tells it."""
    return {
        "ses": lambda: sns(ses_bounce(signed(issue))),
        "sendgrid": lambda: sendgrid(sendgrid_bounce()),
        "mailgun": lambda: mailgun(mailgun_failure()),
        "postmark": lambda: postmark(postmark_bounce(), authorization=basic("postmark", "ferry")),
    }[provider]()


@pytest.mark.parametrize("provider", ALL)
async def test_a_hard_bounce_suppresses_the_reader_and_counts_once(hooked, issue, provider) -> None:
    assert [await tell(hooked, provider, genuine(provider, issue)) for _ in range(2)] == [200, 200]
    assert (reasons(hooked, 1), reasons(hooked, 2, 3)) == ([SuppressionReason.ADDRESS_GONE], [])
    (kept,) = hooked.db.read_now(bounces.list_bounces)
    assert (kept.provider, kept.source, kept.issue_id, kept.vouched) == (provider, "webhook", issue, True)


@pytest.mark.parametrize("provider", ALL)
async def test_what_nobody_signed_changes_nothing(hooked, issue, provider) -> None:
    posted = genuine(provider, issue)
    forged = {
        "ses": lambda: json.loads(posted.body) | {"Signature": "AAAA"},
        "sendgrid": lambda: [sendgrid_bounce(email=address(2))],
        "mailgun": lambda: {**json.loads(posted.body), "signature": {"timestamp": "1", "token": "x"}},
        "postmark": lambda: json.loads(posted.body),
    }[provider]()
    headers = {} if provider == "postmark" else dict(posted.headers)
    answer = await hooked.post(f"/webhooks/{provider}", json.dumps(forged).encode(), headers=headers)
    assert answer.status == 401
    assert (reasons(hooked, 1, 2), hooked.db.read_now(bounces.list_bounces)) == ([], [])


async def test_a_token_of_mailgun_vouches_for_one_event(hooked) -> None:
    assert await tell(hooked, "mailgun", mailgun(mailgun_failure(), token="once")) == 200
    stolen = mailgun(mailgun_failure(id="ev-2", recipient=address(2)), token="once")
    assert await tell(hooked, "mailgun", stolen) == 401
    assert reasons(hooked, 2) == []


async def test_a_token_of_an_event_that_does_not_concern_us_is_used_up_too(hooked) -> None:
    assert await tell(hooked, "mailgun", mailgun(mailgun_failure(event="opened"), token="once")) == 200
    assert await tell(hooked, "mailgun", mailgun(mailgun_failure(), token="once")) == 401


async def test_the_signed_sender_of_a_provider_counts_before_the_address(hooked, issue) -> None:
    await tell(hooked, "mailgun", mailgun(mailgun_failure(envelope={"sender": signed(issue, 2)})))
    assert (reasons(hooked, 1), reasons(hooked, 2)) == ([], [SuppressionReason.ADDRESS_GONE])


async def test_several_events_of_one_request_all_count(hooked) -> None:
    events = [sendgrid_bounce(email=address(n), sg_event_id=f"ev-{n}") for n in (1, 2, 3)]
    assert await tell(hooked, "sendgrid", sendgrid(*events)) == 200
    assert len(reasons(hooked, 1, 2, 3)) == 3


async def test_hundreds_of_events_fit_into_one_request(hooked) -> None:
    filling = {"useragent": "x" * 1_000}
    events = [sendgrid_bounce(sg_event_id=f"ev-{n}", event="open", **filling) for n in range(800)]
    assert await tell(hooked, "sendgrid", sendgrid(*events)) == 200


async def test_a_body_without_end_is_refused(hooked) -> None:
    answer = await hooked.post("/webhooks/sendgrid", b"x" * 3_000_000)
    assert answer.status == 413


async def test_what_arrived_leaves_no_row(hooked) -> None:
    assert await tell(hooked, "sendgrid", sendgrid(sendgrid_bounce(event="delivered"))) == 200
    assert hooked.db.read_now(bounces.list_bounces) == []


async def test_a_request_of_another_kind_is_told(hooked) -> None:
    posted = postmark({"hello": "there"}, authorization=basic("postmark", "ferry"))
    assert await tell(hooked, "postmark", posted) == 400


@pytest.mark.parametrize("path", ["/webhooks/ses", "/webhooks/sendgrid", "/webhooks/mailgun", "/webhooks/x"])
async def test_a_webhook_that_is_not_configured_is_not_there(sqlite_db, tmp_path, path) -> None:
    async with a_site(sqlite_db, tmp_path, returning=a_returning(sqlite_db, tmp_path)) as site:
        assert (await site.post(path, b"{}")).status == 404


async def test_a_certificate_is_fetched_under_the_address_guard(sqlite_db, tmp_path, issue) -> None:
    class ToOurselves:
        """A name server that sends everybody to this machine."""

        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
            where = {"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0}
            return [where | {"flags": 0}]

        async def close(self) -> None:
            pass

    async with Client(FetchSettings(), resolver=ToOurselves()) as client:
        returning = a_returning(sqlite_db, tmp_path, client=client, **ALL)
        async with a_site(sqlite_db, tmp_path, returning=returning) as site:
            assert await tell(site, "ses", sns(ses_bounce(signed(issue)))) == 401
            assert (returning.certificates, reasons(site, 1)) == ({}, [])


async def test_a_busy_database_asks_the_provider_to_come_again(hooked, issue) -> None:
    with sqlite3.connect(hooked.db.path) as other:
        other.execute("BEGIN IMMEDIATE")
        status = await tell(hooked, "sendgrid", genuine("sendgrid", issue))
        other.rollback()
    assert status == 503
    assert await tell(hooked, "sendgrid", genuine("sendgrid", issue)) == 200


async def test_a_topic_is_confirmed_only_at_amazon(hooked, issue) -> None:
    """The request itself goes out under the guard, as that for a certificate does."""
    asked = {
        "Type": "SubscriptionConfirmation",
        "Token": "t",
        "SubscribeURL": "https://evil.example/?Token=t",
    }
    assert await tell(hooked, "ses", sns("You have chosen to subscribe", **asked)) == 401
