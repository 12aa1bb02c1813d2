"""Nothing changes until the callback has echoed its challenge, whatever else it answers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from syndicate.net.client import Client, Response
from syndicate.partner.hub import sweeping
from syndicate.partner.hub.distributing import distribute
from syndicate.partner.hub.verifying import Finding, judge, question, verify_due
from syndicate.store.database import Database
from syndicate.store.hub_requests import HubRequest, Mode, next_request_due
from tests.neighbours.canary import canary
from tests.neighbours.http_site import never_ending
from tests.neighbours.subscriber import Script, hanging, saying
from tests.net.test_canary import Names
from tests.partner.hub.desk import SECRET, Desk, a_desk

NEWS = b"<rss>news</rss>"


def a_request(**change: object) -> HubRequest:
    base: dict[str, object] = {
        "id": 1,
        "mode": Mode.SUBSCRIBE,
        "topic": "https://courier.example/feeds/all.rss",
        "callback": "https://reader.example/in",
        "host": "reader.example",
        "lease_seconds": 7200,
        "attempt": 1,
    }
    return HubRequest(**base | change)  # type: ignore[arg-type]


def an_answer(status: int = 200, body: bytes = b"riddle") -> Response:
    return Response(url="https://reader.example/in", status=status, body=body)


def echo(status: int = 200, before: str = "", after: str = "") -> Script:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, text=before + request.query["hub.challenge"] + after)

    return answer


async def redirected(request: web.BaseRequest) -> web.StreamResponse:
    """On to a place that would echo."""
    return web.Response(status=302, headers={"Location": f"/elsewhere?{request.query_string}"})


async def cut_off(request: web.BaseRequest) -> web.StreamResponse:
    """The challenge, of which the end never comes."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(request.query["hub.challenge"].encode())
    assert request.transport
    request.transport.close()
    return response


LIES = {
    "another challenge": saying(200, "challenge-77"),
    "nothing": saying(200),
    "no such thing": echo(404),
    "a fault": echo(500),
    "a redirect to one that would echo": redirected,
    "more than the challenge": echo(after="!"),
    "the challenge with a line before it": echo(before="\n"),
    "the challenge and much more": echo(after="x" * 1_000_000),
}


@pytest.mark.parametrize("what", LIES)
async def test_a_callback_that_answers_otherwise_is_not_subscribed(desk: Desk, what: str) -> None:
    desk.subscriber.answer = LIES[what]
    await desk.subscribe()
    assert await desk.list() == []
    await desk.publish(NEWS)
    assert desk.taken == []
    assert len(desk.subscriber.questions) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_success_counts_where_the_challenge_is_echoed(status: int) -> None:
    confirmed = judge(a_request(), "riddle", an_answer(status))
    assert confirmed is Finding.CONFIRMED


async def test_a_lie_leaves_an_older_subscription_as_it_was(desk: Desk) -> None:
    await desk.subscribe(secret=SECRET, lease_seconds=7200)
    [before] = await desk.list()
    desk.subscriber.answer = saying(200, "no")
    await desk.subscribe(secret="another", lease_seconds=99_999)
    await desk.subscribe(mode="unsubscribe")
    assert await desk.list() == [before]
    await desk.publish(NEWS)
    assert desk.taken == [NEWS]


@pytest.mark.parametrize(
    "answer", [hanging(), never_ending(b"c"), cut_off], ids=["hangs", "trickles", "breaks off"]
)
async def test_a_callback_without_an_answer_is_asked_again_and_then_forgotten(
    db: Database, tmp_path: Path, answer: Script
) -> None:
    async with a_desk(db, tmp_path, timeout=0.2) as desk:
        desk.subscriber.answer = answer
        await desk.subscribe()
        for _ in range(5):
            desk.time.pass_(minutes=20)
            await desk.sweep()
        assert await desk.list() == []
        assert len(desk.subscriber.questions) == 3


