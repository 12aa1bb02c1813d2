"""The pace in a real send: a server that slows, blocks and recovers by the recipients' domain."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from syndicate.deliver import send
from syndicate.deliver.alerts import tell_paces
from syndicate.deliver.fleet import Fleet
from syndicate.deliver.pacer import Pacer
from syndicate.deliver.pacing.keeping import Keeper
from syndicate.deliver.pacing.limits import Limits
from syndicate.deliver.pacing.standing import lift, list_holding_back, list_slowed
from syndicate.deliver.sending import Sending
from syndicate.deliver.smtp import Pool
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.pacing import DomainLimits, WarmUp
from syndicate.model.site import DeliverySettings, Site
from syndicate.store import deliveries, schema
from syndicate.store.database import Database
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import Hands, a_sending, add_issue
from tests.neighbours.smtp_server import Moment, SmtpServer, running

CALM, CROSS = "calm.example", "cross.example"
STATES = DeliveryState
QUICK = DeliverySettings(retry_first=timedelta(seconds=1), retry_cap=timedelta(seconds=1))


class Fast:
    """A clock that runs thirty times as fast as the machine's, so that a rate of 1/s is no wait."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=30 * (time.monotonic() - self._began))


def spread(conn: Connection, domain_of: Callable[[int], str]) -> None:
    """Give the n-th reader an address at a domain."""
    for number in conn.scalars(select(schema.subscribers.c.id)).all():
        address = f"reader{number}@{domain_of(number)}"
        chosen = schema.subscribers.c.id == number
        conn.execute(update(schema.subscribers).where(chosen).values(address=address, address_key=address))


def every_third(number: int) -> str:
    return CROSS if number % 3 == 0 else CALM


def domain(moment: Moment) -> str:
    return moment.recipient.rpartition("@")[2]


class Paced:
    """A sender with a pacer that keeps what it knows."""

    def __init__(self, db: Database, server: SmtpServer, folder: Path, **change: Any) -> None:
        limits = change.pop("domains", {})
        relay = server.relay(connections=change.pop("connections", 4), **change.pop("relay", {}))
        now = change.setdefault("now", Fast())
        fleet = Fleet([Pool(relay, helo="sender.example")])
        known = Limits(relays={fleet.names[0]: relay}, domains=limits)
        self.keeper = Keeper(Pacer(known, chance=lambda: 0.5), db, now=now)
        self.pacer = self.keeper.pacer
        usual = {"settings": QUICK, "pacer": self.pacer, "fleet": fleet}
        self.sending: Sending = a_sending(db, relay, folder, **usual | change)

    async def once(self, issue: int) -> Counter[str]:
        """Send what is due; in which state how many are then."""
        await send.send_issue(self.sending, issue)
        await self.keeper.sync()
        return Counter(await self.sending.db.read(deliveries.tally, issue))

    async def until(self, issue: int, enough: Callable[[Counter[str]], bool]) -> Counter[str]:
        """Send again and again."""
        for _ in range(2_000):
            tally = await self.once(issue)
            if enough(tally):
                return tally
        raise AssertionError(f"it never came to that: {tally}")


@pytest.fixture
def issue(sqlite_db: Database) -> int:
    """An issue for thirty readers, every third of them at the cross domain."""
    found = sqlite_db.write_now(add_issue, readers=30)
    sqlite_db.write_now(spread, every_third)
    return found


@pytest.mark.parametrize("words", ["451 4.7.1 too many messages", "421 4.7.28 unusual rate of mail"])
async def test_a_domain_that_asks_for_patience_is_slowed_and_the_others_are_not(
    sqlite_db: Database, tmp_path: Path, issue: int, words: str
) -> None:
    clock = Fast()
    tried: list[float] = []

    def script(moment: Moment) -> str | None:
        if moment.verb != "RCPT" or domain(moment) != CROSS:
            return None
        tried.append(clock().timestamp())
        return words if len(tried) <= 6 else None

    async with running(SmtpServer(script=script)) as server:
        paced = Paced(sqlite_db, server, tmp_path, now=clock)
        await paced.once(issue)
        assert sum(one.recipient.endswith(CALM) for one in server.accepted) == 20
        slowed = [(key[0], one.why) for key, one in paced.pacer.troubles.items()]
        assert slowed == [(CROSS, f"RCPT: {words}")]
        tally = await paced.until(issue, lambda tally: tally[STATES.SENT] == 30)
        assert tally == {STATES.SENT: 30}
        assert (await send.report(paced.sending, issue)).state is IssueState.FINISHED
    # Each of the four connections can have one under way before the first answer; then the rate is 1/s.
    in_a_minute = [moment - tried[0] for moment in tried if moment - tried[0] < 60]
    assert all(place <= 4 + 1 + seconds for place, seconds in enumerate(in_a_minute, start=1))


