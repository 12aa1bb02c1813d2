"""Feeds that moved (301, for ever) or ended (410)."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from syndicate.errors import NotFound
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Format
from syndicate.publish.feeds import is_retired, is_to_come
from syndicate.templating import words
from syndicate.web.answers import BRIEFLY, Told, message
from syndicate.web.conditions import RawHeaders
from syndicate.web.languages import language_for
from syndicate.web.loaded import CORS, GUARDED
from syndicate.web.serving import serving

DOCUMENT = re.compile(rf"/feeds/([^/]+?)(?:/([1-9][0-9]{{0,8}}))?\.({'|'.join(Format)})")
SUFFIX = re.compile(rf"\.({'|'.join(Format)}|xml|rdf)$")
# Long enough to spare both sides, short enough that a mistake can be mended.
MAX_AGE = 86400


class Moved:
    """Where the former addresses of feeds lead, by path; the format of a document is kept."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._base_url = catalogue.site.base_url
        self._names: dict[str, Feed] = {}
        self._paths: dict[str, Feed] = {}
        for feed in (*catalogue.feeds.values(), *catalogue.moved.values()):
            if feed.moved_to:
                self._names[feed.name] = feed
            for former in feed.moved_from:
                (self._paths if former.startswith("/") else self._names)[former] = feed

    def find(self, path: str) -> str | None:
        """The address that a decoded path moved to."""
        if path in self._paths:
            suffix = SUFFIX.search(path)
            known = suffix is not None and suffix[1] in set(Format)
            return self._place(self._paths[path], Format(suffix[1]) if suffix and known else Format.RSS)
        found = DOCUMENT.fullmatch(path)
        if found is None or found[1] not in self._names:
            return None
        return self._place(self._names[found[1]], Format(found[3]), int(found[2] or 0))

    def _place(self, feed: Feed, form: Format, number: int = 0) -> str:
        if not feed.moved_to:
            path = links.archive_path(feed.name, number, form) if number else links.feed_path(feed.name, form)
            return links.absolute(self._base_url, path)
        target = feed.moved_to.rstrip("/")
        if "." in target.rpartition("/")[2]:
            # One document there stands for all of ours.
            return feed.moved_to
        return f"{target}/{number}.{form}" if number else f"{target}.{form}"


def redirect_headers(url: str) -> RawHeaders:
    """The headers of a permanent redirect: 301, which every reader knows, since only GET and HEAD get it."""
    return [
        (b"location", quote(url, safe="/:?#[]@!$&'()*+,;=%~").encode()),
        (b"cache-control", f"public, max-age={MAX_AGE}".encode()),
        (b"content-length", b"0"),
        *GUARDED,
        *CORS,
    ]


async def missing_feed(request: Request) -> Response:
    """A feed document that is not there: 410 where the feed is configured no more.

    The archive document that will come next leads to the subscription document meanwhile.
    """
    here = serving(request)
    found = DOCUMENT.fullmatch(request.scope["path"])
    if found and found[2] and await is_to_come(here.people.db, found[1], int(found[2])):
        # The newest archive document names it; its entries still stand in the subscription document.
        url = links.absolute(here.catalogue.site.base_url, links.feed_path(found[1], Format(found[3])))
        return RedirectResponse(url, 307, {"cache-control": BRIEFLY})
    if found is None or not await is_retired(here.people.db, found[1]):
        raise NotFound("no such feed")
    language = language_for(request, here.catalogue.site.language)
    said = words(language)
    told = Told(title=said["web_retired_title"], texts=(said["web_retired_text"],))
    # A reader that runs in a browser should learn of it too.
    headers = {name.decode(): value.decode() for name, value in CORS} | {"vary": "Accept-Language"}
    return message(here, told, language=language, status=410, headers=headers)
