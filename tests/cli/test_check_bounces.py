"""`syndicate check` says which way bounces come in, and whether that works."""

import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syndicate.store import services
from syndicate.store.database import Database
from tests.cli.conftest import Newsroom
from tests.neighbours.ports import free_port


def lines(newsroom: Newsroom, code: int = 0) -> dict[str, dict[str, str]]:
    """What is said of bounces, by what it is about."""
    told = {one["what"]: one for one in newsroom.ask("check", code=code)}
    return {what: one for what, one in told.items() if what.startswith("bounces")}


def settings(newsroom: Newsroom, text: str) -> None:
    path = Path("config/syndicate.toml")
    before, _, rest = path.read_text("utf-8").partition("[bounces]\n")
    path.write_text(f"{before}{text}\n{rest[rest.index('# --- how we ask') :]}", "utf-8")


def test_a_newsroom_that_sends_nothing_needs_no_way_in(newsroom: Newsroom) -> None:
    (found,) = lines(newsroom).values()
    assert (found["remedy"], "not taken in" in found["told"]) == ("", True)


def test_ways_in_are_told_with_their_addresses(newsroom: Newsroom) -> None:
    listen = f"127.0.0.1:{free_port()}"
    settings(newsroom, f'[bounces]\nlisten = "{listen}"\n[bounces.mailgun]\nsecret = "s"')
    found = lines(newsroom)
    assert "syndicate run does" in found["bounces by LMTP or SMTP"]["told"]
    assert found["bounces from mailgun"]["told"] == "taken at http://127.0.0.1:8080/webhooks/mailgun"


def test_a_service_that_does_not_listen_although_it_is_to_is_told(newsroom: Newsroom) -> None:
    settings(newsroom, f'[bounces]\nlisten = "127.0.0.1:{free_port()}"')
    owner = f"{socket.gethostname()[:60]}:1"
    newsroom.run("check")
    with closing(Database("var/syndicate.db")) as db:
        db.write_now(services.beat, owner, now=datetime.now(UTC))
    found = lines(newsroom, code=1)["bounces by LMTP or SMTP"]
    assert f"restart {owner}" in found["remedy"]


def test_what_came_by_a_pipe_says_that_it_works(newsroom: Newsroom, monkeypatch) -> None:
    monkeypatch.setenv("SYNDICATE_RELAY__HOST", "relay.courier.example")
    monkeypatch.setenv("SYNDICATE_SITE__BASE_URL", "https://news.courier.example")
    newsroom.run("bounces", "take", "mina@reader.example", typed="Subject: back\n\nNo such user.\n")
    found = lines(newsroom, code=1)["bounces by a pipe"]
    assert (found["remedy"], "the last one came on" in found["told"]) == ("", True)


def test_a_mailbox_that_is_away_needs_you(newsroom: Newsroom) -> None:
    url = f"imaps://127.0.0.1:{free_port()}"
    settings(newsroom, f'[bounces.mailbox]\nurl = "{url}"\nusername = "b"\npassword = "p"')
    found = lines(newsroom, code=1)["bounces by mailbox"]
    assert (found["remedy"], "cannot be reached" in found["told"]) == ("see [bounces.mailbox]", True)


@pytest.mark.parametrize("host", ["relay.courier.example"])
def test_whoever_sends_for_real_is_told_to_choose_a_way(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("SYNDICATE_RELAY__HOST", host)
    monkeypatch.setenv("SYNDICATE_SITE__BASE_URL", "https://news.courier.example")
    assert "choose a way in" in lines(newsroom, code=1)["bounces"]["remedy"]
