"""People by command: imported, listed, exported, forgotten, suppressed; and why they got what they got."""

from pathlib import Path

from syndicate.app import App
from syndicate.audience.subscriptions import unsubscribe
from syndicate.audience.tokens import unsubscribe_token
from syndicate.cli.main import Options
from syndicate.cli.session import run_app
from tests.cli.conftest import Newsroom


def test_good_rows_are_imported_and_bad_ones_listed(newsroom: Newsroom) -> None:
    Path("people.csv").write_text("email,newsletters\nmina@readers.example,daily\nnobody,daily\n")
    result = newsroom.run("subscribers", "import", "people.csv", "--consent", "fair", code=1)
    assert "1 new" in result.stdout
    assert "row 3: nobody" in result.stderr


def test_a_re_import_never_brings_back_who_was_forgotten(newsroom: Newsroom) -> None:
    Path("people.csv").write_text("email,newsletters\nmina@readers.example,daily\n")
    newsroom.run("subscribers", "import", "people.csv", "--consent", "fair")
    newsroom.run("subscribers", "forget", "Mina@readers.example", "--yes")
    told = newsroom.ask("subscribers", "import", "people.csv", "--consent", "fair", code=1)
    assert told["imported"] == 0
    assert newsroom.ask("subscribers", "list") == []


def test_what_is_exported_can_be_imported(newsroom: Newsroom) -> None:
    newsroom.run("subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")
    Path("out.csv").write_text(newsroom.run("subscribers", "export").stdout, "utf-8")
    told = newsroom.ask("subscribers", "import", "out.csv", "--consent", "sample")
    assert (told["imported"], told["unchanged"], told["bad"]) == (0, 4, [])


def test_people_are_listed_by_newsletter(newsroom: Newsroom) -> None:
    consent = ("--consent", "by letter")
    newsroom.run("subscribers", "add", "mina@readers.example", "--newsletter", "daily", *consent)
    newsroom.run("subscribers", "add", "sam@readers.example", "--newsletter", "weekly", *consent)
    [one] = newsroom.ask("subscribers", "list", "--newsletter", "daily")
    assert (one["address"], one["subscriptions"]) == ("mina@readers.example", {"daily": "active"})


def test_adding_a_person_says_what_became_of_it(newsroom: Newsroom) -> None:
    mina = ("subscribers", "add", "mina@readers.example", "--newsletter", "daily", "--consent", "by letter")
    assert newsroom.run(*mina).stdout == "mina@readers.example added to daily\n"
    assert newsroom.ask(*mina)["newsletters"] == {"daily": "there"}
    assert newsroom.run(*mina).stdout == "mina@readers.example is subscribed to daily already\n"
    newsroom.run("subscribers", "forget", "mina@readers.example", "--yes")
    told = newsroom.run(*mina, code=1)
    assert (told.stdout, "not added" in told.stderr) == ("", True)


def test_who_has_left_is_not_added_by_hand(newsroom: Newsroom) -> None:
    mina = ("subscribers", "add", "mina@readers.example", "--newsletter", "daily", "--consent", "by letter")
    newsroom.run(*mina)

    async def leave(app: App) -> None:
        token = unsubscribe_token(app.keyring, 1, "daily")
        await unsubscribe(app.people, token, reason="one-click")

    run_app(Options(), leave)
    assert newsroom.ask(*mina, code=1)["newsletters"] == {"daily": "unsubscribed"}


def test_forgetting_nobody_is_said(newsroom: Newsroom) -> None:
    told = newsroom.run("subscribers", "forget", "mina@readers.example", "--yes", code=2).stdout
    assert "Nobody here has the address" in told


def test_a_suppressed_address_gets_nothing_and_why_says_so(collected: Newsroom) -> None:
    collected.run("suppressions", "add", "ada@readers.example", "--note", "by telephone")
    collected.run("issue", "send", "daily", "--yes")
    told = collected.ask("why", "ada@readers.example")
    assert told["suppressed"] == "operator"
    assert [one["state"] for one in told["deliveries"]] == ["suppressed"]
    assert [one["state"] for one in collected.ask("why", "ben@readers.example")["deliveries"]] == ["sent"]


def test_suppressions_are_listed_without_addresses_and_can_be_lifted(newsroom: Newsroom) -> None:
    newsroom.run("suppressions", "add", "ada@readers.example", "--note", "by telephone")
    listed = newsroom.run("suppressions", "list").stdout
    assert "by telephone" in listed
    assert "ada@" not in listed
    newsroom.run("suppressions", "remove", "ada@readers.example")
    assert newsroom.ask("suppressions", "list") == []


def test_why_of_a_stranger_is_said_plainly(newsroom: Newsroom) -> None:
    assert "Nobody here" in newsroom.run("why", "who@readers.example", code=1).stdout
    assert "name@example.org" in newsroom.run("why", "who", code=1).stderr


def test_why_tells_each_newsletter_and_what_was_not_meant_for_somebody(collected: Newsroom) -> None:
    collected.run("issue", "send", "daily", "--yes")
    collected.run("subscribers", "add", "late@readers.example", "--newsletter", "daily", "--consent", "asked")
    told = collected.run("why", "late@readers.example").stdout
    assert "daily: subscription active since " in told
    assert "weekly: not subscribed" in told
    assert "No issue was ever meant for this person." in told
    assert "not subscribed then: active since " in told
    assert "daily/1  sent" in collected.run("why", "ben@readers.example").stdout
