import pytest

from syndicate.audience.importing import add_subscriber
from syndicate.audience.people import People
from syndicate.audience.preferences import end, find_preferences, forget_me, shorten, start
from syndicate.audience.suppression import suppress
from syndicate.audience.tokens import Keyring, preferences_token, unsubscribe_token
from syndicate.errors import NotFound, TokenRefused
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import subscribers, subscriptions

MINA = "mina@example.org"


async def a_link(people: People) -> str:
    await add_subscriber(people, MINA, newsletters=["daily"], consent="paper form")
    found = await people.db.read(subscribers.find_by_key, MINA)
    assert found is not None
    return preferences_token(people.keyring, found.id)


async def active(people: People, token: str) -> set[str]:
    choices = (await find_preferences(people, token)).choices
    return {choice.newsletter.name for choice in choices if choice.active}


async def test_preferences_list_every_newsletter_and_what_is_subscribed(people: People) -> None:
    found = await find_preferences(people, await a_link(people))
    assert [(c.newsletter.name, c.active) for c in found.choices] == [("daily", True), ("weekly", False)]
    assert found.address == "m…@example.org"


async def test_a_newsletter_is_ended_and_started_again(people: People) -> None:
    token = await a_link(people)
    await end(people, token, "daily")
    assert await active(people, token) == set()
    await start(people, token, "weekly", source="preferences")
    assert await active(people, token) == {"weekly"}
    kept = await people.db.read(subscriptions.find_subscription, 1, "weekly")
    assert kept is not None
    assert kept.consent is not None
    assert kept.consent.source == "preferences"


async def test_an_unknown_newsletter_is_refused(people: People) -> None:
    with pytest.raises(NotFound):
        await start(people, await a_link(people), "hourly", source="preferences")


async def test_a_suppressed_person_is_told_and_not_subscribed_again(people: People) -> None:
    token = await a_link(people)
    await end(people, token, "daily")
    await suppress(people, MINA, reason=SuppressionReason.COMPLAINT)
    await start(people, token, "daily", source="preferences")
    assert (await find_preferences(people, token)).suppressed
    assert await active(people, token) == set()


async def test_somebody_forgotten_is_known_no_more(people: People) -> None:
    token = await a_link(people)
    await forget_me(people, token)
    assert not (await find_preferences(people, token)).known
    await end(people, token, "daily")
    await start(people, token, "daily", source="preferences")
    await forget_me(people, token)


async def test_an_unsubscribe_link_opens_no_preferences(people: People) -> None:
    with pytest.raises(TokenRefused):
        await find_preferences(people, unsubscribe_token(people.keyring, 1, "daily"))


async def test_another_site_s_link_opens_nothing(people: People) -> None:
    with pytest.raises(TokenRefused):
        await find_preferences(people, preferences_token(Keyring(current=b"x" * 32), 1))


@pytest.mark.parametrize(("address", "short"), [("m@x.example", "m…@x.example"), ("", "")])
def test_an_address_is_shortened(address: str, short: str) -> None:
    assert shorten(address) == short
