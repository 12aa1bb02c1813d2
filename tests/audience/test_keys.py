"""A lost or foreign key is told before anything is signed with another one."""

import asyncio
from pathlib import Path

import pytest

from syndicate.audience.importing import add_subscriber
from syndicate.audience.keys import accept_keyring, open_keyring
from syndicate.audience.subscriptions import forget_address
from syndicate.audience.tokens import Keyring
from syndicate.errors import ConfigError
from syndicate.store import services
from syndicate.store.database import Database
from syndicate.store.keys import list_fingerprints
from tests.audience.conftest import some_people
from tests.builders import NOON

OTHER = "bb" * 32


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "var" / "secret.key"


def opened(db: Database, key: Path) -> Keyring:
    return open_keyring(db, key, now=NOON)


def subscribe(db: Database) -> None:
    mina = add_subscriber(some_people(db), "mina@example.org", newsletters=["daily"], consent="paper form")
    asyncio.run(mina)


def test_the_first_start_makes_a_key_and_every_start_takes_it(db: Database, key: Path) -> None:
    ring = opened(db, key)
    subscribe(db)
    assert opened(db, key) == ring
    [fingerprint] = db.read_now(list_fingerprints)
    assert fingerprint not in key.read_text()
    assert ring.current.hex() not in fingerprint


def test_a_missing_key_is_told_and_none_is_made_in_its_place(db: Database, key: Path) -> None:
    opened(db, key)
    subscribe(db)
    key.unlink()
    with pytest.raises(ConfigError, match=r"secret\.key: is missing; .*put it back from the backup"):
        opened(db, key)
    assert not key.exists()


def test_another_key_is_refused_while_there_are_people(db: Database, key: Path) -> None:
    opened(db, key)
    subscribe(db)
    key.write_text(OTHER)
    with pytest.raises(ConfigError, match="lacks a key that this database was used with"):
        opened(db, key)


def test_another_key_is_refused_while_there_are_suppressions_alone(db: Database, key: Path) -> None:
    opened(db, key)
    subscribe(db)
    asyncio.run(forget_address(some_people(db), "mina@example.org"))
    key.write_text(OTHER)
    with pytest.raises(ConfigError):
        opened(db, key)


def test_a_second_machine_takes_no_key_of_its_own_beside_a_service(db: Database, tmp_path: Path) -> None:
    opened(db, tmp_path / "one.key")
    db.write_now(services.beat, "one", now=NOON)
    with pytest.raises(ConfigError, match="copy it from the machine that has it"):
        opened(db, tmp_path / "two.key")


def test_where_nobody_depends_on_it_a_key_may_be_replaced(db: Database, key: Path) -> None:
    former = opened(db, key)
    key.unlink()
    assert opened(db, key) != former
    assert len(db.read_now(list_fingerprints)) == 1


def test_a_key_may_be_put_before_the_older_ones_which_stay_needed(db: Database, key: Path) -> None:
    opened(db, key)
    subscribe(db)
    key.write_text(f"{OTHER}\n{key.read_text()}")
    assert opened(db, key).current == bytes.fromhex(OTHER)
    key.write_text(OTHER)
    with pytest.raises(ConfigError):
        opened(db, key)


def test_a_key_lost_for_good_can_be_given_up(db: Database, key: Path) -> None:
    opened(db, key)
    subscribe(db)
    key.unlink()
    ring = accept_keyring(db, key, now=NOON)
    assert opened(db, key) == ring
