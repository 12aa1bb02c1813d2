"""What mail is sent to, and what else sends it there: smtp-sink, smtp-source, and Postfix itself."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.neighbours.postfix import running_postfix
from tests.neighbours.programs import find

SIZE = 20_000
CONNECTIONS = 10
READER = "reader@readers.example"


def missing() -> str:
    """What is to be installed, empty when everything is there."""
    there = all(find(name) for name in ("smtp-sink", "smtp-source", "postfix"))
    return "" if there else "needs smtp-sink, smtp-source and postfix: sudo apt-get install postfix"


@contextmanager
def sinking(*options: str) -> Iterator[int]:
    """A server that throws every message away; its port."""
    # Root's smtp-sink wants to know whom to become.
    with _running(
        [str(find("smtp-sink")), *options, "-u", "nobody", "inet:127.0.0.1:{port}", "1000"]
    ) as port:
        yield port


@contextmanager
def far_away(port: int, seconds: float) -> Iterator[int]:
    """The same server at the other end of a long line, with so long a round trip; its port."""
    command = [sys.executable, "-m", "benchmarks.proxy", "{port}", str(port), str(seconds / 2)]
    with _running(command) as proxy:
        yield proxy


@contextmanager
def queueing() -> Iterator[int]:
    """A real Postfix, with its queue on the disk, that hands everything on to a sink; its port."""
    with sinking("-L") as sink, running_postfix(sink, "readers.example") as postfix:
        yield postfix.port


def may_queue() -> bool:
    """Whether Postfix can be started: it wants to be root."""
    return os.geteuid() == 0


def source(port: int, messages: int) -> float:
    """So many messages to as many readers by smtp-source; messages a second."""
    # -N: each to a reader of its own, as ours are. Postfix looks the same address up but once.
    options = ["-d", "-N", "-l", str(SIZE), "-m", str(messages), "-s", str(CONNECTIONS)]
    people = ["-f", "courier@courier.example", "-t", READER]
    begun = time.perf_counter()
    command = [str(find("smtp-source")), *options, *people, f"inet:127.0.0.1:{port}"]
    subprocess.run(command, check=True, capture_output=True)
    return messages / (time.perf_counter() - begun)


@contextmanager
def _running(command: list[str]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen([word.format(port=port) for word in command], stderr=subprocess.PIPE)
    try:
        _await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not listen")
