"""The operator's word by command: what it says it will do, asks, does, and leaves to other commands."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Newsroom
from tests.engines import ENGINES

NOTE = ("--note", "The crossing runs until spring.")


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Whatever carries the jobs that put it into effect."""
    return str(request.param)


def an_article(newsroom: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = newsroom.ask("item", "find", "late", "crossing")["items"][0]
    return found


def published(newsroom: Newsroom, feed: str = "english") -> dict[str, dict[str, Any]]:
    """The feed's entries by their items' ids."""
    entries = json.loads((newsroom.folder / f"var/public/feeds/{feed}.json").read_text("utf-8"))["items"]
    return {entry["id"].removeprefix("urn:uuid:"): entry for entry in entries}


def test_an_item_is_found_by_words_by_its_address_and_by_its_page(collected: Newsroom) -> None:
    item = an_article(collected)
    shown = collected.ask("item", "show", item["id"])
    for by in (shown["entry"]["original_url"], shown["entry"]["page_url"], "FERRY crossing"):
        assert item["id"] in [one["id"] for one in collected.ask("item", "find", by)["items"]]
    nothing = collected.run("item", "find", "no such words anywhere", code=1)
    assert "There is none" in nothing.stderr


def test_a_list_can_be_narrowed(collected: Newsroom) -> None:
    every = collected.ask("item", "list", "--take", "1000")["items"]
    assert {one["source"] for one in every} == {"old-courier", "old-peyk"}
    dated = [one for one in every if one["at"]]
    assert dated == sorted(every, key=lambda one: one["at"] or "", reverse=True)[: len(dated)]
    assert 0 < len(dated) < len(every)
    assert every[: len(dated)] == dated
    assert "undated" in collected.run("item", "list", "--take", "1000").stdout
    of_one = collected.ask("item", "list", "--source", "old-peyk", "--take", "1000")["items"]
    assert {one["source"] for one in of_one} == {"old-peyk"}
    since = collected.ask("item", "list", "--since", "7d", "--take", "1000")["items"]
    assert 0 < len(since) < len(every)
    assert collected.ask("item", "list", "--state", "withdrawn")["items"] == []
    assert len(collected.ask("item", "list", "--take", "2")["items"]) == 2


def test_a_correction_is_in_the_feed_at_once(collected: Newsroom) -> None:
    collected.run("publish")
    item = an_article(collected)
    told = collected.ask("item", "correct", item["id"][:8], *NOTE, "--headline", "Ferry runs until spring")
    [effect] = told["corrected"]
    assert (effect["item_id"], effect["done"], effect["feeds"]) == (item["id"], True, ["english"])
    assert [change["field"] for change in effect["changes"]] == ["headline"]
    entry = published(collected)[item["id"]]
    assert entry["title"] == "Ferry runs until spring"
    assert NOTE[1] in json.dumps(entry)
    assert [one["id"] for one in collected.ask("item", "list", "--corrected")["items"]] == [item["id"]]
    [note] = collected.ask("item", "show", item["id"])["notes"]
    assert (note["kind"], note["note"]) == ("corrected", NOTE[1])
    assert (
        "nothing to do"
        in collected.run("item", "correct", item["id"], *NOTE, "--headline", "Ferry runs until spring").stdout
    )


def test_a_body_comes_from_a_file_or_from_standard_input(collected: Newsroom) -> None:
    item = an_article(collected)
    Path("right.txt").write_text("It runs.\n\nUntil spring.", "utf-8")
    told = collected.run("item", "correct", item["id"], *NOTE, "--body", "right.txt").stdout
    assert "its summary stays" in told
    collected.run("item", "correct", item["id"], *NOTE, "--body", "-", typed="<p>It <i>runs</i>.</p>")
    assert collected.ask("item", "show", item["id"])["notes"][1]["revision"] == 3
    Path("wrong.txt").write_bytes(b"\xff\xfe")
    fault = collected.run("item", "correct", item["id"], *NOTE, "--body", "wrong.txt", code=2).stderr
    assert "wrong.txt: it is not UTF-8 at byte 0" in fault


def test_a_withdrawal_asks_first_and_a_dry_run_does_nothing(collected: Newsroom) -> None:
    collected.run("publish")
    item = an_article(collected)
    collected.run("issue", "compile", "daily")
    asked = collected.run("item", "withdraw", item["id"], *NOTE, code=2).stderr
    for said in ("Withdraw “Ferry", "from 1 feed and every page", "stopping daily/1", "say --yes"):
        assert said in asked
    [would] = collected.ask("item", "withdraw", item["id"], *NOTE, "--dry-run")["withdrawn"]
    assert (would["done"], would["stopped"]) == (True, ["daily/1"])
    assert item["id"] in published(collected)
    assert collected.ask("item", "show", item["id"])["withdrawn"] is False


def test_a_withdrawn_item_leaves_the_feed_and_comes_back_restored(collected: Newsroom) -> None:
    collected.run("publish")
    item = an_article(collected)
    other = next(
        one for one in collected.ask("item", "list", "--source", "old-courier")["items"] if one != item
    )
    told = collected.ask("item", "withdraw", item["id"][:8], other["id"], item["id"], *NOTE, "--yes")
    assert [one["item_id"] for one in told["withdrawn"]] == [item["id"], other["id"]]
    assert not {item["id"], other["id"]} & set(published(collected))
    gone = collected.ask("item", "list", "--state", "withdrawn")["items"]
    assert {one["id"] for one in gone} == {item["id"], other["id"]}
    assert "nothing to do" in collected.run("item", "withdraw", item["id"], *NOTE).stdout
    collected.run("collect")
    assert item["id"] not in published(collected)
    collected.run("item", "restore", item["id"], "--note", "It was right.")
    assert item["id"] in published(collected)


def test_an_unknown_id_among_several_leaves_all_as_they_are(collected: Newsroom) -> None:
    item = an_article(collected)
    fault = collected.run("item", "withdraw", item["id"], "ffffffff", *NOTE, "--yes", code=2).stderr
    assert "there is no item ffffffff" in fault
    assert collected.ask("item", "list", "--state", "withdrawn")["items"] == []


@pytest.mark.parametrize("command", ["correct", "withdraw", "restore"])
def test_a_note_is_needed(collected: Newsroom, command: str) -> None:
    assert "--note" in collected.run("item", command, "ffffffff", code=2).stderr
    item = an_article(collected)
    extra = ["--yes"] if command == "withdraw" else []
    fault = collected.run("item", command, item["id"], "--note", " ", *extra, code=2).stderr
    assert "the note is empty" in fault


def test_an_issue_with_a_withdrawn_item_is_sent_only_after_it_was_recompiled(collected: Newsroom) -> None:
    item = an_article(collected)
    collected.run("issue", "compile", "daily")
    collected.run("item", "withdraw", item["id"], *NOTE, "--yes")
    assert "issue recompile daily/1" in collected.run("issue", "send", "daily", "--yes", code=2).stderr
    assert "was withdrawn" in collected.run("issue", "report", "daily").stdout
    told = collected.run("issue", "recompile", "daily").stdout
    assert "left out:" in told
    assert "syndicate issue send daily/1" in told
    assert collected.ask("issue", "send", "daily", "--yes")["tally"] == {"sent": 2}
    mails = [path.read_bytes() for path in (collected.folder / "var/mailbox").glob("*.eml")]
    assert len(mails) == 2
    assert not any(b"Late Crossing" in mail for mail in mails)
    assert "cannot be called back" in collected.run("issue", "recompile", "daily", code=2).stderr


def test_an_issue_of_which_nothing_is_left_is_told_to_be_cancelled(collected: Newsroom) -> None:
    collected.run("issue", "compile", "daily")
    held = [one["id"] for one in collected.ask("item", "list", "--take", "1000")["items"]]
    collected.run("item", "withdraw", *held, *NOTE, "--yes")
    told = collected.run("issue", "recompile", "daily", code=1).stdout
    assert "syndicate issue cancel daily/1" in told
