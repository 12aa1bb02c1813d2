"""A real S3-compatible server on loopback: s3rver (npm), which checks keys and buckets."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from syndicate.model.site import StorageSettings
from tests.neighbours.ports import free_port, until_listening
from tests.neighbours.programs import needs

SCRIPT = Path(__file__).parents[1] / "node_modules/s3rver/bin/s3rver.js"
# The one key that it knows, https://github.com/jamhall/s3rver
KEY = "S3RVER"


@dataclass(frozen=True)
class Storage:
    """The server's address; it has the buckets `news` and `other`."""

    port: int

    @property
    def host(self) -> str:
        """What goes into `allow_hosts`."""
        return f"127.0.0.1:{self.port}"

    def settings(self, **change: str) -> StorageSettings:
        base = {
            "url": "s3://news/site",
            "endpoint": f"http://{self.host}",
            "access_key_id": KEY,
            "secret_access_key": KEY,
        }
        return StorageSettings(**base | change)  # type: ignore[arg-type]


@contextmanager
def running(folder: Path) -> Iterator[Storage]:
    """The server while it runs, over an empty folder."""
    node = needs("node")
    if not SCRIPT.is_file():
        pytest.skip("s3rver is not installed: npm --prefix tests ci")
    port = free_port()
    folder.mkdir(exist_ok=True)
    command = [node, SCRIPT, "-d", folder, "-a", "127.0.0.1", "-p", str(port)]
    for bucket in ("news", "other"):
        command += ["--configure-bucket", bucket]
    log = folder.with_suffix(".log")
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until_listening(port, process, lambda: log.read_text("utf-8", "replace"))
            yield Storage(port)
        finally:
            process.terminate()
