"""The journal of a sender: what it says after the sender's death."""

from dataclasses import replace
from pathlib import Path

import pytest

from syndicate.deliver import journal
from syndicate.deliver.journal import Journal, claim, list_journals, lives, read_record
from syndicate.errors import StorageFull
from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store.batches import Hold
from tests.builders import NOON

HOLD = Hold(issue_id=3, batch=2, owner="owner-1")
SENT = Outcome(
    subscriber_id=7,
    state=DeliveryState.SENT,
    at=NOON,
    code=250,
    reply="end of data: « بله »",
    relay="relay:25",
)


def a_dead_journal(folder: Path) -> Path:
    """One was sent, one was cut off between dot and reply."""
    one = Journal(folder, HOLD)
    one.start(7, 1)
    one.end(SENT, 1)
    one.start(8, 2)
    one.close()
    return one.path


def test_a_dead_senders_journal_tells_what_it_did(tmp_path: Path) -> None:
    path = a_dead_journal(tmp_path)
    with claim(path) as record:
        assert record is not None
        assert record.hold == HOLD
        assert record.entries == {(7, 1): SENT, (8, 2): None}
        assert record.complete


def test_a_deferred_outcome_keeps_its_next_attempt(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD)
    later = replace(SENT, state=DeliveryState.DEFERRED, next_attempt=NOON)
    one.end(later, 1)
    one.close()
    record = read_record(one.path)
    assert record is not None
    assert record.entries[7, 1] == later


def test_a_living_senders_journal_is_left_alone(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD)
    with claim(one.path) as record:
        assert record is None
    assert lives(tmp_path, HOLD.owner)
    one.close()
    assert not lives(tmp_path, HOLD.owner)


def test_of_two_who_recover_one_replays(tmp_path: Path) -> None:
    path = a_dead_journal(tmp_path)
    with claim(path) as first, claim(path) as second:
        assert first is not None
        assert second is None


def test_a_settled_journal_is_removed(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD)
    one.settled = True
    one.close()
    assert list_journals(tmp_path) == []


def test_a_last_line_that_was_cut_off_counts_as_not_written(tmp_path: Path) -> None:
    path = a_dead_journal(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    record = read_record(path)
    assert record is not None
    assert record.entries == {(7, 1): SENT}


def test_an_empty_journal_says_nothing_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "owner-1.journal"
    path.touch()
    with claim(path) as record:
        assert record is None
    assert not path.exists()


def test_after_the_machines_crash_silence_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_dead_journal(tmp_path)
    boot = tmp_path / "boot_id"
    boot.write_text("another\n")
    monkeypatch.setattr(journal, "BOOT_ID", boot)
    record = read_record(path)
    assert record is not None
    assert not record.complete
    assert record.entries[7, 1] == SENT


def test_a_journal_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    with pytest.raises(StorageFull):
        Journal(tmp_path / "journal", HOLD)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD)
    assert one.path.stat().st_mode & 0o777 == 0o600
    one.close()
