"""Selectors by command: what matches nothing is told by collect, kept for sources and check, and mended."""

import pytest

from tests.cli.conftest import Newsroom

CREDIT = "SYNDICATE_SOURCES__OLD_COURIER__SELECTORS__CREDIT"


def test_a_selector_that_matches_nothing_is_told_until_it_is_mended(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CREDIT, ".nowhere")
    told = newsroom.run("collect", "old-courier", code=1).stderr
    assert 'sources.old-courier.selectors.credit ".nowhere" matched nothing on any of the ' in told
    newsroom.run("collect", "old-courier")
    (standing,) = [one for one in newsroom.ask("sources", code=1) if one["source"] == "old-courier"]
    assert (standing["outcome"], standing["failures"]) == ("unchanged", 0)
    assert '".nowhere" matched nothing' in standing["error"]
    assert "correct sources.old-courier.selectors" in newsroom.run("check", code=1).stdout
    monkeypatch.setenv(CREDIT, ".credit")
    newsroom.run("collect", "old-courier")
    assert newsroom.ask("sources")[0]["error"] == ""


def test_a_selector_that_cannot_be_read_stops_the_start(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CREDIT, "p >")
    told = newsroom.run("check", code=2).stderr
    assert "sources.old-courier.selectors.credit" in told
    assert CREDIT in told
    assert "is no CSS selector" in told
