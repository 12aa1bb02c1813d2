"""Terms of those who lead, with real seats on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from syndicate.errors import OwnFault, StorageFull
from syndicate.schedule.leader import lead_until
from syndicate.store.advisory import Seat


class Candidate:
    """Somebody who would lead, and what became of it."""

    def __init__(self, url: str) -> None:
        self.stop = asyncio.Event()
        self.seat = Seat(url)
        self.leads = asyncio.Event()
        self.terms = 0
        self.over = asyncio.Event()

    def tell(self, leads: bool) -> None:
        (self.leads.set if leads else self.leads.clear)()

    async def term(self, over: asyncio.Event) -> None:
        self.terms += 1
        await over.wait()
        self.over.set()


@asynccontextmanager
async def a_candidate(url: str) -> AsyncIterator[Candidate]:
    one = Candidate(url)
    leading = asyncio.create_task(lead_until(one.stop, one.seat, one.term, tell=one.tell))
    try:
        yield one
    finally:
        one.stop.set()
        await leading


def cut_off(url: str) -> None:
    """End the leader's session, as when its network dies."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid)"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )


async def test_one_leads_and_another_when_it_has_ended(postgres_url: str) -> None:
    async with a_candidate(postgres_url) as first:
        await first.leads.wait()
        async with a_candidate(postgres_url) as second:
            first.stop.set()
            await second.leads.wait()
            assert (first.over.is_set(), first.leads.is_set()) == (True, False)
            assert (first.terms, second.terms) == (1, 1)


async def test_who_loses_its_session_ends_its_term_and_asks_again(postgres_url: str) -> None:
    async with a_candidate(postgres_url) as one:
        await one.leads.wait()
        cut_off(postgres_url)
        await one.over.wait()
        await one.leads.wait()
        assert one.terms == 2


async def test_a_term_that_finds_no_room_is_begun_again_by_whoever_is_first(postgres_url: str) -> None:
    stop, seat, tries = asyncio.Event(), Seat(postgres_url), 0

    async def term(over: asyncio.Event) -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            stop.set()
        raise StorageFull("no space is left")

    await lead_until(stop, seat, term)
    assert tries == 2


async def test_a_fault_of_our_own_in_a_term_ends_the_service(postgres_url: str) -> None:
    async def term(over: asyncio.Event) -> None:
        raise OwnFault("there is no such thing")

    with pytest.raises(OwnFault, match="no such thing"):
        await lead_until(asyncio.Event(), Seat(postgres_url), term)


async def test_who_waits_for_the_seat_ends_when_asked_though_the_database_is_away() -> None:
    stop = asyncio.Event()
    leading = asyncio.create_task(
        lead_until(stop, Seat("postgresql://nobody@127.0.0.1:1/none"), lambda over: asyncio.sleep(0))
    )
    await asyncio.sleep(0)
    stop.set()
    await leading
