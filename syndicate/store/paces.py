"""Domains that are slowed or paused, what left on each day of a ramp, and whose mail host a domain has."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.pacing import Pace
from syndicate.model.subscriber import SubscriptionState
from syndicate.store.dialect import domain_in, insert
from syndicate.store.schema import batches, deliveries, issues, subscribers, subscriptions
from syndicate.store.schema_deliver import mail_hosts, paces, sent_days

# What DNS said is asked again after so long; where it said nothing, sooner.
KEPT = timedelta(days=7)
FAILED_KEPT = timedelta(days=1)

Key = tuple[str, str]

_COLUMNS = [paces.c[name] for name in Pace.__dataclass_fields__]


def list_paces(conn: Connection) -> list[Pace]:
    """Everything that is slowed or paused, by domain."""
    rows = conn.execute(select(*_COLUMNS).order_by(paces.c.domain, paces.c.relay))
    return [Pace(**row._mapping) for row in rows]


def add_paces(conn: Connection, found: Iterable[Pace]) -> None:
    """Keep new ones; over one that another process found meanwhile, ours counts."""
    for pace in found:
        values = {name: getattr(pace, name) for name in Pace.__dataclass_fields__}
        fresh = insert(conn, paces).values(values)
        changes = {name: value for name, value in values.items() if name not in ("domain", "relay", "since")}
        conn.execute(fresh.on_conflict_do_update(index_elements=["domain", "relay"], set_=changes))


def change_paces(conn: Connection, found: Iterable[Pace]) -> None:
    """Keep what changed; one that is gone from here stays gone: somebody lifted it."""
    for pace in found:
        values = {name: getattr(pace, name) for name in Pace.__dataclass_fields__}
        conn.execute(update(paces).where(*_of((pace.domain, pace.relay))).values(values))


def delete_paces(conn: Connection, keys: Iterable[Key]) -> int:
    """Forget those that are well again; how many."""
    return sum(conn.execute(delete(paces).where(*_of(key))).rowcount for key in keys)


def take_untold_paces(conn: Connection) -> list[Pace]:
    """Those that were paused and that the operator does not know of; each is given once."""
    untold = paces.c.told.is_(False), paces.c.until.is_not(None)
    found = [Pace(**row._mapping) for row in conn.execute(select(*_COLUMNS).where(*untold).with_for_update())]
    for pace in found:
        conn.execute(update(paces).where(*_of((pace.domain, pace.relay))).values(told=True))
    return found


def add_sent(conn: Connection, counts: Mapping[tuple[str, date], int]) -> None:
    """Count what left: by (relay or sender's domain, day)."""
    for (key, day), count in counts.items():
        fresh = insert(conn, sent_days).values(key=key, day=day.isoformat(), count=count)
        more = {"count": sent_days.c.count + fresh.excluded.count}
        conn.execute(fresh.on_conflict_do_update(index_elements=["key", "day"], set_=more))


def list_sent(conn: Connection, keys: Collection[str], *, since: date) -> dict[str, dict[date, int]]:
    """What left on each day, `since` one, by key."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    rows = select(sent_days).where(sent_days.c.key.in_(list(keys)), sent_days.c.day >= since.isoformat())
    for row in conn.execute(rows):
        found[row.key][date.fromisoformat(row.day)] = row._mapping["count"]
    return found


def delete_sent(conn: Connection, *, before: date) -> int:
    """Forget days that no ramp looks at any more; how many rows."""
    return conn.execute(delete(sent_days).where(sent_days.c.day < before.isoformat())).rowcount


def list_hosts(conn: Connection) -> dict[str, str]:
    """Domain → its mail host's own domain, where the two differ."""
    known = select(mail_hosts.c.domain, mail_hosts.c.host).where(
        mail_hosts.c.host != "", mail_hosts.c.host != mail_hosts.c.domain
    )
    return {row.domain: row.host for row in conn.execute(known)}


def list_unresolved(conn: Connection, *, now: datetime, limit: int) -> list[str]:
    """Domains of active subscribers whose mail host is not known, or was asked for long ago."""
    domain = domain_in(conn, subscribers.c.address_key)
    fresh = (
        select(mail_hosts.c.domain)
        .where(
            or_(
                mail_hosts.c.checked > now - FAILED_KEPT,
                (mail_hosts.c.host != "") & (mail_hosts.c.checked > now - KEPT),
            )
        )
        .scalar_subquery()
    )
    active = subscriptions.c.state == SubscriptionState.ACTIVE.value
    asked = (
        select(domain.label("asked"))
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(active, domain.not_in(fresh))
        .group_by("asked")
        .order_by(func.count().desc(), "asked")
    )
    return list(conn.scalars(asked.limit(limit)))


def save_hosts(conn: Connection, found: Mapping[str, str], *, now: datetime) -> None:
    """Keep domain → mail host, empty where nobody could tell; then what was told before stays."""
    for domain, host in found.items():
        fresh = insert(conn, mail_hosts).values(domain=domain, host=host, checked=now)
        changes = {"checked": now} | ({"host": host} if host else {})
        conn.execute(fresh.on_conflict_do_update(index_elements=["domain"], set_=changes))


def release_waiting(conn: Connection, *, now: datetime) -> int:
    """Make due at once whoever is held back by the pace; how many. Deferred ones keep their time."""
    sending = select(issues.c.id).where(issues.c.state == IssueState.SENDING)
    held = deliveries.c.state == DeliveryState.QUEUED, deliveries.c.next_attempt > now
    free = update(deliveries).where(deliveries.c.issue_id.in_(sending), *held).values(next_attempt=None)
    count = conn.execute(free).rowcount
    due = update(batches).where(
        batches.c.issue_id.in_(sending), batches.c.open, batches.c.owner == "", batches.c.failures == 0
    )
    conn.execute(due.where(batches.c.next_attempt > now).values(next_attempt=now))
    return count


def list_sending(conn: Connection) -> list[int]:
    """The issues that are being sent."""
    return list(conn.scalars(select(issues.c.id).where(issues.c.state == IssueState.SENDING)))


def hold_batches(conn: Connection, issue_id: int, *, until: datetime, why: str) -> int:
    """Let an issue's free batches wait; no attempt is counted. How many."""
    free = update(batches).where(
        batches.c.issue_id == issue_id,
        batches.c.open,
        batches.c.owner == "",
        or_(batches.c.next_attempt.is_(None), batches.c.next_attempt < until),
    )
    return conn.execute(free.values(next_attempt=until, stopped=why)).rowcount


def _of(key: Key) -> tuple[ColumnElement[bool], ...]:
    return paces.c.domain == key[0], paces.c.relay == key[1]
