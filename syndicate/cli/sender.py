"""`python -m syndicate.cli.sender CONFIG PART`: one of the processes of `[delivery] processes`.

Not for people: the process that serves starts it and talks to it over its standard input and output. Ends
when that is closed, as it is when the parent dies, or at SIGTERM; both let it settle what it has begun.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import structlog

from syndicate.app import App
from syndicate.cli.main import Options
from syndicate.cli.session import run_app
from syndicate.errors import SyndicateError, TryLater
from syndicate.schedule.jobs import deliver_batch
from syndicate.telemetry.about import about
from syndicate.telemetry.handing import take_changes

log = structlog.get_logger()


class Hand:
    """Does what comes down the pipe; several wishes at a time."""

    def __init__(self, app: App, answers: int) -> None:
        self._app = app
        self._answers = answers
        self._doing: dict[int, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Until the pipe is closed, or SIGTERM."""
        reading = asyncio.create_task(self._read())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, reading.cancel)
        await asyncio.wait([reading])
        for task in self._doing.values():
            task.cancel()
        if self._doing:
            await asyncio.wait(self._doing.values())
        if not reading.cancelled():
            reading.result()

    async def _read(self) -> None:
        wishes = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(wishes), sys.stdin)
        async for line in wishes:
            wish = json.loads(line)
            if "cancel" in wish:
                task = self._doing.get(wish["cancel"])
                if task is not None:
                    task.cancel()
            else:
                self._doing[wish["number"]] = asyncio.create_task(self._do(**wish))

    async def _do(self, number: int, issue: int, batch: int) -> None:
        told: Mapping[str, Any]
        try:
            with about(job="delivery.batch"):
                told = {"result": await deliver_batch(self._app, issue=issue, batch=batch)}
        except asyncio.CancelledError:
            told = _error("interrupted", later=True)
        except SyndicateError as error:
            after = error.retry_after if isinstance(error, TryLater) else None
            told = _error(str(error), later=isinstance(error, TryLater), retry_after=after)
        except Exception as error:
            log.exception("sender.broken", issue=issue, batch=batch)
            told = _error(f"{type(error).__name__}: {error}", later=False)
        finally:
            del self._doing[number]
        # A kill loses what was counted since the last answer; what happened stands in the database.
        self._answer({"number": number, **told, "counted": take_changes()})

    def _answer(self, told: Mapping[str, Any]) -> None:
        try:
            os.write(self._answers, json.dumps(told).encode() + b"\n")
        except BrokenPipeError:
            # The parent is gone; what was done is in the database.
            log.warning("sender.alone")


def _error(text: str, *, later: bool, retry_after: float | None = None) -> dict[str, Any]:
    return {"error": text, "later": later, "retry_after": retry_after}


def main(config: str, part: str) -> None:
    """Serve the parent until it goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(sys.stdout.fileno())
    # Whatever prints, prints beside the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    async def serve(app: App) -> None:
        await Hand(app, answers).serve()

    options = Options(config=config, quiet=True)
    run_app(options, serve, sends=True, serves=True, level=logging.WARNING, part=int(part))


if __name__ == "__main__":
    main(*sys.argv[1:])
