"""What a request says about the answer that it wants: conditions, encodings, instance manipulations. Pure.

RFC 9110: conditional requests (section 13), negotiation by encoding (section 12.5.3); RFC 3229: A-IM.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

RawHeaders = list[tuple[bytes, bytes]]
Asked = Mapping[bytes, bytes]

READ = frozenset({b"if-none-match", b"if-modified-since", b"accept-encoding", b"a-im"})
FEED, GZIP = b"feed", b"gzip"


def read(raw: Iterable[tuple[bytes, bytes]]) -> Asked:
    """The header fields that decide about an answer; repeated ones are one list (RFC 9110, section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in raw:
        if name in READ:
            found[name] = found[name] + b"," + value if name in found else value
    return found


def is_unchanged(asked: Asked, etag: bytes, modified: datetime) -> bool:
    """Whether a conditional request has what we have; If-None-Match wins over If-Modified-Since."""
    tags = asked.get(b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*" or opaque(etag) in opaque_tags(tags)
    since = _read_date(asked.get(b"if-modified-since"))
    return since is not None and modified <= since


def is_conditional(asked: Asked) -> bool:
    """Whether the caller asks for what changed alone."""
    return b"if-none-match" in asked or b"if-modified-since" in asked


def opaque(tag: bytes) -> bytes:
    """An entity tag for the weak comparison (RFC 9110, section 8.8.3.2)."""
    return tag.strip().removeprefix(b"W/")


@lru_cache(maxsize=1024)
def opaque_tags(tags: bytes) -> tuple[bytes, ...]:
    """The entity tags of a list; ours have no comma in them."""
    return tuple(opaque(tag) for tag in tags.split(b","))


@lru_cache(maxsize=512)
def choose_encoding(accept: bytes) -> bytes:
    """The best of br, gzip and identity for an Accept-Encoding header; br before gzip where equal."""
    weights = _weights(accept)
    star = weights.get(b"*", 0.0)
    ranked = {name: weights.get(name, star) for name in (b"br", GZIP)}
    best = max(ranked, key=lambda name: ranked[name])
    return best if ranked[best] > 0 and ranked[best] >= weights.get(b"identity", 0.0) else b"identity"


@lru_cache(maxsize=512)
def manipulations(accept: bytes) -> tuple[bytes, ...]:
    """Which of our instance manipulations an A-IM header takes: feed, feed and then gzip, or none."""
    weights = _weights(accept)
    if weights.get(FEED, 0.0) <= 0:
        return ()
    return (FEED, GZIP) if weights.get(GZIP, 0.0) > 0 else (FEED,)


def _weights(accept: bytes) -> dict[bytes, float]:
    weights: dict[bytes, float] = {}
    for part in accept.lower().split(b","):
        name, _, parameters = part.partition(b";")
        weights[name.strip()] = _weight(parameters)
    return weights


def _weight(parameters: bytes) -> float:
    for parameter in parameters.split(b";"):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=512)
def _read_date(value: bytes | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value.decode("ascii")) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date and date.tzinfo is None else date
