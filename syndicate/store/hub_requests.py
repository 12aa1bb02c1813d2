"""Requests to the hub whose callbacks were not asked yet: kept until they answer, in order for each pair."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from syndicate.store.schema import hub_requests


class Mode(StrEnum):
    """What a callback is asked or told (W3C WebSub, sections 5.2 and 5.3)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """One request; `content` is the SHA-256 of the topic when it was made, `reason` why it is denied."""

    id: int
    mode: Mode
    topic: str
    callback: str
    host: str
    secret: str = field(default="", repr=False)
    lease_seconds: int = 0
    content: str = ""
    attempt: int = 0
    reason: str = ""


def key_of(url: str) -> str:
    """What stands for a topic or a callback in an index."""
    return hashlib.sha256(url.encode()).hexdigest()


def save_request(conn: Connection, request: HubRequest, *, now: datetime) -> None:
    """Keep a request, due at once; its `id` and `attempt` are not looked at."""
    conn.execute(
        insert(hub_requests).values(
            mode=request.mode,
            topic=request.topic,
            topic_key=key_of(request.topic),
            callback=request.callback,
            callback_key=key_of(request.callback),
            host=request.host,
            secret=request.secret,
            lease_seconds=request.lease_seconds,
            content=request.content,
            created=now,
            next_attempt=now,
            error=request.reason,
        )
    )


def count_pending(conn: Connection, topic: str, callback: str) -> int:
    """How many requests of this pair wait."""
    return conn.scalars(select(func.count()).select_from(hub_requests).where(_pair(topic, callback))).one()


def count_waiting(conn: Connection, host: str) -> int:
    """How many requests of a callback's host wait."""
    return conn.scalars(select(func.count()).where(hub_requests.c.host == host)).one()


def next_request_due(conn: Connection, busy: Collection[str] = ()) -> datetime | None:
    """When the next request is due, None when none waits; those of `busy` hosts are not looked at."""
    earliest = select(func.min(hub_requests.c.next_attempt)).where(hub_requests.c.host.not_in(list(busy)))
    found: datetime | None = conn.scalar(earliest)
    return found


def lease_requests(
    conn: Connection, *, now: datetime, until: datetime, room: int, busy: Mapping[str, int], per_host: int
) -> list[HubRequest]:
    """Take up to `room` due requests, the longest due first; nobody else gets them before `until`.

    `busy` says how many of a host are under way already, of the `per_host` that may be.
    """
    full = [host for host, count in busy.items() if count >= per_host]
    due = and_(hub_requests.c.next_attempt <= now, hub_requests.c.host.not_in(full))
    order = hub_requests.c.next_attempt, hub_requests.c.id
    rows = conn.execute(
        select(hub_requests).where(due).order_by(*order).limit(room * 4).with_for_update(skip_locked=True)
    )
    taken = within(rows.all(), room=room, busy=busy, per_host=per_host)
    raised = {"attempt": hub_requests.c.attempt + 1, "next_attempt": until}
    ids = [row.id for row in taken]
    conn.execute(update(hub_requests).where(hub_requests.c.id.in_(ids)).values(**raised))
    return [_request(row) for row in taken]


def within(rows: Collection[Any], *, room: int, busy: Mapping[str, int], per_host: int) -> list[Any]:
    """The first of these rows, at most `room`, and of each host no more than may still be asked."""
    counts = dict(busy)
    taken: list[Any] = []
    for row in rows:
        if len(taken) < room and counts.get(row.host, 0) < per_host:
            counts[row.host] = counts.get(row.host, 0) + 1
            taken.append(row)
    return taken


def postpone_request(conn: Connection, request: HubRequest, *, until: datetime) -> None:
    """Ask again then."""
    conn.execute(update(hub_requests).where(hub_requests.c.id == request.id).values(next_attempt=until))


def end_request(conn: Connection, request: HubRequest) -> bool:
    """Forget a request, and older ones of its pair with it; False when a newer one has ended it already."""
    older = and_(
        _pair(request.topic, request.callback),
        hub_requests.c.id < request.id,
        hub_requests.c.mode != Mode.DENIED,
    )
    conn.execute(delete(hub_requests).where(older))
    return conn.execute(delete(hub_requests).where(hub_requests.c.id == request.id)).rowcount == 1


def drop_request(conn: Connection, request: HubRequest) -> None:
    """Forget a request that came to nothing; others of its pair stand."""
    conn.execute(delete(hub_requests).where(hub_requests.c.id == request.id))


def drop_requests_before(conn: Connection, moment: datetime) -> int:
    """Forget requests made before that, whose callbacks never gave an answer; how many."""
    return conn.execute(delete(hub_requests).where(hub_requests.c.created < moment)).rowcount


def _pair(topic: str, callback: str) -> ColumnElement[bool]:
    return and_(hub_requests.c.topic_key == key_of(topic), hub_requests.c.callback_key == key_of(callback))


def _request(row: Row[Any]) -> HubRequest:
    return HubRequest(
        id=row.id,
        mode=Mode(row.mode),
        topic=row.topic,
        callback=row.callback,
        host=row.host,
        secret=row.secret,
        lease_seconds=row.lease_seconds,
        content=row.content,
        attempt=row.attempt + 1,
        reason=row.error,
    )
