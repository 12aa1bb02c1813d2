"""The ledger of an issue, counted: by relay, by domain, by what was said; and the people of one state."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from syndicate.model.delivery import DeliveryState
from syndicate.store.archives import find_counts
from syndicate.store.schema import deliveries, issues, subscribers

# Nothing is read into memory whole: replies can differ for each of a million.
ROWS = 2_000

Counts = dict[str, dict[DeliveryState, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How often the same was said of deliveries in one state."""

    state: DeliveryState
    code: int
    reply: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One person of an issue; `address` is empty once they are forgotten."""

    subscriber_id: int
    address: str
    state: DeliveryState
    attempt: int
    was_unknown: bool
    changed: datetime | None
    next_attempt: datetime | None
    code: int
    reply: str
    relay: str


def count_by_relay(conn: Connection, issue_id: int) -> Counts:
    """How many stand in each state, by the relay that was last used for them."""
    if kept := find_counts(conn, issue_id):
        return _kept(kept["relays"])
    counted = _counting(deliveries.c.relay).where(deliveries.c.issue_id == issue_id, deliveries.c.relay != "")
    return _counts(conn, counted)


def count_by_domain(conn: Connection, issue_id: int) -> Counts:
    """The same by the addresses' domain, in lower case; empty for people who were forgotten."""
    if kept := find_counts(conn, issue_id):
        return _kept(kept["domains"])
    people = subscribers.c.id == deliveries.c.subscriber_id
    counted = _counting(func.coalesce(_domain(conn), "")).join(subscribers, people, isouter=True)
    return _counts(conn, counted.where(deliveries.c.issue_id == issue_id))


def list_said(conn: Connection, issue_id: int) -> Iterator[Said]:
    """What was said of those who have not got it, most often first."""
    if kept := find_counts(conn, issue_id):
        yield from (Said(**one | {"state": DeliveryState(one["state"])}) for one in kept["said"])
        return
    said = (deliveries.c.state, deliveries.c.code, deliveries.c.reply)
    telling = deliveries.c.state != DeliveryState.SENT.value, or_(said[1] != 0, said[2] != "")
    query = select(*said, func.count()).where(deliveries.c.issue_id == issue_id, *telling)
    ordered = query.group_by(*said).order_by(func.count().desc(), *said)
    for state, code, reply, count in conn.execute(ordered.execution_options(yield_per=ROWS)):
        yield Said(state=DeliveryState(state), code=code, reply=reply, count=count)


def count_settled(conn: Connection, issue_id: int, *, since: datetime) -> int:
    """How many have been sent or refused since then."""
    ended = deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.BOUNCED))
    mine = deliveries.c.issue_id == issue_id, ended, deliveries.c.changed >= since
    return conn.scalars(select(func.count()).select_from(deliveries).where(*mine)).one()


def next_try(conn: Connection, issue_id: int) -> datetime | None:
    """When the first of those who wait for a later try is due; None when nobody does."""
    waiting = deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN))
    soonest: datetime | None = conn.scalar(
        select(func.min(deliveries.c.next_attempt)).where(deliveries.c.issue_id == issue_id, waiting)
    )
    return soonest


def count_again(conn: Connection, issue_id: int) -> int:
    """How many of the unknown are to be sent once more."""
    waiting = deliveries.c.state == DeliveryState.UNKNOWN.value, deliveries.c.next_attempt.is_not(None)
    mine = select(func.count()).select_from(deliveries).where(deliveries.c.issue_id == issue_id, *waiting)
    return conn.scalars(mine).one()


def find_started(conn: Connection, issue_id: int) -> datetime | None:
    """When the issue began to be sent, None before it has."""
    started: datetime | None = conn.scalar(select(issues.c.started).where(issues.c.id == issue_id))
    return started


def list_addressees(
    conn: Connection, issue_id: int, *, state: DeliveryState, take: int | None = None
) -> list[Addressee]:
    """The people of an issue whose delivery stands in one state, by subscriber."""
    columns = [deliveries.c[name] for name in Addressee.__dataclass_fields__ if name != "address"]
    people = select(*columns, subscribers.c.address).join(
        subscribers, subscribers.c.id == deliveries.c.subscriber_id, isouter=True
    )
    mine = people.where(deliveries.c.issue_id == issue_id, deliveries.c.state == state.value)
    rows = conn.execute(mine.order_by(deliveries.c.subscriber_id).limit(take))
    return [_addressee(row) for row in rows]


def _counting(name: ColumnElement[str]) -> Select[Any]:
    # Grouped by labels: PostgreSQL takes two equal expressions with values in them for two.
    chosen = select(name.label("whose"), deliveries.c.state.label("stands"), func.count().label("count"))
    return chosen.select_from(deliveries).group_by("whose", "stands")


def _counts(conn: Connection, query: Select[Any]) -> Counts:
    counts: Counts = defaultdict(dict)
    for name, state, count in conn.execute(query):
        counts[name][DeliveryState(state)] = count
    return dict(counts)


def _kept(counts: Mapping[str, Mapping[str, int]]) -> Counts:
    """Of an archived issue: what its report told."""
    return {
        name: {DeliveryState(state): count for state, count in tally.items()}
        for name, tally in counts.items()
    }


def _domain(conn: Connection) -> ColumnElement[str]:
    # Addresses have one @ (audience/addresses), which the two databases find each in its own way.
    key = subscribers.c.address_key
    if conn.dialect.name == "postgresql":
        return func.split_part(key, "@", 2)
    return func.substr(key, func.instr(key, "@") + 1)


def _addressee(row: Any) -> Addressee:
    return Addressee(**{**row._mapping, "state": DeliveryState(row.state), "address": row.address or ""})
