"""Who fetches again and again without asking whether anything changed is asked to wait; nobody else is."""

from pathlib import Path

import pytest
from starlette.types import Scope

from syndicate.model.site import WebSettings
from syndicate.publish.files import publish_files
from syndicate.store.database import Database
from syndicate.web import repeats
from syndicate.web.repeats import Repeats
from tests.web.conftest import Running, a_site

RSS = "/feeds/all.rss"


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(peer: str = "5.6.7.9", *, program: str = "Reader/1", **headers: str) -> Scope:
    named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return {"client": (peer, 40_000), "headers": [(b"user-agent", program.encode()), *named]}


def told(
    repeats: Repeats, times: int, scope: Scope, *, version: bytes = b"one", fresh: float = 600
) -> list[int]:
    return [repeats.wait(scope, version, fresh=fresh) for _ in range(times)]


def test_after_so_many_times_a_caller_waits_until_it_is_stale() -> None:
    clock = Time()
    counting = Repeats(3, clock=clock)
    assert told(counting, 3, asked()) == [0, 0, 0]
    clock.now += 100
    assert told(counting, 2, asked()) == [500, 500]
    clock.now += 500
    assert told(counting, 1, asked()) == [0]


def test_what_changed_may_be_fetched_again() -> None:
    counting = Repeats(1, clock=Time())
    assert told(counting, 2, asked()) == [0, 600]
    assert told(counting, 1, asked(), version=b"two") == [0]


def test_two_programs_behind_one_address_are_two_callers() -> None:
    counting = Repeats(1, clock=Time())
    assert [told(counting, 1, asked(program=program)) for program in ("a", "b", "a")] == [[0], [0], [600]]


def test_a_wait_is_an_hour_at_most() -> None:
    assert told(Repeats(1, clock=Time()), 2, asked(), fresh=86400) == [0, 3600]


def test_zero_is_no_limit() -> None:
    assert told(Repeats(0), 1000, asked()) == [0] * 1000


def test_behind_a_trusted_proxy_the_real_caller_counts() -> None:
    counting = Repeats(1, trusted=["127.0.0.1", "10.0.0.0/8"], clock=Time())
    first = asked("127.0.0.1", X_Forwarded_For="203.0.113.1, 10.2.3.4")
    other = asked("127.0.0.1", X_Forwarded_For="203.0.113.2")
    assert [told(counting, 1, scope) for scope in (first, other, first)] == [[0], [0], [600]]


@pytest.mark.parametrize(
    "scope",
    [
        asked("127.0.0.1", X_Forwarded_For="203.0.113.1"),
        asked("10.1.2.3", Via="1.1 proxy"),
        asked("127.0.0.1"),
        asked("192.168.1.1"),
        asked("not-an-address"),
    ],
)
def test_a_proxy_that_nobody_told_us_of_is_no_caller(scope: Scope) -> None:
    assert told(Repeats(1), 3, scope) == [0, 0, 0]


def test_on_a_site_of_this_machine_alone_its_own_callers_count() -> None:
    assert told(Repeats(1, local=True, clock=Time()), 2, asked("127.0.0.1")) == [0, 600]


def test_nobody_hides_behind_a_header_of_their_own() -> None:
    counting = Repeats(1, clock=Time())
    waits = [told(counting, 1, asked(X_Forwarded_For=f"203.0.113.{n}")) for n in range(2)]
    assert waits == [[0], [600]]


def test_callers_are_forgotten_in_time_and_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "CALLERS", 10)
    clock = Time()
    counting = Repeats(1, clock=clock)
    for number in range(50):
        told(counting, 1, asked(f"5.6.7.{number}"))
    assert len(counting._counts) == 10
    clock.now += 601
    told(counting, 1, asked("5.6.7.200"))
    assert len(counting._counts) == 1


def test_no_address_is_kept() -> None:
    counting = Repeats(1, clock=Time())
    told(counting, 1, asked("5.6.7.77"))
    assert b"5.6.7.77" not in repr(counting._counts).encode()


@pytest.fixture
async def counted(sqlite_db: Database, tmp_path: Path) -> Running:  # type: ignore[misc]
    async with a_site(sqlite_db, tmp_path, settings=WebSettings(repeats=3)) as site:
        publish_files(site.serving.public_dir / "feeds", {"all.rss": b"<rss>one</rss>"})
        yield site


async def test_only_unconditional_repeats_are_answered_429(counted: Running) -> None:
    first = [await counted.get(RSS) for _ in range(4)]
    assert [answer.status for answer in first] == [200, 200, 200, 429]
    late = first[-1]
    assert 0 < int(late.headers["Retry-After"]) <= 1800
    assert late.headers["Cache-Control"] == "no-store"
    assert "If-None-Match" in late.text
    etag, modified = first[0].headers["ETag"], first[0].headers["Last-Modified"]
    assert (await counted.get(RSS, If_None_Match=etag)).status == 304
    assert (await counted.get(RSS, If_None_Match='"another"')).status == 200
    assert (await counted.get(RSS, If_Modified_Since=modified)).status == 304
    assert (await counted.ask("HEAD", RSS)).status == 200


async def test_who_waits_gets_what_is_new_at_once(counted: Running) -> None:
    for _ in range(4):
        await counted.get(RSS)
    publish_files(counted.serving.public_dir / "feeds", {"all.rss": b"<rss>two</rss>"})
    assert (await counted.get(RSS)).body == b"<rss>two</rss>"


async def test_the_shipped_limit_lets_a_reader_ask_every_minute(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        publish_files(site.serving.public_dir / "feeds", {"all.rss": b"<rss>one</rss>"})
        assert {(await site.get(RSS)).status for _ in range(60)} == {200}