async def test_a_callback_that_answers_at_last_is_subscribed(desk: Desk) -> None:
    desk.subscriber.answer = cut_off
    await desk.subscribe()
    desk.subscriber.answer = None
    desk.time.pass_(minutes=5)
    await desk.sweep()
    assert len(await desk.list()) == 1
    challenges = [asked["hub.challenge"] for asked in desk.subscriber.questions]
    assert len(set(challenges)) == 2


async def test_one_that_hangs_holds_nobody_up(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, timeout=30, connections=1) as desk:
        stuck = asyncio.Event()

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/stuck":
                await stuck.wait()
            return web.Response(text=request.query["hub.challenge"])

        desk.subscriber.answer = answer
        await desk.ask(callback=desk.subscriber.callback("/stuck"))
        await desk.ask(callback=desk.subscriber.callback("/quick"))
        asking = asyncio.create_task(verify_due(desk.hubbing))
        await desk.subscriber.until(lambda: len(desk.subscriber.questions) == 2)
        assert not stuck.is_set()
        stuck.set()
        await asking


def test_a_question_keeps_the_callbacks_own_query() -> None:
    asked = question(a_request(callback="https://reader.example/in?key=a%2Fb&hub.mode=mine"), "riddle")
    assert asked.startswith("https://reader.example/in?key=a%2Fb&hub.mode=mine&hub.mode=subscribe&")
    assert parse_qsl(urlsplit(asked).query)[2:] == [
        ("hub.mode", "subscribe"),
        ("hub.topic", "https://courier.example/feeds/all.rss"),
        ("hub.challenge", "riddle"),
        ("hub.lease_seconds", "7200"),
    ]


async def test_the_query_arrives_as_it_was_spelled(desk: Desk) -> None:
    await desk.subscribe(callback=desk.subscriber.callback("/in?key=a%2fb&x=%7E"))
    await desk.publish(NEWS)
    assert desk.subscriber.taken[0].path == "/in?key=a%2fb&x=%7E"
    assert desk.subscriber.questions[0]["key"] == "a/b"


async def test_the_lease_that_counts_is_told_and_runs_from_the_question(desk: Desk) -> None:
    await desk.subscribe(lease_seconds=5)
    [one] = await desk.list()
    assert desk.subscriber.questions[0]["hub.lease_seconds"] == "3600"
    assert one.leased_until == desk.time.at + timedelta(hours=1)


async def test_a_lease_that_is_over_ends_the_subscription(desk: Desk) -> None:
    await desk.subscribe(lease_seconds=3600)
    desk.time.pass_(seconds=3601)
    await desk.publish(NEWS)
    assert desk.taken == []
    assert (await desk.sweep())["expired"] == 1
    assert await desk.list() == []


async def test_a_newer_request_wins_over_one_that_was_asked_before_it(desk: Desk) -> None:
    slow = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.query["hub.mode"] == "subscribe":
            await slow.wait()
        return web.Response(text=request.query["hub.challenge"])

    desk.subscriber.answer = answer
    await desk.ask()
    asking = asyncio.create_task(verify_due(desk.hubbing))
    await desk.subscriber.until(lambda: len(desk.subscriber.questions) == 1)
    await desk.ask(mode="unsubscribe")
    await desk.subscriber.until(lambda: len(desk.subscriber.questions) == 2)
    while await desk.hubbing.db.read(next_request_due):  # noqa: ASYNC110 - no event of ours tells it
        await asyncio.sleep(0.01)
    slow.set()
    await asking
    assert await desk.list() == []


async def test_what_is_published_while_somebody_subscribes_is_delivered_at_once(desk: Desk) -> None:
    await desk.ask()
    desk.write(NEWS)
    await desk.work()
    assert desk.taken == [NEWS]


async def test_what_is_distributed_before_the_callback_has_confirmed_is_not_missed(desk: Desk) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        desk.write(NEWS)
        await distribute(desk.hubbing, "all")
        return web.Response(text=request.query["hub.challenge"])

    desk.subscriber.answer = answer
    await desk.subscribe()
    assert desk.taken == [NEWS]


