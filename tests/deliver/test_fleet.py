"""Several relays: who gets how much, and who takes over when one fails."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver import send
from syndicate.deliver.envelope import Letter
from syndicate.deliver.fleet import Fleet
from syndicate.deliver.line import Line
from syndicate.deliver.smtp import Pool
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.site import RelayTimeouts, Security
from syndicate.store import deliveries
from syndicate.store.database import Database
from tests.deliver.sender import a_sending, add_issue, address
from tests.neighbours.smtp_server import Drop, Moment, Script, Silence, SmtpServer, running

STATES = DeliveryState
LETTER = Letter(
    sender="b-1@courier.example",
    recipient="reader1@readers.example",
    data=b"Message-ID: <1@courier.example>\r\n\r\nThe ferry.\r\n",
)


class Watch:
    """A clock in seconds that moves only when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def always(verb: str, answer: str | bytes | type[Exception]) -> Script:
    """A script that answers one verb always so."""

    def script(moment: Moment) -> str | bytes | None:
        if moment.verb != verb:
            return None
        if isinstance(answer, type):
            raise answer
        return answer

    return script


def a_fleet(servers: Sequence[SmtpServer], weights: Sequence[int], **change: Any) -> Fleet:
    """Relays named `one`, `two`, … at these servers."""
    clock = change.pop("clock", None)
    names = ("one", "two", "three")
    relays = [
        server.relay(name=name, weight=weight, **{"connections": 4, **change})
        for server, name, weight in zip(servers, names, weights, strict=False)
    ]
    return Fleet([Pool(relay, helo="sender.example") for relay in relays], clock=clock)


@asynccontextmanager
async def all_running(*servers: SmtpServer) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(running(server))
        yield


async def send_issue(db: Database, folder: Path, fleet: Fleet, *, readers: int) -> send.IssueReport:
    """Send a fresh issue as far as it goes at once."""
    issue_id = db.write_now(add_issue, readers=readers)
    sending = a_sending(db, SmtpServer(port=1).relay(), folder, fleet=fleet)
    return await send.send_issue(sending, issue_id)


async def pass_on(fleet: Fleet, count: int = 1) -> list[str]:
    """Send so many messages one by one; over which relays they went."""
    relays = []
    line: Line | None = None
    for _ in range(count):
        if line is None or fleet.worn(line):
            if line is not None:
                await fleet.give_back(line)
            line = await fleet.take()
        relays.append((await line.transact(LETTER, before_dot=lambda: None)).relay)
    assert line is not None
    await fleet.give_back(line)
    return relays


async def share_out(fleet: Fleet, count: int, *, senders: int) -> Counter[str]:
    """So many senders send so many messages; how many went over which relay."""
    numbers = itertools.count(1)
    relays: Counter[str] = Counter()

    async def work() -> None:
        line: Line | None = None
        while next(numbers) <= count:
            if line is not None and fleet.worn(line):
                await fleet.give_back(line)
                line = None
            line = line or await fleet.take()
            relays[(await line.transact(LETTER, before_dot=lambda: None)).relay] += 1
        if line is not None:
            await fleet.give_back(line)

    await asyncio.gather(*(work() for _ in range(senders)))
    return relays


@pytest.mark.parametrize(("weights", "share"), [((3, 1), 300), ((1, 1), 200), ((9, 1), 360), ((1, 4), 80)])
@pytest.mark.parametrize("senders", [1, 8])
async def test_each_relay_gets_its_share(weights: tuple[int, int], share: int, senders: int) -> None:
    one, two = SmtpServer(), SmtpServer()
    async with all_running(one, two):
        fleet = a_fleet([one, two], weights)
        # Until a relay is connected, which takes as long as the machine is busy, the other has all messages.
        before: Counter[str] = Counter()
        async with asyncio.timeout(30):
            while len(before) < 2:
                before += await share_out(fleet, 10, senders=senders)
        relays = await share_out(fleet, 400, senders=senders)
        await fleet.close()
    assert abs(relays["one"] - share) <= 8
    every = before + relays
    assert (len(one.accepted), len(two.accepted)) == (every["one"], every["two"])


async def test_a_share_is_kept_whatever_a_connection_serves() -> None:
    one, two = SmtpServer(), SmtpServer()
    async with all_running(one, two):
        fleet = a_fleet([one, two], [3, 1], messages_per_connection=7)
        relays = await share_out(fleet, 200, senders=4)
        await fleet.close()
    assert abs(relays["one"] - 150) <= 8


