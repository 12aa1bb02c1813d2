"""What came back, for people who ask: of one person, of one issue, or of nobody we know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syndicate.audience.addresses import Address, read_address
from syndicate.audience.people import People
from syndicate.deliver.bounce.applying import Deed
from syndicate.deliver.bounce.returning import Intake
from syndicate.store import bounces, issues, subscribers
from syndicate.store.bounces import Bounce

# Nothing was done upon these, and a person may want to know why.
OPEN = (Deed.UNMATCHED, Deed.UNVOUCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One report. `issue` is what people call it (`daily/3`), empty where it is none or unknown.

    `applied` says what was done; `intake` which way it came, `provider` whose webhook.
    """

    at: datetime
    kind: str
    issue: str
    subscriber_id: int | None
    action: str
    status: str
    reason: str
    cls: str
    diagnostic: str
    vouched: bool
    applied: str
    intake: str
    provider: str


async def list_bounces(people: People, address: str) -> list[Came]:
    """Everything that came back from this address, the newest first. Raises BadAddress."""
    return await people.db.read(_list_of_person, read_address(address))


async def list_came(
    people: People, *, issue_id: int | None = None, unmatched: bool = False, limit: int = 1_000
) -> list[Came]:
    """What came back, the newest first: all, of one issue, or only that upon which nothing was done."""
    return await people.db.read(_list, issue_id=issue_id, applied=OPEN if unmatched else (), limit=limit)


async def last_came(people: People, intake: Intake) -> datetime | None:
    """When the last report came in this way, None where none did."""
    return await people.db.read(bounces.find_last, intake)


def _list_of_person(conn: Any, address: Address) -> list[Came]:
    person = subscribers.find_by_key(conn, address.key)
    return _list(conn, subscriber_id=person.id) if person else []


def _list(conn: Any, /, **chosen: Any) -> list[Came]:
    found = bounces.list_bounces(conn, **chosen)
    names = {number: _name(conn, number) for number in {one.issue_id for one in found if one.issue_id}}
    return [_came(one, names.get(one.issue_id or 0, "")) for one in found]


def _name(conn: Any, issue_id: int) -> str:
    issue = issues.find_issue(conn, issue_id)
    return f"{issue.newsletter}/{issue.number}" if issue else ""


def _came(one: Bounce, issue: str) -> Came:
    return Came(
        at=one.received,
        kind=one.kind,
        issue=issue,
        subscriber_id=one.subscriber_id,
        action=one.action,
        status=one.status,
        reason=one.reason,
        cls=one.cls,
        diagnostic=one.diagnostic,
        vouched=one.vouched,
        applied=one.applied,
        intake=one.source,
        provider=one.provider,
    )
