"""Signed URLs, for readers that can send no header: the path of one document, an end, and a token's id.

The signature is an HMAC-SHA256 (RFC 2104) of all of these, so that a URL opens one document of one partner
until its end or its token's, and nothing can be changed in it. It is made with a key of the server's, not
with the token's hash: who reads the database may not make URLs of it.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from syndicate.model import links
from syndicate.model.feed import Format

PARAMETERS = ("token", "expires", "signature")
# Of a query; one that is longer is none of ours.
MAX_QUERY = 2_000
# One spelling for each number, so that no two URLs are one.
NUMBER = re.compile(r"[1-9][0-9]{0,11}")
PATH = "/partners/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A document of a partner's, as its URL names it; `form` is None for a suffix that no format has."""

    partner: str
    feed: str
    form: Format | None

    @property
    def path(self) -> str:
        """The address in one spelling, whatever the request's was."""
        return links.partner_path(self.partner, self.feed, self.form) if self.form else ""


def read_address(partner: str, file: str) -> Address:
    """The document that `/partners/PARTNER/FILE` names; both parts decoded."""
    feed, _, suffix = file.rpartition(".")
    form = Format(suffix) if suffix in set(Format) else None
    return Address(partner=partner, feed=feed, form=form)


def read_url(url: str, *, base_url: str) -> tuple[Address, str] | None:
    """The address and the query of a whole URL of ours; None for any other."""
    try:
        parts, base = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return None
    prefix = base.path.rstrip("/") + PATH
    if (parts.scheme, parts.netloc) != (base.scheme, base.netloc) or not parts.path.startswith(prefix):
        return None
    partner, _, file = unquote(parts.path.removeprefix(prefix)).partition("/")
    return read_address(partner, file), parts.query


def sign_query(keys: Sequence[bytes], address: Address, *, token_id: int, expires: datetime) -> str:
    """The query that opens the document until then, while the token counts; the first key signs."""
    end = int(expires.timestamp())
    values = (str(token_id), str(end), _signature(keys[0], address, token_id, end))
    return urlencode(dict(zip(PARAMETERS, values, strict=True)))


def read_query(keys: Sequence[bytes], address: Address, query: str, *, now: datetime) -> int:
    """The id of the token that vouches for a signed URL; 0 unless it is genuine and its time not over."""
    given = _parameters(query)
    if given is None:
        return 0
    token_id, end, signature = int(given["token"]), int(given["expires"]), given["signature"]
    genuine = [
        hmac.compare_digest(
            signature.encode("utf-8", "replace"), _signature(key, address, token_id, end).encode()
        )
        for key in keys
    ]
    return token_id if any(genuine) and now.timestamp() < end else 0


def _parameters(query: str) -> Mapping[str, str] | None:
    if len(query) > MAX_QUERY:
        return None
    try:
        found = parse_qs(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return None
    # One of each: with two, who reads the first and who reads the last would see two different URLs.
    given = {name: found[name][0] for name in PARAMETERS if len(found.get(name, ())) == 1}
    numbers = (given.get("token", ""), given.get("expires", ""))
    return given if len(given) == len(PARAMETERS) and all(map(NUMBER.fullmatch, numbers)) else None


def _signature(key: bytes, address: Address, token_id: int, end: int) -> str:
    body = f"{address.path}\0{token_id}\0{end}".encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(key, body, "sha256")).rstrip(b"=").decode()