async def test_a_domain_that_refuses_us_is_paused_and_goes_on_when_that_is_lifted(
    sqlite_db: Database, tmp_path: Path, issue: int
) -> None:
    blocked = [True]

    def script(moment: Moment) -> str | None:
        bad = moment.verb == "RCPT" and domain(moment) == CROSS and blocked[0]
        return "550 5.7.1 blocked, see postmaster" if bad else None

    async with running(SmtpServer(script=script)) as server:
        change = {"catalogue": a_catalogue(), "connections": 1}
        paced = Paced(sqlite_db, server, tmp_path, **change)
        tally = await paced.once(issue)
        # Three were refused before it was paused; the others were not tried, and nobody counts as refused.
        assert tally == {STATES.SENT: 20, STATES.QUEUED: 10}
        assert await attempts(sqlite_db, issue, STATES.QUEUED) == Counter({0: 7, 1: 3})

        [found] = await list_slowed(paced.sending)
        assert (found.name, found.paused, found.waiting) == (CROSS, True, 10)
        assert found.why == "RCPT: 550 5.7.1 blocked, see postmaster"
        held = await sqlite_db.read(list_holding_back, issue, now=paced.sending.now())
        assert [(one.name, one.paused, one.waiting) for one in held] == [(CROSS, True, 10)]

        told = [await sqlite_db.write(tell_paces, paced.sending) for _ in range(2)]
        assert told == [1, 0]
        assert "550 5.7.1 blocked, see postmaster" in mails(sqlite_db)[0]["what"]

        blocked[0] = False
        assert await lift(paced.sending, CROSS) == 1
        await paced.keeper.sync()
        assert await paced.once(issue) == {STATES.SENT: 30}


async def test_a_share_of_refusals_over_all_domains_pauses_the_issue_and_nobody_counts_as_refused(
    sqlite_db: Database, tmp_path: Path
) -> None:
    issue = sqlite_db.write_now(add_issue, readers=80)
    sqlite_db.write_now(spread, lambda number: f"{number % 4}.example")

    def script(moment: Moment) -> str | None:
        if moment.verb != "RCPT":
            return None
        number = int(moment.recipient.removeprefix("reader").partition("@")[0])
        if number % 5 == 0:
            return "550 5.7.1 blocked, see postmaster"
        return "550 5.1.1 unknown" if number % 3 == 0 else None

    async with running(SmtpServer(script=script)) as server:
        paced = Paced(sqlite_db, server, tmp_path, catalogue=a_catalogue(), connections=2)
        await paced.once(issue)
    told = await send.report(paced.sending, issue)
    assert told.state is IssueState.PAUSED
    assert "550 5.7.1 blocked, see postmaster" in told.paused_reason
    assert told.tally[STATES.SENT] >= 10
    refused = await sqlite_db.read(deliveries.list_deliveries, issue, states=[STATES.REFUSED])
    assert {one.reply for one in refused} == {"RCPT: 5.1.1 unknown"}
    assert paced.pacer.troubles == {}


async def test_no_more_connections_than_its_cap_are_at_work_for_a_domain(
    sqlite_db: Database, tmp_path: Path, issue: int
) -> None:
    working = Counter[str]()
    most = Counter[str]()

    async def gate(moment: Moment) -> None:
        if moment.verb == "RCPT":
            working[domain(moment)] += 1
            most[domain(moment)] = max(most[domain(moment)], working[domain(moment)])
        if moment.verb == "AFTER":
            working[domain(moment)] -= 1

    async with running(SmtpServer(gate=gate)) as server:
        paced = Paced(
            sqlite_db, server, tmp_path, connections=6, domains={CROSS: DomainLimits(connections=2)}
        )
        tally = await paced.until(issue, lambda tally: tally[STATES.SENT] == 30)
    assert most[CROSS] <= 2 < most[CALM]
    assert tally == {STATES.SENT: 30}


async def test_while_a_window_is_closed_the_issue_waits_and_nobody_has_an_attempt(
    sqlite_db: Database, tmp_path: Path, issue: int
) -> None:
    clock = Hands()
    # Noon in UTC is 13:00 in Berlin.
    change = {"newsletter": a_newsletter(window="15:00-20:00"), "now": clock}
    async with running(SmtpServer()) as server:
        paced = Paced(sqlite_db, server, tmp_path, **change)
        assert await paced.once(issue) == {STATES.QUEUED: 30}
        told = await send.report(paced.sending, issue)
        assert "its window 15:00-20:00 (Europe/Berlin) is closed until 2026-03-01 15:00 CET" in told.trouble
        assert await send.next_due(paced.sending) == NOON + timedelta(hours=2)
        clock.move(hours=2)
        assert await paced.once(issue) == {STATES.SENT: 30}
    assert server.sessions > 0


