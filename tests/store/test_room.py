"""A question about everybody's deliveries locks every partition, and there has to be room for that."""

import pytest

from syndicate.cli.check import of_database
from syndicate.schedule.reaching import Reached
from syndicate.store.database import Database
from syndicate.store.partitions import prepare_partitions
from syndicate.store.room import find_room


@pytest.fixture
def crowded(postgres_url: str):
    """With as many partitions as sixty connections' locks do for one who asks, not for four."""
    database = Database(postgres_url)
    database.write_now(prepare_partitions, range(1, 301))
    yield database
    database.close()


def test_a_few_partitions_need_no_more_room_than_there_is(postgres_url: str) -> None:
    db = Database(postgres_url)
    db.write_now(prepare_partitions, [1, 2])
    room = db.read_now(find_room)
    assert (room.partitions, room.given) == (2, 64)
    assert room.needed <= room.given
    db.close()


def test_many_partitions_need_more_room(crowded: Database) -> None:
    room = crowded.read_now(find_room)
    assert (room.partitions, room.needed) == (300, 128)


@pytest.mark.parametrize(
    ("found", "remedies"),
    [
        (Reached(), [""]),
        (Reached(partitions=7, replica=True), ["", ""]),
        (
            Reached(partitions=900, locks_needed=256, replica=False),
            [
                "set max_locks_per_transaction = 256 in postgresql.conf, or a shorter delivery.keep",
                "the primary is asked instead: see whether it runs, and replays",
            ],
        ),
    ],
)
def test_check_says_what_to_do(found: Reached, remedies: list[str]) -> None:
    assert [one.remedy for one in of_database("postgresql://db/name", found)] == remedies
