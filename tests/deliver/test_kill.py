"""kill -9 at every step of a send (requirement S1): nobody lost, nobody skipped, doubles few and marked.

The SMTP server pulls the trigger when a given verb comes for a given time; other seeds let the sender die
right after a commit. KILLS says how many seeds to try.
"""

import asyncio
import json
import os
import random
import resource
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState, Uncertain
from syndicate.store import batches, deliveries
from syndicate.store.database import Database
from tests.deliver.child import CONNECTIONS
from tests.deliver.sender import add_issue, message_id
from tests.neighbours.smtp_server import Moment, SmtpServer, running, says_yes

READERS = 500
KILLS = int(os.environ.get("KILLS", "20"))
# How often each step comes at least in a send of 500 over 10 connections of 20 messages each.
STEPS = {
    "CONNECT": 20,
    "EHLO": 20,
    "MAIL": READERS,
    "RCPT": READERS,
    "DATA": READERS,
    "HALF": READERS,
    "DOT": READERS,
    "AFTER": READERS,
    "QUIT": 10,
    "commit": 12,
}


@dataclass
class Trigger:
    """The server's script: kills `victim` when `verb` comes for the `count`-th time."""

    verb: str
    count: int
    victim: asyncio.subprocess.Process | None = None

    def __call__(self, moment: Moment) -> None:
        """Pull it, once."""
        if self.victim is not None and moment.verb == self.verb and moment.count >= self.count:
            victim, self.victim = self.victim, None
            # Not Popen's own method: that polls first, and takes the exit status from the one who waits.
            os.kill(victim.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Case:
    """What one seed tries: where to kill, how often in a row, and the newsletter's policy for the unknown."""

    seed: int
    step: str
    count: int
    kills: int
    policy: Uncertain
    pipelining: bool

    @classmethod
    def of(cls, seed: int) -> "Case":
        """Every step in turn; now and then three kills, a careful newsletter, a server without PIPELINING."""
        step = list(STEPS)[seed % len(STEPS)]
        kills = 3 if seed % 7 == 6 else 1
        return cls(
            seed=seed,
            step=step,
            count=random.Random(seed).randint(1, STEPS[step] // kills),
            kills=kills,
            policy=Uncertain.HOLD if seed % 4 == 3 else Uncertain.RESEND,
            pipelining=seed % 3 != 0,
        )


async def run_sender(
    case: Case, folder: Path, port: int, *, commits: int = 0, limit: int = resource.RLIM_INFINITY
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.deliver.child"),
        *(str(folder / "syndicate.db"), str(port), str(folder), case.policy, str(commits)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # No file may grow past this: what a full disk looks like from inside.
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)),
    )


async def kill_one(case: Case, folder: Path, server: SmtpServer) -> None:
    trigger = Trigger(case.step, server.verbs[case.step] + case.count)
    server.script = trigger
    commits = case.count if case.step == "commit" else 0
    sender = await run_sender(case, folder, server.port, commits=commits)
    trigger.victim = sender
    code = await sender.wait()
    server.script = says_yes
    assert code == -signal.SIGKILL, f"it ended by itself before {case.step} came {case.count} times"


async def finish(case: Case, folder: Path, port: int) -> None:
    sender = await run_sender(case, folder, port)
    _, errors = await sender.communicate()
    assert sender.returncode == 0, errors.decode()


@pytest.mark.parametrize("seed", range(KILLS))
async def test_a_kill_loses_nobody_and_marks_every_double(
    sqlite_db: Database, tmp_path: Path, seed: int
) -> None:
    case = Case.of(seed)
    sqlite_db.write_now(add_issue, readers=READERS)
    server = SmtpServer(log=tmp_path / "accepted.jsonl", chunk=64 if case.step == "HALF" else 65_536)
    if not case.pipelining:
        server.extensions = ("SIZE 50000000", "8BITMIME")
    async with running(server):
        for _ in range(case.kills):
            await kill_one(case, tmp_path, server)
        await finish(case, tmp_path, server.port)
    check(case, sqlite_db, read_log(tmp_path / "accepted.jsonl"))


@pytest.mark.parametrize("limit", [20_000, 100_000, 300_000])
async def test_a_full_disk_loses_nobody(sqlite_db: Database, tmp_path: Path, limit: int) -> None:
    case = Case.of(0)
    sqlite_db.write_now(add_issue, readers=READERS)
    async with running(SmtpServer(log=tmp_path / "accepted.jsonl")) as server:
        sender = await run_sender(case, tmp_path, server.port, limit=limit)
        _, errors = await sender.communicate()
        assert sender.returncode == 1
        assert "StorageFull" in errors.decode()
        await finish(case, tmp_path, server.port)
    check(case, sqlite_db, read_log(tmp_path / "accepted.jsonl"))


def read_log(path: Path) -> Counter[str]:
    """How often the server accepted each Message-ID."""
    return Counter(json.loads(line)[0] for line in path.read_text().splitlines())


def check(case: Case, db: Database, received: Counter[str]) -> None:
    """Compare what the server has with what the database says."""
    rows = {message_id(1, row.subscriber_id): row for row in db.read_now(deliveries.list_deliveries, 1)}
    in_flight = CONNECTIONS * case.kills
    missing = set(rows) - set(received)
    doubles = {one for one, times in received.items() if times > 1}
    sure = case.policy == Uncertain.RESEND and case.kills == 1
    assert len(rows) == READERS
    assert set(received) <= set(rows)
    assert {row.state for row in rows.values()} <= {DeliveryState.SENT, DeliveryState.UNKNOWN}
    assert all(rows[one].state == DeliveryState.UNKNOWN for one in missing)
    assert not (sure and missing)
    assert not (sure and any(row.state == DeliveryState.UNKNOWN for row in rows.values()))
    assert not (case.policy == Uncertain.HOLD and doubles)
    assert max(received.values()) <= 2
    assert len(doubles) <= in_flight
    assert all(rows[one].was_unknown for one in doubles)
    assert sum(row.was_unknown for row in rows.values()) <= in_flight
    assert db.read_now(batches.find_progress, 1).state == IssueState.FINISHED
