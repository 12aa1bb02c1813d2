"""What the kill tests are made of: cases, a server that pulls the trigger, and senders to be killed."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from syndicate.model.newsletter import Uncertain
from tests.deliver.child import BATCH, CONNECTIONS, GROUP, Errand, order
from tests.neighbours.smtp_server import Moment, SmtpServer

READERS = 400
ROOT = Path(__file__).parents[2]
# How often each step comes at least, in a send of 400 over 10 connections of 20 messages each.
AT_THE_SERVER = {
    "CONNECT": 20,
    "EHLO": 20,
    "MAIL": READERS,
    "RCPT": READERS,
    "DATA": READERS,
    "HALF": READERS,
    "DOT": READERS,
    "AFTER": READERS,
    "QUIT": 10,
}
IN_THE_SENDER = {"render": 2, "freeze": 1, "select": 1, "lease": 4, "commit": 9, "finish": 4}
STEPS = AT_THE_SERVER | IN_THE_SENDER
# What is done once: whoever is killed there the first time has yet to begin.
ONCE = ("render", "freeze", "select")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What one seed tries. `lost`: the journals go too, as with a machine. `two`: two senders at once."""

    seed: int
    step: str
    count: int
    kills: int = 1
    late: bool = False
    policy: Uncertain = Uncertain.RESEND
    pipelining: bool = True
    lmtp: bool = False
    relays: int = 1
    lanes: int = 1
    lost: bool = False
    two: bool = False
    postgres: bool = False

    @classmethod
    def of(cls, seed: int) -> "Case":
        """Every step in turn, each time under other circumstances."""
        chance = random.Random(seed)
        step = list(STEPS)[seed % len(STEPS)]
        # The first goodbyes are already the end of whichever sender has less to do.
        two = step != "QUIT" and chance.random() < 0.2
        kills = 3 if step not in ONCE and not two and chance.random() < 0.18 else 1
        # Of two senders, the one to be killed may get little to do; and what is accepted after a kill, out of
        # its buffers, the next one need not send.
        parts = 4 if two or kills > 1 else 1
        most = 1 if two and step in IN_THE_SENDER else max(1, STEPS[step] // parts)
        return cls(
            seed=seed,
            step=step,
            count=chance.randint(1, most),
            kills=kills,
            late=step in IN_THE_SENDER and step != "render" and chance.random() < 0.5,
            policy=Uncertain.HOLD if chance.random() < 0.25 else Uncertain.RESEND,
            pipelining=chance.random() < 0.7,
            lmtp=chance.random() < 0.15,
            relays=2 if chance.random() < 0.15 else 1,
            lanes=1 if two else chance.choice((1, 1, 2, 4)),
            lost=chance.random() < 0.2,
            two=two,
            postgres=chance.random() < 0.15,
        )

    @property
    def compiles(self) -> bool:
        """Whether the issue is yet to be made."""
        return self.step in ("render", "freeze")

    @property
    def in_doubt(self) -> int:
        """How many may be unknown: who stood between dot and reply, or all the groups without a journal."""
        held = min(self.lanes, READERS // BATCH) * GROUP if self.lost else CONNECTIONS
        return held * self.kills


@dataclass
class Witness:
    """The servers' script: kills `victim` when the step comes, and knows who was in doubt at that moment.

    In doubt is whose body was taken, while the sender has sent nothing more on that connection that tells of
    the 250: whether it has read it is not known here, so that this is the most that can come twice. Where
    commands come in groups, the next message's may have left with that body, and only its own body tells.
    """

    case: Case
    servers: list[SmtpServer]
    victim: int = 0
    left: int = 0
    _open: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, server in enumerate(self.servers):
            server.script = partial(self._watch, number)

    @property
    def _silent(self) -> tuple[str, ...]:
        grouped = self.case.pipelining or self.case.lmtp
        return ("AFTER", "MAIL", "RCPT", "DATA") if grouped else ("AFTER",)

    @property
    def doubtful(self) -> set[str]:
        """Whose message may come again, once every connection of the killed has ended."""
        return set(self._open.values())

    def aim(self, victim: int) -> None:
        """The next time that the step comes so often, this process dies."""
        self.victim, self.left = victim, self.case.count

    async def see_the_end(self) -> None:
        """Come back when no connection is open: until then a dead one's buffer may still bring a body."""
        while any(server.open_sessions for server in self.servers):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.002)

    def _watch(self, server: int, moment: Moment) -> None:
        line = (server, moment.session)
        if moment.verb == "DOT":
            self._open[line] = moment.recipient
        elif moment.verb not in self._silent and moment.session != 0:
            self._open.pop(line, None)
        if self.victim and moment.verb == self.case.step:
            self.left -= 1
            if not self.left:
                victim, self.victim = self.victim, 0
                os.kill(victim, signal.SIGKILL)


class Nursery:
    """The process that raises senders."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers

    def start(self, errand: Errand) -> int:
        """Raise a sender; its process's id."""
        return self._ask(order(errand))

    async def end(self, pid: int) -> int:
        """Wait until it has ended; its exit code, negative for a signal."""
        return await asyncio.to_thread(self._ask, f'{{"wait": {pid}}}')

    def _ask(self, line: str) -> int:
        self._orders.write(f"{line}\n")
        self._orders.flush()
        return int(self._answers.readline())


@contextmanager
def a_nursery() -> Iterator[Nursery]:
    """One for a whole run of tests: what senders need takes two seconds to import."""
    command = [sys.executable, "-m", "tests.deliver.child"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Nursery(process.stdin, process.stdout)
        process.stdin.close()
