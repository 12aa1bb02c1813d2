"""What happened to each issue for one person, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syndicate.audience.addresses import Address, read_address
from syndicate.audience.people import People
from syndicate.audience.suppression import find_suppressed
from syndicate.audience.tokens import keyed_hashes
from syndicate.model.delivery import DeliveryState
from syndicate.model.subscriber import SubscriptionState, SuppressionReason
from syndicate.store import attempts, bounces, deliveries, past, subscribers
from syndicate.store.archives import list_archived
from syndicate.store.attempts import Attempt
from syndicate.store.bounces import Bounce
from syndicate.store.connection import Connection
from syndicate.store.deliveries import DeliveryRecord
from syndicate.store.past import Membership as Membership
from syndicate.store.past import Named, Unsent

# Of issues that never were for this person, so many are worth a line.
MOST_UNSENT = 20


class WhyNot(StrEnum):
    """Why an issue was not meant for somebody."""

    UNCONFIRMED = "unconfirmed"
    LATER = "subscribed-later"
    LEFT = "left-before"
    NOT_THEN = "not-subscribed-then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt. `code` and `reply` are the relay's last words, 0 and empty for none."""

    attempt: int
    at: datetime | None
    state: DeliveryState
    relay: str = ""
    code: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A report after acceptance. `applied` says what it changed; nobody `vouched` for it: nothing."""

    at: datetime
    kind: str
    reason: str
    status: str
    words: str
    vouched: bool
    applied: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One issue for this person. `code` and `reply` are the relay's last words, 0 and empty for none.

    `next_attempt` is when it is tried again.
    """

    newsletter: str
    number: int
    subject: str
    state: DeliveryState
    at: datetime | None
    attempt: int
    was_unknown: bool
    code: int
    reply: str
    next_attempt: datetime | None = None
    tries: tuple[Try, ...] = ()
    returned: tuple[Back, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """An issue that was not meant for this person, why not, and since or until when that was so."""

    newsletter: str
    number: int
    subject: str
    started: datetime
    why: WhyNot
    when: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An issue of their newsletters whose single deliveries are no longer in the database, and where."""

    newsletter: str
    number: int
    host: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One person's side. `known` is False for an address that is nobody's; `suppressed` says why not.

    `others` are newsletters that they never asked for; `returned`, what came back of no issue we know. In the
    files of the `archived` issues they go by the number `subscriber_id`, 0 for nobody.
    """

    address: str
    known: bool
    suppressed: SuppressionReason | None
    suppressed_since: datetime | None
    subscriptions: Mapping[str, SubscriptionState]
    memberships: tuple[Membership, ...]
    others: tuple[str, ...]
    deliveries: tuple[Event, ...]
    absences: tuple[Absence, ...]
    returned: tuple[Back, ...]
    subscriber_id: int = 0
    archived: tuple[Gone, ...] = ()


async def find_history(people: People, address: str) -> History:
    """Everything that we know about mail to this address. Raises BadAddress."""
    return await people.db.look(_find, people, read_address(address))


def why_not(membership: Membership, started: datetime) -> tuple[WhyNot, datetime | None]:
    """Why an issue that began to be sent then was not meant for this subscriber, and when that changed."""
    if membership.state is SubscriptionState.PENDING:
        return WhyNot.UNCONFIRMED, None
    if membership.since > started:
        return WhyNot.LATER, membership.since
    if membership.ended is not None and membership.ended <= started:
        return WhyNot.LEFT, membership.ended
    return WhyNot.NOT_THEN, None


def tries_of(record: DeliveryRecord, kept: Sequence[Attempt]) -> tuple[Try, ...]:
    """Every attempt, oldest first; a first one that was accepted stands in the delivery alone."""
    tries = [
        Try(attempt=one.attempt, at=one.at, state=one.state, relay=one.relay, code=one.code, reply=one.reply)
        for one in kept
    ]
    if record.state is DeliveryState.SENT and not tries:
        tries.append(
            Try(
                attempt=record.attempt,
                at=record.changed,
                state=record.state,
                relay=record.relay,
                code=record.code,
                reply=record.reply,
            )
        )
    return tuple(tries)


def _find(conn: Connection, people: People, address: Address) -> History:
    person = subscribers.find_by_key(conn, address.key)
    suppressed = find_suppressed(conn, people.keyring, [address.key]).get(address.key)
    hashes = keyed_hashes(people.keyring, "address", address.key)
    memberships = past.list_memberships(conn, person.id) if person else []
    states = {one.newsletter: one.state for one in memberships}
    back = bounces.list_bounces(conn, subscriber_id=person.id) if person else []
    records = deliveries.list_for_subscriber(conn, person.id) if person else []
    meant = {one.issue_id for one in records}
    unsent = past.list_unsent(conn, person.id, meant=meant, take=MOST_UNSENT) if person else []
    return History(
        address=address.written,
        known=person is not None,
        suppressed=suppressed,
        suppressed_since=past.find_suppressed_since(conn, hashes),
        subscriptions=states,
        memberships=tuple(memberships),
        others=tuple(name for name in people.catalogue.newsletters if name not in states),
        deliveries=_events(conn, person.id, records, back) if person else (),
        absences=tuple(_absence(one, memberships) for one in unsent),
        returned=tuple(_back(one) for one in back if not one.issue_id),
        subscriber_id=person.id if person else 0,
        archived=tuple(
            Gone(newsletter=newsletter, number=number, host=one.host, file=one.file)
            for newsletter, number, one in list_archived(conn, list(states))
        ),
    )


def _events(
    conn: Connection, subscriber_id: int, records: Sequence[DeliveryRecord], back: Sequence[Bounce]
) -> tuple[Event, ...]:
    kept = attempts.list_attempts(conn, subscriber_id)
    named = past.name_issues(conn, [record.issue_id for record in records])
    return tuple(
        _event(
            record,
            named[record.issue_id],
            kept=[one for one in kept if one.issue_id == record.issue_id],
            back=[one for one in back if one.issue_id == record.issue_id],
        )
        for record in records
    )


def _event(record: DeliveryRecord, issue: Named, *, kept: Sequence[Attempt], back: Sequence[Bounce]) -> Event:
    return Event(
        newsletter=issue.newsletter,
        number=issue.number,
        subject=issue.subject,
        state=record.state,
        at=record.changed,
        attempt=record.attempt,
        was_unknown=record.was_unknown,
        code=record.code,
        reply=record.reply,
        next_attempt=record.next_attempt,
        tries=tries_of(record, kept),
        returned=tuple(_back(one) for one in sorted(back, key=lambda one: one.received)),
    )


def _back(one: Bounce) -> Back:
    return Back(
        at=one.received,
        kind=one.kind,
        reason=one.reason,
        status=one.status,
        words=one.diagnostic,
        vouched=one.vouched,
        applied=one.applied,
    )


def _absence(one: Unsent, memberships: Sequence[Membership]) -> Absence:
    [mine] = [member for member in memberships if member.newsletter == one.newsletter]
    why, when = why_not(mine, one.started)
    return Absence(
        newsletter=one.newsletter,
        number=one.number,
        subject=one.subject,
        started=one.started,
        why=why,
        when=when,
    )
