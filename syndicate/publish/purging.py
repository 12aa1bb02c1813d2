"""The cache in front of us is told what changed: which addresses, once each, after the change is in place.

A PURGE request for each address, as Varnish, nginx and Fastly take it; or one POST that names many of them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from syndicate.errors import FetchFailed, NotFound, PurgeRefused
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.site import PurgeSettings, PurgeStyle, Settings
from syndicate.net.client import Client, Response
from syndicate.net.headers import retry_after_seconds
from syndicate.publish.shelf import FRESH_SECONDS
from syndicate.publish.turns import Turns
from syndicate.store.database import Database
from syndicate.store.purges import Purge, forget_purges, list_purges
from syndicate.store.replica import CHECK_SECONDS

log = structlog.get_logger()

PROBE = "/syndicate-check"
# What Cloudflare takes in one request of any plan.
MOST_IN_ONE = 30
AT_A_TIME = 8
TAKE = 240
SHORTEST_PAUSE = 0.1
# More than a web node goes on answering with what it has.
SERVED_WAIT = timedelta(seconds=FRESH_SECONDS + 1)
# A page read from a replica may be so old (store/replica).
REPLICA_WAIT = timedelta(seconds=2 * CHECK_SECONDS + 1)
# The cache had nothing there, as Varnish, nginx's module and others say it.
NOT_THERE = frozenset({404, 410, 412})
PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Purging:
    """What telling takes; who does it has the turn of `public_dir`. It is done `wait` after a change."""

    db: Database
    client: Client
    catalogue: Catalogue
    settings: PurgeSettings
    public_dir: Path
    turns: Turns
    now: Callable[[], datetime]
    wait: timedelta = timedelta(0)


def wait_of(settings: Settings) -> timedelta:
    """How long after a change the cache is told: every web node would answer with it by then."""
    waits = [timedelta(seconds=settings.purge.wait)]
    if settings.storage.serves:
        waits.append(SERVED_WAIT)
    if settings.postgresql.replica:
        waits.append(REPLICA_WAIT)
    return max(waits)


async def purge_changed(purging: Purging) -> int:
    """Tell the cache of all that waits; how many addresses. What was told is forgotten as it goes.

    Raises FetchFailed (try later), PurgeRefused, AddressForbidden, NotFound where there is no cache to tell.
    """
    if not purging.settings.url:
        raise NotFound('there is no cache to tell; name it: [purge] url = "http://127.0.0.1:6081"')
    count, tell = 0, STYLES[purging.settings.style]
    # Of two at a time, one could forget what changed again while the other told of it.
    async with purging.turns.take(purging.public_dir, "purge"):
        while found := await purging.db.read(list_purges, take=TAKE):
            ripe_since = purging.now() - purging.wait
            # Without a wait all are: one from the future was written by a clock that is ahead.
            ripe = [one for one in found if one.since <= ripe_since or not purging.wait]
            if ripe:
                await tell(purging, ripe)
                await purging.db.write(forget_purges, ripe)
                count += len(ripe)
            else:
                # Not longer than that, though a clock was ahead.
                pause = min(found[0].since - ripe_since, purging.wait)
                await asyncio.sleep(max(pause.total_seconds(), SHORTEST_PAUSE))
    log.info("files.purged", addresses=count)
    return count


async def try_cache(purging: Purging) -> None:
    """Ask the cache to forget an address at which there is nothing. Raises what `purge_changed` does."""
    await STYLES[purging.settings.style](purging, [Purge(path=PROBE, stamp=0, since=purging.now())])


async def _tell_each(purging: Purging, found: Sequence[Purge]) -> None:
    base, room = purging.settings.url.rstrip("/"), asyncio.Semaphore(AT_A_TIME)
    # A cache tells sites apart by their name.
    headers = _headers(purging.settings) | {"Host": urlsplit(purging.catalogue.site.base_url).netloc}

    async def one(purge: Purge) -> None:
        async with room:
            url = base + urlsplit(_url(purging, purge)).path
            _judge(purging, await purging.client.purge(url, headers=headers), known=NOT_THERE)

    try:
        async with asyncio.TaskGroup() as group:
            for purge in found:
                group.create_task(one(purge))
    except ExceptionGroup as failed:
        # What one met, the others meet too.
        raise failed.exceptions[0] from None


async def _tell_many(purging: Purging, found: Sequence[Purge]) -> None:
    headers = _headers(purging.settings) | {"Content-Type": "application/json"}
    for at in range(0, len(found), MOST_IN_ONE):
        body = json.dumps({"files": [_url(purging, one) for one in found[at : at + MOST_IN_ONE]]}).encode()
        _judge(purging, await purging.client.post(purging.settings.url, body, headers=headers))


STYLES: Mapping[PurgeStyle, Callable[[Purging, Sequence[Purge]], Awaitable[None]]] = {
    PurgeStyle.PURGE: _tell_each,
    PurgeStyle.JSON: _tell_many,
}


def _url(purging: Purging, purge: Purge) -> str:
    return links.absolute(purging.catalogue.site.base_url, purge.path)


def _headers(settings: PurgeSettings) -> dict[str, str]:
    """Read each time: a token may be changed while we run."""
    if not settings.token_file:
        return {}
    try:
        token = Path(settings.token_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is no text"
        raise PurgeRefused(f"purge.token_file {settings.token_file}: {why}; put the token there") from error
    return {"Authorization": f"Bearer {token}"}


def _judge(purging: Purging, answer: Response, *, known: frozenset[int] = frozenset()) -> None:
    status, url = answer.status, purging.settings.url
    if 200 <= status < 300 or status in known:
        return
    if (status >= 500 and status != 501) or status in PASSING:
        pause = retry_after_seconds(
            answer.headers.get("retry-after", ""), date=answer.headers.get("date", "")
        )
        raise FetchFailed(f"the cache at {url} answered {status}", url=url, status=status, retry_after=pause)
    raise PurgeRefused(
        f"the cache at {url} answered {status}: it does not let us purge; see to purge.url, purge.style and "
        f"purge.token_file, and to whom the cache allows it"
    )
