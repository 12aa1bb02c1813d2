from syndicate.model.subscriber import SuppressionReason
from syndicate.store import suppressions
from syndicate.store.database import Database
from tests.builders import NOON


def test_the_first_reason_stays(db: Database) -> None:
    assert db.write_now(suppressions.save_suppression, "a" * 64, reason=SuppressionReason.COMPLAINT, now=NOON)
    assert not db.write_now(
        suppressions.save_suppression, "a" * 64, reason=SuppressionReason.FORGOTTEN, now=NOON
    )
    assert db.read_now(suppressions.find_suppressed, ["a" * 64]) == {"a" * 64: SuppressionReason.COMPLAINT}


def test_thousands_are_looked_up_in_one_call(db: Database) -> None:
    hashes = [f"{number:064}" for number in range(1200)]
    db.write_now(suppressions.save_suppression, hashes[-1], reason=SuppressionReason.OPERATOR, now=NOON)
    assert list(db.read_now(suppressions.find_suppressed, hashes)) == [hashes[-1]]


def test_a_suppression_can_be_lifted(db: Database) -> None:
    db.write_now(suppressions.save_suppression, "a" * 64, reason=SuppressionReason.OPERATOR, now=NOON)
    assert db.write_now(suppressions.delete_suppressions, ["a" * 64]) == 1
    assert db.read_now(suppressions.find_suppressed, ["a" * 64]) == {}
