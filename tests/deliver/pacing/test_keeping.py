"""What a pacer knows is kept: over restarts, among processes, and when the database is away."""

from datetime import timedelta

from syndicate.deliver.pace import Answer, Step
from syndicate.deliver.pacer import Pacer
from syndicate.deliver.pacing.keeping import Keeper, open_keeper
from syndicate.deliver.pacing.limits import Limits
from syndicate.errors import DatabaseBusy
from syndicate.model.pacing import WarmUp
from syndicate.model.site import Relay
from syndicate.store import paces
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import Hands

RELAY, CROSS = "relay.example:25", "cross.example"
NOW = NOON.timestamp()
YES = Answer(step=Step.DOT, code=250, text="2.0.0 queued")
LATER = Answer(step=Step.RCPT, code=451, text="4.7.1 later")


def a_keeper(db: Database, clock: Hands, *, first_day: int = 0, processes: int = 1) -> Keeper:
    relays = {RELAY: Relay(warm_up=WarmUp(first_day=first_day))}
    return Keeper(Pacer(Limits(relays=relays, processes=processes), chance=lambda: 0.5), db, now=clock)


async def test_a_trouble_is_known_after_a_restart_and_to_every_process(db: Database) -> None:
    first, second = a_keeper(db, Hands()), a_keeper(db, Hands())
    first.pacer.settle(CROSS, RELAY, LATER, NOW)
    await first.sync()
    await second.look()
    assert second.pacer.troubles == first.pacer.troubles
    assert second.pacer.limited


async def test_what_is_lifted_in_the_database_is_lifted_everywhere_although_it_changes_here(
    db: Database,
) -> None:
    clock = Hands()
    keeper = a_keeper(db, clock)
    keeper.pacer.settle(CROSS, RELAY, LATER, NOW)
    await keeper.sync()
    await db.write(paces.delete_paces, [(CROSS, RELAY)])
    keeper.pacer.settle(CROSS, RELAY, LATER, NOW + 10)
    await keeper.sync()
    assert keeper.pacer.troubles == {}


async def test_what_is_well_again_leaves_no_row(db: Database) -> None:
    keeper = a_keeper(db, Hands())
    keeper.pacer.settle(CROSS, RELAY, LATER, NOW)
    await keeper.sync()
    for minute in range(1, 9):
        keeper.pacer.settle(CROSS, RELAY, YES, NOW + 61 * minute)
    await keeper.sync()
    assert await db.read(paces.list_paces) == []


async def test_a_ramp_s_counts_add_up_over_processes(db: Database) -> None:
    clock = Hands()
    keepers = [a_keeper(db, clock, first_day=10, processes=2) for _ in range(2)]
    sent = 0
    for _ in range(5):
        for keeper in keepers:
            while keeper.pacer.claim(CROSS, RELAY, NOW) == 0.0:
                keeper.pacer.settle(CROSS, RELAY, YES, NOW)
                sent += 1
        for keeper in keepers:
            await keeper.sync()
        for keeper in keepers:
            await keeper.sync()
    assert 9 <= sent <= 10
    counts = await db.read(paces.list_sent, [f"relay:{RELAY}"], since=NOON.date())
    assert counts == {f"relay:{RELAY}": {NOON.date(): sent}}


async def test_nothing_is_lost_while_the_database_is_busy(sqlite_db: Database) -> None:
    class Busy:
        """A database that is away until it is told otherwise."""

        away = True

        async def write(self, call: object, *args: object, **named: object) -> object:
            if self.away:
                raise DatabaseBusy("locked")
            return await sqlite_db.write(call, *args, **named)  # type: ignore[arg-type]

        read = write

    busy = Busy()
    keeper = a_keeper(busy, Hands(), first_day=10)  # type: ignore[arg-type]
    assert keeper.pacer.claim(CROSS, RELAY, NOW) == 0.0
    keeper.pacer.settle(CROSS, RELAY, YES, NOW)
    keeper.pacer.settle(CROSS, RELAY, LATER, NOW)
    await keeper.sync()
    busy.away = False
    await keeper.sync()
    assert [one.domain for one in await sqlite_db.read(paces.list_paces)] == [CROSS]
    counts = await sqlite_db.read(paces.list_sent, [f"relay:{RELAY}"], since=NOON.date())
    assert counts == {f"relay:{RELAY}": {NOON.date(): 1}}
    await keeper.close()


async def test_what_is_left_is_written_at_the_end(sqlite_db: Database) -> None:
    limits = Limits(relays={RELAY: Relay()})
    async with open_keeper(sqlite_db, limits, now=Hands(), chance=lambda: 0.5) as keeper:
        keeper.pacer.settle(CROSS, RELAY, LATER, NOW)
    assert [one.domain for one in await sqlite_db.read(paces.list_paces)] == [CROSS]


async def test_domains_roll_up_by_what_the_database_knows_of_mail_hosts(sqlite_db: Database) -> None:
    clock = Hands()
    await sqlite_db.write(paces.save_hosts, {"one.example": "host.example"}, now=NOON)
    keeper = a_keeper(sqlite_db, clock)
    keeper.pacer.settle("one.example", RELAY, LATER, NOW)
    clock.move(seconds=2)
    await keeper.look()
    keeper.pacer.settle("one.example", RELAY, LATER, NOW + timedelta(minutes=1).total_seconds())
    assert ("host.example", RELAY) in keeper.pacer.troubles
