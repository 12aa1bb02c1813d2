"""News reach every callback once, whatever the others do; what fails is tried again and kept."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from syndicate.model.hub import Signature
from syndicate.partner.hub.distributing import deliver_due, distribute
from syndicate.partner.hub.listing import list_dead, retry
from syndicate.store.database import Database
from tests.neighbours.http_site import never_ending
from tests.neighbours.subscriber import Script, hanging, is_signed, saying
from tests.partner.hub.desk import SECRET, Desk, a_desk

NEWS = b"<rss>news</rss>"
NEWER = b"<rss>newer</rss>"


async def slammed(request: web.BaseRequest) -> web.StreamResponse:
    """The connection is closed where an answer should be."""
    assert request.transport
    request.transport.close()
    return web.Response()


async def half_an_answer(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport
    request.transport.write(b"HTTP/1.1 20")
    request.transport.close()
    return web.Response()


async def test_nothing_is_sent_where_nothing_changed(desk: Desk) -> None:
    await desk.subscribe()
    await desk.publish(NEWS)
    await desk.publish(NEWS)
    assert desk.taken == [NEWS]


async def test_each_gets_the_topics_that_it_asked_for(desk: Desk) -> None:
    desk.write(b"{}", "json")
    await desk.subscribe()
    await desk.subscribe(topic=desk.topic_of("json"), callback=desk.subscriber.callback("/json"))
    await desk.publish(b'{"items": []}', "json")
    assert [(one.path, one.body) for one in desk.subscriber.taken] == [("/json", b'{"items": []}')]


async def test_a_longer_signature_where_the_operator_wants_it(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, signature=Signature.SHA512) as desk:
        await desk.subscribe(secret=SECRET)
        await desk.publish(NEWS)
        [taken] = desk.subscriber.taken
        assert taken.headers["X-Hub-Signature"].startswith("sha512=")
        assert is_signed(taken, SECRET)


FAILURES: dict[str, Script] = {
    "500": saying(500),
    "404": saying(404),
    "a redirect": saying(307, Location="/elsewhere"),
    "hangs": hanging(),
    "slams": slammed,
    "half an answer": half_an_answer,
}


@pytest.mark.parametrize("what", FAILURES)
async def test_what_fails_is_tried_again_with_the_newest_content(
    db: Database, tmp_path: Path, what: str
) -> None:
    async with a_desk(db, tmp_path, timeout=0.3) as desk:
        await desk.subscribe()
        desk.subscriber.take = FAILURES[what]
        await desk.publish(NEWS)
        await desk.publish(NEWER)
        [one] = await desk.list()
        assert (one.state, one.attempt) == ("queued", 1)
        assert one.reply
        desk.subscriber.take = None
        desk.time.pass_(minutes=1)
        await desk.sweep()
        assert desk.taken == [NEWS, NEWER]
        assert (await desk.list())[0].state == "done"
        assert not any(taken.path == "/elsewhere" for taken in desk.subscriber.taken)


@pytest.mark.parametrize("answer", [never_ending(), saying(200, "x" * 3_000_000)], ids=["endless", "huge"])
async def test_an_answer_that_is_too_much_counts_by_its_status(desk: Desk, answer: Script) -> None:
    await desk.subscribe()
    desk.subscriber.take = answer
    await desk.publish(NEWS)
    assert (await desk.list())[0].state == "done"


async def test_410_ends_the_subscription(desk: Desk) -> None:
    await desk.subscribe()
    desk.subscriber.take = saying(410)
    await desk.publish(NEWS)
    await desk.publish(NEWER)
    assert desk.taken == [NEWS]
    assert await desk.list() == []


async def test_after_so_many_attempts_it_is_a_dead_letter_until_there_are_news(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path, attempts=3) as desk:
        await desk.subscribe()
        desk.subscriber.take = saying(503)
        await desk.publish(NEWS)
        for _ in range(5):
            desk.time.pass_(hours=5)
            await desk.sweep()
        [dead] = await list_dead(desk.hubbing)
        assert (dead.attempt, dead.code, dead.reply) == (3, 503, "answered 503")
        assert desk.taken == [NEWS] * 3
        desk.subscriber.take = None
        await desk.publish(NEWER)
        assert desk.taken[-1] == NEWER
        assert await list_dead(desk.hubbing) == []


async def test_a_dead_letter_is_tried_again_at_the_operators_word(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, attempts=1) as desk:
        await desk.subscribe()
        desk.subscriber.take = saying(500)
        await desk.publish(NEWS)
        desk.subscriber.take = None
        assert await retry(desk.hubbing) == 1
        await desk.work()
        assert desk.taken == [NEWS, NEWS]
        assert await list_dead(desk.hubbing) == []


async def test_one_that_fails_too_long_is_given_up_before_its_attempts_are_spent(
    db: Database, tmp_path: Path
) -> None:
    async with a_desk(db, tmp_path, attempts=100) as desk:
        await desk.subscribe()
        desk.subscriber.take = saying(500)
        await desk.publish(NEWS)
        desk.time.pass_(days=2)
        await desk.sweep()
        assert len(await list_dead(desk.hubbing)) == 1


async def test_news_that_come_while_older_ones_are_sent_follow_them(desk: Desk) -> None:
    on_the_way, go = asyncio.Event(), asyncio.Event()

    async def take(_: web.BaseRequest) -> web.StreamResponse:
        on_the_way.set()
        await go.wait()
        return web.Response(status=204)

    await desk.subscribe()
    desk.subscriber.take = take
    desk.write(NEWS)
    await distribute(desk.hubbing, "all")
    delivering = asyncio.create_task(deliver_due(desk.hubbing))
    await on_the_way.wait()
    desk.write(NEWER)
    await distribute(desk.hubbing, "all")
    assert desk.taken == [NEWS]
    go.set()
    await delivering
    await desk.work()
    assert desk.taken == [NEWS, NEWER]


async def test_one_that_hangs_delays_nobody(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, timeout=30, connections=2, connections_per_host=8) as desk:
        go = asyncio.Event()

        async def take(request: web.BaseRequest) -> web.StreamResponse:
            if request.path.startswith("/stuck"):
                await go.wait()
            return web.Response(status=204)

        desk.subscriber.take = take
        paths = ["/stuck/1", "/stuck/2", "/stuck/3", *(f"/quick/{number}" for number in range(20))]
        for path in paths:
            await desk.ask(callback=desk.subscriber.callback(path))
        await desk.work()
        desk.write(NEWS)
        await distribute(desk.hubbing, "all")
        delivering = asyncio.create_task(deliver_due(desk.hubbing))
        await desk.subscriber.until(lambda: len(desk.taken) == len(paths))
        assert not go.is_set()
        go.set()
        await delivering


async def test_a_host_that_never_answers_rests_and_costs_no_attempts(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, connections=1, connections_per_host=1) as desk:
        for number in range(6):
            await desk.ask(callback=desk.subscriber.callback(f"/{number}"))
        await desk.work()
        desk.subscriber.take = slammed
        await desk.publish(NEWS)
        assert len(desk.taken) == 3
        assert sorted(one.attempt for one in await desk.list()) == [0, 0, 0, 1, 1, 1]
        desk.subscriber.take = None
        desk.time.pass_(minutes=15)
        await desk.sweep()
        assert len(desk.taken) == 9
        assert {one.state for one in await desk.list()} == {"done"}


async def test_a_topic_without_a_document_sends_nothing(desk: Desk) -> None:
    await desk.subscribe()
    desk.write(NEWS)
    await distribute(desk.hubbing, "all")
    (desk.hubbing.public_dir / "feeds" / "all.rss").unlink()
    await desk.work()
    assert desk.taken == []


async def test_what_a_killed_process_had_in_hand_is_delivered_by_the_next(desk: Desk) -> None:
    await desk.subscribe()
    desk.subscriber.take = hanging()
    desk.write(NEWS)
    await distribute(desk.hubbing, "all")
    killed = asyncio.create_task(deliver_due(desk.hubbing))
    await desk.subscriber.until(lambda: len(desk.taken) == 1)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    desk.jobs.clear()
    desk.subscriber.take = None
    await desk.sweep()
    assert desk.taken == [NEWS]
    desk.time.pass_(minutes=2)
    await desk.sweep()
    assert desk.taken == [NEWS, NEWS]
    assert (await desk.list())[0].state == "done"
