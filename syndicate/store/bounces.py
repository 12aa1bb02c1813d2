"""What came back of our mail, and what it changed: one row for each report."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from syndicate.model.delivery import DeliveryState
from syndicate.store.attempts import keep_acceptance
from syndicate.store.deliveries import REPLY_LENGTH
from syndicate.store.dialect import fitted, insert
from syndicate.store.schema import deliveries, issues, subscribers
from syndicate.store.schema_deliver import bounces

EVENT_WIDTH = 200
# Only what may have left can have come back. One that is refused, or was never sent, stays what it is.
OUT = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.DEFERRED, DeliveryState.LEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One report as it is kept; `id` is 0 until it is stored. The diagnostic holds no address.

    `issue_id` is None where nothing tells which, 0 for a notice mail. `applied` says what was done.
    """

    id: int = 0
    received: datetime
    kind: str
    source: str
    provider: str
    event_id: str
    issue_id: int | None = None
    subscriber_id: int | None = None
    action: str = ""
    status: str = ""
    reason: str
    cls: str
    diagnostic: str = ""
    vouched: bool
    applied: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One issue for one person that was accepted: since when, and whether it came back."""

    issue_id: int
    at: datetime
    failed: bool


def add_bounce(conn: Connection, bounce: Bounce) -> int | None:
    """Keep a report; None when the same one is there already."""
    row = {name: getattr(bounce, name) for name in Bounce.__dataclass_fields__ if name != "id"}
    row |= {"event_id": fitted(bounce.event_id, EVENT_WIDTH), "class": row.pop("cls")}
    fresh = insert(conn, bounces).values(row).on_conflict_do_nothing()
    return conn.execute(fresh.returning(bounces.c.id)).scalar()


def is_known(conn: Connection, provider: str, event_id: str) -> bool:
    """Whether this report of this provider is there already."""
    same = bounces.c.provider == provider, bounces.c.event_id == fitted(event_id, EVENT_WIDTH)
    return conn.execute(select(bounces.c.id).where(*same)).first() is not None


def note_applied(conn: Connection, bounce_id: int, applied: str) -> None:
    """Say what was done upon a report."""
    conn.execute(update(bounces).where(bounces.c.id == bounce_id).values(applied=applied))


def find_state(conn: Connection, issue_id: int, subscriber_id: int) -> DeliveryState | None:
    """Where a delivery stands, locked until the transaction ends; None when there is no such delivery."""
    mine = deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id == subscriber_id
    state = conn.scalar(select(deliveries.c.state).where(*mine).with_for_update())
    return DeliveryState(state) if state else None


def mark_bounced(
    conn: Connection, issue_id: int, subscriber_id: int, *, now: datetime, words: str = ""
) -> bool:
    """A delivery that came back after it left, also one in doubt or in flight; it is not tried again.

    Its `words` take the place of the relay's, which stay with the attempt.
    """
    changes = {"state": DeliveryState.BOUNCED.value, "changed": now, "next_attempt": None}
    if words:
        keep_acceptance(conn, issue_id, subscriber_id)
        changes |= {"code": 0, "reply": words[:REPLY_LENGTH]}
    return _mark(conn, issue_id, subscriber_id, among=OUT, changes=changes)


def mark_arrived(conn: Connection, issue_id: int, subscriber_id: int, *, now: datetime) -> bool:
    """One that was unknown, and of which we are told now that it arrived."""
    changes = {"state": DeliveryState.SENT.value, "changed": now, "next_attempt": None}
    return _mark(conn, issue_id, subscriber_id, among=(DeliveryState.UNKNOWN,), changes=changes)


def list_issues_of(conn: Connection, subscriber_id: int, *, since: datetime) -> list[tuple[int, str]]:
    """(issue, newsletter) of everything compiled `since` that may have left for this person, newest first."""
    recent = select(issues.c.id, issues.c.newsletter).where(issues.c.compiled >= since)
    names = {row.id: row.newsletter for row in conn.execute(recent)}
    # By their ids, so that nothing is asked of the partitions of all issues there ever were.
    mine = deliveries.c.issue_id.in_(list(names)), deliveries.c.subscriber_id == subscriber_id
    left = select(deliveries.c.issue_id).where(*mine, deliveries.c.attempt > 0)
    return [(key, names[key]) for key in conn.scalars(left.order_by(deliveries.c.issue_id.desc()))]


def list_passed(conn: Connection, subscriber_id: int) -> list[Passed]:
    """What arrived at this person since the first that failed and counts, and what failed, by issue."""
    failed: dict[int, datetime] = {}
    counted = bounces.c.subscriber_id == subscriber_id, bounces.c.vouched, bounces.c["class"] == "count"
    bounced = (*counted, bounces.c.issue_id > 0, bounces.c.kind == "bounce", bounces.c.action == "failed")
    for row in conn.execute(select(bounces.c.issue_id, bounces.c.received).where(*bounced)):
        failed[row.issue_id] = min(row.received, failed.get(row.issue_id, row.received))
    if not failed:
        return []
    mine = deliveries.c.issue_id >= min(failed), deliveries.c.subscriber_id == subscriber_id
    sent = select(deliveries.c.issue_id, deliveries.c.changed).where(
        *mine, deliveries.c.state == DeliveryState.SENT
    )
    rows = conn.execute(sent)
    passed = [Passed(issue_id=key, at=at, failed=True) for key, at in failed.items()]
    passed += [
        Passed(issue_id=row.issue_id, at=row.changed, failed=False)
        for row in rows
        if row.issue_id not in failed and row.changed is not None
    ]
    return sorted(passed, key=lambda one: one.issue_id)


def count_applied(conn: Connection, issue_id: int, applied: Collection[str], *, most: int) -> int:
    """Upon how many of an issue's reports one of these was done; reads and counts no more than `most`."""
    done = bounces.c.issue_id == issue_id, bounces.c.applied.in_(list(applied))
    return len(conn.scalars(select(bounces.c.id).where(*done).limit(most)).all())


