"""What one person receives, and may change, behind the link in every mail."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from syndicate.audience.choices import offered
from syndicate.audience.people import People
from syndicate.audience.subscriptions import consent_wording, forget
from syndicate.audience.suppression import find_suppressed
from syndicate.audience.tokens import read_preferences
from syndicate.errors import OwnFault
from syndicate.model.delivery import NOBODY
from syndicate.model.newsletter import Newsletter
from syndicate.model.subscriber import Consent, SubscriptionState
from syndicate.store import subscribers, subscriptions
from syndicate.templating import spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionChoice:
    """One section of a newsletter, and whether it comes to this person."""

    title: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One newsletter, and whether this person receives it; `consent` is the sentence beside the button.

    `sections` are those to choose among, none where all of them come.
    """

    newsletter: Newsletter
    active: bool
    consent: str
    sections: tuple[SectionChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All newsletters from one person's side. `address` is shortened: a forwarded mail must not tell it.

    `known` is False for somebody already forgotten; `suppressed` when we may not write at all. `test`: the
    link came from a test mail, and is nobody's.
    """

    address: str
    language: str
    known: bool
    suppressed: bool
    choices: tuple[Choice, ...]
    test: bool = False


async def find_preferences(people: People, token: str) -> Preferences:
    """What the page shows; changes nothing. Raises TokenRefused."""
    subscriber_id = read_preferences(people.keyring, token, now=people.now())
    return await people.db.read(_find, people, subscriber_id=subscriber_id)


async def start(people: People, token: str, newsletter: str, *, source: str) -> None:
    """Subscribe to one more: the link was mailed, so the address is proven. Raises TokenRefused, NotFound."""
    subscriber_id = read_preferences(people.keyring, token, now=people.now())
    wanted = people.newsletter(newsletter)
    await people.db.write(_start, people, subscriber_id=subscriber_id, newsletter=wanted, source=source)


async def end(people: People, token: str, newsletter: str) -> None:
    """Unsubscribe from one. Raises TokenRefused."""
    now = people.now()
    subscriber_id = read_preferences(people.keyring, token, now=now)
    await people.db.write(
        subscriptions.end_subscription, subscriber_id, newsletter, now=now, reason="preferences page"
    )


async def set_language(people: People, token: str, language: str) -> None:
    """The language of this person's mails and pages. Raises TokenRefused, OwnFault for one we don't speak."""
    subscriber_id = read_preferences(people.keyring, token, now=people.now())
    if language not in spoken():
        raise OwnFault(f"{language!r} is none of the languages that we speak: {', '.join(sorted(spoken()))}")
    await people.db.write(subscribers.set_details, subscriber_id, name="", language=language)


async def forget_me(people: People, token: str) -> None:
    """Wipe the person behind the link. Raises TokenRefused."""
    await forget(people, read_preferences(people.keyring, token, now=people.now()))


def shorten(address: str) -> str:
    """Enough of an address for its owner: `m…@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if domain else ""


def _find(conn: Any, people: People, *, subscriber_id: int) -> Preferences:
    person = subscribers.find_subscriber(conn, subscriber_id)
    if person is None:
        test = subscriber_id >= NOBODY
        return Preferences(address="", language="", known=False, suppressed=False, choices=(), test=test)
    active = {
        one.newsletter: one.sections
        for one in subscriptions.list_subscriptions(conn, subscriber_id)
        if one.state is SubscriptionState.ACTIVE
    }
    return Preferences(
        address=shorten(person.address),
        language=person.language,
        known=True,
        suppressed=bool(find_suppressed(conn, people.keyring, [person.address.lower()])),
        choices=tuple(
            Choice(
                newsletter=one,
                active=one.name in active,
                consent=consent_wording(people, one),
                sections=_sections(one, active.get(one.name, ())),
            )
            for one in people.catalogue.newsletters.values()
        ),
    )


def _sections(newsletter: Newsletter, chosen: Collection[str]) -> tuple[SectionChoice, ...]:
    titles = offered(newsletter)
    # Who chose nothing that is still there gets it all, as an issue's renderings have it.
    known = set(titles).intersection(chosen) or titles
    return tuple(SectionChoice(title=title, chosen=title in known) for title in titles)


def _start(conn: Any, people: People, *, subscriber_id: int, newsletter: Newsletter, source: str) -> None:
    person = subscribers.find_subscriber(conn, subscriber_id)
    if person is None or find_suppressed(conn, people.keyring, [person.address.lower()]):
        return
    consent = Consent(at=people.now(), source=source, wording=consent_wording(people, newsletter))
    subscriptions.activate(conn, subscriber_id, newsletter.name, consent=consent)
