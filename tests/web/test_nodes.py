"""Two workers publish into one folder while two web nodes serve from it; all four are processes."""

import asyncio
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import aiohttp
import brotli
import pytest

from tests.neighbours.ports import free_port, until_listening

UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, "identity": bytes}
EACH = 12


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of the roles in tests/web/nodes.py."""
    with subprocess.Popen([sys.executable, "-m", "tests.web.nodes", *arguments]) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def web_node(database: str, folder: Path) -> Iterator[str]:
    """A web node; its URL."""
    port = free_port()
    with process("web", database, str(folder), str(port)) as running:
        until_listening(port, running, lambda: "it said nothing")
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """One folder, which the second machine has at another place."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "mounted").symlink_to(tmp_path / "shared")
    return tmp_path / "shared", tmp_path / "mounted"


class Reader:
    """Reads one node, and checks each answer: whole, of one version, and never an older one than before."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url, self.http = url, http
        self.most = self.read = self.unchanged = 0
        self.tag = ""

    async def look(self, encoding: str) -> None:
        headers = {"Accept-Encoding": encoding} | ({"If-None-Match": self.tag} if self.tag else {})
        async with self.http.get(f"{self.url}/feeds/all.json", headers=headers) as answer:
            if answer.status == 404:
                assert not self.tag, "the document was gone for a moment"
                return
            self.unchanged += answer.status == 304
            if answer.status == 304:
                return
            body = UNPACK[answer.headers.get("Content-Encoding", "identity")](await answer.read())
            self.tag = answer.headers["ETag"]
        assert self.tag == f'W/"{sha256(body).hexdigest()[:32]}"'
        entries = len(json.loads(body)["items"])
        assert entries >= self.most, "an older version came after a newer one"
        self.most, self.read = entries, self.read + 1


async def test_every_answer_of_every_node_is_whole_and_no_story_is_lost(
    postgres_url: str, folders: tuple[Path, Path]
) -> None:
    with ExitStack() as stack:
        urls = [stack.enter_context(web_node(postgres_url, folder)) for folder in folders]
        workers = [
            stack.enter_context(process("worker", postgres_url, str(folder), first, str(EACH)))
            for folder, first in zip(folders, ("1", "1001"), strict=True)
        ]
        async with aiohttp.ClientSession(auto_decompress=False) as http:
            readers = [Reader(url, http) for url in urls]
            while any(worker.poll() is None for worker in workers):
                for encoding in UNPACK:
                    await asyncio.gather(*(reader.look(encoding) for reader in readers))
            assert [worker.returncode for worker in workers] == [0, 0]
            await asyncio.gather(*(reader.look("br") for reader in readers))
    one, two = readers
    assert (one.most, two.most) == (2 * EACH, 2 * EACH)
    assert one.tag == two.tag
    assert min(one.read, two.read) > 1
    assert not list((folders[0] / "public").rglob("*.part"))
