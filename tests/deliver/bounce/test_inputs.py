"""Mails out of files, folders, mbox files, packed ones."""

import gzip
import os
from pathlib import Path

import pytest

from syndicate.deliver.bounce.inputs import Given, read_given

FIRST = b"From: a@readers.example\n\nFirst.\n"
SECOND = b"From: b@readers.example\n\nSecond.\nFrom here on it is quiet.\n"
MBOX = b"From a@readers.example Fri May  3 06:30:00 2024\n" + FIRST
MBOX += b"\nFrom MAILER-DAEMON Fri May  3 06:31:00 2024 +0000\n" + SECOND


def read(*names: object) -> list[Given]:
    return list(read_given(tuple(map(str, names))))


def test_files_are_read_in_the_order_given(tmp_path: Path) -> None:
    (tmp_path / "b.eml").write_bytes(FIRST)
    (tmp_path / "a.eml").write_bytes(SECOND)
    given = read(tmp_path / "b.eml", tmp_path / "a.eml")
    assert [each.data for each in given] == [FIRST, SECOND]
    assert given[0].name == str(tmp_path / "b.eml")


def test_an_mbox_is_one_mail_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(MBOX)
    assert [each.name for each in read(path)] == [str(path), f"{path}#2"]
    assert read(path)[1].data == b"From MAILER-DAEMON Fri May  3 06:31:00 2024 +0000\n" + SECOND


def test_a_packed_mbox_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "mail.gz"
    path.write_bytes(gzip.compress(MBOX))
    assert len(read(path)) == 2


def test_a_maildir_is_read_without_what_is_not_there_yet(tmp_path: Path) -> None:
    for name in ("tmp", "new", "cur"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"1.{name}").write_bytes(FIRST)
    assert [Path(each.name).name for each in read(tmp_path)] == ["1.new", "1.cur"]


def test_a_folder_is_read_by_the_paths_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.eml", "a.eml", "sub/c.eml", ".hidden"):
        (tmp_path / name).write_bytes(FIRST)
    assert [Path(each.name).name for each in read(tmp_path)] == ["a.eml", "b.eml", "c.eml"]


def test_patterns_are_met(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(FIRST)
    (tmp_path / "a.txt").write_bytes(FIRST)
    assert [Path(each.name).name for each in read(tmp_path / "*.eml")] == ["a.eml"]
    assert read(tmp_path / "*.mbox")[0].error == "no file has a name like that"


@pytest.mark.parametrize(
    "data", [gzip.compress(FIRST)[:20], b"\x1f\x8bnonsense"], ids=["cut off", "nonsense"]
)
def test_what_cannot_be_unpacked_is_told_and_the_next_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.gz").write_bytes(data)
    (tmp_path / "b.eml").write_bytes(FIRST)
    broken, good = read(tmp_path / "a.gz", tmp_path / "nowhere", tmp_path / "b.eml")[::2]
    assert broken.error
    assert good.data == FIRST


def test_of_a_huge_mail_the_beginning_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.eml").open("wb") as file:
        file.write(FIRST)
        file.truncate(50_000_000)
    assert len(read(tmp_path / "huge.eml")[0].data) < 5_000_000


def test_an_empty_file_is_a_mail_that_says_nothing(tmp_path: Path) -> None:
    os.mknod(tmp_path / "empty")
    assert read(tmp_path / "empty") == [Given(name=str(tmp_path / "empty"))]
