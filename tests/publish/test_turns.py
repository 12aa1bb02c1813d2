"""Turns among real processes: by a lock on the folder, or by the database where machines share that."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from syndicate.errors import DatabaseBusy
from syndicate.model.site import PostgresqlSettings
from syndicate.publish.turns import Turns, turns_over
from syndicate.store.database import Database
from syndicate.store.turnstile import key_of

# Whoever has the turn reads a number, and writes the next one: two at a time would lose some.
COUNTING = """
import asyncio, sys
from pathlib import Path
from syndicate.publish.turns import turns_over
from syndicate.store.database import Database

async def count(url, folder, counter, times):
    turns = turns_over(Database(url))
    for _ in range(int(times)):
        async with turns.take(Path(folder), "all"):
            number = int(Path(counter).read_text())
            await asyncio.sleep(0)
            Path(counter).write_text(str(number + 1))

asyncio.run(count(*sys.argv[1:]))
"""
HOLDING = """
import asyncio, sys
from pathlib import Path
from syndicate.publish.turns import turns_over
from syndicate.store.database import Database

async def hold(url, folder):
    async with turns_over(Database(url)).take(Path(folder), "all"):
        print("mine", flush=True)
        await asyncio.sleep(600)

asyncio.run(hold(*sys.argv[1:]))
"""


@contextmanager
def holder(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has the turn."""
    command = [sys.executable, "-c", HOLDING, url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "mine\n"
        try:
            yield process
        finally:
            process.kill()


def folders_of(database_url: str, tmp_path: Path) -> tuple[Path, Path]:
    """Where two processes have the folder: on two machines it may be at two places."""
    if database_url.startswith("postgresql"):
        return tmp_path / "one" / "feeds", tmp_path / "other" / "feeds"
    return tmp_path / "feeds", tmp_path / "feeds"


def test_processes_take_turns(database_url: str, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    commands = [
        [sys.executable, "-c", COUNTING, database_url, str(folder), str(counter), "25"]
        for folder in (*folders_of(database_url, tmp_path), *folders_of(database_url, tmp_path))
    ]
    running = [subprocess.Popen(command) for command in commands]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert counter.read_text() == "100"


async def test_the_turn_of_one_who_was_killed_goes_to_the_next(database_url: str, tmp_path: Path) -> None:
    here, there = folders_of(database_url, tmp_path)
    database = Database(database_url)
    turns = turns_over(database)
    with holder(database_url, there) as process:
        waiting = asyncio.create_task(_take(turns, here))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        process.send_signal(signal.SIGKILL)
        assert await asyncio.wait_for(waiting, 30)
    turns.close()
    database.close()


async def test_another_name_waits_for_nobody(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    turns = turns_over(database)
    with holder(postgres_url, tmp_path / "feeds"):
        async with turns.take(tmp_path / "feeds", "briefs"), turns.take(tmp_path / "partners", "all"):
            pass
    turns.close()
    database.close()


async def test_who_gives_up_waiting_leaves_the_turn_to_others(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    turns, others = turns_over(database), turns_over(database)
    async with others.take(tmp_path / "feeds", "all"):
        waiting = [asyncio.create_task(_take(turns, tmp_path / "feeds")) for _ in range(3)]
        await asyncio.sleep(0.1)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert await asyncio.wait_for(_take(others, tmp_path / "feeds"), 30)
    turns.close()
    others.close()
    database.close()


async def test_a_turn_that_the_database_ended_is_told_at_its_end(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    turns = turns_over(database)
    with pytest.raises(DatabaseBusy, match=r"the turn of feeds/all was lost"):
        async with turns.take(tmp_path / "feeds", "all"):
            database.write_now(lambda conn: conn.execute(END_HOLDERS))
    assert await asyncio.wait_for(_take(turns, tmp_path / "feeds"), 30)
    turns.close()
    database.close()


async def test_what_goes_wrong_in_a_turn_is_told_and_not_that_it_was_lost(
    postgres_url: str, tmp_path: Path
) -> None:
    database = Database(postgres_url)
    turns = turns_over(database)
    with pytest.raises(ValueError, match="invalid literal"):
        async with turns.take(tmp_path / "feeds", "all"):
            int(str(database.write_now(lambda conn: conn.execute(END_HOLDERS))))
    turns.close()
    database.close()


async def test_more_than_there_are_connections_all_have_their_turn(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url, postgresql=PostgresqlSettings(pool=2))
    turns = turns_over(database)
    # What is done in a turn needs the loop's threads, of which there are few on a small machine.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))

    async def work(number: int) -> int:
        async with turns.take(tmp_path / "feeds", f"feed{number}"):
            return await asyncio.to_thread(abs, number)

    assert await asyncio.gather(*map(work, range(20))) == list(range(20))
    turns.close()
    database.close()


def test_names_have_numbers_that_last_and_differ() -> None:
    assert key_of("feeds/all") == key_of("feeds/all")
    assert len({key_of(f"feeds/{n}") for n in range(1000)}) == 1000
    assert all(-(2**63) <= key_of(f"feeds/{n}") < 2**63 for n in range(1000))


END_HOLDERS = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")


async def _take(turns: Turns, folder: Path) -> bool:
    async with turns.take(folder, "all"):
        return True
