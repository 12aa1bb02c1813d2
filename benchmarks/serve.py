"""A 60 KB feed served by the embedded server, against nginx's static files, in the same run (wrk).

One process of ours, one worker process of nginx. In static mode nginx itself serves the files.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.row import Row, Skipped
from tests.neighbours.programs import find

SIZE = 60_000
ROUNDS = 4
SECONDS = 3
CONNECTIONS = 32
PATH = "/feeds/all.rss"
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
  types {{ application/rss+xml rss; }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  open_file_cache max=100;
  server {{
    listen 127.0.0.1:{port}; root {folder}/public; gzip_static on; gzip_vary on;
    add_header Cache-Control "public, max-age=3600";
  }}
}}
"""


def measure() -> list[Row | Skipped]:
    """Two rows: answers to conditional requests, and compressed bodies."""
    nginx, wrk = find("nginx"), find("wrk")
    if nginx is None or wrk is None:
        return [Skipped(name="serve", why="needs nginx and wrk: sudo apt-get install nginx-light wrk")]
    folder = Path(tempfile.mkdtemp(prefix="syndicate-bench-"))
    try:
        write_feed(folder / "public" / "feeds")
        with nginx_serves(nginx, folder) as theirs, we_serve(folder) as ours:
            return [
                _row("served 304s", wrk, ours, theirs, {"If-None-Match": None}, "0.30× or more is aimed at"),
                _row("compressed 200s", wrk, ours, theirs, {}, "0.25× or more is aimed at"),
            ]
    finally:
        shutil.rmtree(folder)


def write_feed(folder: Path) -> None:
    """A feed of invented stories, of the size that is measured, with its compressed siblings."""
    from syndicate.publish.files import publish_files

    words = ("harbour", "master", "counted", "boats", "ropes", "gulls", "tides", "again", "before", "noon")
    items, number = "", 0
    while len(items) < SIZE:
        number += 1
        text = " ".join(f"{words[(number * 7 + at * at) % len(words)]}{number * at % 97}" for at in range(60))
        items += f"<item><title>Ferry {number} leaves</title><description>{text}</description></item>\n"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Courier</title>\n'
    text = head + items + "</channel></rss>\n"
    publish_files(folder, {"all.rss": text.encode()})


@contextmanager
def nginx_serves(nginx: Path, folder: Path) -> Iterator[str]:
    """Its address while it serves the folder."""
    port = _free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    # Its worker runs as nobody where we are root.
    folder.chmod(0o755)
    with _running([str(nginx), "-p", str(folder), "-c", str(folder / "nginx.conf")], port) as address:
        yield address


@contextmanager
def we_serve(folder: Path) -> Iterator[str]:
    """Our address while a process of ours serves the folder."""
    port = _free_port()
    command = [sys.executable, "-c", "from benchmarks.serve import serve; serve()", str(folder), str(port)]
    with _running(command, port) as address:
        yield address


def serve() -> None:
    """What the process of ours does: `syndicate run`'s web server alone, with its own settings."""
    import uvicorn

    from syndicate.audience.people import People
    from syndicate.audience.tokens import Keyring
    from syndicate.cli.listening import listen
    from syndicate.model.catalogue import Catalogue
    from syndicate.model.feed import Feed
    from syndicate.model.site import Site, WebSettings
    from syndicate.store.database import Database
    from syndicate.templating import Templates
    from syndicate.web.routes import web_of
    from syndicate.web.server import server_settings
    from syndicate.web.serving import Serving

    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    site = Site(base_url=f"http://127.0.0.1:{port}")
    catalogue = Catalogue(site=site, feeds={"all": Feed(name="all", title="All")})
    people = People(
        db=Database(str(folder / "syndicate.db")),
        catalogue=catalogue,
        keyring=Keyring(current=b"k" * 32),
        now=lambda: datetime.now(UTC),
    )
    here = Serving(
        people=people,
        templates=Templates(),
        public_dir=folder / "public",
        media_dir=folder / "media",
        # wrk repeats itself as no reader should.
        settings=WebSettings(repeats=0),
    )
    uvicorn.Server(server_settings(web_of(here))).run(sockets=[listen("127.0.0.1", port)])


def _row(name: str, wrk: Path, ours: str, theirs: str, headers: dict[str, str | None], aim: str) -> Row:
    rates: dict[str, list[float]] = {ours: [], theirs: []}
    for _ in range(ROUNDS):
        for address, found in rates.items():
            found.append(_rate(wrk, address, _filled(address, headers)))
    return Row(
        name=f"{name}, one process",
        ours=max(rates[ours]),
        reference=max(rates[theirs]),
        unit="requests/s",
        against=f"nginx, one worker, static files; {aim}",
    )


def _filled(address: str, headers: dict[str, str | None]) -> dict[str, str]:
    sent = {"Accept-Encoding": "gzip"}
    with urllib.request.urlopen(urllib.request.Request(address + PATH, headers=sent)) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        return sent | dict.fromkeys(headers, answer.headers["ETag"])


def _rate(wrk: Path, address: str, headers: dict[str, str]) -> float:
    said = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [str(wrk), "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *said, address + PATH]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told, told
    assert "Socket errors" not in told, told
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.getcwd()})
    try:
        _await_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _await_port(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing listens at {port}")


if __name__ == "__main__":
    for row in measure():
        print(json.dumps({"name": row.name, "ratio": getattr(row, "ratio", None)}))
