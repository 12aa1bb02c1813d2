"""Polite fetching (requirement C2): robots.txt, one request at a time per host, a delay, and pauses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import stamina

from syndicate.collect.pace import Limit, Pacer
from syndicate.collect.robots import MAX_BYTES, Rules, closing, origin_of, parse_rules, token_of
from syndicate.errors import AddressForbidden, ClosedToUs, FetchFailed, FetchRefused, HostPaused
from syndicate.model.site import FetchSettings, Site
from syndicate.net.client import Client, Response, Trip
from syndicate.net.limits import CodingFault

ATTEMPTS = 2
LONGEST_PAUSE = timedelta(days=1)
_USUAL_PAUSE = 60.0
_RULES_LAST = timedelta(days=1)
PAUSING = frozenset({429, 503})
_WORTH_A_RETRY = frozenset({None, 500, 502, 504})


@dataclass(slots=True)
class _Origin:
    """What we remember of a robots.txt; `asking` is held while it is fetched, so that it is fetched once."""

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Rules | None = None
    until: datetime | None = None


@dataclass(slots=True)
class _Host:
    """What we remember of one host, whatever its schemes and ports, while the program runs.

    `turn` is held for one request alone, and nothing is waited for with it in hand but that and the delay.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: datetime | None = None
    paused_until: datetime | None = None
    delay: float = 0.0
    origins: dict[str, _Origin] = field(default_factory=dict)
    pacers: dict[str, Pacer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Fetches like `client`, but as a polite guest of every host on the way. `sleep` takes seconds."""

    client: Client
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    hosts: dict[str, _Host] = field(default_factory=dict)

    async def get(self, url: str, *, etag: str = "", last_modified: str = "") -> Response:
        """`Client.get`; raises FetchRefused where robots.txt forbids it, HostPaused during a pause.

        A redirect is a request like any other: it waits for its host's turn and obeys its host's rules.
        """
        trip = Trip(self.client, url, etag=etag, last_modified=last_modified)
        while True:
            await self._obey(trip.url)
            if found := await self._step(trip):
                return found

    async def _obey(self, url: str) -> None:
        if not self.client.settings.obey_robots:
            return
        name = origin_of(url)
        host = self._host(url)
        origin = host.origins.setdefault(name, _Origin())
        self._refuse_while_paused(host, url)
        async with origin.asking:
            if origin.rules is None or origin.until is None or origin.until <= self.now():
                origin.rules = await self._rules(name, host, url=url)
                origin.until = self.now() + _RULES_LAST
        host.delay = origin.rules.delay
        if not origin.rules.allow(url):
            raise ClosedToUs(f"{url} is closed to us by {name}/robots.txt", url=url)

    async def _rules(self, origin: str, host: _Host, *, url: str) -> Rules:
        """What robots.txt says. A 4xx allows everything (RFC 9309, section 2.3.1.3), and so does one that is
        redirected on and on, or to what nobody fetches (section 2.3.1.2).

        Raises HostPaused when it cannot be had: then nothing may be fetched for now (section 2.3.1.4).
        """
        token = token_of(self.client.user_agent)
        trip = Trip(self.client, f"{origin}/robots.txt", enough=MAX_BYTES)
        try:
            while (found := await self._step(trip, attempts=1)) is None:
                pass
        except AddressForbidden:
            raise
        except (FetchFailed, FetchRefused) as error:
            if isinstance(error, FetchRefused) and not isinstance(error.__cause__, CodingFault):
                return Rules(token=token)
            # Asked once, not once for each of a listing's pages.
            asked = error.retry_after if isinstance(error, FetchFailed) else None
            pause = _seconds(asked or _USUAL_PAUSE)
            host.paused_until = max(host.paused_until or self.now(), self.now() + pause)
            raise HostPaused(closing(origin, error), url=url, retry_after=asked) from error
        return parse_rules(found.body, token=token)

    async def _step(self, trip: Trip, *, attempts: int = ATTEMPTS) -> Response | None:
        """One request of the way, at its host's turn."""
        host = self._host(trip.url)
        async with host.turn:
            self._refuse_while_paused(host, trip.url)
            try:
                return await self._try(host, trip, attempts=attempts)
            except FetchFailed as error:
                self._pause(host, error)
                raise

    async def _try(self, host: _Host, trip: Trip, *, attempts: int) -> Response | None:
        async for attempt in stamina.retry_context(on=_worth_a_retry, attempts=attempts, wait_initial=0.5):
            with attempt:
                await self._wait(host, trip.url)
                try:
                    return await trip.step()
                finally:
                    host.last = self.now()
        raise AssertionError("the last attempt returns or raises")

    def keep_to(self, beginning: str, limit: Limit) -> None:
        """Whoever asks: from now on addresses that begin so are asked for only this often."""
        self._host(beginning).pacers.setdefault(beginning, Pacer(limit))

    async def _wait(self, host: _Host, url: str) -> None:
        delay = max(self.client.settings.delay, host.delay) if host.last else 0.0
        left = delay - (self.now() - (host.last or self.now())).total_seconds()
        if left > 0:
            await self.sleep(left)
        for beginning, pacer in host.pacers.items():
            if url.startswith(beginning) and (wait := pacer.book(self.now())):
                await self.sleep(wait)

    def _host(self, url: str) -> _Host:
        return self.hosts.setdefault(origin_of(url, ports=False), _Host())

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


@asynccontextmanager
async def opened(
    settings: FetchSettings, *, site: Site, now: Callable[[], datetime]
) -> AsyncIterator[Visits]:
    """Visits with a client of their own, for as long as they are needed."""
    async with Client(settings, site=site) as client:
        yield Visits(client=client, now=now)


def _worth_a_retry(error: Exception) -> bool:
    """A hiccup of the connection or the server; not a pause, and not a deadline, which was long enough."""
    hiccup = isinstance(error, FetchFailed) and not isinstance(error.__cause__, TimeoutError)
    return hiccup and error.retry_after is None and error.status in _WORTH_A_RETRY  # type: ignore[attr-defined]


def _seconds(count: float) -> timedelta:
    return min(timedelta(seconds=count), LONGEST_PAUSE)
