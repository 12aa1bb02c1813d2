"""New files take the place of old ones; whoever comes after a kill finishes it, once."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from syndicate.errors import StorageFull
from syndicate.store.database import Database
from syndicate.store.swap import PLAN, Move, finish_interrupted, swap


def a_move(folder: Path, name: str, *, new: bool = True) -> Move:
    place = folder / name
    return Move(new=str(folder / f"new-{name}") if new else "", place=str(place), aside=f"{place}.aside")


def interrupt(folder: Path, *moves: Move) -> None:
    """A plan that was written, and nothing of it done."""
    plan = {"staging": str(folder / "staging"), "moves": [asdict(move) for move in moves]}
    (folder / PLAN).write_text(json.dumps(plan))


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_the_new_comes_the_old_stays_aside_and_the_staging_goes(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("old")
    (tmp_path / "new-key").write_text("new")
    (tmp_path / "staging").mkdir()
    swap(tmp_path, [a_move(tmp_path, "key")], staging=tmp_path / "staging")
    assert files(tmp_path) == {"key": "new", "key.aside": "old"}
    assert not (tmp_path / "staging").exists()


def test_without_an_interrupted_swap_nothing_happens(tmp_path: Path) -> None:
    assert not finish_interrupted(tmp_path)
    assert not finish_interrupted(tmp_path / "nowhere")


def test_whoever_opens_the_database_finishes_an_interrupted_swap(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("old")
    (tmp_path / "new-key").write_text("new")
    interrupt(tmp_path, a_move(tmp_path, "key"))
    Database(str(tmp_path / "syndicate.db")).close()
    assert (tmp_path / "key").read_text() == "new"
    assert not (tmp_path / PLAN).exists()


def test_what_somebody_made_at_the_place_meanwhile_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / "key.aside").write_text("old")
    (tmp_path / "key").write_text("meanwhile")
    (tmp_path / "new-key").write_text("new")
    interrupt(tmp_path, a_move(tmp_path, "key"))
    assert finish_interrupted(tmp_path)
    assert files(tmp_path) == {"key": "new", "key.aside": "old", "key.aside.later": "meanwhile"}


def test_a_plan_whose_end_was_not_recorded_moves_nothing_again(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("new")
    (tmp_path / "db-wal").write_text("the new one's")
    interrupt(tmp_path, a_move(tmp_path, "db-wal", new=False), a_move(tmp_path, "db"))
    assert finish_interrupted(tmp_path)
    assert files(tmp_path) == {"db": "new", "db-wal": "the new one's"}


def test_a_place_that_cannot_be_freed_is_told_and_the_plan_kept(tmp_path: Path) -> None:
    (tmp_path / "new-key").write_text("new")
    move = Move(
        new=str(tmp_path / "new-key"), place=str(tmp_path / "no" / "key"), aside=str(tmp_path / "aside")
    )
    with pytest.raises(StorageFull, match="nothing is lost"):
        swap(tmp_path, [move], staging=tmp_path / "staging")
    (tmp_path / "no").mkdir()
    assert finish_interrupted(tmp_path)
    assert (tmp_path / "no" / "key").read_text() == "new"
