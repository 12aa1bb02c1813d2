"""What may be old is read from a replica while it keeps up, from the primary when it does not."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, create_engine, text

from syndicate.errors import NotFound
from syndicate.model.site import PostgresqlSettings
from syndicate.store import services
from syndicate.store.database import Database, read_url
from syndicate.store.replica import CHECK_SECONDS, Replica
from syndicate.store.upgrade import upgrade
from tests.builders import NOON
from tests.neighbours.postgres import SETTINGS, Cluster, running_cluster, running_replica

ON_REPLICA = text("SELECT pg_is_in_recovery()")
REPLAYED = text("SELECT pg_last_wal_replay_lsn() >= CAST(:lsn AS pg_lsn)")
PATIENCE = 30


@dataclass
class Pair:
    primary: Cluster
    replica: Cluster
    name: str
    seconds: float = 0.0
    opened: list[Database] = field(default_factory=list)

    def open(self) -> Database:
        settings = PostgresqlSettings(replica=self.replica.url(self.name))
        db = Database(self.primary.url(self.name), postgresql=settings)
        self.opened.append(db)
        return db

    def watch(self) -> Replica:
        """A replica by itself, whose clock the test moves."""
        primary, engine = (
            create_engine(read_url(cluster.url(self.name))) for cluster in (self.primary, self.replica)
        )
        return Replica(engine, primary, clock=lambda: self.seconds)

    def catch_up(self, db: Database) -> None:
        wanted = db.read_now(lambda conn: conn.scalar(text("SELECT pg_current_wal_lsn()::text")))
        self.wait(lambda conn: conn.scalar(REPLAYED, {"lsn": wanted}))

    def wait(self, f: Callable[[Connection], object]) -> None:
        """Until the replica says yes."""
        replica = Database(self.replica.url("postgres"))
        until = time.monotonic() + PATIENCE
        while not replica.read_now(f):
            assert time.monotonic() < until, "the replica does not get there"
        replica.close()


@pytest.fixture(scope="module")
def clusters() -> Iterator[tuple[Cluster, Cluster]]:
    # A commit is in the log when it returns, so that there is something to replay.
    settings = SETTINGS | {"synchronous_commit": "local"}
    with running_cluster(settings) as primary, running_replica(primary) as replica:
        yield primary, replica


@pytest.fixture
def pair(clusters: tuple[Cluster, Cluster]) -> Iterator[Pair]:
    primary, replica = clusters
    pair = Pair(primary=primary, replica=replica, name=primary.create())
    db = Database(primary.url(pair.name))
    upgrade(db)
    pair.catch_up(db)
    db.close()
    yield pair
    for opened in pair.opened:
        opened.close()
    primary.drop(pair.name)


def on_replica(conn: Connection) -> bool:
    return bool(conn.scalar(ON_REPLICA))


async def test_a_look_is_on_the_replica_and_a_read_is_not(pair: Pair) -> None:
    db = pair.open()
    assert await db.look(on_replica)
    assert not await db.read(on_replica)


async def test_what_the_replica_has_not_got_yet_is_looked_for_on_the_primary(pair: Pair) -> None:
    db = pair.open()

    def find_beat(conn: Connection) -> str:
        if conn.scalar(ON_REPLICA):
            raise NotFound("not yet")
        return services.live_owner(conn, NOON) or ""

    db.write_now(services.beat, "one", now=NOON)
    assert await db.look(find_beat) == "one"
    pair.catch_up(db)
    assert db.look_now(on_replica)


def test_a_replica_that_replays_nothing_is_left_alone_until_it_does(pair: Pair) -> None:
    db, replica = pair.open(), pair.watch()
    control = Database(pair.replica.url(pair.name))
    assert replica.keeps_up()
    control.read_now(lambda conn: conn.execute(text("SELECT pg_wal_replay_pause()")))
    pair.wait(lambda conn: conn.scalar(text("SELECT pg_get_wal_replay_pause_state() = 'paused'")))
    db.write_now(services.beat, "one", now=NOON)
    verdicts = []
    for _ in range(2):
        pair.seconds += CHECK_SECONDS
        verdicts.append(replica.keeps_up())
    assert verdicts == [True, False]
    control.read_now(lambda conn: conn.execute(text("SELECT pg_wal_replay_resume()")))
    pair.catch_up(db)
    pair.seconds += CHECK_SECONDS
    assert replica.keeps_up()
    control.close()


def test_a_server_that_is_no_replica_is_not_asked(pair: Pair) -> None:
    url = read_url(pair.primary.url(pair.name))
    assert not Replica(create_engine(url), create_engine(url)).keeps_up()


def test_while_the_replica_is_away_the_primary_is_asked_and_the_other_way_round(pair: Pair) -> None:
    db = pair.open()
    assert db.look_now(on_replica)
    pair.replica.stop()
    assert not db.look_now(on_replica)
    pair.replica.start()
    watching = pair.watch()
    assert watching.keeps_up()
    pair.primary.stop()
    pair.seconds += CHECK_SECONDS
    assert watching.keeps_up()
    pair.primary.start()
