"""What one person's past with a newsletter was, as far as it tells why an issue did not come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, and_, exists, select

from syndicate.model.newsletter import IssueState
from syndicate.model.subscriber import SubscriptionState
from syndicate.store.schema import archived_issues, issues, subscriptions, suppressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One subscription over time. `reason` says how it ended."""

    newsletter: str
    state: SubscriptionState
    since: datetime
    ended: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What people know an issue by."""

    newsletter: str
    number: int
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """An issue that began to be sent and has no delivery for this person."""

    newsletter: str
    number: int
    subject: str
    started: datetime


def name_issues(conn: Connection, issue_ids: Collection[int]) -> dict[int, Named]:
    """These issues by id."""
    columns = [issues.c[name] for name in ("id", *Named.__dataclass_fields__)]
    rows = conn.execute(select(*columns).where(issues.c.id.in_(list(issue_ids))))
    return {row.id: Named(newsletter=row.newsletter, number=row.number, subject=row.subject) for row in rows}


def list_memberships(conn: Connection, subscriber_id: int) -> list[Membership]:
    """All of one person's, by newsletter."""
    mine = select(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id)
    return [
        Membership(
            newsletter=row.newsletter,
            state=SubscriptionState(row.state),
            since=row.since,
            ended=row.ended,
            reason=row.ended_reason,
        )
        for row in conn.execute(mine.order_by(subscriptions.c.newsletter))
    ]


def list_unsent(conn: Connection, subscriber_id: int, *, meant: Collection[int], take: int) -> list[Unsent]:
    """The newest issues of this person's newsletters that were begun, but for those `meant` for them."""
    theirs = subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter == issues.c.newsletter
    columns = [issues.c[name] for name in Unsent.__dataclass_fields__]
    query = (
        select(issues.c.id, *columns)
        .join(subscriptions, and_(*theirs))
        .where(
            ~exists().where(archived_issues.c.issue_id == issues.c.id),
            issues.c.started.is_not(None),
            issues.c.state != IssueState.CANCELLED.value,
        )
    )
    rows = conn.execute(query.order_by(issues.c.started.desc(), issues.c.id.desc()))
    found = (
        Unsent(**dict(zip(Unsent.__dataclass_fields__, rest, strict=True)))
        for key, *rest in rows
        if key not in meant
    )
    return list(islice(found, take))


def find_suppressed_since(conn: Connection, address_hashes: Collection[str]) -> datetime | None:
    """Since when an address is suppressed, by its hash under any key; None when it is not."""
    here = suppressions.c.address_hash.in_(list(address_hashes))
    since: datetime | None = conn.scalar(select(suppressions.c.since).where(here).order_by("since").limit(1))
    return since