async def test_a_topic_that_goes_meanwhile_is_denied_with_a_reason(desk: Desk) -> None:
    await desk.ask()
    gone = replace(desk.hubbing, catalogue=replace(desk.hubbing.catalogue, feeds={}))
    await verify_due(gone)
    await verify_due(gone)
    [told] = desk.subscriber.questions
    assert (told["hub.mode"], told["hub.topic"]) == ("denied", desk.topic)
    assert told["hub.reason"] == "this topic is distributed no longer"
    assert await desk.list() == []


async def test_who_was_subscribed_to_a_topic_that_is_no_more_is_denied(desk: Desk) -> None:
    await desk.subscribe()
    desk.hubbing = replace(desk.hubbing, catalogue=replace(desk.hubbing.catalogue, feeds={}))
    assert (await desk.sweep())["denied"] == 1
    assert desk.subscriber.questions[1]["hub.mode"] == "denied"
    assert await desk.list() == []


async def test_a_denial_is_told_once_whatever_the_answer(desk: Desk) -> None:
    await desk.subscribe()
    desk.subscriber.answer = saying(500)
    desk.hubbing = replace(desk.hubbing, catalogue=replace(desk.hubbing.catalogue, feeds={}))
    await desk.sweep()
    desk.time.pass_(hours=1)
    await desk.sweep()
    assert [asked["hub.mode"] for asked in desk.subscriber.questions] == ["subscribe", "denied"]


async def test_a_request_that_nobody_answers_is_not_kept_for_ever(desk: Desk) -> None:
    await desk.ask()
    desk.jobs.clear()
    desk.time.pass_(days=2, seconds=1)
    assert (await desk.sweep())["unanswered"] == 1
    assert desk.subscriber.questions == []
    assert await desk.hubbing.db.read(next_request_due) is None


async def test_all_who_lose_a_topic_are_told_however_many_they_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    for number in range(5):
        await desk.ask(callback=desk.subscriber.callback(f"/{number}"))
    await desk.work()
    desk.hubbing = replace(desk.hubbing, catalogue=replace(desk.hubbing.catalogue, feeds={}))
    assert (await desk.sweep())["denied"] == 5
    assert await desk.list() == []


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1"])
async def test_no_callback_inside_our_network_is_asked(desk: Desk, name: str) -> None:
    async with canary() as bird:
        await desk.subscribe(callback=f"http://{name}:{bird.port}/in")
        assert bird.touched == 0
    assert await desk.list() == []


async def test_a_name_that_resolves_into_our_network_is_not_asked(desk: Desk) -> None:
    async with canary() as bird:
        await _with_names(desk, Names("127.0.0.1"))
        await desk.subscribe(callback=f"http://reader.example:{bird.port}/in")
        assert bird.touched == 0
    assert await desk.list() == []


async def test_a_name_that_turns_inward_once_subscribed_gets_nothing(desk: Desk) -> None:
    port = desk.subscriber.port
    host = f"reader.example:{port}"
    await _with_names(desk, Names("127.0.0.1"), allow=host)
    await desk.subscribe(callback=f"http://{host}/in")
    assert len(await desk.list()) == 1
    await _with_names(desk, Names("127.0.0.1"))
    await desk.publish(NEWS)
    assert desk.taken == []
    [one] = await desk.list()
    assert "not a public address" in one.reply


async def _with_names(desk: Desk, names: AbstractResolver, *, allow: str = "") -> None:
    settings = desk.hubbing.client.settings
    await desk.hubbing.client.close()
    hosts = (allow,) if allow else ()
    desk.hubbing = replace(
        desk.hubbing, client=Client(replace(settings, allow_hosts=hosts), resolver=names, connections=0)
    )


async def test_callbacks_of_one_host_are_asked_so_often_a_minute(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, verifications_per_host_minute=3) as desk:
        for number in range(5):
            await desk.ask(callback=desk.subscriber.callback(f"/{number}"))
        await desk.work()
        assert len(desk.subscriber.questions) == 3
        desk.time.pass_(seconds=61)
        await desk.sweep()
        assert len(desk.subscriber.questions) == 5
        assert len(await desk.list()) == 5
