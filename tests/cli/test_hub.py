"""`syndicate hub` and what `check` says of the hub."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syndicate.app import App, open_app
from syndicate.config import load
from syndicate.store.hub_deliveries import begin_deliveries, queue_news
from syndicate.store.hub_requests import HubRequest, Mode
from syndicate.store.hub_subscriptions import put_subscription
from syndicate.store.schema import hub_deliveries
from tests.cli.conftest import Newsroom

TOPIC = "http://127.0.0.1:8080/feeds/english.rss"
CALLBACK = "https://reader.example/callback?key=1"
NOW = datetime.now(UTC)


def in_app(newsroom: Newsroom, work: Callable[[App], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        config = load(newsroom.folder / "config/syndicate.toml", environ={})
        async with open_app(config, now=lambda: datetime.now(UTC)) as app:
            return await work(app)

    return asyncio.run(whole())


def subscribe(newsroom: Newsroom, *, dead: bool = False) -> None:
    """One subscription with a secret; with `dead`, what it was to get was given up."""

    def save(conn: Any) -> None:
        request = HubRequest(
            id=0,
            mode=Mode.SUBSCRIBE,
            topic=TOPIC,
            callback=CALLBACK,
            host="reader.example",
            secret="never shown",
        )
        number = put_subscription(conn, request, now=NOW, until=NOW + timedelta(days=9))
        begin_deliveries(conn, number, topic=TOPIC, content="", now=NOW)
        if dead:
            queue_news(conn, TOPIC, content="news", now=NOW)
            conn.execute(hub_deliveries.update().values(state="dead", attempt=10, reply="answered 503"))

    async def work(app: App) -> None:
        await app.db.write(save)

    in_app(newsroom, work)


def test_the_list_says_who_is_subscribed_and_never_a_secret(newsroom: Newsroom) -> None:
    assert "Nobody is subscribed." in newsroom.run("hub", "list").output
    subscribe(newsroom)
    told = newsroom.run("hub", "list").output
    assert CALLBACK in told
    assert "/feeds/english.rss" in told
    [one] = newsroom.ask("hub", "list")
    assert (one["callback"], one["signed"], one["state"]) == (CALLBACK, True, "done")
    assert "never shown" not in told + str(one)


def test_dead_letters_are_listed_with_their_reason_and_tried_again(newsroom: Newsroom) -> None:
    subscribe(newsroom, dead=True)
    assert "answered 503" in newsroom.run("hub", "dead", code=1).output
    assert newsroom.ask("hub", "retry") == {"queued": 1}
    assert "no dead letters" in newsroom.run("hub", "dead").output
    assert newsroom.ask("hub", "list")[0]["state"] == "queued"


def test_a_subscription_is_dropped_by_its_number_once_that_is_confirmed(newsroom: Newsroom) -> None:
    subscribe(newsroom)
    newsroom.run("hub", "drop", "1", code=2)
    assert newsroom.ask("hub", "drop", "1", "--yes") == {"dropped": 1}
    assert newsroom.ask("hub", "list") == []


@pytest.mark.parametrize("args", [("retry", "7"), ("drop", "7", "--yes")])
def test_a_number_that_is_not_there_is_told(newsroom: Newsroom, args: tuple[str, ...]) -> None:
    assert "7" in newsroom.run("hub", *args, code=2).output


def test_check_says_that_nobody_outside_reaches_the_hub_of_a_loopback_address(newsroom: Newsroom) -> None:
    assert "only this machine reaches" in newsroom.run("check").output


def test_check_says_where_secrets_come_in_the_clear(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_SITE__BASE_URL", "http://courier.example")
    assert "in the clear" in newsroom.run("check").output
    monkeypatch.setenv("SYNDICATE_SITE__BASE_URL", "https://courier.example")
    assert "https://courier.example/hub" in newsroom.run("check").output
    monkeypatch.setenv("SYNDICATE_HUB__URL", "none")
    assert "advertise no hub" in newsroom.run("check").output
