"""Polite fetching (requirement C2): robots.txt, one request at a time per host, a delay, and pauses."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import stamina

from syndicate.collect.robots import Rules, fetch_rules, origin_of
from syndicate.errors import FetchFailed, FetchRefused, HostPaused
from syndicate.net.client import Client, Response

ATTEMPTS = 2
LONGEST_PAUSE = timedelta(days=1)
_USUAL_PAUSE = 60.0
_RULES_LAST = timedelta(days=1)
PAUSING = frozenset({429, 503})
_WORTH_A_RETRY = frozenset({None, 500, 502, 504})


@dataclass(slots=True)
class _Host:
    """What we remember of one host while the program runs."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: datetime | None = None
    paused_until: datetime | None = None
    rules: Rules | None = None
    rules_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Fetches like `client`, but as a polite guest. `sleep` takes seconds."""

    client: Client
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    hosts: dict[str, _Host] = field(default_factory=dict)

    async def get(self, url: str, *, etag: str = "", last_modified: str = "") -> Response:
        """`Client.get`; raises FetchRefused where robots.txt forbids it, HostPaused during a pause."""
        origin = origin_of(url)
        host = self.hosts.setdefault(origin, _Host())
        async with host.turn:
            self._refuse_while_paused(host, url)
            try:
                await self._obey(host, url, origin=origin)
                return await self._try(host, url, etag=etag, last_modified=last_modified)
            except FetchFailed as error:
                self._pause(host, error)
                raise

    async def _obey(self, host: _Host, url: str, *, origin: str) -> None:
        if not self.client.settings.obey_robots:
            return
        if host.rules is None or host.rules_until is None or host.rules_until <= self.now():
            try:
                host.rules = await fetch_rules(self.client, origin)
            except FetchFailed as error:
                # Asked once, not once for each of a listing's pages.
                host.paused_until = self.now() + _seconds(error.retry_after or _USUAL_PAUSE)
                raise HostPaused(str(error), url=url, retry_after=error.retry_after) from error
            host.rules_until = self.now() + _RULES_LAST
        if not host.rules.allow(url):
            raise FetchRefused(f"{url} is closed to us by {origin}/robots.txt", url=url)

    async def _try(self, host: _Host, url: str, *, etag: str, last_modified: str) -> Response:
        async for attempt in stamina.retry_context(on=_worth_a_retry, attempts=ATTEMPTS, wait_initial=0.5):
            with attempt:
                await self._wait(host)
                try:
                    return await self.client.get(url, etag=etag, last_modified=last_modified)
                finally:
                    host.last = self.now()
        raise AssertionError("the last attempt returns or raises")

    async def _wait(self, host: _Host) -> None:
        if host.last is None:
            return
        delay = max(self.client.settings.delay, host.rules.delay if host.rules else 0.0)
        left = delay - (self.now() - host.last).total_seconds()
        if left > 0:
            await self.sleep(left)

    def _refuse_while_paused(self, host: _Host, url: str) -> None:
        if host.paused_until is None or host.paused_until <= self.now():
            return
        left = (host.paused_until - self.now()).total_seconds()
        until = f"{host.paused_until:%Y-%m-%d %H:%M:%S} UTC"
        raise HostPaused(f"{url} waits: its host is left alone until {until}", url=url, retry_after=left)

    def _pause(self, host: _Host, error: FetchFailed) -> None:
        if error.status in PAUSING and not isinstance(error, HostPaused):
            pause = _USUAL_PAUSE if error.retry_after is None else error.retry_after
            host.paused_until = self.now() + _seconds(pause)


def _worth_a_retry(error: Exception) -> bool:
    """A hiccup of the connection or the server; not a pause, and not a deadline, which was long enough."""
    hiccup = isinstance(error, FetchFailed) and not isinstance(error.__cause__, TimeoutError)
    return hiccup and error.retry_after is None and error.status in _WORTH_A_RETRY  # type: ignore[attr-defined]


def _seconds(count: float) -> timedelta:
    return min(timedelta(seconds=count), LONGEST_PAUSE)
