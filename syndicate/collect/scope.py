"""Which of a sitemap's pages a source wants: by path, and by date where one is stated. Pure."""

import re
from calendar import monthrange
from datetime import date
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from syndicate.formats.parse_sitemap import Place
from syndicate.model.source import Source

_DATED = re.compile(r"/((?:19|20)\d\d)/(\d{1,2})(?:/(\d{1,2}))?(?=/|$)")


def is_in_scope(place: Place, source: Source) -> bool:
    """Whether its path matches one of `only`, if there are any, and its date lies in `since` to `until`."""
    return matches(place.url, source.only) and _is_timely(place, source.since, source.until)


def matches(url: str, only: tuple[str, ...]) -> bool:
    """Whether an address's path, with its query, matches one of the patterns; `*` stands for slashes too."""
    if not only:
        return True
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return any(
        fnmatchcase(form, pattern if pattern.startswith(("/", "*")) else f"/{pattern}")
        for pattern in only
        for form in (path, unquote(path))
    )


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
