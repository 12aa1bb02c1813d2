"""The outbox: notice mails, leased and recorded like deliveries. A dedupe key is there only once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from syndicate.model.delivery import DeliveryState, NoticeKind, NoticeMail, Outcome
from syndicate.store.deliveries import REPLY_LENGTH
from syndicate.store.dialect import fitted, insert
from syndicate.store.schema import messages

KEY_WIDTH = 200
LATER = (DeliveryState.DEFERRED, DeliveryState.UNKNOWN)


def add_message(conn: Connection, mail: NoticeMail) -> bool:
    """Queue a notice mail in the caller's transaction; False when one with its key is there already.

    Its `id` is given here.
    """
    row = {
        "kind": mail.kind.value,
        "dedupe_key": fitted(mail.dedupe_key, KEY_WIDTH),
        "address": mail.address,
        "newsletter": mail.newsletter,
        "language": mail.language,
        "data": dict(mail.data),
        "state": mail.state.value,
        "created": mail.created,
    }
    fresh = insert(conn, messages).values(row).on_conflict_do_nothing()
    # Not rowcount: psycopg gives none for an INSERT of this form.
    return conn.execute(fresh.returning(messages.c.id)).first() is not None


def lease_messages(conn: Connection, *, now: datetime, limit: int, lease: timedelta) -> list[NoticeMail]:
    """Take up to `limit` due notice mails, the oldest first. Intent is durable once this commits."""
    later = and_(messages.c.state.in_(LATER), messages.c.next_attempt <= now)
    due = select(messages.c.id).where(or_(messages.c.state == DeliveryState.QUEUED, later))
    chosen = due.order_by(messages.c.id).limit(limit).with_for_update(skip_locked=True)
    changes = {
        "state": DeliveryState.LEASED,
        "attempt": messages.c.attempt + 1,
        "leased_until": now + lease,
        "next_attempt": None,
        "changed": now,
    }
    taken = update(messages).where(messages.c.id.in_(chosen)).values(changes).returning(messages)
    return sorted((_mail(row) for row in conn.execute(taken)), key=lambda mail: mail.id)


def list_overdue(conn: Connection, now: datetime) -> list[NoticeMail]:
    """Leased ones whose sender let the lease run out: it died, and they may have been sent."""
    overdue = messages.c.state == DeliveryState.LEASED, messages.c.leased_until < now
    return [_mail(row) for row in conn.execute(select(messages).where(*overdue).order_by(messages.c.id))]


def record_message(conn: Connection, mail: NoticeMail, outcome: Outcome) -> bool:
    """Record what became of a leased mail. False when the lease had passed to another attempt."""
    changes = {
        "state": outcome.state.value,
        "code": outcome.code,
        "reply": outcome.reply[:REPLY_LENGTH],
        "changed": outcome.at,
        "next_attempt": outcome.next_attempt,
        "leased_until": None,
        "attempt": mail.attempt - (outcome.state == DeliveryState.QUEUED),
        "was_unknown": mail.was_unknown or outcome.state == DeliveryState.UNKNOWN,
    }
    mine = messages.c.id == mail.id, messages.c.attempt == mail.attempt
    leased = update(messages).where(*mine, messages.c.state == DeliveryState.LEASED)
    return conn.execute(leased.values(changes)).rowcount > 0


def wipe_address(conn: Connection, address: str) -> int:
    """Forget whom notice mails went to; those not yet sent are cancelled."""
    waiting = messages.c.state.in_((DeliveryState.QUEUED, *LATER))
    # A second sign-up may have spelled it in another case; addresses are ASCII.
    mine = func.lower(messages.c.address) == address.lower()
    cancelled = {"state": DeliveryState.CANCELLED.value, "next_attempt": None}
    conn.execute(update(messages).where(mine, waiting).values(cancelled))
    return conn.execute(update(messages).where(mine).values(address="", reply="")).rowcount


def wipe_ended(conn: Connection, before: datetime) -> int:
    """Forget to whom notice mails went that ended before then, and what the relay said of them."""
    named = or_(messages.c.address != "", messages.c.reply != "")
    ended = update(messages).where(_ended(before), named)
    return conn.execute(ended.values(address="", reply="")).rowcount


def delete_ended(conn: Connection, before: datetime) -> int:
    """Remove notice mails that ended before then."""
    return conn.execute(delete(messages).where(_ended(before))).rowcount


def find_message(conn: Connection, message_id: int) -> NoticeMail | None:
    """One notice mail by its row."""
    row = conn.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
    return _mail(row) if row else None


def _ended(before: datetime) -> ColumnElement[bool]:
    # An unknown one that is held waits for nothing any more.
    under_way = messages.c.state.in_((DeliveryState.QUEUED, DeliveryState.LEASED))
    last = func.coalesce(messages.c.changed, messages.c.created)
    return and_(~under_way, messages.c.next_attempt.is_(None), last < before)


def _mail(row: Row[Any]) -> NoticeMail:
    values = {name: value for name, value in row._mapping.items() if name in NoticeMail.__dataclass_fields__}
    return NoticeMail(**values | {"kind": NoticeKind(row.kind), "state": DeliveryState(row.state)})
