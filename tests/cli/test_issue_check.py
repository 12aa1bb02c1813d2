"""The pre-flight by command: what holds an issue, what lets it go."""

import json
import re
from pathlib import Path

from tests.cli.conftest import Newsroom


def received(newsroom: Newsroom) -> int:
    return len(list((newsroom.folder / "var/mailbox").glob("*.eml")))


def set_newsletter(newsroom: Newsroom, line: str) -> None:
    """Put a line into the daily newsletter's table."""
    path = newsroom.folder / "config/syndicate.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("[newsletters.daily]\n", f"[newsletters.daily]\n{line}\n", 1), "utf-8")


def test_the_shipped_newsletters_are_ready_to_leave(collected: Newsroom) -> None:
    for name in ("daily", "weekly"):
        told = collected.ask("issue", "check", name)
        assert (told["findings"], told["recipients"]) == ([], 2)
    assert "daily/1: ready to leave, to 2 people." in collected.run("issue", "check", "daily").stdout
    assert collected.ask("issue", "list") == []


def test_an_issue_that_was_sent_is_not_the_same_as_itself(collected: Newsroom) -> None:
    collected.run("issue", "send", "daily", "--yes")
    assert collected.ask("issue", "check", "daily/1")["findings"] == []


def test_old_news_in_a_breaking_newsletter_waits_for_the_operator(collected: Newsroom) -> None:
    set_newsletter(collected, "breaking = true")
    told = collected.run("issue", "send", "daily", "--yes", code=1)
    assert "archived-in-breaking" in told.stderr
    assert "say --accept" in told.stderr
    assert received(collected) == 0
    done = json.loads(
        collected.run("issue", "send", "daily", "--yes", "--accept", "--json", "--quiet").stdout
    )
    assert (done["state"], done["tally"]) == ("finished", {"sent": 2})
    assert received(collected) == 2


def test_what_the_cadence_asks_for_is_held_told_by_mail_and_goes_once_accepted(collected: Newsroom) -> None:
    set_newsletter(collected, "breaking = true")
    first = collected.run("run", "--once", code=1)
    assert re.search(r"daily/1 waits for you: .*archived site", first.stderr)
    mails = [path.read_text("utf-8") for path in Path("var/mailbox").glob("*.eml")]
    [alert] = [mail for mail in mails if "waits for you" in mail]
    assert "desk@courier.example" in alert
    report = collected.ask("issue", "report", "daily/1")
    assert (report["state"], report["candidates"]) == ("compiled", 0)
    assert report["paused_reason"].startswith("pre-flight: ")
    assert collected.ask("issue", "check", "daily/1", code=1)["findings"][0]["rule"] == "archived-in-breaking"
    before = received(collected)
    collected.run("issue", "send", "daily/1", "--yes", "--accept")
    assert received(collected) == before + 2
    assert collected.ask("issue", "report", "daily/1")["paused_reason"] == ""


def test_what_no_longer_holds_lets_the_issue_go_without_a_word(collected: Newsroom) -> None:
    set_newsletter(collected, "breaking = true")
    collected.run("issue", "compile", "daily")
    collected.run("issue", "send", "daily/1", "--yes", code=1)
    path = Path("config/syndicate.toml")
    path.write_text(path.read_text("utf-8").replace("breaking = true\n", "", 1), "utf-8")
    collected.run("issue", "send", "daily/1", "--yes")
    assert collected.ask("issue", "report", "daily/1")["tally"] == {"sent": 2}


def test_an_issue_of_which_no_message_can_be_made_waits_and_the_operator_is_told(collected: Newsroom) -> None:
    path = Path("config/syndicate.toml")
    right = path.read_text("utf-8")
    wrong = re.sub(r"(?m)^base_url = .*$", 'base_url = "http://news.courier.example"', right, count=1)
    assert wrong != right
    path.write_text(wrong, "utf-8")
    collected.run("run", "--once", code=1)
    report = collected.ask("issue", "report", "daily/1")
    assert report["state"] == "compiled"
    assert "has to be https" in report["paused_reason"]
    mails = [each.read_text("utf-8") for each in Path("var/mailbox").glob("*.eml")]
    assert any("waits for you" in mail for mail in mails)
    path.write_text(right, "utf-8")
    collected.run("issue", "recompile", "daily/1")
    collected.run("issue", "send", "daily/1", "--yes")
    assert collected.ask("issue", "report", "daily/1")["tally"] == {"sent": 2}
