"""An issue for more people, as a test, and accounted for: by command."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Newsroom
from tests.cli.test_issue import received


@pytest.fixture
def sent(collected: Newsroom) -> Newsroom:
    """One whose first daily issue went to both of its readers."""
    collected.run("issue", "send", "daily", "--yes")
    return collected


def change(newsroom: Newsroom, statement: str, *values: Any) -> None:
    """Write to the database directly, as if time had passed."""
    with sqlite3.connect(newsroom.folder / "var/syndicate.db") as connection:
        connection.execute(statement, values)


def subscribe(newsroom: Newsroom, address: str) -> None:
    newsroom.run("subscribers", "add", address, "--newsletter", "daily", "--consent", "asked")


def test_the_report_accounts_for_everybody_and_says_what_to_do(sent: Newsroom) -> None:
    change(sent, "UPDATE deliveries SET state = 'expired', code = 450, reply = 'RCPT: later' LIMIT 1")
    told = sent.ask("issue", "report", "daily")
    assert (told["candidates"], told["missing"], told["tally"]) == (2, 0, {"sent": 1, "expired": 1})
    assert told["reasons"] == [{"state": "expired", "code": 450, "words": "RCPT: later", "count": 1}]
    text = sent.run("issue", "report", "daily").stdout
    assert "syndicate issue send daily/1 --missed" in text
    assert "450 RCPT: later" in text


def test_the_report_says_so_when_it_cannot_account_for_somebody(sent: Newsroom) -> None:
    change(sent, "UPDATE issues SET candidates = 3")
    assert "1 recipient of 3 stand in no state" in sent.run("issue", "report", "daily", code=1).stdout


def test_the_people_of_one_state_are_listed(sent: Newsroom) -> None:
    listed = sent.ask("issue", "report", "daily", "--state", "sent")
    assert len({one["address"] for one in listed}) == 2
    assert sent.ask("issue", "report", "daily", "--state", "expired") == []
    assert listed[0]["address"] in sent.run("issue", "report", "daily", "--state", "sent").stdout


def test_whoever_was_missed_gets_it_after_a_question(sent: Newsroom) -> None:
    change(sent, "UPDATE deliveries SET state = 'expired' WHERE subscriber_id = 1")
    assert sent.ask("issue", "send", "daily/1", "--missed", "--dry-run")["count"] == 1
    asked = sent.run("issue", "send", "daily/1", "--missed", code=2).stderr
    assert "to 1 more person (1 expired)? Nobody is there to ask" in asked
    assert received(sent) == 2
    told = sent.ask("issue", "send", "daily/1", "--missed", "--yes")
    assert (told["state"], told["tally"]) == ("finished", {"sent": 2})
    assert received(sent) == 3
    told = sent.run("issue", "send", "daily/1", "--missed", "--yes").stdout
    assert "nobody was missed who may still be written to" in told
    assert received(sent) == 3


def test_who_may_get_it_twice_is_warned_of(sent: Newsroom) -> None:
    change(sent, "UPDATE deliveries SET state = 'unknown' WHERE subscriber_id = 1")
    assert "nobody was missed" in sent.run("issue", "send", "daily", "--missed", "--dry-run").stdout
    asked = sent.run("issue", "send", "daily", "--missed", "--unknown", "--dry-run").stdout
    assert "1 more person (1 unknown; 1 unknown one may get it twice)" in asked
    assert "goes with --missed" in sent.run("issue", "send", "daily", "--unknown", code=2).stderr


def test_whoever_subscribed_since_gets_it_once(sent: Newsroom) -> None:
    assert "nobody has subscribed since" in sent.run("issue", "send", "daily", "--new", "--yes").stdout
    subscribe(sent, "late@readers.example")
    assert "to 1 more person." in sent.run("issue", "send", "daily", "--new", "--dry-run").stdout
    for _ in range(2):
        sent.run("issue", "send", "daily", "--new", "--yes")
    assert received(sent) == 3
    assert sent.ask("issue", "report", "daily")["tally"] == {"sent": 3}


def test_an_issue_that_was_never_sent_goes_to_nobody_else(collected: Newsroom) -> None:
    collected.run("issue", "compile", "daily")
    said = collected.run("issue", "send", "daily/1", "--new", "--yes", code=2).stderr
    assert "has not been sent yet: syndicate issue send daily/1" in said


def test_the_draft_of_the_next_issue_can_be_tried(collected: Newsroom) -> None:
    told = collected.ask("issue", "test", "daily", "desk@courier.example", "second@courier.example")
    assert [one["accepted"] for one in told] == [True, True]
    assert collected.ask("issue", "list") == []
    assert {"desk@courier.example", "second@courier.example"} == set(envelopes(collected))
    assert all("Subject: [Test] " in mail.read_text("utf-8") for mail in mails(collected))


def test_an_issue_that_was_sent_can_be_tried_and_counts_nobody_more(sent: Newsroom) -> None:
    before = sent.ask("issue", "report", "daily")
    sent.run("issue", "test", "daily/1", "desk@courier.example")
    assert received(sent) == 3
    assert sent.ask("issue", "report", "daily") == before


def test_an_address_that_cannot_be_tried_is_told(collected: Newsroom) -> None:
    [told] = collected.ask("issue", "test", "daily", "nobody", code=1)
    assert (told["accepted"], received(collected)) == (False, 0)
    assert "one @" in told["words"]


def mails(newsroom: Newsroom) -> list[Path]:
    return sorted((newsroom.folder / "var/mailbox").glob("*.eml"))


def envelopes(newsroom: Newsroom) -> list[str]:
    files = (newsroom.folder / "var/mailbox/envelopes").glob("*.json")
    return [one for file in files for one in json.loads(file.read_text())["recipients"]]
