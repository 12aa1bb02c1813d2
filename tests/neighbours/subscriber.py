"""A real WebSub subscriber on loopback: it agrees to what it is asked, and keeps what it is sent."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Script = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One delivery, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Subscriber:
    """`questions` are the queries of verifications and notices, `taken` the deliveries, in their order.

    `answer` takes the place of its own answer to a question, `take` of that to a delivery.
    """

    answer: Script | None = None
    take: Script | None = None
    questions: list[dict[str, str]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    address: str = "127.0.0.1"
    port: int = 0
    _happened: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        """What goes into `allow_hosts`."""
        return f"{self.address}:{self.port}"

    def callback(self, path: str = "/callback") -> str:
        """A URL of it."""
        return f"http://{self.host}{path}"

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait for what comes in."""
        while not enough():
            self._happened.clear()
            await self._happened.wait()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            self.questions.append(dict(request.query))
            self._happened.set()
            if self.answer:
                return await self.answer(request)
            return web.Response(text=request.query.get("hub.challenge", ""))
        body = await request.read()
        self.taken.append(Taken(path=request.raw_path, headers=dict(request.headers), body=body))
        self._happened.set()
        return await self.take(request) if self.take else web.Response(status=204)


def is_signed(taken: Taken, secret: str) -> bool:
    """Whether a delivery bears the signature of its body, as a subscriber checks it."""
    method, _, value = taken.headers.get("X-Hub-Signature", "none=").partition("=")
    known = method in {"sha1", "sha256", "sha384", "sha512"}
    return known and hmac.compare_digest(hmac.new(secret.encode(), taken.body, method).hexdigest(), value)


@asynccontextmanager
async def a_subscriber(address: str = "127.0.0.1") -> AsyncIterator[Subscriber]:
    """Run a subscriber on a free port for as long as the block lasts."""
    subscriber = Subscriber(address=address)
    runner = web.ServerRunner(web.Server(subscriber.handle), shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, address, 0)
    await listener.start()
    subscriber.port = runner.addresses[0][1]
    try:
        yield subscriber
    finally:
        await runner.cleanup()


def hanging() -> Script:
    """An answer that never comes."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return answer


def saying(status: int, text: str = "", **headers: str) -> Script:
    """Always the same answer."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return answer
