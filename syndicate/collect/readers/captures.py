"""Which captures of an old site are worth asking an archive for, and which answers are no page. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlencode, urlsplit

from syndicate.collect.error_pages import LOOKED_AT, is_sent_as_page
from syndicate.collect.identity import url_key
from syndicate.collect.scope import matches
from syndicate.formats.cdx import FIELDS, CdxRow
from syndicate.model.hosts import bare_host
from syndicate.model.source import Captures, Source

PAGE_TYPES = "text/html|application/xhtml\\+xml|text/plain"
# A listing's part; pywb knows no way to go on, so that it is asked for as many as we are willing to hold.
ROWS, ALL_ROWS = 3_000, 30_000
# Captures of one address that are tried when the wanted one is an error page.
TRIES = 3
_USUAL_PORTS = (80, 443)
_KEPT = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
# What stands at a site's root for programs, as plain text.
_FOR_PROGRAMS = re.compile(
    r"/(?:\.well-known/.*|(?:robots|(?:app-)?ads|humans|security|llms(?:-full)?)\.txt)"
)
_REPLAYED = re.compile(r"/(\d{4,14})(?:[a-z]{2}_)?/(.+)", re.DOTALL)
_ARCHIVE_SAYS = re.compile(
    rb"got an HTTP \d{3} response at crawl time|Wayback Machine has not archived that URL"
    rb"|This URL has been excluded from the Wayback Machine|Wayback Machine doesn't have that page archived",
    re.IGNORECASE,
)


def cdx_query(source: Source, *, since: str, resume_key: str) -> str:
    """The address that lists the next captures, oldest first for each page."""
    regex = "" if _is_wayback(source) else "~"
    asked = {
        "url": source.url,
        "matchType": "prefix",
        "output": "json",
        "fl": ",".join(FIELDS),
        "collapse": "digest",
        "from": since or (f"{source.since:%Y%m%d}" if source.since else ""),
        "to": f"{source.until:%Y%m%d}" if source.until else "",
        "limit": str(ROWS if _is_wayback(source) else ALL_ROWS),
        "showResumeKey": "true",
        "resumeKey": resume_key,
    }
    pairs = [(name, value) for name, value in asked.items() if value]
    filters = [("filter", "statuscode:200"), ("filter", f"{regex}mimetype:{PAGE_TYPES}")]
    return f"{cdx_base(source)}?{urlencode([*pairs, *filters])}"


def cdx_base(source: Source) -> str:
    """Where the archive lists its captures: with a path of its own it is a pywb collection."""
    base = source.archive.rstrip("/")
    return f"{base}/cdx/search/cdx" if _is_wayback(source) else f"{base}/cdx"


def replay_base(source: Source) -> str:
    """What the addresses of captures begin with."""
    base = source.archive.rstrip("/")
    return f"{base}/web/" if _is_wayback(source) else f"{base}/"


def raw_address(source: Source, timestamp: str, original: str, *, form: str = "id_") -> str:
    """Where a capture lies as it was: `id_` for the bytes of a page, `im_` for those of an image."""
    return f"{replay_base(source)}{timestamp}{form}/{original}"


def replayed(url: str, source: Source) -> tuple[str, str]:
    """The timestamp and the original address that a capture's address names; empty where it is none."""
    found = _REPLAYED.match("/" + url.removeprefix(replay_base(source)))
    return (found[1], found[2]) if found and url.startswith(replay_base(source)) else ("", "")


def is_wanted(row: CdxRow, source: Source) -> bool:
    """Whether a capture may be an article: a page that answered, below the prefix, matched by `only`."""
    path = urlsplit(row.url).path
    kind = row.mimetype.partition(";")[0].strip().lower()
    if row.statuscode not in ("200", "") or (kind and kind not in _KEPT):
        return False
    if _FOR_PROGRAMS.fullmatch(path):
        return False
    return matches(_below(row.url, source.url), source.only) or matches(row.url, source.only)


def is_below(row: CdxRow, source: Source) -> bool:
    """Whether a capture is of an address that begins like the source's: whatever the scheme, its usual port,
    `www.` and case. No archive need be trusted with what counts as the old site.
    """
    host, path = _placed(row.url)
    own_host, own_path = _placed(source.url)
    return host == own_host and (path.startswith(own_path) or f"{path}/" == own_path)


def _placed(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        port = "" if parts.port in (None, *_USUAL_PORTS) else f":{parts.port}"
        host = bare_host(parts.hostname or "").encode("idna").decode()
    except ValueError:
        return "", ""
    query = f"?{parts.query}" if parts.query else ""
    return host + port, unquote((parts.path or "/") + query).casefold()


def without_repeats(groups: Iterable[Sequence[CdxRow]]) -> Iterator[list[CdxRow]]:
    """Each address's captures without bytes that another address had before: nothing new is in them."""
    holder: dict[str, str] = {}
    for rows in groups:
        kept = [
            row for row in rows if holder.setdefault(row.digest or row.original, row.urlkey) == row.urlkey
        ]
        if kept:
            yield kept


def choose(rows: Sequence[CdxRow], captures: Captures) -> list[list[CdxRow]]:
    """What to fetch of one address: for each wanted capture a few, of which the first good one is taken."""
    if captures is Captures.ALL:
        return [[row] for row in rows]
    ordered = rows if captures is Captures.FIRST else rows[::-1]
    return [list(ordered[:TRIES])] if rows else []


def shortened(rows: Sequence[CdxRow]) -> list[CdxRow]:
    """What has to be kept of an address whose listing goes on: its first captures, and its last ones."""
    ends = [*rows[:TRIES], *rows[-TRIES:]]
    return list(dict.fromkeys(ends))


def why_no_page(data: bytes) -> str:
    """Why an answer is no page of the site: a message of the archive, or an error sent as a page."""
    if not data.strip():
        return "they are empty"
    if _ARCHIVE_SAYS.search(data[:LOOKED_AT]):
        return "they are messages of the archive"
    return "they are errors sent as pages" if is_sent_as_page(data) else ""


def redirected(asked: str, found: str, source: Source) -> bool:
    """Whether the archive led on to another page: the old site redirected when it was captured."""
    _, original = replayed(found, source)
    return bool(original) and _plain(original) != _plain(asked)


def _plain(url: str) -> str:
    return url_key(url).replace("url:www.", "url:")


def _below(url: str, prefix: str) -> str:
    """An address without its beginning, whatever its scheme, port and `www.`."""
    bare = re.sub(r"^\w+://(?:www\.)?", "", url)
    return bare.removeprefix(re.sub(r"^\w+://(?:www\.)?", "", prefix)).removeprefix("/")


def _is_wayback(source: Source) -> bool:
    return not urlsplit(source.archive).path.strip("/")
