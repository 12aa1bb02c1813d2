"""The journal of a sender: what it says after the sender's death."""

from dataclasses import replace
from pathlib import Path

import pytest

from syndicate.deliver import journal
from syndicate.deliver.journal import Journal, claim, list_journals, lives, read_record
from syndicate.deliver.records import END_AT, HEAD_BYTES, SLOT_BYTES
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
    attempt=1,
)


def a_dead_journal(folder: Path) -> Path:
    """One was sent, one was cut off between dot and reply."""
    one = Journal(folder, HOLD, slots=100)
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
    one = Journal(tmp_path, HOLD, slots=100)
    later = replace(SENT, state=DeliveryState.DEFERRED, next_attempt=NOON)
    one.end(later, 1)
    one.close()
    record = read_record(one.path)
    assert record is not None
    assert record.entries[7, 1] == later


def test_a_living_senders_journal_is_left_alone(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD, slots=100)
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
    one = Journal(tmp_path, HOLD, slots=100)
    one.settled = True
    one.close()
    assert list_journals(tmp_path) == []


@pytest.mark.parametrize(
    ("subscriber", "part", "entries"),
    [(7, END_AT, {(7, 1): None, (8, 2): None}), (8, 0, {(7, 1): SENT})],
    ids=["the outcome", "the start"],
)
def test_what_was_torn_counts_as_not_written(
    tmp_path: Path, subscriber: int, part: int, entries: dict[tuple[int, int], Outcome | None]
) -> None:
    path = a_dead_journal(tmp_path)
    data = bytearray(path.read_bytes())
    slot = next(at for at in range(HEAD_BYTES, len(data), SLOT_BYTES) if data[at] == subscriber)
    data[slot + part + 6] ^= 0xFF
    path.write_bytes(data)
    record = read_record(path)
    assert record is not None
    assert record.entries == entries


def test_a_slot_is_used_again_once_its_outcome_is_committed(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD, slots=1)
    for subscriber in range(1, 4):
        one.start(subscriber, 1)
        sent = replace(SENT, subscriber_id=subscriber)
        one.end(sent, 1)
        one.forget([sent])
    one.start(4, 1)
    one.close()
    record = read_record(one.path)
    assert record is not None
    assert record.entries == {(4, 1): None, (3, 1): replace(SENT, subscriber_id=3)}


def test_a_dot_that_was_called_back_was_never_sent(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD, slots=100)
    one.start(7, 1)
    one.call_back(7)
    one.close()
    record = read_record(one.path)
    assert record is not None
    assert record.entries == {}


def test_a_reply_that_is_too_long_loses_its_end(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD, slots=2)
    one.end(replace(SENT, reply="ب" * 2000), 1)
    one.end(replace(SENT, subscriber_id=8), 1)
    one.close()
    record = read_record(one.path)
    assert record is not None
    first, second = record.entries[7, 1], record.entries[8, 1]
    assert first is not None
    assert set(first.reply) == {"ب"}
    assert second == replace(SENT, subscriber_id=8)


def test_a_journal_of_lines_as_the_former_version_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "owner-1.journal"
    path.write_text(
        '{"issue":3,"batch":2,"owner":"owner-1","boot":"before"}\n'
        "[7,1]\n"
        f'[7,1,"sent","{NOON.isoformat()}",250,"end of data: « بله »","relay:25",null]\n'
        "[8,2]\n"
        '[9,1,"se',
        "utf-8",
    )
    record = read_record(path)
    assert record is not None
    assert record.hold == HOLD
    assert record.entries == {(7, 1): SENT, (8, 2): None}


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
        Journal(tmp_path / "journal", HOLD, slots=100)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    one = Journal(tmp_path, HOLD, slots=100)
    assert one.path.stat().st_mode & 0o777 == 0o600
    one.close()
