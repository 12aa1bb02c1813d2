"""A real PostgreSQL: a cluster of our own in a temporary folder, reached by a unix socket."""

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from tests.neighbours.programs import needs

TEMPLATE = "syndicate_template"
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
}


class Cluster:
    """A running cluster. `url(name)` is what Database takes; `create` and `drop` make and end databases."""

    def __init__(
        self, folder: Path, control: Callable[..., None], *, settings: Mapping[str, str] = SETTINGS
    ) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._control = control
        self._settings = settings

    def stop(self) -> None:
        """End the server as an administrator does: whoever is connected is cut off."""
        self._control("-m", "fast", "stop")

    def kill(self) -> None:
        """End the server as a lack of memory does: nobody writes anything more."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)

    def start(self) -> None:
        """Start it again, with what it holds."""
        last = time.monotonic() + START_SECONDS
        while True:
            try:
                self._control(
                    "-l", self.folder / "log", "-t", str(START_SECONDS), "-o", self._options(), "start"
                )
            except RuntimeError:
                # Of one that was killed, the children have yet to notice.
                if time.monotonic() > last:
                    raise
                time.sleep(0.2)
            else:
                return

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, *, template: str = "template0") -> str:
        """A new database's name, copied from the template."""
        name = f"test_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(statement)

    def _options(self) -> str:
        settings = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        return f"{settings} -k {self.folder}"


@contextmanager
def running_cluster(settings: Mapping[str, str] = SETTINGS) -> Iterator[Cluster]:
    """Start a cluster, and end it with the block. Skips the test where PostgreSQL is not installed.

    What tests need of its `settings` is speed: a cluster that has to outlive a crash needs others.
    """
    initdb = needs("initdb")
    needs("postgres")
    words = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
    with _serving(settings, lambda data: [initdb, "-D", data, *words]) as cluster:
        yield cluster


@contextmanager
def running_replica(cluster: Cluster) -> Iterator[Cluster]:
    """Start a streaming replica of a running cluster, and end it with the block."""
    basebackup = needs("pg_basebackup")
    words = ["-h", cluster.folder, "-U", "postgres", "-X", "stream", "-c", "fast", "--no-sync", "-R"]
    with _serving(SETTINGS, lambda data: [basebackup, "-D", data, *words]) as replica:
        yield replica


@contextmanager
def _serving(settings: Mapping[str, str], make: Callable[[Path], list[object]]) -> Iterator[Cluster]:
    pg_ctl = needs("pg_ctl")
    # Not below pytest's folder: a socket's path may have 107 bytes, and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="syn-pg-"))
    try:
        server = as_user(folder)
        data = folder / "data"
        _run(make(data), server)
        cluster = Cluster(
            folder, lambda *words: _run([pg_ctl, "-D", data, "-w", *words], server), settings=settings
        )
        with _stopped_at_the_end([pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"], server):
            cluster.start()
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _stopped_at_the_end(stop: list[object], server: dict[str, object]) -> Iterator[None]:
    # The shell waits until its input ends, which it does at our end too, however we are killed.
    script = f"cat >/dev/null; {shlex.join(map(str, stop))}"
    quiet = subprocess.DEVNULL
    options = {"stdin": subprocess.PIPE, "stdout": quiet, "stderr": quiet, "cwd": "/"}
    with subprocess.Popen(["sh", "-c", script], start_new_session=True, **options, **server):
        yield


def as_user(folder: Path) -> dict[str, object]:
    """How to start a server that works in this folder."""
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL refuses root, and there is neither a user postgres nor nobody")


def _run(command: list[object], server: dict[str, object]) -> None:
    # A file and no pipe: the server inherits the output, and a pipe would be open as long as it runs.
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
            **server,
        )
        output.seek(0)
        if ended.returncode:
            raise RuntimeError(output.read().decode(errors="replace"))
