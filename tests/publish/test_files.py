"""Files that are served: whole or not at all."""

import gzip
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
import pytest

from syndicate.errors import StorageFull
from syndicate.publish.files import compressed, publish_files

ROOT = Path(__file__).parents[2]


def test_a_file_comes_with_its_compressed_siblings(tmp_path: Path) -> None:
    assert publish_files(tmp_path / "feeds", {"a.rss": b"<rss/>"}) == ("a.rss",)
    folder = tmp_path / "feeds"
    assert (folder / "a.rss").read_bytes() == b"<rss/>"
    assert gzip.decompress((folder / "a.rss.gz").read_bytes()) == b"<rss/>"
    assert brotli.decompress((folder / "a.rss.br").read_bytes()) == b"<rss/>"
    assert sorted(each.name for each in folder.iterdir()) == ["a.rss", "a.rss.br", "a.rss.gz"]


def test_a_server_may_read_them_whatever_the_umask(tmp_path: Path) -> None:
    former = os.umask(0o077)
    try:
        publish_files(tmp_path / "public" / "feeds", {"a.rss": b"x"})
    finally:
        os.umask(former)
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.rglob("*")}
    assert modes == {"public": 0o755, "feeds": 0o755, "a.rss": 0o644, "a.rss.gz": 0o644, "a.rss.br": 0o644}


def test_equal_bytes_are_not_rewritten(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.rss": b"same", "b.rss": b"old"})
    before = {each.name: each.stat().st_ino for each in tmp_path.iterdir()}
    assert publish_files(tmp_path, {"a.rss": b"same", "b.rss": b"new"}) == ("b.rss",)
    after = {each.name: each.stat().st_ino for each in tmp_path.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"b.rss", "b.rss.gz", "b.rss.br"}


def test_a_missing_sibling_is_made_again(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.rss": b"same"})
    (tmp_path / "a.rss.br").unlink()
    assert publish_files(tmp_path, {"a.rss": b"same"}) == ("a.rss",)
    assert (tmp_path / "a.rss.br").is_file()


def test_compressing_twice_gives_equal_bytes() -> None:
    assert compressed(b"x" * 1000) == compressed(b"x" * 1000)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("a file where the folder should be")
    with pytest.raises(StorageFull, match="feeds"):
        publish_files(tmp_path / "feeds", {"a.rss": b"x"})


def test_a_full_disk_leaves_every_old_file_and_nothing_else(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.rss": b"old", "b.rss": b"old"})
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    # The limit on a file's size is the disk that is full: the second document does not fit.
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from syndicate.errors import StorageFull\n"
        "from syndicate.publish.files import publish_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: publish_files(Path(sys.argv[1]), {'a.rss': b'new', 'b.rss': b'n' * 2000})\n"
        "except StorageFull as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "stay as they were" in run.stdout
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_feeds_published_at_once_into_a_new_folder_all_arrive(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def publish(number: int) -> tuple[str, ...]:
        together.wait()
        return publish_files(tmp_path / "public" / "feeds", {f"{number}.rss": b"<rss/>"})

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(publish, range(8)))
    assert written == [(f"{number}.rss",) for number in range(8)]


def test_what_is_private_nobody_else_may_read(tmp_path: Path) -> None:
    publish_files(tmp_path / "partners" / "quay-radio", {"all.rss": b"<rss/>"}, private=True)
    folder = tmp_path / "partners" / "quay-radio"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert sorted(each.name for each in folder.iterdir()) == ["all.rss", "all.rss.br", "all.rss.gz"]
