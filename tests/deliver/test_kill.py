"""kill -9 at every step of a send (requirement S1): nobody lost, nobody skipped, doubles few and marked.

The SMTP server pulls the trigger when a given verb comes for a given time; other seeds let the sender die in
a transaction, or right after its commit. KILLS says how many seeds to try.
"""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from syndicate.deliver.journal import SUFFIX
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState, Uncertain
from syndicate.store import batches, deliveries, issues, schema
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from tests.deliver.child import Errand
from tests.deliver.killing import (
    AT_THE_SERVER,
    IN_THE_SENDER,
    READERS,
    STEPS,
    Case,
    Nursery,
    Witness,
    a_nursery,
)
from tests.deliver.sender import add_issue, address
from tests.neighbours.smtp_server import SmtpServer, running
from tests.publish.newsroom import Newsroom

KILLS = int(os.environ.get("KILLS", "20"))
# Minutes: by then every lease of the dead is over.
LATER = 5


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with a_nursery() as raised:
        yield raised


@pytest.fixture
def url(request: pytest.FixtureRequest, seed: int) -> str:
    """A fresh database, of the kind that this seed is about."""
    kind = "postgres_url" if Case.of(seed).postgres else "sqlite_url"
    found: str = request.getfixturevalue(kind)
    return found


@pytest.mark.parametrize("seed", range(KILLS))
async def test_a_kill_loses_nobody_and_marks_every_double(
    nursery: Nursery, url: str, tmp_path: Path, seed: int
) -> None:
    case, db = Case.of(seed), Database(url)
    prepare(db, case)
    log = tmp_path / "accepted.jsonl"
    servers = [a_server(case, log) for _ in range(case.relays)]
    doubtful: set[str] = set()
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(running(server))
        for number in range(case.kills):
            witness = Witness(case, servers)
            await kill_one(nursery, an_errand(case, url, tmp_path, servers, skew=LATER * number), witness)
            doubtful |= witness.doubtful
            if case.lost:
                lose_journals(tmp_path)
        await finish(nursery, an_errand(case, url, tmp_path, servers, skew=LATER * case.kills))
    check(case, db, read_log(log), doubtful)
    db.close()


def test_the_first_twenty_seeds_try_every_step_and_every_circumstance() -> None:
    cases = [Case.of(seed) for seed in range(20)]
    assert {case.step for case in cases} == set(STEPS)
    for name in ("late", "pipelining", "lmtp", "lost", "two", "postgres"):
        assert {getattr(case, name) for case in cases} == {True, False}, name
    assert {case.policy for case in cases} == set(Uncertain)
    assert {case.relays for case in cases} == {1, 2}
    assert {case.kills for case in cases} == {1, 3}
    assert {case.lanes for case in cases} == {1, 2, 4}


@pytest.mark.parametrize("limit", [20_000, 100_000, 300_000])
async def test_a_full_disk_loses_nobody(
    nursery: Nursery, sqlite_url: str, tmp_path: Path, limit: int
) -> None:
    case, db = Case(seed=0, step="", count=0), Database(sqlite_url)
    prepare(db, case)
    log = tmp_path / "accepted.jsonl"
    async with running(SmtpServer(log=log)) as server:
        errand = an_errand(case, sqlite_url, tmp_path, [server])
        sender = nursery.start(Errand(**vars(errand) | {"limit": limit}))
        assert await nursery.end(sender) == 1
        assert "StorageFull" in (tmp_path / f"errors-{sender}.txt").read_text()
        await finish(nursery, errand)
    check(case, db, read_log(log), set())
    db.close()


def prepare(db: Database, case: Case) -> None:
    """Readers, and an issue for them or the stories for one."""
    db.write_now(add_issue, readers=READERS)
    if case.compiles:
        db.write_now(unmake)
        room = Newsroom(db)
        for number in range(1, 4):
            room.save(number)


def unmake(conn: Connection) -> None:
    """As if no issue had been compiled yet."""
    conn.execute(delete(schema.issues))
    conn.execute(update(schema.newsletters).values(last_number=0))


def a_server(case: Case, log: Path) -> SmtpServer:
    server = SmtpServer(log=log, lmtp=case.lmtp, chunk=64 if case.step == "HALF" else 65_536)
    if not case.pipelining and not case.lmtp:
        server.extensions = ("SIZE 50000000", "8BITMIME")
    return server


def an_errand(case: Case, url: str, folder: Path, servers: list[SmtpServer], *, skew: int = 0) -> Errand:
    return Errand(
        database=url,
        folder=str(folder),
        ports=tuple(server.port for server in servers),
        lmtp=case.lmtp,
        policy=case.policy,
        compiles=case.compiles,
        lanes=case.lanes,
        # Only once the journals are lost must leases run out before the others go on.
        skew=skew if case.lost else 0,
    )


async def kill_one(nursery: Nursery, errand: Errand, witness: Witness) -> None:
    case = witness.case
    fate = {"step": case.step, "count": case.count, "late": case.late} if case.step in IN_THE_SENDER else {}
    sender = nursery.start(Errand(**vars(errand) | fate))
    if case.step in AT_THE_SERVER:
        witness.aim(sender)
    beside = [nursery.start(errand)] if case.two else []
    code = await nursery.end(sender)
    assert code == -signal.SIGKILL, f"it ended by itself before {case.step} came {case.count} times"
    for other in beside:
        assert await nursery.end(other) == 0, told(errand, other)
    await witness.see_the_end()


async def finish(nursery: Nursery, errand: Errand) -> None:
    sender = nursery.start(errand)
    assert await nursery.end(sender) == 0, told(errand, sender)


def told(errand: Errand, sender: int) -> str:
    return (Path(errand.folder) / f"errors-{sender}.txt").read_text()


def lose_journals(folder: Path) -> None:
    for journal in (folder / "journal").glob(f"*{SUFFIX}"):
        journal.unlink()


def read_log(path: Path) -> Counter[str]:
    """How often the server accepted a message for each address."""
    return Counter(json.loads(line)[2] for line in path.read_text().splitlines())


def check(case: Case, db: Database, received: Counter[str], doubtful: set[str]) -> None:
    """Compare what the servers have with what the database says."""
    [issue] = db.read_now(issues.list_issues)
    rows = {address(row.subscriber_id): row for row in db.read_now(deliveries.list_deliveries, issue.id)}
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
    assert case.lost or doubles <= doubtful
    assert all(rows[one].was_unknown for one in doubles)
    assert len(doubles) <= sum(row.was_unknown for row in rows.values()) <= case.in_doubt
    assert db.read_now(batches.find_progress, issue.id).state == IssueState.FINISHED
