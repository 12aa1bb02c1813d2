"""Partners by command: tokens and URLs against a service that runs, and what it wrote down when killed."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.cli.conftest import Newsroom

ATOM = "/partners/quay-radio/english.atom"


@dataclass(frozen=True)
class Service:
    """`syndicate run` as a process of its own, on a port of its own."""

    port: int
    process: "subprocess.Popen[bytes]"

    def get(self, path: str, token: str = "", etag: str = "") -> tuple[int, str, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"If-None-Match": etag} if etag else {}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("ETag", ""), answer.read()
        finally:
            connection.close()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(port: int) -> Iterator[Service]:
    command = [sys.executable, "-c", "from syndicate.cli.main import main; main()", "run", "--allow-root"]
    with Path("run.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            service = Service(port, process)
            wait_until_served(service)
            yield service
        finally:
            process.kill()
            process.wait()


def wait_until_served(service: Service) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and service.process.poll() is None:
        try:
            if service.get("/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(Path("run.log").read_text("utf-8"))


@pytest.fixture
def at_port(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> int:
    port = free_port()
    monkeypatch.setenv("SYNDICATE_WEB__PORT", str(port))
    monkeypatch.setenv("SYNDICATE_SITE__BASE_URL", f"http://127.0.0.1:{port}")
    newsroom.run("collect")
    newsroom.run("partner", "publish", "quay-radio")
    return port


def first_item() -> str:
    document = json.loads(Path("var/partners/quay-radio/english.json").read_bytes())
    return str(document["items"][0]["id"]).removeprefix("urn:uuid:")


def standings(newsroom: Newsroom, item: str, code: int = 0) -> list[str]:
    [told] = newsroom.ask("partner", "takedowns", item, code=code)
    return [one["standing"] for one in told["partners"]]


def forget_services() -> None:
    """As half a minute later: a process that was killed is taken for alive no more."""
    with closing(sqlite3.connect("var/syndicate.db")) as db, db:
        db.execute("DELETE FROM services")


@pytest.mark.timeout(300)
def test_a_withdrawal_is_followed_through_a_service_that_is_killed(newsroom: Newsroom, at_port: int) -> None:
    token = newsroom.run("partner", "token", "new", "quay-radio").stdout.strip()
    item = first_item()
    assert standings(newsroom, item) == ["never had it"]
    with running(at_port) as service:
        status, etag, _ = service.get(ATOM, token)
        assert status == 200
        service.kill()
    # The process lost its last second, or wrote it down before; the partner's next request makes up for it.
    with running(at_port) as service:
        assert service.get(ATOM, token, etag)[0] == 304
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(60)
    assert standings(newsroom, item) == ["has the newest"]
    forget_services()
    newsroom.run("item", "withdraw", item, "--note", "It named the wrong ferry.", "--yes")
    newsroom.run("partner", "publish", "quay-radio")
    assert standings(newsroom, item, code=1) == ["has not fetched the withdrawal"]
    assert "write to quay-radio" in newsroom.run("partner", "takedowns", code=1).stdout
    with running(at_port) as service:
        assert service.get(ATOM, token, etag)[0] == 200
        service.kill()
    assert standings(newsroom, item) == ["fetched the withdrawal"]
    assert "█" * 40 in newsroom.run("partner", "usage", "quay-radio", "--by", "day").stdout
    logged = newsroom.ask("partner", "log", "quay-radio", "--item", item)
    assert (logged[0]["withdrawn"], logged[0]["status"]) == (True, 200)
    assert logged[-1]["withdrawn"] is False
    assert token not in Path("run.log").read_text("utf-8")


@pytest.mark.timeout(300)
def test_tokens_and_urls_open_and_are_ended_beside_a_service(newsroom: Newsroom, at_port: int) -> None:
    with running(at_port) as service:

        def status(path: str, token: str = "") -> int:
            return service.get(path, token)[0]

        first = newsroom.ask("partner", "token", "new", "quay-radio", "--label", "importer")
        url = newsroom.run("partner", "sign", "quay-radio", "english", "--format", "atom").stdout.strip()
        path = url.removeprefix(f"http://127.0.0.1:{at_port}")
        second = newsroom.ask("partner", "token", "rotate", "quay-radio", "--grace", "1d")
        assert second["ended"] == [first["id"]]
        assert [status(ATOM, one["secret"]) for one in (first, second)] == [200, 200]
        assert status(path) == 200
        newsroom.run("partner", "token", "revoke", "quay-radio", str(first["id"]))
        assert [status(ATOM, one["secret"]) for one in (first, second)] == [401, 200]
        assert status(path) == 401
        lines = newsroom.ask("partner", "token", "list", "quay-radio")
        assert {(one["id"], one["state"], one["label"]) for one in lines} == {
            (first["id"], "revoked", "importer"),
            (second["id"], "active", ""),
        }
        assert first["secret"] not in str(lines)
    assert "signature" not in Path("run.log").read_text("utf-8")


def test_a_token_is_shown_once_also_when_all_else_is_quiet(newsroom: Newsroom) -> None:
    quiet = newsroom.run("partner", "token", "new", "quay-radio", "--expires", "90d", "--quiet")
    assert quiet.stdout.startswith("syndicate_")
    assert quiet.stderr == ""
    said = newsroom.run("partner", "token", "new", "quay-radio")
    assert "It is not shown again" in said.stderr
    told = newsroom.run("partner", "token", "list", "quay-radio").stdout
    assert "syndicate_" not in told
    assert "● active" in told


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("token", "new", "nobody"), "there is no partner 'nobody'; the configuration has: quay-radio"),
        (("token", "new", "quay-radio", "--expires", "soon"), "is no duration: 30s, 15m, 1h or 90d"),
        (("token", "new", "quay-radio", "--expires", "0d"), "is no duration"),
        (("token", "revoke", "quay-radio", "7"), "quay-radio has no token 7; it has: none"),
        (("sign", "quay-radio", "english"), "make one with: syndicate partner token new quay-radio"),
        (("sign", "quay-radio", "persian"), "has no feed 'persian'; it has: english"),
        (("log", "quay-radio", "--since", "yesterday"), "is neither a day (2026-03-01) nor a duration (7d)"),
        (("log", "nobody"), "there is no partner 'nobody'"),
        (("usage", "nobody"), "there is no partner 'nobody'"),
        (("takedowns", "no-such-item"), "there is no item no-such-item"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_could(
    newsroom: Newsroom, command: tuple[str, ...], said: str
) -> None:
    assert said in newsroom.run("partner", *command, code=2).stderr


def test_nothing_yet_is_told_as_nothing(newsroom: Newsroom) -> None:
    assert "Nothing was fetched or pushed." in newsroom.run("partner", "log", "quay-radio").stdout
    assert "No document of a partner is published yet." in newsroom.run("partner", "usage").stdout
    assert "No partner got an item that was withdrawn." in newsroom.run("partner", "takedowns").stdout
    assert "No token" in newsroom.run("partner", "token", "list", "quay-radio").stdout
    assert newsroom.ask("partner", "usage", "--by", "day") == []
