"""One seat for those who would lead, on a real PostgreSQL."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from syndicate.errors import DatabaseBusy, DatabaseFault, OwnFault
from syndicate.store.advisory import Seat
from tests.neighbours.ports import free_port
from tests.neighbours.postgres import SETTINGS, running_cluster


@asynccontextmanager
async def a_seat(url: str) -> AsyncIterator[Seat]:
    seat = Seat(url)
    try:
        yield seat
    finally:
        await seat.leave()


async def taken(seat: Seat) -> bool:
    """Whether it comes free within seconds: the server tells a session's end before it frees its locks."""
    async with asyncio.timeout(20):
        while not await seat.take():  # noqa: ASYNC110 - nobody tells when a lock comes free
            await asyncio.sleep(0.01)
    return True


def cut_off(url: str) -> None:
    """End the leader's session, as when its process or its network dies."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'syndicate leader' AND datname = current_database()"
        )


async def test_one_of_two_has_the_seat_until_it_leaves(postgres_url: str) -> None:
    async with a_seat(postgres_url) as first, a_seat(postgres_url) as second:
        assert [await first.take(), await second.take(), await second.take()] == [True, False, False]
        await first.leave()
        assert await second.take()


async def test_who_leaves_lets_the_next_in_at_once(postgres_url: str) -> None:
    """The server takes its time to end a session; the seat is given up before."""
    async with a_seat(postgres_url) as first, a_seat(postgres_url) as second:
        for _ in range(40):
            assert await first.take()
            await first.leave()
            assert await second.take()
            await second.leave()


async def test_who_is_cut_off_learns_of_it_without_asking(postgres_url: str) -> None:
    async with a_seat(postgres_url) as first, a_seat(postgres_url) as second:
        assert await first.take()
        holding = asyncio.create_task(first.hold())
        await asyncio.sleep(0)
        cut_off(postgres_url)
        with pytest.raises(DatabaseBusy):
            await holding
        assert await taken(second)


async def test_whoever_holds_it_has_it_until_it_stops(postgres_url: str) -> None:
    async with a_seat(postgres_url) as first, a_seat(postgres_url) as second:
        assert await first.take()
        holding = asyncio.create_task(first.hold())
        assert not await second.take()
        holding.cancel()
        await asyncio.wait({holding})
        assert await second.take()


async def test_both_ends_give_up_a_connection_that_is_silent_for_four_seconds() -> None:
    """A leader whose machine loses its power says no word: the server has to notice, and so have we."""
    port = free_port()
    with running_cluster({**SETTINGS, "listen_addresses": "127.0.0.1", "port": str(port)}):
        async with a_seat(f"postgresql://postgres@127.0.0.1:{port}/postgres") as seat:
            assert await seat.take()
            assert seat._conn is not None
            names = (
                "tcp_user_timeout",
                "tcp_keepalives_idle",
                "tcp_keepalives_interval",
                "tcp_keepalives_count",
            )
            theirs = [await (await seat._conn.execute(f"SHOW {name}")).fetchone() for name in names]
            with socket.socket(fileno=os.dup(seat._conn.fileno())) as ours:
                options = (
                    socket.TCP_USER_TIMEOUT,
                    socket.TCP_KEEPIDLE,
                    socket.TCP_KEEPINTVL,
                    socket.TCP_KEEPCNT,
                )
                mine = [ours.getsockopt(socket.IPPROTO_TCP, option) for option in options]
    assert theirs == [("4000",), ("1",), ("1",), ("3",)]
    assert mine == [4000, 1, 1, 3]


async def test_a_seat_whose_lock_another_session_has_is_told_as_a_pooler(postgres_url: str) -> None:
    async with a_seat(postgres_url) as seat:
        assert await seat.take()
        assert seat._conn is not None
        await seat._conn.execute("SELECT pg_advisory_unlock_all()")
        with pytest.raises(OwnFault, match=r"postgresql\.direct"):
            await seat.hold()


@pytest.mark.parametrize(
    ("url", "meaning"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", DatabaseBusy),
        ("postgresql://nobody@/none?host=/nowhere", DatabaseBusy),
    ],
)
async def test_a_database_out_of_reach_is_told(url: str, meaning: type[Exception]) -> None:
    async with a_seat(url) as seat:
        with pytest.raises(meaning):
            await seat.take()


async def test_a_database_that_does_not_exist_is_our_own_fault(postgres_url: str) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    async with a_seat(postgres_url.replace(f"/{name}?", "/not_there?")) as seat:
        with pytest.raises(DatabaseFault, match="not_there"):
            await seat.take()


async def test_who_led_before_waits_when_the_database_shuts_it_out(postgres_url: str) -> None:
    """A password that is changed ends nobody: the others serve on, and somebody will start them anew."""
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("CREATE ROLE leader_once LOGIN")
        try:
            async with a_seat(postgres_url.replace("postgres@", "leader_once@")) as seat:
                assert await seat.take()
                await seat.leave()
                conn.execute("ALTER ROLE leader_once RENAME TO leader_never")
                with pytest.raises(DatabaseBusy, match="let us in before"):
                    await seat.take()
                conn.execute("ALTER ROLE leader_never RENAME TO leader_once")
                assert await seat.take()
        finally:
            conn.execute("DROP ROLE leader_once")
