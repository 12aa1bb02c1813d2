"""Sign-up, confirmation, unsubscription and wiping.

A sign-up does the same work and gets the same answer whether the address is new, known or suppressed
(requirement E5). What it asks for counts only once somebody has followed the link in the mail.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syndicate.audience.addresses import Address, read_address
from syndicate.audience.people import People
from syndicate.audience.suppression import address_hash, find_suppressed
from syndicate.audience.tokens import CONFIRMATION_AGE, read_confirmation, read_unsubscribe
from syndicate.errors import TokenRefused, TryLater
from syndicate.model.delivery import DeliveryState, NoticeKind, NoticeMail
from syndicate.model.job import Job
from syndicate.model.newsletter import Newsletter
from syndicate.model.subscriber import Consent, Subscriber, SubscriptionState, SuppressionReason
from syndicate.store import bounces, caps, messages, subscribers, subscriptions, suppressions
from syndicate.templating import words

__all__ = ["People", "confirm", "find_request", "forget", "sign_up", "sweep", "unsubscribe"]

CAP_WINDOW = timedelta(hours=1)
# How long the outbox knows whom a notice mail that ended went to, and that there was one.
MAIL_ADDRESS_KEPT = timedelta(days=7)
MAIL_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What a form sends. `caller` is the client's IP address, empty where there is none."""

    address: str
    newsletter: str
    caller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a confirmation link stands for: the newsletters that still wait for it, and the link's own."""

    subscriber_id: int
    newsletter: Newsletter
    awaiting: tuple[Newsletter, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An unsubscription; `newsletter` is None when that newsletter is no longer published."""

    subscriber_id: int
    name: str
    newsletter: Newsletter | None


async def sign_up(people: People, wanted: SignUp) -> None:
    """Ask for a newsletter: pending, and a confirmation mail in the outbox.

    Raises BadAddress, NotFound, and TryLater where a cap is reached.
    """
    address = read_address(wanted.address)
    newsletter = people.newsletter(wanted.newsletter)
    await people.db.write(_sign_up, people, address=address, newsletter=newsletter, caller=wanted.caller)


async def find_request(people: People, token: str) -> Request:
    """What the page behind a confirmation link shows; changes nothing. Raises TokenRefused."""
    subscriber_id, newsletter = _read_confirmation(people, token)
    return await people.db.read(_find_request, people, subscriber_id=subscriber_id, newsletter=newsletter)


async def confirm(people: People, token: str, *, source: str) -> Request:
    """Start everything that this person asked for; the answer lists what was started. Raises TokenRefused.

    `source` says where the consent was given (requirement P1).
    """
    subscriber_id, newsletter = _read_confirmation(people, token)
    return await people.db.write(
        _confirm, people, subscriber_id=subscriber_id, newsletter=newsletter, source=source
    )


async def unsubscribe(people: People, token: str, *, reason: str) -> Ended:
    """End one subscription: always succeeds with a genuine link, however often and whoever is left."""
    ended = read_ended(people, token)
    await people.db.write(
        subscriptions.end_subscription, ended.subscriber_id, ended.name, now=people.now(), reason=reason
    )
    return ended


def read_ended(people: People, token: str) -> Ended:
    """What an unsubscribe link is about; changes nothing. Raises TokenRefused."""
    subscriber_id, name = read_unsubscribe(people.keyring, token, now=people.now())
    return Ended(subscriber_id=subscriber_id, name=name, newsletter=people.catalogue.newsletters.get(name))


async def forget(people: People, subscriber_id: int) -> bool:
    """Wipe a person; a keyed hash of the address stays suppressed. False when nobody was there."""
    return await people.db.write(_forget, people, subscriber_id=subscriber_id)


async def forget_address(people: People, address: str) -> bool:
    """`forget` by address. Raises BadAddress."""
    found = await people.db.read(subscribers.find_by_key, read_address(address).key)
    return found is not None and await forget(people, found.id)


async def sweep(people: People) -> int:
    """Remove sign-ups never confirmed in 7 days, people left without any, and counters whose time is over.

    Notice mails that ended lose their address after 7 days, and are removed after 30. Returns the sign-ups.
    """
    return await people.db.write(_sweep, now=people.now())


def consent_wording(people: People, newsletter: Newsletter) -> str:
    """The sentence beside the button, which is kept with the consent."""
    sentence = words(newsletter.language)["web_consent"]
    return sentence.format(newsletter=newsletter.title, site=people.catalogue.site.name)


def network_of(caller: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one IPv6 household has to itself."""
    try:
        address = ipaddress.ip_address(caller)
    except ValueError:
        return caller
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _sign_up(conn: Any, people: People, *, address: Address, newsletter: Newsletter, caller: str) -> None:
    now = people.now()
    _count(conn, people, f"ip:{network_of(caller)}", limit=people.limits.signups_per_ip_hour)
    _count(conn, people, f"domain:{address.domain}", limit=people.limits.signups_per_domain_hour)
    digest = address_hash(people.keyring, address.key)
    suppressed = bool(find_suppressed(conn, people.keyring, [address.key]))
    # The same rows are written for a suppressed address, with its hash in the place of the address.
    key, written = (f"#{digest}", "") if suppressed else (address.key, address.written)
    subscriber_id = subscribers.save_subscriber(
        conn, key, address=written, language=newsletter.language, now=now
    )
    subscriptions.request_subscription(conn, subscriber_id, newsletter.name, now=now)
    mail = NoticeMail(
        kind=NoticeKind.CONFIRMATION,
        dedupe_key=f"confirmation:{digest}:{now:%Y-%m-%d}",
        address=written,
        newsletter=newsletter.name,
        language=newsletter.language,
        data={"subscriber_id": subscriber_id},
        created=now,
        state=DeliveryState.SUPPRESSED if suppressed else DeliveryState.QUEUED,
    )
    messages.add_message(conn, mail)
    people.enqueue(conn, Job(name="outbox.send", key="outbox.send"))


def _count(conn: Any, people: People, what: str, *, limit: int) -> None:
    kind, _, rest = what.partition(":")
    if not rest:
        return
    now = people.now()
    key = f"{kind}:{address_hash(people.keyring, what)}"
    if caps.count_up(conn, key, now=now, expires=now + CAP_WINDOW) > limit:
        expires = caps.find_expiry(conn, key) or now + CAP_WINDOW
        raise TryLater(f"too many sign-ups from one {kind}", retry_after=(expires - now).total_seconds())


def _read_confirmation(people: People, token: str) -> tuple[int, Newsletter]:
    subscriber_id, name = read_confirmation(people.keyring, token, now=people.now())
    newsletter = people.catalogue.newsletters.get(name)
    if newsletter is None:
        raise TokenRefused(f"the newsletter {name!r} is no longer published", expired=True)
    return subscriber_id, newsletter


def _find_request(conn: Any, people: People, *, subscriber_id: int, newsletter: Newsletter) -> Request:
    names = subscriptions.list_awaiting(conn, subscriber_id)
    known = people.catalogue.newsletters
    own = subscriptions.find_subscription(conn, subscriber_id, newsletter.name)
    return Request(
        subscriber_id=subscriber_id,
        newsletter=newsletter,
        awaiting=tuple(known[name] for name in names if name in known),
        active=own is not None and own.state is SubscriptionState.ACTIVE,
    )


def _confirm(
    conn: Any, people: People, *, subscriber_id: int, newsletter: Newsletter, source: str
) -> Request:
    request = _find_request(conn, people, subscriber_id=subscriber_id, newsletter=newsletter)
    now = people.now()
    for one in request.awaiting:
        consent = Consent(at=now, source=source, wording=consent_wording(people, one))
        subscriptions.activate(conn, subscriber_id, one.name, consent=consent)
    return request


def _forget(conn: Any, people: People, *, subscriber_id: int) -> bool:
    person = subscribers.find_subscriber(conn, subscriber_id)
    if person is None:
        return False
    _suppress_forgotten(conn, people, person)
    messages.wipe_address(conn, person.address)
    bounces.wipe_person(conn, subscriber_id)
    return subscribers.delete_subscriber(conn, subscriber_id)


def _suppress_forgotten(conn: Any, people: People, person: Subscriber) -> None:
    if person.address:
        digest = address_hash(people.keyring, person.address.lower())
        reason = SuppressionReason.FORGOTTEN
        suppressions.save_suppression(conn, digest, reason=reason, now=people.now())


def _sweep(conn: Any, *, now: datetime) -> int:
    removed = subscriptions.delete_unconfirmed(conn, now - CONFIRMATION_AGE)
    subscribers.delete_idle(conn, now - CONFIRMATION_AGE)
    caps.delete_expired(conn, now)
    messages.wipe_ended(conn, now - MAIL_ADDRESS_KEPT)
    messages.delete_ended(conn, now - MAIL_KEPT)
    return removed
