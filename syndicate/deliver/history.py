"""What happened to each issue for one person, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syndicate.audience.addresses import Address, read_address
from syndicate.audience.people import People
from syndicate.audience.suppression import find_suppressed
from syndicate.model.delivery import DeliveryState
from syndicate.model.subscriber import SubscriptionState, SuppressionReason
from syndicate.store import deliveries, issues, subscribers, subscriptions
from syndicate.store.connection import Connection
from syndicate.store.deliveries import DeliveryRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One issue for this person. `code` and `reply` are the relay's last words, 0 and empty for none."""

    newsletter: str
    number: int
    subject: str
    state: DeliveryState
    at: datetime | None
    attempt: int
    was_unknown: bool
    code: int
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One person's side. `known` is False for an address that is nobody's; `suppressed` says why not."""

    address: str
    known: bool
    suppressed: SuppressionReason | None
    subscriptions: Mapping[str, SubscriptionState]
    deliveries: tuple[Event, ...]


async def find_history(people: People, address: str) -> History:
    """Everything that we know about mail to this address. Raises BadAddress."""
    return await people.db.read(_find, people, read_address(address))


def _find(conn: Connection, people: People, address: Address) -> History:
    person = subscribers.find_by_key(conn, address.key)
    suppressed = find_suppressed(conn, people.keyring, [address.key]).get(address.key)
    states = subscriptions.list_subscriptions(conn, person.id) if person else []
    records = deliveries.list_for_subscriber(conn, person.id) if person else []
    return History(
        address=address.written,
        known=person is not None,
        suppressed=suppressed,
        subscriptions={one.newsletter: one.state for one in states},
        deliveries=tuple(_event(conn, record) for record in records),
    )


def _event(conn: Connection, record: DeliveryRecord) -> Event:
    issue = issues.find_issue(conn, record.issue_id)
    return Event(
        newsletter=issue.newsletter if issue else "",
        number=issue.number if issue else 0,
        subject=issue.subject if issue else "",
        state=record.state,
        at=record.changed,
        attempt=record.attempt,
        was_unknown=record.was_unknown,
        code=record.code,
        reply=record.reply,
    )
