"""What a story is known by (decision 8): guid, address and words, each as a key. Pure."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from syndicate.model.hosts import bare_host, host_of
from syndicate.model.item import Candidate
from syndicate.model.tracking import TRACKING

# Shorter texts ("This page has moved") are the same on many pages that are different stories.
MIN_WORDS = 30
_GLOBAL_GUID = re.compile(r"(?:https?|tag|urn|uuid):", re.IGNORECASE)
_WORD = re.compile(r"[\w\u200c]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def url_key(url: str) -> str:
    """`url:` and the address without scheme, `www.`, fragment, default port and tracking parameters.

    Empty where the URL is none.
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        return ""
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._").rstrip("/")
    pairs = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.fullmatch(k)]
    query = f"?{urlencode(sorted(pairs))}" if pairs else ""
    return f"url:{_host(parts)}{path}{query}"


def guid_key(guid: str, *, source: str) -> str:
    """`guid:` and the upstream's own id, bound to its source unless it is unique by its form."""
    guid = guid.strip()
    if not guid:
        return ""
    return f"guid:{guid}" if _GLOBAL_GUID.match(guid) else f"guid:{source}/{guid}"


def text_key(text: str) -> str:
    """`text:` and a hash of the words alone, so that a moved page stays one item; empty for short texts."""
    words = _WORD.findall(text.casefold())
    if len(words) < MIN_WORDS:
        return ""
    return f"text:{hashlib.sha256(' '.join(words).encode('utf-8', 'replace')).hexdigest()}"


def keys_of(*keys: str) -> tuple[str, ...]:
    """The keys that there are, each once, in order."""
    return tuple(dict.fromkeys(key for key in keys if key))


def own_key(candidate: Candidate) -> str:
    """What a story has to itself: the address it was fetched from, its file's path, upstream's id or address.

    A canonical link is none of these, since it is a page's word for itself. Empty where words are all.
    """
    if candidate.address:
        return url_key(candidate.address)
    others = [key for key in candidate.keys if not key.startswith("text:")]
    return next((key for key in others if key.startswith("guid:")), next(iter(others), ""))


def without_keys(candidate: Candidate, lost: Collection[str], *, said: str) -> Candidate:
    """The candidate without these keys, and a warning; it stands where it was fetched, if its own word for
    that is among them.
    """
    kept = tuple(key for key in candidate.keys if key not in lost)
    if kept == candidate.keys:
        return candidate
    candidate = replace(candidate, keys=kept, warnings=(*candidate.warnings, said))
    if candidate.address is None or url_key(candidate.content.url) not in lost:
        return candidate
    return replace(
        candidate,
        content=replace(candidate.content, url=candidate.address),
        provenance=replace(candidate.provenance, original_url=candidate.address),
    )


def same_host(first: str, second: str) -> bool:
    """Whether two URLs stand on one host, with or without `www.`."""
    return bool(host_of(first)) and host_of(first) == host_of(second)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS else None


def _host(parts: SplitResult) -> str:
    port = parts.port
    plain = bare_host(parts.hostname or "")
    return plain if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{plain}:{port}"
