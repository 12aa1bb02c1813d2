"""What may be asked of the hub, and what it says to the rest."""

from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.model.hub import Hub
from syndicate.net.guard import Guard
from syndicate.partner.hub.asking import Wish, callback_fault, lease_of, read_wish
from syndicate.store.database import Database
from tests.neighbours.subscriber import saying
from tests.partner.hub.desk import SECRET, Desk, a_desk

HUB = Hub(lease=timedelta(days=10), lease_least=timedelta(hours=1), lease_most=timedelta(days=30))


@pytest.fixture
def nobody() -> Guard:
    return Guard()


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        ({"mode": None}, 'hub.mode must be "subscribe"'),
        ({"mode": "Subscribe"}, 'hub.mode must be "subscribe"'),
        ({"mode": "denied"}, 'hub.mode must be "subscribe"'),
        ({"topic": None}, "hub.topic is missing"),
        ({"topic": "feeds/all.rss"}, "hub.topic must be an http or https URL"),
        ({"topic": "https://courier.example/" + "a" * 2_048}, "longer than 2048 characters"),
        ({"callback": None}, "hub.callback is missing"),
        ({"callback": "ftp://reader.example/"}, "hub.callback must be an http or https URL"),
        ({"callback": "https://reader.example/a b"}, "must encode as %XX"),
        ({"callback": "https://me:word@reader.example/"}, "user name or password"),
        ({"callback": "https://reader.example/#news"}, "leave out the #"),
        ({"callback": "http://127.0.0.1/in"}, "127.0.0.1 is not a public address"),
        ({"callback": "http://[::1]/in"}, "::1 is not a public address"),
        ({"callback": "http://169.254.169.254/latest"}, "is not a public address"),
        ({"secret": "s" * 200}, "less than 200 bytes"),
        ({"secret": "ا" * 100}, "less than 200 bytes"),
        ({"lease_seconds": "ten"}, "positive whole number of seconds"),
        ({"lease_seconds": "0"}, "positive whole number of seconds"),
        ({"lease_seconds": "-60"}, "positive whole number of seconds"),
        ({"lease_seconds": "1.5"}, "positive whole number of seconds"),
    ],
)
async def test_a_mistake_is_told_with_what_would_be_right(
    desk: Desk, fields: dict[str, str | None], right: str
) -> None:
    answer = await desk.ask(**fields)
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert right in answer.text
    assert desk.jobs == []


async def test_only_our_own_documents_are_topics(desk: Desk) -> None:
    for topic in (
        "https://other.example/feed.rss",
        f"{desk.site.base_url}/feeds/none.rss",
        f"{desk.topic}?page=2",
        f"{desk.site.base_url}/",
    ):
        answer = await desk.ask(topic=topic)
        assert answer.status == 404
        assert "link rel=self" in answer.text


async def test_the_hub_is_no_callback_of_its_own(desk: Desk) -> None:
    for callback in (f"{desk.site.base_url}/hub", f"{desk.site.base_url}/hub/?again=1"):
        answer = await desk.ask(callback=callback)
        assert answer.status == 400


async def test_a_request_that_is_no_form_is_refused(desk: Desk) -> None:
    answer = await desk.site.post("/hub", json={"hub.mode": "subscribe"})
    assert answer.status == 415
    assert "application/x-www-form-urlencoded" in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"hub.mode=%FF%FE", 400), (b"&".join([b"a=1"] * 60), 400), (b"a=" + b"x" * 20_000, 413)],
    ids=["not UTF-8", "too many fields", "too large"],
)
async def test_a_form_out_of_all_bounds_is_refused(desk: Desk, body: bytes, status: int) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await desk.site.post("/hub", body, headers=form)).status == status


async def test_a_field_that_is_there_twice_is_refused(desk: Desk) -> None:
    fields = [("hub.mode", "subscribe"), ("hub.topic", desk.topic), ("hub.topic", desk.topic)]
    answer = await desk.site.post("/hub", fields)
    assert answer.status == 400
    assert "hub.topic is there twice" in answer.text


async def test_a_get_changes_nothing(desk: Desk) -> None:
    answer = await desk.site.get(f"/hub?hub.mode=subscribe&hub.topic={desk.topic}")
    assert answer.status == 405
    assert desk.jobs == []


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("", 864_000),
        ("7200", 7_200),
        ("1", 3_600),
        ("999999999999999999999", 2_592_000),
        ("0007200", 7_200),
        ("٧٢٠٠", None),
        (" 7200", None),
    ],
)
def test_a_lease_is_brought_between_its_bounds(asked: str, granted: int | None) -> None:
    assert lease_of(asked, HUB) == granted


