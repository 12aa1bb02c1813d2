"""Issues by command: seen before, sent after a question, stopped, followed."""

from pathlib import Path

import pytest

from tests.cli.conftest import Newsroom
from tests.engines import ENGINES


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Whatever carries the jobs that a command asks for."""
    return str(request.param)


def received(newsroom: Newsroom) -> int:
    return len(list((newsroom.folder / "var/mailbox").glob("*.eml")))


def test_a_preview_stores_nothing(collected: Newsroom) -> None:
    told = collected.ask("issue", "preview", "daily", "--html", "seen.html", "--eml", "seen.eml")
    assert told["number"] == 1
    assert "The Daily Tide" in told["text"]
    assert "reader@example.org" in Path("seen.eml").read_text("utf-8")
    assert "<html" in Path("seen.html").read_text("utf-8")
    assert collected.ask("issue", "list") == []


def test_without_a_terminal_nothing_is_sent_unless_told(collected: Newsroom) -> None:
    told = collected.run("issue", "send", "daily", code=2).stderr
    assert "to 2 people?" in told
    assert "say --yes" in told
    assert received(collected) == 0


def test_a_dry_run_says_to_how_many_and_sends_nothing(collected: Newsroom) -> None:
    assert collected.ask("issue", "send", "daily", "--dry-run") == {
        "newsletter": "daily",
        "number": 1,
        "recipients": 2,
    }
    assert received(collected) == 0


def test_told_so_it_is_compiled_and_sent_to_everybody_once(collected: Newsroom) -> None:
    told = collected.ask("issue", "send", "daily", "--yes")
    assert (told["state"], told["tally"]) == ("finished", {"sent": 2})
    assert received(collected) == 2
    again = collected.run("issue", "send", "daily/1", "--yes", code=2).stderr
    assert "nobody gets an issue twice" in again
    assert received(collected) == 2


def test_what_was_compiled_before_is_what_is_sent(collected: Newsroom) -> None:
    compiled = collected.ask("issue", "compile", "daily")
    assert collected.ask("issue", "report", "daily")["state"] == "compiled"
    assert received(collected) == 0
    collected.run("issue", "send", "daily", "--yes")
    assert [one["number"] for one in collected.ask("issue", "list", "daily")] == [compiled["number"]]
    assert received(collected) == 2


def test_an_issue_without_news_is_not_made(newsroom: Newsroom) -> None:
    assert "nothing new" in newsroom.run("issue", "compile", "daily").stdout
    assert "nothing new" in newsroom.run("issue", "send", "daily", "--yes").stdout
    assert newsroom.ask("issue", "list") == []


def test_a_finished_issue_cannot_be_paused_or_cancelled(collected: Newsroom) -> None:
    collected.run("issue", "send", "daily", "--yes")
    assert "nothing was changed" in collected.run("issue", "pause", "daily", code=2).stdout
    assert "nothing was changed" in collected.run("issue", "cancel", "daily", "--yes", code=2).stdout


def test_a_compiled_issue_can_be_cancelled_and_is_never_sent(collected: Newsroom) -> None:
    collected.run("issue", "compile", "daily")
    collected.run("issue", "cancel", "daily/1", "--yes")
    assert "cancelled already" in collected.run("issue", "send", "daily/1", "--yes", code=2).stderr
    assert received(collected) == 0


def test_show_gives_the_text_as_it_was_frozen(collected: Newsroom) -> None:
    collected.run("issue", "compile", "daily")
    assert "The Daily Tide" in collected.ask("issue", "show", "daily/1")["text"]


def test_a_number_alone_will_do_where_only_one_newsletter_has_it(collected: Newsroom) -> None:
    collected.run("issue", "compile", "daily")
    assert collected.ask("issue", "report", "1")["newsletter"] == "daily"
    collected.run("issue", "compile", "weekly")
    assert "several newsletters" in collected.run("issue", "report", "1", code=2).stderr
