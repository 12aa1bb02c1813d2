"""Somebody else's hub is told of what changed."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.model.feed import Format
from syndicate.model.hub import Hub
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.hub.pinging import ping
from syndicate.publish.follow_ups import follow_ups
from syndicate.store.database import Database
from tests.builders import a_feed
from tests.neighbours.subscriber import saying
from tests.partner.hub.desk import Desk, a_desk
from tests.web.conftest import a_catalogue


def outside(desk: Desk) -> Hubbing:
    """The same site, whose feeds name the hub at the subscriber's address."""
    hub = Hub(url=desk.subscriber.callback("/hub"))
    return replace(desk.hubbing, catalogue=replace(desk.hubbing.catalogue, hub=hub))


async def test_it_is_told_of_every_document_of_the_feed(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_desk(sqlite_db, tmp_path) as desk:
        assert await ping(outside(desk), "all") == {"feed": "all", "told": len(Format)}
        told = [parse_qs(body.decode()) for body in desk.taken]
        assert {one["hub.mode"][0] for one in told} == {"publish"}
        assert {one["hub.url"][0] for one in told} == {desk.topic_of(form) for form in Format}
        kinds = {one.headers["Content-Type"] for one in desk.subscriber.taken}
        assert kinds == {"application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("status", "error"), [(503, FetchFailed), (429, FetchFailed), (404, FetchRefused), (302, FetchRefused)]
)
async def test_a_hub_that_does_not_take_it_is_told_again_or_to_the_operator(
    sqlite_db: Database, tmp_path: Path, status: int, error: type[Exception]
) -> None:
    async with a_desk(sqlite_db, tmp_path) as desk:
        desk.subscriber.take = saying(status, Retry_After="60")
        with pytest.raises(error, match=str(status)):
            await ping(outside(desk), "all")


async def test_our_own_hub_is_not_pinged(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_desk(sqlite_db, tmp_path) as desk:
        assert (await ping(desk.hubbing, "all"))["told"] == 0
        assert desk.taken == []


@pytest.mark.parametrize(
    ("url", "jobs"),
    [("own", ["hub.distribute"]), ("https://hub.example/", ["hub.ping"]), ("none", [])],
)
def test_a_publication_tells_the_hub_that_the_feeds_name(url: str, jobs: list[str]) -> None:
    catalogue = a_catalogue("https://courier.example", hub=Hub(url=url))
    found = follow_ups(catalogue, a_feed(), changed=["all.rss"])
    assert [job.name for job in found if job.name.startswith("hub.")] == jobs
    unchanged = follow_ups(catalogue, a_feed(), changed=[])
    assert not [job for job in unchanged if job.name.startswith("hub.")]
