"""A web archive on loopback: lists captures as a CDX server does and serves them as they were."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.neighbours.http_site import HttpSite, http_site

CDX = "/cdx/search/cdx"
FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


@dataclass(frozen=True, kw_only=True)
class Held:
    """One capture that the archive holds."""

    timestamp: str
    original: str
    body: str = ""
    status: int = 200
    mimetype: str = "text/html"

    @property
    def urlkey(self) -> str:
        parts = urlsplit(self.original)
        host = (parts.hostname or "").removeprefix("www.")
        return f"{','.join(reversed(host.split('.')))}){parts.path}?{parts.query}".lower()

    @property
    def row(self) -> list[str]:
        digest = sha1(self.body.encode(), usedforsecurity=False).hexdigest()
        size = str(len(self.body))
        return [
            self.urlkey,
            self.timestamp,
            self.original,
            self.mimetype,
            str(self.status),
            digest,
            size,
        ]


@dataclass
class WebArchive:
    """`site` is the server; `held` what it holds; `part` is how many rows it lists at once, whatever is asked
    for; `listed` keeps the queries. With `resumes` off it gives no key to go on.
    """

    site: HttpSite
    held: list[Held] = field(default_factory=list)
    part: int = 1000
    resumes: bool = True
    listed: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.site.url

    @property
    def fetched(self) -> list[str]:
        """The captures that were asked for, in order."""
        return [path.removeprefix("/web/") for path, _ in self.site.asked if path.startswith("/web/")]

    def hold(self, *more: Held) -> None:
        """Take these captures in."""
        self.held += more
        for one in more:
            self.site.answers[f"/web/{one.timestamp}id_/{one.original}"] = self._capture(one)

    def _capture(self, one: Held) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(status=one.status, body=one.body.encode(), content_type=one.mimetype)

        return answer

    async def list(self, request: web.Request) -> web.StreamResponse:
        """The CDX server's answer."""
        asked = dict(request.query)
        self.listed.append(asked)
        prefix = Held(timestamp="", original=asked["url"]).urlkey.removesuffix("?")
        rows = sorted(one.row for one in self.held if one.urlkey.startswith(prefix) and one.status == 200)
        rows = [row for row in rows if _within(row[1], asked.get("from", ""), asked.get("to", ""))]
        rows = [row for at, row in enumerate(rows) if not at or _differs(row, rows[at - 1])]
        start = int(asked.get("resumeKey", 0))
        end = start + min(self.part, int(asked["limit"]))
        table: list[list[str]] = [FIELDS, *rows[start:end]] if rows else []
        if end < len(rows) and self.resumes:
            table += [[], [str(end)]]
        return web.Response(text=json.dumps(table), content_type="application/json")


def _within(timestamp: str, since: str, until: str) -> bool:
    return timestamp >= since and (not until or timestamp[: len(until)] <= until)


def _differs(row: list[str], before: list[str]) -> bool:
    return (row[0], row[5]) != (before[0], before[5])


@asynccontextmanager
async def web_archive(*held: Held, part: int = 1000) -> AsyncIterator[WebArchive]:
    """Run an archive that holds these for as long as the block lasts."""
    async with http_site() as site:
        archive = WebArchive(site=site, part=part)
        site.answers[CDX] = archive.list
        archive.hold(*held)
        yield archive
