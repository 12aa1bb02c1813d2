"""A real HTTP server on loopback: serves a folder or scripted answers, and counts what it was asked."""

import asyncio
import mimetypes
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web

Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class HttpSite:
    """`url` is its root; `hits` counts requests by path; `asked` keeps the requests' headers in order.

    `answers` maps a path to a body, a response factory or a coroutine; otherwise `folder` is served with
    ETag, Last-Modified and 304. `validators` off makes it forget both.
    """

    folder: Path | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    validators: bool = True
    hits: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    open_now: int = 0
    most_open: int = 0
    port: int = 0

    @property
    def host(self) -> str:
        """What goes into `allow_hosts`."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.path] += 1
        self.asked.append((request.path, dict(request.headers)))
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            answer = await self._answer(request)
        finally:
            self.open_now -= 1
        self.statuses[answer.status] += 1
        return answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        scripted = self.answers.get(request.path)
        if callable(scripted):
            return await scripted(request)
        if isinstance(scripted, (bytes, str)):
            data = scripted.encode() if isinstance(scripted, str) else scripted
            return self._conditional(request, data, modified=0.0, path=request.path)
        if scripted is not None:
            status, headers, data = scripted
            return web.Response(status=status, headers=headers, body=data)
        path = self.folder and self.folder / request.path.lstrip("/")
        if not path or not path.is_file():
            return web.Response(status=404, text="nothing here")
        return self._conditional(request, path.read_bytes(), modified=path.stat().st_mtime, path=request.path)

    def _conditional(
        self, request: web.Request, data: bytes, *, modified: float, path: str
    ) -> web.StreamResponse:
        kind = mimetypes.guess_type(path)[0] or "text/html"
        headers = {"Content-Type": kind}
        if self.validators:
            tag = f'"{sha256(data).hexdigest()[:16]}"'
            headers |= {"ETag": tag, "Last-Modified": formatdate(modified, usegmt=True)}
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304, headers={"ETag": tag})
        return web.Response(headers=headers, body=data)


def redirect(target: str, status: int = 302) -> tuple[int, dict[str, str], bytes]:
    """A scripted answer that points elsewhere."""
    return status, {"Location": target}, b""


def coded(data: bytes, coding: str, kind: str = "text/html") -> tuple[int, dict[str, str], bytes]:
    """A scripted answer whose body is already compressed."""
    return 200, {"Content-Encoding": coding, "Content-Type": kind}, data


def never_ending(first: bytes = b"<p>") -> Script:
    """An answer that sends a little and then holds the line until the client leaves."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(first)
        await asyncio.Event().wait()
        return response

    return answer


@asynccontextmanager
async def http_site(folder: Path | None = None, **answers: Any) -> AsyncIterator[HttpSite]:
    """Run an HttpSite on a free port of 127.0.0.1 for as long as the block lasts."""
    site = HttpSite(folder=folder, answers=dict(answers.pop("answers", answers)))
    runner = web.ServerRunner(web.Server(site.handle), shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()
