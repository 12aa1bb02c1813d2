"""A real pgbouncer before a cluster of ours, which gives a connection for a transaction."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.neighbours.postgres import START_SECONDS, Cluster, as_user
from tests.neighbours.programs import needs

PORT = 6432


@contextmanager
def running_pgbouncer(cluster: Cluster, *, connections: int = 2) -> Iterator[str]:
    """Start one with so few connections that sessions change them; what its databases' URLs begin with."""
    program = needs("pgbouncer")
    folder = Path(tempfile.mkdtemp(prefix="syn-bouncer-"))
    try:
        options = as_user(folder)
        (folder / "users").write_text('"postgres" ""\n')
        (folder / "ini").write_text(
            f"""[databases]
* = host={cluster.folder} user=postgres
[pgbouncer]
listen_addr =
listen_port = {PORT}
unix_socket_dir = {folder}
auth_type = any
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
"""
        )
        log = (folder / "log").open("wb")
        with log, subprocess.Popen([program, folder / "ini"], stdout=log, stderr=log, **options) as running:
            try:
                _wait(folder / f".s.PGSQL.{PORT}", running)
                yield f"host={folder}&port={PORT}"
            finally:
                running.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(socket: Path, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not socket.exists():
        if running.poll() is not None or time.monotonic() > until:
            raise RuntimeError((socket.parent / "log").read_text())
        time.sleep(0.05)
