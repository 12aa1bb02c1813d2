"""What commands share: the configuration, an open app, the log, and what they say."""

import asyncio
import json
import logging
import os
import re
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
import structlog

from syndicate.app import App, open_app
from syndicate.audience.suppression import address_hash
from syndicate.cli.main import IN_PART, Options
from syndicate.config import Config, load
from syndicate.errors import OwnFault
from syndicate.schedule.engine import join
from syndicate.schedule.results import plain
from syndicate.telemetry.tracing import traced

T = TypeVar("T")

ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[\w-]+(\.[\w-]+)+")
# Who logs in where, in a URL: no reader, and whoever mends it has to see the host.
LOGIN = re.compile(r"(?<=://)[^\s/@]+@")


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def read_config(options: Options) -> Config:
    """The configuration that -c names. Raises ConfigError."""
    return load(Path(options.config))


def new_owner() -> str:
    """A name for this process among those that share the database."""
    return f"{_host()}{os.getpid()}:{secrets.token_hex(4)}"


def is_here(owner: str) -> bool:
    """Whether a process of that name runs on this machine."""
    return owner.startswith(_host())


def _host() -> str:
    return f"{socket.gethostname()[:60]}:"


def run_app(
    options: Options,
    work: Callable[[App], Awaitable[T]],
    *,
    sends: bool = False,
    level: int = logging.ERROR,
    serves: bool = False,
    part: int = 0,
) -> T:
    """Open everything, do `work`, close everything; `sends` opens the way to the relay too, for that `part`.

    `level` is the log's least. A command's own words tell what failed, so that it logs what is broken alone.
    What `serves` runs on a loop in C, which answers several times as many requests.
    """
    config = read_config(options)
    start_log(level=level)

    async def whole() -> T:
        async with opened(config, level=level, sends=sends, part=part) as app:
            return await work(app)

    return run_loop(whole(), quick=serves)


@asynccontextmanager
async def opened(config: Config, *, level: int, sends: bool = False, part: int = 0) -> AsyncIterator[App]:
    """Everything open, and what is logged free of addresses; see `run_app`."""
    with traced(config.settings.telemetry.endpoint):
        async with open_app(config, now=now, sends=sends, part=part) as app:
            start_log(level=level, hashed=lambda address: address_hash(app.keyring, address.lower()))
            join(app)
            yield app


def level_for(options: Options) -> int:
    """The log's least level of what serves."""
    return logging.WARNING if options.quiet else logging.INFO


def run_loop(work: Coroutine[Any, Any, T], *, quick: bool) -> T:
    """Run to the end, on a loop in C if `quick`."""
    if not quick:
        return asyncio.run(work)
    # Only who serves waits for it to be loaded.
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def start_log(*, level: int, hashed: Callable[[str], str] = lambda address: "address") -> None:
    """Log to stderr: text on a terminal, JSON otherwise."""
    rendering: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        rendering = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            lambda _logger, _method, event: {key: _hashed(value, hashed) for key, value in event.items()},
            rendering,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
    # What uvicorn, APScheduler and other libraries log, with its tracebacks.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_HashingFormatter(hashed))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _HashingFormatter(logging.Formatter):
    def __init__(self, hashed: Callable[[str], str]) -> None:
        super().__init__("%(name)s: %(message)s")
        self._hashed = hashed

    def format(self, record: logging.LogRecord) -> str:
        text: str = _hashed(super().format(record), self._hashed)
        return text


def _hashed(value: Any, hashed: Callable[[str], str]) -> Any:
    # Requirement P2 of people's data: a log outlives a wipe, so that no address may stand in it.
    if isinstance(value, str) and "@" in value:
        return ADDRESS.sub(lambda found: hashed(found[0])[:12], LOGIN.sub("", value))
    return value


def answer(options: Options, value: Any, text: Callable[[], object]) -> None:
    """Print a result: as JSON when asked, nothing with --quiet, otherwise by calling `text`."""
    if options.json:
        click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))
    elif not options.quiet:
        text()


def moment(at: datetime | None, zone: str, *, day_only: bool = False) -> str:
    """A time for people, in `zone` (IANA) and with its name: `22 Nov 2026 09:43 UTC`; nothing for None."""
    if at is None:
        return ""
    # Of a day alone, the zone says nothing.
    there = at if day_only else at.astimezone(ZoneInfo(zone))
    name = there.tzname() or ""
    name = name if name.isalpha() else f"UTC{there:%z}"
    return f"{there.day} {there:%b %Y}" + ("" if day_only else f" {there:%H:%M} {name}")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand at the right, and a column that is empty in every row is left out."""
    kept = [place for place in range(len(columns)) if not rows or any(row[place] != "" for row in rows)]
    columns, rows = [columns[place] for place in kept], [[row[place] for place in kept] for row in rows]
    # rich takes a tenth of a second to import, and most answers need none of it.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[place], int) for row in rows)
        drawn.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        drawn.add_row(
            *(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row)
        )
    # Off a terminal there is no width to fit into, and a program that reads lines wants whole ones.
    Console(highlight=False, width=None if sys.stdout.isatty() else 1000).print(drawn)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone. Without a terminal and without `yes`: exit code 2."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise OwnFault(f"{question} Nobody is there to ask: say --yes to do it")
    if not click.confirm(question):
        click.echo("Nothing was done.")
        raise click.exceptions.Exit(IN_PART)
