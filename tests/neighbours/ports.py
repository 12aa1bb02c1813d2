"""Ports of loopback for servers that cannot choose their own."""

import socket
import subprocess
import time
from collections.abc import Callable


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until_listening(
    port: int, process: "subprocess.Popen[bytes] | None", log: Callable[[], str], seconds: float = 60
) -> None:
    """Return once somebody accepts connections there; raises TimeoutError with the end of the log."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}; {log()[-2000:]}")
