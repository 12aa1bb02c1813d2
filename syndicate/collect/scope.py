"""Which pages a source wants: by path, and of a sitemap by date where one is stated. Pure."""

import re
from calendar import monthrange
from datetime import date
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from syndicate.formats.parse_sitemap import Place
from syndicate.model.source import Source

_DATED = re.compile(r"/((?:19|20)\d\d)/(\d{1,2})(?:/(\d{1,2}))?(?=/|$)")
# What archives hold need not be an address that can be taken apart.
_HOST = re.compile(r"[^/?]*")
_SCHEME = re.compile(r"[\w*]+://")


def is_in_scope(place: Place, source: Source) -> bool:
    """Whether its path matches one of `only`, if there are any, and its date lies in `since` to `until`."""
    return matches(place.url, source.only) and _is_timely(place, source.since, source.until)


def matches(where: str, only: tuple[str, ...]) -> bool:
    """Whether one of the patterns lets in an address, or a path below the source's own beginning.

    The path with its query is compared, whether or not the pattern begins with its slash; where the pattern
    has a scheme, the whole address, whatever its own. `*` stands for slashes too, and a percent-encoded
    letter is the same as the letter.
    """
    return not only or any(_matches(where, pattern) for pattern in only)


def _matches(where: str, pattern: str) -> bool:
    scheme = _SCHEME.match(pattern)
    if not where.startswith(("http://", "https://")):
        form = f"/{where.removeprefix('/')}"
    else:
        rest = where.partition("://")[2].partition("#")[0]
        form = rest if scheme else f"/{_HOST.sub('', rest, count=1).removeprefix('/')}"
    if scheme:
        pattern = pattern[scheme.end() :]
    elif not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    return fnmatchcase(form, pattern) or fnmatchcase(unquote(form), unquote(pattern))


def _is_timely(place: Place, since: date | None, until: date | None) -> bool:
    """The date of publication counts, else that in the address; one of change only tells what is too old."""
    first, last = _days(place)
    if first is None and last is None and place.modified:
        last = place.modified.instant.date()
    too_old = since is not None and last is not None and last < since
    too_new = until is not None and first is not None and first > until
    return not (too_old or too_new)


def _days(place: Place) -> tuple[date | None, date | None]:
    """The first and the last day on which the page can have been published."""
    if place.published:
        day = place.published.instant.date()
        return day, day
    found = _DATED.search(urlsplit(place.url).path)
    if found is None:
        return None, None
    year, month, day_number = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        if day_number:
            day = date(year, month, day_number)
            return day, day
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None, None
