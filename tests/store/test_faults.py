"""PostgreSQL's SQLSTATE decides what an error means, whatever its words."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from syndicate.errors import DatabaseBusy, DatabaseFault, StorageFull
from syndicate.store.database import Database
from syndicate.store.schema import services
from syndicate.store.upgrade import upgrade
from tests.builders import NOON
from tests.neighbours.postgres import SETTINGS, running_cluster


def raising(state: str) -> str:
    return f"DO $$ BEGIN RAISE SQLSTATE '{state}' USING MESSAGE = 'in other words'; END $$"


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("53100", StorageFull),
        ("53200", DatabaseFault),
        ("40001", DatabaseBusy),
        ("40P01", DatabaseBusy),
        ("53300", DatabaseBusy),
        ("55P03", DatabaseBusy),
        ("57P03", DatabaseBusy),
        ("08006", DatabaseBusy),
        ("42601", DBAPIError),
    ],
)
def test_a_state_of_postgresql_has_its_meaning(
    postgres_url: str, state: str, meaning: type[Exception]
) -> None:
    db = Database(postgres_url)
    with pytest.raises(meaning, match="in other words"):
        db.write_now(lambda conn: conn.execute(text(raising(state))))
    db.close()


def test_a_broken_rule_of_ours_stays_what_it_is(db: Database) -> None:
    row = {"owner": "one", "heartbeat": NOON}
    with pytest.raises(IntegrityError):
        db.write_now(lambda conn: conn.execute(services.insert(), [row, row]))


def test_a_server_that_runs_out_of_locks_says_what_to_raise() -> None:
    few = {"max_locks_per_transaction": "10", "max_connections": "5", "max_wal_senders": "0"}
    with running_cluster(SETTINGS | few) as cluster:
        cluster.run("CREATE DATABASE crowded")
        db = Database(cluster.url("crowded"))
        with pytest.raises(DatabaseFault, match="raise max_locks_per_transaction"):
            upgrade(db)
        db.close()