async def test_an_issue_that_is_not_through_when_its_window_closes_goes_on_when_it_opens(
    sqlite_db: Database, tmp_path: Path, issue: int
) -> None:
    clock = Hands()

    async def gate(moment: Moment) -> None:
        if (moment.verb, moment.count) == ("RCPT", 10):
            clock.move(minutes=1)

    change = {"newsletter": a_newsletter(window="12:30-13:01"), "now": clock, "connections": 1}
    async with running(SmtpServer(gate=gate)) as server:
        paced = Paced(sqlite_db, server, tmp_path, **change)
        assert await paced.once(issue) == {STATES.SENT: 10, STATES.QUEUED: 20}
        assert await attempts(sqlite_db, issue, STATES.QUEUED) == Counter({0: 20})
        opens = NOON.replace(day=2, hour=11, minute=30)
        assert await send.next_due(paced.sending) == opens
        clock.move(hours=23, minutes=29)
        assert await paced.once(issue) == {STATES.SENT: 30}


async def test_an_issue_whose_window_opens_too_late_says_so_and_expires(
    sqlite_db: Database, tmp_path: Path, issue: int
) -> None:
    clock = Hands()
    newsletter = a_newsletter(window="15:00-20:00", time_to_live=timedelta(hours=1))
    site = Site(contact="desk@courier.example")
    catalogue = Catalogue(site=site, newsletters={newsletter.name: newsletter})
    async with running(SmtpServer()) as server:
        paced = Paced(sqlite_db, server, tmp_path, catalogue=catalogue, now=clock)
        for _ in range(2):
            await paced.once(issue)
        [mail] = mails(sqlite_db)
        assert "the issue expires before, at 2026-03-01 14:00 CET" in mail["what"]
        told = await send.report(paced.sending, issue)
        assert "the issue expires before, at 2026-03-01 14:00 CET" in told.trouble
        clock.move(hours=1)
        assert await paced.once(issue) == {STATES.EXPIRED: 30}
        assert server.accepted == []


async def test_a_ramp_is_kept_over_restarts(sqlite_db: Database, tmp_path: Path, issue: int) -> None:
    clock = Hands()
    change = {"newsletter": a_newsletter(warm_up=WarmUp(first_day=8)), "now": clock}
    sent = []
    async with running(SmtpServer()) as server:
        for hours in (0, 1, 12, 1, 24):
            clock.move(hours=hours)
            paced = Paced(sqlite_db, server, tmp_path, **change)
            sent.append((await paced.once(issue))[STATES.SENT])
    assert sent == [8, 8, 20, 20, 30]


async def test_a_slowed_domain_is_still_slowed_after_a_restart(
    sqlite_db: Database, tmp_path: Path, issue: int
) -> None:
    def script(moment: Moment) -> str | None:
        return "451 4.7.1 later" if moment.verb == "RCPT" and domain(moment) == CROSS else None

    async with running(SmtpServer(script=script)) as server:
        first = Paced(sqlite_db, server, tmp_path)
        await first.once(issue)
        second = Paced(sqlite_db, server, tmp_path)
        assert not second.pacer.limited
        await second.keeper.sync()
    assert second.pacer.limited
    assert (
        second.pacer.troubles.keys() == first.pacer.troubles.keys() == {(CROSS, first.sending.fleet.names[0])}
    )


@pytest.mark.parametrize(("limit", "most"), [({"warm_up": WarmUp(first_day=5)}, 5), ({"rate": "6/m"}, 25)])
async def test_what_one_relay_may_not_take_goes_over_the_other(
    sqlite_db: Database, tmp_path: Path, issue: int, limit: dict[str, Any], most: int
) -> None:
    clock = Fast()
    async with running(SmtpServer()) as new, running(SmtpServer()) as old:
        relays = [new.relay(connections=2, **limit), old.relay(connections=2)]
        fleet = Fleet([Pool(relay, helo="sender.example") for relay in relays])
        limits = Limits(relays=dict(zip(fleet.names, relays, strict=True)))
        pacer = Pacer(limits, chance=lambda: 0.5)
        fleet.avoids = lambda name: pacer.avoids(name, clock().timestamp())
        sending = a_sending(sqlite_db, relays[0], tmp_path, fleet=fleet, pacer=pacer, now=clock)
        await send.send_issue(sending, issue)
        assert await sqlite_db.read(deliveries.tally, issue) == {STATES.SENT: 30}
        assert 1 <= len(new.accepted) <= most
        await fleet.close()


def a_catalogue() -> Catalogue:
    return Catalogue(site=Site(contact="desk@courier.example"), newsletters={"daily": a_newsletter()})


async def attempts(db: Database, issue: int, state: DeliveryState) -> Counter[int]:
    found = await db.read(deliveries.list_deliveries, issue, states=[state])
    return Counter(one.attempt for one in found)


def mails(db: Database) -> list[Any]:
    return db.read_now(lambda conn: list(conn.scalars(select(schema.messages.c.data))))
