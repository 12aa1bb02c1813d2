"""Mails that came back, on the disk."""

import os
from datetime import timedelta

import pytest

from syndicate.deliver.bounce.raw import Envelope, keep, list_applied, list_waiting, load, remove_old, settle
from syndicate.deliver.bounce.returning import Intake
from syndicate.errors import StorageFull
from tests.builders import NOON

HOW = Envelope(intake=Intake.PIPE, recipients=("b-1@courier.example",))


def test_a_kept_mail_waits_with_how_it_came(tmp_path) -> None:
    name = keep(tmp_path, b"one\r\n", HOW)
    assert list_waiting(tmp_path) == [name]
    assert load(tmp_path, name) == (b"one\r\n", HOW)


def test_nobody_else_can_read_it(tmp_path) -> None:
    folder = tmp_path / "bounces"
    name = keep(folder, b"one\r\n", HOW)
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "new" / f"{name}.eml").stat().st_mode & 0o777 == 0o600


def test_the_same_bytes_are_one_mail(tmp_path) -> None:
    assert keep(tmp_path, b"one\r\n", HOW) == keep(tmp_path, b"one\r\n", HOW)
    assert len(list_waiting(tmp_path)) == 1


def test_an_applied_mail_waits_no_more_but_is_kept(tmp_path) -> None:
    name = keep(tmp_path, b"one\r\n", HOW)
    settle(tmp_path, name)
    settle(tmp_path, name)
    assert (list_waiting(tmp_path), load(tmp_path, name)) == ([], None)
    assert (tmp_path / f"{name}.eml").read_bytes() == b"one\r\n"


def test_a_mail_whose_envelope_was_lost_is_taken_all_the_same(tmp_path) -> None:
    name = keep(tmp_path, b"one\r\n", HOW)
    (tmp_path / "new" / f"{name}.json").write_text("{")
    assert load(tmp_path, name) == (b"one\r\n", Envelope(intake=Intake.LISTENER))


def test_applied_mails_go_once_nothing_names_them(tmp_path) -> None:
    first, second, third = (keep(tmp_path, bytes([65 + n]), HOW) for n in range(3))
    settle(tmp_path, first)
    settle(tmp_path, second)
    assert list_applied(tmp_path) == {first, second}
    assert remove_old(tmp_path, {second}, before=NOON) == 1
    assert (list_applied(tmp_path), list_waiting(tmp_path)) == ({first}, [third])


def test_a_mail_that_waits_goes_only_when_it_is_old(tmp_path) -> None:
    name = keep(tmp_path, b"one\r\n", HOW)
    for path in (tmp_path / "new").iterdir():
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    assert remove_old(tmp_path, (), before=NOON) == 0
    assert list_waiting(tmp_path) == [name]
    remove_old(tmp_path, (), before=NOON + timedelta(days=1))
    assert list((tmp_path / "new").iterdir()) == []


def test_where_nothing_can_be_kept_it_is_said(tmp_path) -> None:
    (tmp_path / "bounces").write_text("a file in the way")
    with pytest.raises(StorageFull, match="a mail that came back cannot be kept"):
        keep(tmp_path / "bounces", b"one\r\n", HOW)
