"""Sender processes beside this one: each has an app of its own, and sends the batches that it is told to.

A wish goes down a pipe as one line of JSON, and what came of it comes back up another. Whose batch it is says
its lease alone, so that a process may be killed at any time; one whose pipe is closed settles and ends.
"""

import asyncio
import itertools
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from syndicate.errors import OwnFault, SenderLost, TryLater
from syndicate.model.site import Relay
from syndicate.telemetry.handing import merge

# A line holds counts and a reason.
LONGEST_LINE = 1 << 20
# Longer than a sender takes to settle what it has begun (sending: GRACE), in seconds.
PATIENCE = 10.0

log = structlog.get_logger()


def share(relays: Sequence[Relay], *, part: int, of: int) -> tuple[Relay, ...]:
    """The relays with a process's part of their connections. Part 0 is the one that serves: it has one.

    A relay has more connections than there are processes: the configuration sees to that.
    """
    if of <= 1:
        return tuple(relays)
    return tuple(
        replace(relay, connections=_split(relay.connections - 1, part - 1, of) if part else 1)
        for relay in relays
    )


def _split(whole: int, place: int, of: int) -> int:
    return whole // of + (place < whole % of)


class Crew:
    """So many sender processes as there are `commands`, each begun when it is first needed."""

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self._hands = [_Hand(command) for command in commands]

    @property
    def pids(self) -> list[int]:
        """The processes that are there now."""
        return [hand.process.pid for hand in self._hands if hand.process is not None]

    async def send(self, issue: int, batch: int) -> Mapping[str, Any] | None:
        """Have one batch sent by whoever has least to do; what came of it, as JSON values.

        Cancelled, it waits until that process has settled. Raises SenderLost when the process has ended, and
        TryLater or OwnFault for what the sending raised there.
        """
        hand = min(self._hands, key=lambda hand: len(hand.asked))
        done: Mapping[str, Any] | None = await hand.ask({"issue": issue, "batch": batch})
        return done

    async def close(self) -> None:
        """Let every process settle and end."""
        await asyncio.gather(*(hand.close() for hand in self._hands))


class _Hand:
    """One process, and what was asked of it."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process: Process | None = None
        self.asked: dict[int, asyncio.Future[Any]] = {}
        self._command = command
        self._numbers = itertools.count(1)
        self._beginning = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    async def ask(self, wish: Mapping[str, Any]) -> Any:
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self.asked[number] = answer
        try:
            process = await self._begin()
            self._write(process, {"number": number, **wish})
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                self._write(process, {"cancel": number})
                await asyncio.wait([answer], timeout=PATIENCE)
                raise
        finally:
            self.asked.pop(number, None)
            if answer.done() and not answer.cancelled():
                # Whoever was cancelled does not ask for it any more.
                answer.exception()

    async def close(self) -> None:
        process, reading = self.process, self._reading
        if process is None or reading is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        _, late = await asyncio.wait([reading], timeout=PATIENCE)
        if late:
            with suppress(ProcessLookupError):
                process.kill()
            await reading

    async def _begin(self) -> Process:
        async with self._beginning:
            if self.process is None:
                # In a session of its own, so that a Ctrl-C at the terminal is the parent's alone.
                self.process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE, start_new_session=True
                )
                self._reading = asyncio.create_task(self._read(self.process))
            return self.process

    def _write(self, process: Process, line: Mapping[str, Any]) -> None:
        assert process.stdin is not None
        # One that has ended is noticed by whoever reads.
        with suppress(ConnectionError, RuntimeError):
            process.stdin.write(json.dumps(line).encode() + b"\n")

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            told = json.loads(line)
            merge(told.get("counted", {}))
            answer = self.asked.get(told["number"])
            if answer is not None and not answer.done():
                _settle(answer, told)
        code = await process.wait()
        self.process = None
        if code:
            log.warning("crew.lost", pid=process.pid, code=code)
        for answer in self.asked.values():
            if not answer.done():
                answer.set_exception(SenderLost(f"the sender process {process.pid} has ended ({code})"))


def _settle(answer: "asyncio.Future[Any]", told: Mapping[str, Any]) -> None:
    if "error" not in told:
        answer.set_result(told["result"])
    elif told["later"]:
        answer.set_exception(TryLater(told["error"], retry_after=told["retry_after"]))
    else:
        answer.set_exception(OwnFault(told["error"]))
