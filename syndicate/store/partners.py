"""The tokens of partners: kept as their SHA-256, several valid at once, ended by expiry or revocation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, or_, select, update

from syndicate.store.schema import partner_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A partner's token, without its secret. `hash` is the SHA-256 of that, in hex."""

    id: int
    partner: str
    label: str
    hash: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None


def save_token(
    conn: Connection, partner: str, *, label: str, hash: str, now: datetime, expires: datetime | None
) -> int:
    """Store a new token; its id, which is never used again."""
    values = {"partner": partner, "label": label, "hash": hash, "created": now, "expires": expires}
    return int(
        conn.execute(insert(partner_tokens).values(values).returning(partner_tokens.c.id)).scalar_one()
    )


def find_token(conn: Connection, *, hash: str = "", token_id: int = 0) -> Token | None:
    """The token with this hash or this id, whoever has it and whether it still counts."""
    wanted = partner_tokens.c.hash == hash if hash else partner_tokens.c.id == token_id
    row = conn.execute(select(partner_tokens).where(wanted)).one_or_none()
    return None if row is None else Token(**row._mapping)


def list_tokens(conn: Connection, partner: str) -> list[Token]:
    """All tokens that a partner ever had, the newest first."""
    query = select(partner_tokens).where(partner_tokens.c.partner == partner)
    return [Token(**row._mapping) for row in conn.execute(query.order_by(partner_tokens.c.id.desc()))]


def end_tokens(conn: Connection, token_ids: Sequence[int], *, at: datetime) -> None:
    """Let these tokens expire then, or earlier where that was said before."""
    later = or_(partner_tokens.c.expires.is_(None), partner_tokens.c.expires > at)
    wanted = partner_tokens.c.id.in_(token_ids) & later
    conn.execute(update(partner_tokens).where(wanted).values(expires=at))


def revoke_token(conn: Connection, token_id: int, *, now: datetime) -> None:
    """The token counts no more; one revoked before stays so since then."""
    wanted = (partner_tokens.c.id == token_id) & partner_tokens.c.revoked.is_(None)
    conn.execute(update(partner_tokens).where(wanted).values(revoked=now))


def record_used(conn: Connection, used: Mapping[int, datetime]) -> None:
    """When each token was last used."""
    for token_id, at in sorted(used.items()):
        later = func.coalesce(partner_tokens.c.last_used, at) <= at
        wanted = (partner_tokens.c.id == token_id) & later
        conn.execute(update(partner_tokens).where(wanted).values(last_used=at))
