"""A relay that is down or refuses us: the command says so, ends with 1, and says how to go on."""

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from tests.cli.conftest import Newsroom
from tests.engines import ENGINES


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Whatever carries the jobs that fail."""
    return str(request.param)


class Refusing:
    """Takes nobody's mail, for a reason that is about the sender."""

    async def handle_RCPT(self, *_: object) -> str:  # noqa: N802
        return "550 5.7.1 your network is not welcome"


class AnyPort(Controller):
    """A server whose port is known once it listens."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def public(collected: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """A newsroom whose mail leaves this machine."""
    settings = {
        "SITE__BASE_URL": "https://news.courier.example",
        "SITE__POSTAL_ADDRESS": "1 Quay Street",
        "RELAY__HOST": "localhost",
        "RELAY__SECURITY": "none",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"SYNDICATE_{name}", value)
    return collected


@pytest.fixture
def dead(public: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """One whose relay's port is taken, and nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SYNDICATE_RELAY__PORT", str(taken.getsockname()[1]))
        yield public


@pytest.fixture
def refused(public: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """One whose relay refuses everybody for a reason of policy."""
    relay = AnyPort(Refusing(), hostname="127.0.0.1", port=0)
    relay.start()
    try:
        monkeypatch.setenv("SYNDICATE_RELAY__PORT", str(relay.port))
        yield public
    finally:
        relay.stop()


def test_a_relay_that_is_down_is_told_and_ends_with_1(dead: Newsroom) -> None:
    told = dead.run("issue", "send", "daily", "--yes", code=1)
    assert "daily/1: sending, 2 recipients" in told.stdout
    assert told.stderr.startswith("daily/1: localhost:")
    assert "cannot be reached" in told.stderr
    report = dead.run("issue", "report", "daily").stdout
    assert "it is tried again" in report
    assert dead.ask("issue", "report", "daily")["stopped"]


def test_a_pass_tells_of_a_relay_that_is_down(dead: Newsroom) -> None:
    told = dead.run("run", "--once", code=1)
    assert "none, see below" in told.stdout
    assert told.stderr.count("issue 1: ") == 1
    assert "cannot be reached" in dead.run("issue", "resume", "daily/1", code=1).stderr


def test_a_refusal_of_policy_is_told_and_ends_with_1(refused: Newsroom) -> None:
    told = refused.run("issue", "send", "daily", "--yes", code=1)
    assert "daily/1: paused" in told.stdout
    assert "the relay has accepted nothing of this issue yet" in told.stderr
    assert (
        "the relay has accepted nothing of this issue yet" in refused.run("issue", "report", "daily").stdout
    )


def test_no_issue_leaves_beside_one_that_is_under_way(dead: Newsroom) -> None:
    dead.run("issue", "send", "daily", "--yes", code=1)
    told = dead.run("issue", "send", "daily", "--yes", code=2).stderr
    assert "daily/1 is sending, and 2 wait for it" in told
    assert "syndicate issue resume daily/1" in told
    assert "issue resume daily/1" in dead.run("issue", "send", "daily/1", "--yes", code=2).stderr
    assert [one["number"] for one in dead.ask("issue", "list", "daily")] == [1]


def test_a_send_that_waits_for_its_relay_goes_on_at_once_when_told(
    dead: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead.run("issue", "send", "daily", "--yes", code=1)
    monkeypatch.setenv("SYNDICATE_RELAY__HOST", "local")
    assert "daily/1 goes on" in dead.run("issue", "resume", "daily").stdout
    assert dead.ask("issue", "report", "daily")["state"] == "finished"


def test_the_newest_issue_is_meant_though_it_was_cancelled(collected: Newsroom) -> None:
    collected.run("issue", "send", "daily", "--yes")
    collected.run("issue", "compile", "daily")
    assert "daily/2 is cancelled" in collected.run("issue", "cancel", "daily", "--yes").stdout
    assert "daily/2: cancelled" in collected.run("issue", "report", "daily").stdout
    assert (
        "daily/2 is cancelled: nothing" in collected.run("issue", "cancel", "daily", "--yes", code=2).stdout
    )
    assert collected.ask("issue", "report", "daily/1")["state"] == "finished"


def test_what_cannot_be_made_or_read_is_one_line(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    (newsroom.folder / "file").write_text("", "utf-8")
    answers = ("--name", "X", "--source", "x", "--sender", "news@quay.example", "--language", "en")
    told = newsroom.run("init", "file/own", "--base-url", "http://127.0.0.1:8080", *answers, code=2).stderr
    assert told == "file/own/config/syndicate.toml cannot be written: Not a directory\n"
    (newsroom.folder / "var/secret.key").mkdir(parents=True)
    told = newsroom.run("sources", code=2).stderr
    assert "var/secret.key: cannot be read: Is a directory" in told
    monkeypatch.setenv("SYNDICATE_DATA_DIR", "file")
    told = newsroom.run("sources", code=2).stderr
    assert "set data_dir to a folder" in told
    assert len(told.splitlines()) == 1


def test_a_template_that_is_not_there_is_told_at_start(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_NEWSLETTERS__DAILY__TEMPLATE", "nope")
    told = newsroom.run("check", code=2).stderr
    assert 'newsletters.daily.template: "nope" needs templates/email/nope.html' in told
