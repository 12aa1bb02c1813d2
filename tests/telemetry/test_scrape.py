"""Who may read the metrics, and what they get while the database is slow or away."""

import asyncio
from collections.abc import Mapping

import pytest

from syndicate.errors import DatabaseBusy
from syndicate.telemetry.scrape import Scrape, Standing, may_scrape

TOKEN = "b7b3b0a4c4d14f5e9a21"
HERE = {"host": "127.0.0.1:8080"}
NAME = "syndicate_queue_lag_seconds"


class Watched:
    """A database that is looked at: how often, and what it says."""

    def __init__(self) -> None:
        self.looks = 0
        self.fault: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def look(self) -> Standing:
        self.looks += 1
        await self.open.wait()
        if self.fault:
            raise self.fault
        return {NAME: {("deliver",): self.looks}}


async def told(scrape: Scrape) -> str:
    return (await scrape.answer(client="127.0.0.1", headers=HERE)).body.decode()


@pytest.mark.parametrize(
    ("client", "headers", "may"),
    [
        ("127.0.0.1", HERE, True),
        ("::1", {"host": "[::1]:8080"}, True),
        ("::ffff:127.0.0.1", {"host": "localhost"}, True),
        ("127.0.0.1", {"host": "rebound.example"}, False),
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {**HERE, "x-forwarded-for": "192.0.2.9"}, False),
        ("127.0.0.1", {**HERE, "forwarded": "for=192.0.2.9"}, False),
        ("192.0.2.9", HERE, False),
        ("", HERE, False),
    ],
)
def test_without_a_token_this_machine_may_read(client: str, headers: Mapping[str, str], may: bool) -> None:
    assert may_scrape(client, headers, token="") is may


@pytest.mark.parametrize(
    ("client", "sent", "may"),
    [
        ("127.0.0.1", "", False),
        ("127.0.0.1", f"Bearer {TOKEN}", True),
        ("192.0.2.9", f"Bearer {TOKEN}", True),
        ("192.0.2.9", f"bearer  {TOKEN}", True),
        ("192.0.2.9", f"Basic {TOKEN}", False),
        ("192.0.2.9", TOKEN, False),
        ("192.0.2.9", f"Bearer {TOKEN[:-1]}", False),
        ("192.0.2.9", "Bearer تو", False),
    ],
)
def test_with_a_token_whoever_has_it_may_read_and_nobody_else(client: str, sent: str, may: bool) -> None:
    assert may_scrape(client, {**HERE, "authorization": sent}, token=TOKEN) is may


def test_without_a_token_no_header_lets_anybody_in() -> None:
    assert not may_scrape("192.0.2.9", {**HERE, "authorization": "Bearer "}, token="")


@pytest.mark.parametrize(("token", "status"), [("", 403), (TOKEN, 401)])
async def test_others_are_told_what_lets_them_in_and_cost_the_database_nothing(
    token: str, status: int
) -> None:
    watched = Watched()
    answer = await Scrape(watched.look, token=token).answer(client="192.0.2.9", headers=HERE)
    assert (answer.status, watched.looks) == (status, 0)
    assert ("www-authenticate" in answer.headers) is bool(token)
    assert "metrics.token" in answer.body.decode()


async def test_what_stands_in_the_database_is_read_once_for_all_who_ask_at_a_time() -> None:
    watched = Watched()
    scrape = Scrape(watched.look)
    found = await asyncio.gather(*(told(scrape) for _ in range(20)))
    assert watched.looks == 1
    assert all(f'{NAME}{{queue="deliver"}} 1.0' in text for text in found)
    assert "syndicate_database_up 1.0" in found[0]


async def test_a_database_that_is_away_takes_nothing_but_its_own_figures_along() -> None:
    watched = Watched()
    watched.fault = DatabaseBusy("the database went away")
    text = await told(Scrape(watched.look))
    assert "syndicate_database_up 0.0" in text
    assert f"{NAME}{{" not in text
    assert "process_cpu_seconds_total" in text


async def test_a_database_that_does_not_answer_is_asked_no_second_time() -> None:
    watched = Watched()
    watched.open.clear()
    scrape = Scrape(watched.look, patience=0.01)
    assert "syndicate_database_up 0.0" in await told(scrape)
    assert "syndicate_database_up 0.0" in await told(scrape)
    assert watched.looks == 1
    watched.open.set()
    assert "syndicate_database_up 1.0" in await told(scrape)