def count_faults(conn: Connection, issue_id: int) -> Counter[str]:
    """How many of an issue's people sent it back for a fault of ours, by the domain of their addresses."""
    ours = bounces.c.issue_id == issue_id, bounces.c.vouched, bounces.c["class"] == "sender-fault"
    people = (
        select(subscribers.c.address_key)
        .join(bounces, bounces.c.subscriber_id == subscribers.c.id)
        .where(*ours, bounces.c.kind == "bounce", bounces.c.action == "failed")
        .distinct()
    )
    return Counter(address.rpartition("@")[2] for address in conn.scalars(people))


def count_accepted(conn: Connection, issue_id: int) -> int:
    """How many of an issue's messages a relay accepted, whether they came back or not."""
    left = deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.BOUNCED))
    return conn.scalars(
        select(func.count()).select_from(deliveries).where(deliveries.c.issue_id == issue_id, left)
    ).one()


def find_last(conn: Connection, source: str) -> datetime | None:
    """When the last report came in this way, None where none did."""
    last: datetime | None = conn.scalar(
        select(func.max(bounces.c.received)).where(bounces.c.source == source)
    )
    return last


def list_bounces(
    conn: Connection,
    *,
    subscriber_id: int | None = None,
    issue_id: int | None = None,
    applied: Collection[str] = (),
    limit: int = 1_000,
) -> list[Bounce]:
    """Reports, the newest first: of one person, of one issue, those upon which `applied` was done."""
    query = select(bounces)
    if subscriber_id is not None:
        query = query.where(bounces.c.subscriber_id == subscriber_id)
    if issue_id is not None:
        query = query.where(bounces.c.issue_id == issue_id)
    if applied:
        query = query.where(bounces.c.applied.in_(list(applied)))
    rows = conn.execute(query.order_by(bounces.c.received.desc(), bounces.c.id.desc()).limit(limit))
    return [_bounce(row) for row in rows]


def forget_raw(conn: Connection, before: datetime) -> int:
    """Say of reports received before then that their mails are kept no more; how many."""
    old = update(bounces).where(bounces.c.received < before, bounces.c.raw != "")
    return conn.execute(old.values(raw="")).rowcount


def wipe_person(conn: Connection, subscriber_id: int) -> None:
    """Forget the words of what came back from a person: their mails are removed by the next sweep."""
    mine = update(bounces).where(bounces.c.subscriber_id == subscriber_id)
    conn.execute(mine.values(raw="", diagnostic=""))


def list_raw(conn: Connection) -> set[str]:
    """The names of the mails that are to be kept."""
    return set(conn.scalars(select(bounces.c.raw).where(bounces.c.raw != "")))


def _mark(
    conn: Connection,
    issue_id: int,
    subscriber_id: int,
    *,
    among: Collection[DeliveryState],
    changes: dict[str, Any],
) -> bool:
    mine = deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id == subscriber_id
    fit = update(deliveries).where(*mine, deliveries.c.state.in_(list(among)))
    return conn.execute(fit.values(changes)).rowcount > 0


def _bounce(row: Row[Any]) -> Bounce:
    values = {name: row._mapping[name] for name in Bounce.__dataclass_fields__ if name != "cls"}
    return Bounce(**values, cls=row._mapping["class"])