async def test_the_record_says_over_which_relay_each_went(sqlite_db: Database, tmp_path: Path) -> None:
    one, two = SmtpServer(), SmtpServer()
    async with all_running(one, two):
        fleet = a_fleet([one, two], [1, 1])
        await send_issue(sqlite_db, tmp_path, fleet, readers=20)
        await fleet.close()
    rows = sqlite_db.read_now(deliveries.list_deliveries, 1)
    over_one = {row.subscriber_id for row in rows if row.relay == "one"}
    assert sorted(address(n) for n in over_one) == one.recipients
    assert {row.relay for row in rows} == {"one", "two"}


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("CONNECT", "421 4.3.2 closing"),
        ("CONNECT", "554 5.7.1 you are listed"),
        ("CONNECT", Drop),
        ("CONNECT", b"Welcome!\r\n"),
        ("EHLO", "421 4.3.2 closing"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("AUTH", "454 4.7.0 cannot check that now"),
        ("STARTTLS", "454 4.7.0 no TLS now"),
    ],
)
async def test_a_relay_that_cannot_be_used_gets_nothing_and_the_other_all(
    sqlite_db: Database, tmp_path: Path, verb: str, answer: str | bytes | type[Exception]
) -> None:
    broken = SmtpServer(extensions=("PIPELINING", "AUTH PLAIN", "STARTTLS"), script=always(verb, answer))
    other = SmtpServer()
    async with all_running(broken, other):
        security = Security.STARTTLS if verb == "STARTTLS" else Security.NONE
        relay = broken.relay(name="one", username="courier", password="tide", security=security)
        fleet = Fleet([Pool(one, helo="sender.example") for one in (relay, other.relay(name="two"))])
        report = await send_issue(sqlite_db, tmp_path, fleet, readers=30)
        # The issue may have been faster than the refusal.
        assert await pass_on(fleet) == ["two"]
        await fleet.close()
    assert report.tally == {STATES.SENT: 30}
    assert len(other.accepted) == 31
    assert [trouble.relay for trouble in fleet.take_troubles()] == ["one"]
    assert not fleet.take_troubles()


async def test_nobody_waits_for_a_relay_that_says_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    silent, other = SmtpServer(script=always("CONNECT", Silence)), SmtpServer()
    async with all_running(silent, other):
        fleet = a_fleet([silent, other], [5, 1], timeouts=RelayTimeouts(opening=600))
        report = await send_issue(sqlite_db, tmp_path, fleet, readers=60)
        await fleet.close()
    assert report.tally == {STATES.SENT: 60}
    assert silent.sessions == 1


async def test_a_relay_that_breaks_off_each_message_is_left_alone(
    sqlite_db: Database, tmp_path: Path
) -> None:
    broken, other = SmtpServer(script=always("MAIL", Drop)), SmtpServer()
    async with all_running(broken, other):
        fleet = a_fleet([broken, other], [1, 1])
        report = await send_issue(sqlite_db, tmp_path, fleet, readers=60)
        await fleet.close()
    # Four lines were in use when the third one broke.
    assert report.tally[STATES.SENT] >= 50
    assert report.tally[STATES.DEFERRED] == broken.verbs["MAIL"] <= 7
    assert ["breaks off" in trouble.reason for trouble in fleet.take_troubles()] == [True]


async def test_a_relay_that_goes_down_in_the_middle_loses_nobody(sqlite_db: Database, tmp_path: Path) -> None:
    def dying(moment: Moment) -> None:
        if moment.verb in ("CONNECT", "MAIL") and first.verbs["DOT"] >= 40:
            raise Drop

    first, other = SmtpServer(script=dying), SmtpServer()
    async with all_running(first, other):
        fleet = a_fleet([first, other], [1, 1])
        report = await send_issue(sqlite_db, tmp_path, fleet, readers=150)
        await fleet.close()
    assert report.tally == {STATES.SENT: 150}
    assert sorted(first.recipients + other.recipients) == sorted(address(n) for n in range(1, 151))


async def test_a_standby_is_used_only_while_the_others_are_down() -> None:
    watch, main, spare = Watch(), SmtpServer(), SmtpServer()
    async with all_running(main, spare):
        fleet = a_fleet([main, spare], [1, 0], clock=watch)
        assert await pass_on(fleet, 5) == ["one"] * 5
        main.script = always("MAIL", Drop)
        assert set(await pass_on(fleet, 5)) == {"one", "two"}
        main.script = always("CONNECT", "421 4.3.2 closing")
        assert await pass_on(fleet, 5) == ["two"] * 5
        main.script = lambda _moment: None
        assert await pass_on(fleet, 5) == ["two"] * 5
        watch.seconds += 1000
        assert await pass_on(fleet, 5) == ["one"] * 5
        await fleet.close()


async def test_after_its_rest_one_alone_tries_a_relay_again() -> None:
    watch, main, other = Watch(), SmtpServer(script=always("CONNECT", "421 4.3.2 closing")), SmtpServer()
    async with all_running(main, other):
        fleet = a_fleet([main, other], [1, 1], clock=watch)
        for seconds in (0, 14, 2, 29, 2):
            watch.seconds += seconds
            assert await asyncio.gather(*(pass_on(fleet) for _ in range(3))) == [["two"]] * 3
        # At once, after 15 seconds, and after 30 more.
        assert main.sessions == 3
        assert len(fleet.take_troubles()) == 1
        main.script = lambda _moment: None
        watch.seconds += 61
        assert "one" in await pass_on(fleet, 8)
        main.script = always("CONNECT", "421 4.3.2 closing")
        watch.seconds += 1
        await fleet.close()


