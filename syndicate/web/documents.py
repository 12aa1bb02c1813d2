"""Which documents there are, by their path in a URL, and what their answers say besides the bytes."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from syndicate.model import links
from syndicate.model.feed import MEDIA_TYPES, Feed, Format, content_type
from syndicate.web.serving import Serving

OPML_PATH = "/feeds.opml"
# Of what has no time of its own to be fresh.
HOUR = 3600
# Readers that ask for what changed alone have these formats.
SPLIT = (Format.RSS, Format.ATOM, Format.JSON)
ARCHIVE = re.compile(rf"/feeds/([^/]+)/([1-9][0-9]{{0,8}})\.({'|'.join(Format)})")
SITEMAP = re.compile(r"/sitemap[a-z0-9-]*\.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that is served, and what its answers say besides the bytes.

    `max_age` is in seconds. `link` begins its Link header; `stating` is the file of the same document that
    states licence and archive, None where there is none, and `archives` the address of the folder of the
    feed's archive documents. Of `divided` ones, entries can be sent alone. What is `private` is for one
    partner, and no shared cache keeps it.
    """

    path: Path
    media_type: str
    max_age: int
    link: str = ""
    stating: Path | None = None
    archives: str = ""
    divided: Format | None = None
    private: bool = False


class Documents:
    """The documents of a site. Those of the catalogue are listed; of the others, paths are computed."""

    def __init__(self, here: Serving) -> None:
        self._folder = here.public_dir
        self._catalogue = here.catalogue
        opml = Document(
            path=self._folder / "feeds.opml", media_type="text/x-opml; charset=utf-8", max_age=HOUR
        )
        self._listed = {OPML_PATH: opml}
        for feed in here.catalogue.feeds.values():
            for form in Format:
                path = unquote(links.feed_path(feed.name, form))
                self._listed[path] = self._of_feed(path, feed, form, number=0)

    def find(self, path: str) -> Document | None:
        """The document at a path, decoded; whether its file is there is another question."""
        listed = self._listed.get(path)
        if listed is not None or not path.startswith(("/feeds/", "/sitemap")):
            return listed
        if SITEMAP.fullmatch(path):
            return self._sitemap(path)
        found = ARCHIVE.fullmatch(path)
        feed = self._catalogue.feeds.get(found[1]) if found else None
        return self._of_feed(path, feed, Format(found[3]), number=int(found[2])) if feed and found else None

    def _of_feed(self, path: str, feed: Feed, form: Format, *, number: int) -> Document:
        file = self._folder / path.removeprefix("/")
        return Document(
            path=file,
            media_type=content_type(form),
            max_age=int(feed.ttl.total_seconds()),
            link=self._link(feed, form, number=number),
            stating=file if form is Format.RSS else file.with_suffix(f".{Format.ATOM}"),
            archives=self._url(links.archive_path(feed.name, 0, form)).rpartition("/")[0] + "/",
            divided=form if form in SPLIT and not number else None,
        )

    def _sitemap(self, path: str) -> Document:
        file = self._folder / path.removeprefix("/")
        return Document(path=file, media_type="application/xml; charset=utf-8", max_age=HOUR)

    def _link(self, feed: Feed, form: Format, *, number: int) -> str:
        def at(each: Format) -> str:
            path = links.archive_path(feed.name, number, each) if number else links.feed_path(feed.name, each)
            return self._url(path)

        said = [one(at(form), "self", MEDIA_TYPES[form])]
        said += [
            one(at(each), "alternate", MEDIA_TYPES[each])
            for each in Format
            # A client that looks for a feed would take one that is announced as any JSON for a JSON Feed.
            if each not in (form, Format.NINJS)
        ]
        if number:
            said.append(one(self._url(links.feed_path(feed.name, form)), "current", MEDIA_TYPES[form]))
        elif self._catalogue.hub_url:
            said.append(one(self._catalogue.hub_url, "hub"))
        return ", ".join(said)

    def _url(self, path: str) -> str:
        return links.absolute(self._catalogue.site.base_url, path)


def one(url: str, rel: str, kind: str = "") -> str:
    """One link of a Link header (RFC 8288)."""
    return f'<{url}>; rel="{rel}"' + (f'; type="{kind}"' if kind else "")
