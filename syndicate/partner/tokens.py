"""Tokens of partners: made, rotated, listed, revoked. The secret is told once and kept nowhere."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicate.errors import NotFound
from syndicate.store import partners
from syndicate.store.connection import Connection
from syndicate.store.partners import Token

# What a leak looks like, for whoever searches mails and repositories for one.
PREFIX = "syndicate_"
SECRET_BYTES = 32


class TokenState(StrEnum):
    """Whether a token counts, and what ended it."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token as the operator sees it: everything but the token."""

    id: int
    label: str
    created: datetime
    last_used: datetime | None
    expires: datetime | None
    revoked: datetime | None
    state: TokenState


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made: the only time that `secret` is known. `ended` are those it replaces."""

    id: int
    partner: str
    secret: str
    expires: datetime | None
    ended: tuple[int, ...] = ()


def new_secret() -> str:
    """256 random bits, safe in a header, a URL and a shell."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """What is kept of a token."""
    # No salt and no slow hash: those protect what people choose; 256 random bits cannot be searched.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def state_of(token: Token, now: datetime) -> TokenState:
    """Whether the token counts now."""
    if token.revoked is not None:
        return TokenState.REVOKED
    ended = token.expires is not None and token.expires <= now
    return TokenState.EXPIRED if ended else TokenState.ACTIVE


def make_token(
    conn: Connection, partner: str, *, now: datetime, label: str = "", age: timedelta | None = None
) -> NewToken:
    """A further token for a partner, good for `age`; the ones that it has stay as they are."""
    secret, expires = new_secret(), None if age is None else now + age
    token_id = partners.save_token(
        conn, partner, label=label, hash=secret_hash(secret), now=now, expires=expires
    )
    return NewToken(id=token_id, partner=partner, secret=secret, expires=expires)


def rotate_tokens(
    conn: Connection, partner: str, *, now: datetime, grace: timedelta, label: str = ""
) -> NewToken:
    """A new token; those that count now do so for `grace` more, or until their own end if that is sooner."""
    old = [one.id for one in partners.list_tokens(conn, partner) if state_of(one, now) is TokenState.ACTIVE]
    made = make_token(conn, partner, now=now, label=label)
    partners.end_tokens(conn, old, at=now + grace)
    return NewToken(id=made.id, partner=partner, secret=made.secret, expires=made.expires, ended=tuple(old))


def list_lines(conn: Connection, partner: str, *, now: datetime) -> list[TokenLine]:
    """All tokens that a partner ever had, the newest first."""
    return [
        TokenLine(
            id=one.id,
            label=one.label,
            created=one.created,
            last_used=one.last_used,
            expires=one.expires,
            revoked=one.revoked,
            state=state_of(one, now),
        )
        for one in partners.list_tokens(conn, partner)
    ]


def revoke(conn: Connection, partner: str, token_id: int, *, now: datetime) -> None:
    """The token counts no more, from the next request on, nor does any URL signed with it.

    Raises NotFound, naming the partner's tokens.
    """
    known = partners.list_tokens(conn, partner)
    if token_id not in {one.id for one in known}:
        ids = ", ".join(str(one.id) for one in known) or "none"
        raise NotFound(f"{partner} has no token {token_id}; it has: {ids}")
    partners.revoke_token(conn, token_id, now=now)


def signing_token(conn: Connection, partner: str, *, now: datetime, token_id: int = 0) -> Token:
    """The token that a signed URL depends on: the one named, or the newest.

    Raises NotFound unless it counts.
    """
    known = [one for one in partners.list_tokens(conn, partner) if token_id in (0, one.id)]
    active = [one for one in known if state_of(one, now) is TokenState.ACTIVE]
    if active:
        return active[0]
    if token_id and known:
        raise NotFound(f"token {token_id} of {partner} is {state_of(known[0], now)}: sign with another one")
    which = f"no token {token_id}" if token_id else "no token that counts"
    raise NotFound(f"{partner} has {which}: make one with: syndicate partner token new {partner}")