async def test_what_went_elsewhere_meanwhile_is_not_made_up_for() -> None:
    watch, main, other = Watch(), SmtpServer(script=always("CONNECT", Drop)), SmtpServer()
    async with all_running(main, other):
        fleet = a_fleet([main, other], [1, 1], clock=watch)
        await pass_on(fleet, 50)
        main.script = lambda _moment: None
        watch.seconds += 16
        relays = await pass_on(fleet, 40)
        await fleet.close()
    assert abs(relays.count("one") - 20) <= 4


async def test_fewer_lines_than_asked_for_are_no_failure(sqlite_db: Database, tmp_path: Path) -> None:
    def script(moment: Moment) -> str | None:
        return "421 4.7.0 too many connections" if moment.verb == "CONNECT" and moment.session > 2 else None

    narrow, spare = SmtpServer(script=script), SmtpServer()
    async with all_running(narrow, spare):
        fleet = a_fleet([narrow, spare], [1, 0])
        report = await send_issue(sqlite_db, tmp_path, fleet, readers=60)
        await fleet.close()
    assert report.tally == {STATES.SENT: 60}
    assert not spare.sessions
    assert not fleet.take_troubles()


@pytest.mark.parametrize(
    ("second", "error"),
    [("554 5.7.1 you are listed", SenderFault), ("421 4.3.2 closing", RelayUnavailable)],
)
async def test_when_all_fail_each_reason_is_told(second: str, error: type[Exception]) -> None:
    one = SmtpServer(script=always("CONNECT", "554 5.7.1 go away"))
    two = SmtpServer(script=always("CONNECT", second))
    async with all_running(one, two):
        fleet = a_fleet([one, two], [1, 0])
        with pytest.raises(error) as told:
            await fleet.take()
        # Whoever comes later tries again: who sends has rests of his own.
        two.script = lambda _moment: None
        assert await pass_on(fleet) == ["two"]
        await fleet.close()
    assert "go away" in str(told.value)
    assert second[10:] in str(told.value)


async def test_those_who_wait_share_one_failure() -> None:
    server = SmtpServer(script=always("CONNECT", "421 4.3.2 closing"))
    async with all_running(server):
        fleet = a_fleet([server], [1])
        found = await asyncio.gather(*(fleet.take() for _ in range(4)), return_exceptions=True)
    assert {type(one) for one in found} == {RelayUnavailable}
    assert server.sessions == 1


async def test_whoever_waits_for_a_line_gets_the_first_that_is_free() -> None:
    server = SmtpServer()
    async with all_running(server):
        fleet = a_fleet([server], [1], connections=1)
        line = await fleet.take()
        waiting = asyncio.create_task(fleet.take())
        await asyncio.sleep(0)
        await fleet.give_back(line)
        assert await waiting is line
        await fleet.give_back(line)
        await fleet.close()


async def test_idle_lines_are_closed_before_the_relay_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicate.deliver.smtp.IDLE", 0.05)
    gone = asyncio.Event()

    def script(moment: Moment) -> None:
        if moment.verb == "QUIT":
            gone.set()

    server = SmtpServer(script=script)
    async with all_running(server):
        fleet = a_fleet([server], [1])
        await pass_on(fleet, 3)
        await asyncio.wait_for(gone.wait(), 10)
        await pass_on(fleet)
        await fleet.close()
    assert server.sessions == 2


async def test_every_relay_is_looked_at() -> None:
    one, two = SmtpServer(), SmtpServer(script=always("CONNECT", "554 5.7.1 you are listed"))
    async with all_running(one, two):
        fleet = a_fleet([one, two], [1, 0])
        told = await fleet.look()
        await fleet.close()
    assert told == {"one": "", "two": "two refuses us: 554 5.7.1 you are listed"}


async def test_a_relay_that_keeps_to_its_rate_is_not_down() -> None:
    watch, main, spare = Watch(), SmtpServer(), SmtpServer()
    async with all_running(main, spare):
        fleet = a_fleet([main, spare], [1, 0], clock=watch)
        fleet.avoids = lambda name: name == "one"
        assert await pass_on(fleet, 3) == ["one"] * 3
        watch.seconds += 119
        assert await pass_on(fleet, 3) == ["one"] * 3
        watch.seconds += 1
        assert await pass_on(fleet, 3) == ["two"] * 3
        fleet.avoids = lambda name: False
        assert await pass_on(fleet, 3) == ["one"] * 3
        await fleet.close()
