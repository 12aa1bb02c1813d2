"""Who may have a partner's documents: credentials as requests bring them, and what they open.

HTTP Basic (RFC 7617) with the partner's name and a token as password, a bearer token (RFC 6750), or a signed
URL. Of every other request, too large, twice or broken, the credential is one that opens nothing, so that all
take the same way.
"""

import binascii
import hmac
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from syndicate.partner.tokens import TokenState, secret_hash, state_of
from syndicate.store import partners
from syndicate.store.connection import Connection
from syndicate.store.partners import Token

MAX_HEADER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a request brings: the `hash` of a token, with the `user` that Basic names, or the id of the token
    that a genuine signed URL depends on. The token itself is kept by nobody.
    """

    hash: str = ""
    user: str = ""
    token_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A partner that was let in, and by which token."""

    partner: str
    token_id: int


NOTHING = Credential(hash="0" * 64)
# In the place of a token that is not there, so that it is compared like any other.
NO_TOKEN = Token(
    id=0, partner="", label="", hash="f" * 64, created=datetime.min.replace(tzinfo=UTC), expires=None
)


def read_authorization(values: Sequence[bytes]) -> Credential:
    """The credential in the Authorization headers of a request; NOTHING unless there is one, and readable."""
    # RFC 9110, section 11.6.2: the field has one value. Of two, a proxy may have checked the other.
    if len(values) != 1 or len(values[0]) > MAX_HEADER:
        return NOTHING
    scheme, _, rest = values[0].strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return _bearer(rest.strip())
        case b"basic":
            return _basic(rest.strip())
        case _:
            return NOTHING


def authenticate(conn: Connection, partner: str, credential: Credential, *, now: datetime) -> Access | None:
    """Who this is, if the credential is the partner's and counts now; the same steps for whoever asks."""
    token = partners.find_token(conn, hash=credential.hash, token_id=credential.token_id)
    if not opens(token or NO_TOKEN, partner, credential, now=now):
        return None
    return Access(partner=partner, token_id=(token or NO_TOKEN).id)


def opens(token: Token, partner: str, credential: Credential, *, now: datetime) -> bool:
    """Whether a token is the one that the credential shows, the partner's, and counts."""
    # Each is asked, whatever the others say: where the answer fails is nobody's to measure.
    answers = (
        _same(token.hash, credential.hash or token.hash),
        _same(token.partner, partner),
        _same(credential.user or partner, partner),
        state_of(token, now) is TokenState.ACTIVE,
        token.id > 0,
    )
    return sum(answers) == len(answers)


def _bearer(value: bytes) -> Credential:
    text = _text(value)
    return Credential(hash=secret_hash(text)) if text else NOTHING


def _basic(value: bytes) -> Credential:
    try:
        decoded = b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return NOTHING
    user, colon, password = _text(decoded).partition(":")
    return Credential(hash=secret_hash(password), user=user) if user and colon and password else NOTHING


def _text(value: bytes) -> str:
    # RFC 7617, section 2.1: charset="UTF-8" is what our challenge asks for.
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
