"""Sources, reprocessing and revisions by command."""

import sqlite3
from pathlib import Path

import click
import pytest

from syndicate.cli.difference import END, ISOLATE, render
from syndicate.collect.diff import compare_words
from syndicate.schedule.results import plain
from tests.cli.conftest import Newsroom


def test_what_needs_somebody_stands_first_with_its_remedy(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.run("collect")
    assert "→" not in newsroom.run("sources").stdout
    monkeypatch.setenv("SYNDICATE_SOURCES__OLD_PEYK__FOLDER", "/nowhere")
    newsroom.run("collect", code=1)
    first, second, *rest = newsroom.run("sources", code=1).stdout.splitlines()
    assert first.startswith("✕ old-peyk: /nowhere")
    assert second == "    → see sources.old-peyk.folder, then: syndicate collect old-peyk"
    table = [line.split()[:4] for line in rest if line.startswith("old-")]
    assert table == [["old-peyk", "files", "✕", "failed"], ["old-courier", "files", "○", "unchanged"]]
    assert "backing off after a failure" in "\n".join(rest)


def test_a_source_s_json_has_everything(collected: Newsroom) -> None:
    one = collected.ask("sources", "old-courier")[0]
    assert (one["reason"], one["items"] > 10, one["alarms"], one["remedy"]) == ("its interval", True, [], "")
    assert one["coverage"]["headline"] == 100
    assert one["runs"][0]["counts"]["headline"] == one["pages"] == one["runs"][0]["pages"]


def test_one_source_is_told_with_its_runs(collected: Newsroom) -> None:
    told = collected.run("sources", "old-courier").stdout
    assert "old-peyk" not in told
    assert "  1 run that read pages, " in told
    assert "  headline  100 %  █" in told
    assert "there is no source 'x'; there are: old-courier, old-peyk" in (
        collected.run("sources", "x", code=2).stderr
    )


def spoil(headline: str) -> str:
    """Store another headline for one article, as if an earlier program had read it so; the item's id."""
    with sqlite3.connect("var/syndicate.db") as conn:
        find = "SELECT r.item_id FROM revisions r JOIN items i ON i.id = r.item_id WHERE i.kind = 'article'"
        [item_id] = conn.execute(f"{find} ORDER BY r.item_id LIMIT 1").fetchone()
        change = "UPDATE revisions SET content = json_set(content, '$.headline', ?) WHERE item_id = ?"
        conn.execute(change, (headline, item_id))
    return str(item_id)


def test_reprocessing_mends_and_item_show_tells_what_changed(collected: Newsroom) -> None:
    item_id = spoil("Menu")
    before = collected.ask("item", "show", item_id)["entry"]
    [dry, _] = sorted(collected.ask("reprocess", "--dry-run")["reprocessed"], key=lambda one: -one["changed"])
    assert (dry["changed"], dry["fields"], dry["dry_run"]) == (1, {"headline": 1}, True)
    assert collected.ask("item", "show", item_id)["entry"] == before
    told = collected.run("reprocess", "--dry-run").stdout
    assert f"  {item_id}  changed: " in told
    assert "headline: \u2068[-Menu-]\u2069 → \u2068{+" in told
    assert "Nothing was changed." in told
    collected.run("reprocess")
    after = collected.ask("item", "show", item_id)["entry"]
    assert after["title"] != "Menu"
    assert (after["updated"], after["id"]) == (before["updated"], before["id"])
    [first, second] = collected.ask("item", "show", item_id, "--revisions")["revisions"]
    assert (first["cause"], first["changes"], second["cause"]) == ("collected", [], "reprocessed")
    assert collected.ask("item", "show", item_id, "--diff") == second
    lines = collected.run("item", "show", item_id, "--diff").stdout.splitlines()
    assert lines[0].startswith("revision 2, reprocessed ")
    assert lines[1].startswith("headline: \u2068[-Menu-]\u2069 → ")
    assert "the first revision" in collected.run("item", "show", item_id, "--diff", "--revision", "1").stdout
    assert "there are: 1 to 2" in collected.run("item", "show", item_id, "--revision", "3", code=2).stderr
    assert "headline" in collected.run("item", "show", item_id, "--revisions").stdout
    [unchanged, _] = collected.ask("reprocess")["reprocessed"]
    assert unchanged["changed"] == 0


def test_reprocessing_does_without_the_folder_that_pages_came_from(
    collected: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_SOURCES__OLD_PEYK__FOLDER", "/nowhere")
    [told] = collected.ask("reprocess", "old-peyk")["reprocessed"]
    assert (told["pages"] > 3, told["changed"], told["missing"], told["gone"]) == (True, 0, 0, 0)


def test_pages_that_are_not_kept_are_counted(collected: Newsroom) -> None:
    for path in Path("var/raw").rglob("*.zst"):
        path.unlink()
    told = collected.ask("reprocess")["reprocessed"]
    assert all(one["gone"] == one["pages"] > 0 for one in told)


def test_a_change_is_marked_without_colour_and_isolated_for_text_that_runs_right_to_left() -> None:
    pieces = [plain(piece) for piece in compare_words("کشتی رفت.", "کشتی آمد.")]
    bare = click.unstyle(render(pieces))
    assert bare == f"کشتی {ISOLATE}[-رفت-]{END}{ISOLATE}{{+آمد+}}{END}."


def test_a_short_form_leaves_out_what_is_the_same() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    pieces = [plain(piece) for piece in compare_words(f"{words} old {words}", f"{words} new {words}")]
    short = click.unstyle(render(pieces, short=True))
    assert short.count("…") == 2
    assert len(short.split()) < 30
    assert "[-old-]" in short
