"""`syndicate bounces`: what came back is listed, and taken in as a pipe of the relay does."""

import os
import smtplib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from syndicate.audience.tokens import load_keyring
from syndicate.cli.bounces import TRY_AGAIN
from syndicate.deliver.bounce.raw import Envelope, keep
from syndicate.deliver.bounce.returning import Intake
from syndicate.deliver.compose import verp
from tests.cli.conftest import Newsroom
from tests.deliver.bounce.returned import a_dsn
from tests.neighbours.ports import free_port, until_listening

READER = "mina@readers.example"


@pytest.fixture
def sent(newsroom: Newsroom) -> str:
    """A newsroom whose first issue went to one reader; the envelope sender that it had."""
    newsroom.run("subscribers", "add", READER, "--newsletter", "daily", "--consent", "test")
    newsroom.run("run", "--once")
    ((issue, person),) = rows("SELECT issue_id, subscriber_id FROM deliveries")
    ring = load_keyring(Path("var/secret.key"))
    return verp(ring, "courier.example", issue_id=int(issue), subscriber_id=int(person))


def rows(query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect("var/syndicate.db") as db:
        return db.execute(query).fetchall()


def pipe(*args: str, mail: bytes, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """The command as a mail server calls it."""
    command = [str(Path(sys.executable).parent / "syndicate"), "bounces", "take", *args]
    return subprocess.run(command, input=mail, capture_output=True, env=os.environ | environ, timeout=120)


def test_a_bounce_through_the_pipe_suppresses_the_reader(newsroom: Newsroom, sent: str) -> None:
    done = pipe(sent, mail=a_dsn(READER))
    assert (done.returncode, done.stdout) == (0, b"suppressed\n")
    assert "is suppressed (address-gone)" in newsroom.run("why", READER).stdout
    (came,) = newsroom.ask("bounces", "list", "--issue", "daily/1")
    assert (came["kind"], came["status"], came["applied"]) == ("bounce", "5.1.1", "suppressed")
    assert (came["intake"], came["issue"]) == ("pipe", "daily/1")
    assert "5.1.1" in newsroom.run("bounces", "list").stdout


def test_the_recipient_may_come_as_postfix_tells_an_alias(newsroom: Newsroom, sent: str) -> None:
    mail = b"From MAILER-DAEMON Sun Mar  1 12:00:00 2026\n" + a_dsn(READER)
    assert pipe(mail=mail, ORIGINAL_RECIPIENT=sent).stdout == b"suppressed\n"


def test_the_same_mail_twice_is_known(newsroom: Newsroom, sent: str) -> None:
    told = [pipe(sent, mail=a_dsn(READER)) for _ in range(2)]
    assert [one.stdout for one in told] == [b"suppressed\n", b"known already\n"], told


def test_what_nothing_was_done_upon_is_found(newsroom: Newsroom, sent: str) -> None:
    pipe("stranger@courier.example", mail=a_dsn(READER))
    pipe(sent, mail=a_dsn(READER, status="5.2.2", said="552 5.2.2 mailbox full"))
    (came,) = newsroom.ask("bounces", "list", "--unmatched")
    assert came["applied"] == "unvouched"
    assert len(newsroom.ask("bounces", "list")) == 2


def test_no_address_is_shown(newsroom: Newsroom, sent: str) -> None:
    pipe(sent, mail=a_dsn(READER, said=f"550 5.1.1 <{READER}> is not here"))
    assert READER not in newsroom.run("bounces", "list").stdout


def test_the_running_service_takes_bounces_in(newsroom: Newsroom, sent: str) -> None:
    web, listen = free_port(), free_port()
    environ = {
        "SYNDICATE_WEB__PORT": str(web),
        "SYNDICATE_SITE__BASE_URL": f"http://127.0.0.1:{web}",
        "SYNDICATE_BOUNCES__LISTEN": f"127.0.0.1:{listen}",
    }
    command = [str(Path(sys.executable).parent / "syndicate"), "--quiet", "run", "--allow-root"]
    service = subprocess.Popen(command, env=os.environ | environ)
    try:
        until_listening(listen, None, lambda: "", seconds=120)
        with smtplib.LMTP("127.0.0.1", listen, local_hostname="relay.example", timeout=60) as client:
            client.sendmail("", [sent], a_dsn(READER))
        deadline = time.monotonic() + 120
        while not (came := rows("SELECT source, applied FROM bounces WHERE applied != ''")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        service.terminate()
    assert (came, service.wait(timeout=60)) == ([("listener", "suppressed")], 0)


def test_a_pass_applies_what_waits_on_the_disk(newsroom: Newsroom, sent: str) -> None:
    how = Envelope(intake=Intake.LISTENER, recipients=(sent,))
    keep(Path("var/bounces"), a_dsn(READER), how)
    newsroom.run("run", "--once")
    assert rows("SELECT source, applied FROM bounces") == [("listener", "suppressed")]


def test_nothing_came_back(newsroom: Newsroom) -> None:
    assert newsroom.run("bounces", "list").stdout == "Nothing came back.\n"


def test_a_busy_database_asks_for_the_mail_again_and_keeps_it(newsroom: Newsroom, sent: str) -> None:
    with sqlite3.connect("var/syndicate.db") as db:
        db.execute("BEGIN IMMEDIATE")
        done = pipe(sent, mail=a_dsn(READER))
        db.rollback()
    assert done.returncode == TRY_AGAIN
    assert len(list(Path("var/bounces/new").glob("*.eml"))) == 1
    assert pipe(sent, mail=a_dsn(READER)).returncode == 0


@pytest.mark.parametrize("config", ["nowhere.toml", "config/broken.toml"])
def test_without_a_configuration_the_mail_comes_again(newsroom: Newsroom, config: str) -> None:
    Path("config/broken.toml").write_text("[site")
    assert pipe("-c", config, mail=a_dsn(READER)).returncode == TRY_AGAIN