def test_a_callback_inside_our_network_is_taken_where_the_operator_allows_it(nobody: Guard) -> None:
    inside = "http://10.0.0.7:8080/in"
    assert "not a public address" in callback_fault(inside, nobody)
    assert callback_fault(inside, Guard(["10.0.0.7:8080"])) == ""


async def test_a_caller_asks_so_often_and_no_more_within_an_hour(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, requests_per_ip_hour=2) as desk:
        assert [(await desk.ask(callback=f"https://reader.example/{n}")).status for n in range(3)] == [
            202,
            202,
            429,
        ]
        desk.time.pass_(hours=1, seconds=1)
        assert (await desk.ask()).status == 202


async def test_callbacks_of_one_host_have_so_many_subscriptions(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, subscriptions_per_host=2) as desk:
        await desk.subscribe(callback=desk.subscriber.callback("/1"))
        assert (await desk.ask(callback=desk.subscriber.callback("/2"))).status == 202
        answer = await desk.ask(callback=desk.subscriber.callback("/3"))
        assert answer.status == 429
        assert "retry-after" in answer.headers
        assert (await desk.ask(callback="https://elsewhere.example/")).status == 202


async def test_who_leaves_is_not_counted(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, subscriptions_per_host=1) as desk:
        await desk.subscribe()
        await desk.subscribe(mode="unsubscribe")
        assert await desk.list() == []


async def test_who_is_subscribed_may_renew_though_its_host_has_no_room(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, subscriptions_per_host=2) as desk:
        for path in ("/1", "/2"):
            await desk.subscribe(callback=desk.subscriber.callback(path))
        desk.time.pass_(days=1)
        await desk.subscribe(callback=desk.subscriber.callback("/1"))
        first, second = await desk.list()
        assert first.leased_until == second.leased_until + timedelta(days=1)


async def test_renewals_that_wait_take_nobodys_place(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, subscriptions_per_host=3) as desk:
        await desk.subscribe(callback=desk.subscriber.callback("/1"))
        await desk.ask(callback=desk.subscriber.callback("/2"))
        for _ in range(2):
            await desk.ask(callback=desk.subscriber.callback("/1"))
        await desk.work()
        assert len(await desk.list()) == 2


async def test_who_leaves_without_end_waits_too(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, subscriptions_per_host=2) as desk:
        callbacks = [desk.subscriber.callback(f"/{number}") for number in range(3)]
        answers = [await desk.ask(mode="unsubscribe", callback=callback) for callback in callbacks]
        assert [answer.status for answer in answers] == [202, 202, 429]


def test_a_secret_shows_up_in_no_traceback() -> None:
    fields = {
        "hub.mode": "subscribe",
        "hub.topic": "https://courier.example/feeds/all.rss",
        "hub.callback": "https://reader.example/in",
        "hub.secret": SECRET,
    }
    wish = read_wish(fields.items(), HUB, guard=Guard())
    assert isinstance(wish, Wish)
    assert wish.secret == SECRET
    assert SECRET not in repr(wish)


async def test_one_callback_has_only_a_few_requests_in_waiting(desk: Desk) -> None:
    statuses = [(await desk.ask()).status for _ in range(5)]
    assert statuses == [202, 202, 202, 202, 429]


async def test_the_answer_does_not_wait_for_the_callback(desk: Desk) -> None:
    desk.subscriber.answer = saying(404)
    assert (await desk.ask()).status == 202
    assert desk.subscriber.questions == []


async def test_a_ping_for_a_topic_of_ours_distributes_what_changed(desk: Desk) -> None:
    await desk.subscribe()
    desk.write(b"<rss>changed</rss>")
    answer = await desk.site.post("/hub", {"hub.mode": "publish", "hub.url": desk.topic})
    assert answer.status == 202
    await desk.work()
    await desk.site.post("/hub", {"hub.mode": "publish", "hub.topic": desk.topic})
    await desk.work()
    assert desk.taken == [b"<rss>changed</rss>"]


@pytest.mark.parametrize(("fields", "status"), [({}, 400), ({"hub.url": "https://other.example/"}, 404)])
async def test_a_ping_for_anything_else_is_refused(desk: Desk, fields: dict[str, str], status: int) -> None:
    assert (await desk.site.post("/hub", {"hub.mode": "publish"} | fields)).status == status
    assert desk.jobs == []


async def test_without_a_hub_there_is_none(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, url="none") as desk:
        assert (await desk.ask()).status == 404


async def test_who_asks_here_is_sent_on_to_the_hub_that_our_feeds_name(db: Database, tmp_path: Path) -> None:
    async with a_desk(db, tmp_path, url="https://hub.example/") as desk:
        answer = await desk.ask()
        assert (answer.status, answer.headers["location"]) == (308, "https://hub.example/")
