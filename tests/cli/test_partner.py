"""Contracts by command: what they let out, what they keep back and why, and what a change would do."""

import json
from pathlib import Path

import pytest

from syndicate.cli.partner_publish import read_moment
from tests.builders import NOON
from tests.cli.conftest import Newsroom


@pytest.fixture
def published(newsroom: Newsroom) -> Newsroom:
    """The sample, collected and published, with its partner's feed."""
    newsroom.run("collect")
    newsroom.run("publish")
    newsroom.run("partner", "publish", "quay-radio")
    return newsroom


def change_contract(path: Path, **settings: str) -> None:
    """Settings of the shipped partner, as TOML writes them."""
    text = path.read_text("utf-8")
    head = "[partners.quay-radio]\n"
    before, _, after = text.partition(head)
    lines = [line for line in after.splitlines() if line.split(" = ")[0] not in settings]
    added = [f"{name} = {value}" for name, value in settings.items()]
    path.write_text(before + head + "\n".join([*added, *lines]) + "\n", "utf-8")


def first_item(newsroom: Newsroom) -> dict[str, str]:
    document = json.loads((newsroom.folder / "var/partners/quay-radio/english.json").read_bytes())
    first: dict[str, str] = document["items"][0]
    return first


def test_partners_are_listed_with_how_their_feeds_stand(published: Newsroom) -> None:
    [one] = published.ask("partner", "list")
    [feed] = one["feeds"]
    assert (one["name"], feed["feed"], feed["entries"] > 3, feed["held"]) == (
        "quay-radio",
        "english",
        True,
        "",
    )
    assert feed["urls"][0] == "http://127.0.0.1:8080/partners/quay-radio/english.rss"
    assert "quay-radio" in published.run("partner", "list").stdout


def test_a_contract_is_shown_as_it_counts(published: Newsroom) -> None:
    told = published.run("partner", "show", "quay-radio").stdout
    assert "  formats:          rss, atom, json, ninjs\n" in told
    assert "  keep_withdrawn:   30d\n" in told
    assert "  embargo:          none\n" in told
    assert "  sections:         all\n  exclude_sections: none\n" in told
    assert "  take:             the feed's\n" in told
    assert "there is no partner 'quai'" in published.run("partner", "show", "quai", code=2).stderr


def test_a_teaser_contract_lets_out_teasers_with_the_notice(published: Newsroom) -> None:
    entry = first_item(published)
    assert len(str(entry["summary"]).split()) <= 61
    assert 'class="archive-notice"' in str(entry["content_html"])
    assert entry["_archive"]


def test_nothing_would_change_right_after_a_publication(published: Newsroom) -> None:
    [found] = published.ask("partner", "preview", "quay-radio")
    assert (found["changes"], found["held"], found["unchanged"] > 3) == ([], "", True)
    assert (
        "quay-radio english: nothing would change; "
        in published.run("partner", "preview", "quay-radio").stdout
    )


def test_a_changed_contract_is_tried_before_it_counts(published: Newsroom) -> None:
    other = published.folder / "config" / "changed.toml"
    other.write_text((published.folder / "config/syndicate.toml").read_text("utf-8"), "utf-8")
    change_contract(other, max_age='"1d"', publish='"link"')
    before = sorted((published.folder / "var/partners").rglob("*.rss"))[0].read_bytes()
    [found] = published.ask("partner", "preview", "quay-radio", "english", "--contract", str(other))
    assert {change["effect"] for change in found["changes"]} == {"withheld"}
    assert {reason["rule"] for change in found["changes"] for reason in change["reasons"]} == {"age"}
    assert sorted((published.folder / "var/partners").rglob("*.rss"))[0].read_bytes() == before
    told = published.run("partner", "preview", "quay-radio", "english", "--contract", str(other)).stdout
    gone = len(found["changes"])
    assert told.startswith(f"quay-radio english: {gone} would go, withheld; 0 unchanged\n")
    assert told.count("▲ would go, withheld: ") == gone
    change_contract(other, max_age='"3650d"', publish='"link"')
    told = published.run("partner", "preview", "quay-radio", "--contract", str(other)).stdout
    assert "● would change: " in told


def test_what_is_withheld_is_told_with_rule_and_remedy(published: Newsroom) -> None:
    assert published.run("partner", "withheld", "quay-radio").stdout == "Nothing is withheld.\n"
    change_contract(published.folder / "config/syndicate.toml", languages='["fa"]', kinds='["brief"]')
    found = published.ask("partner", "withheld", "quay-radio")
    assert {reason["rule"] for one in found for reason in one["reasons"]} == {"language", "kind"}
    told = published.run("partner", "withheld", "quay-radio", "english").stdout
    assert "    language: the contract has no language en (contract: languages)\n" in told
    assert "      → add it to languages of [partners.quay-radio]\n" in told


def test_one_item_is_explained_also_where_it_goes_out(published: Newsroom) -> None:
    item_id = first_item(published)["id"].removeprefix("urn:uuid:")
    [found] = published.ask("partner", "withheld", "quay-radio", "--item", item_id[:8])
    assert (found["released"], found["shown"], found["reasons"]) == (True, True, [])
    assert "goes out and stands there" in (
        published.run("partner", "withheld", "quay-radio", "--item", item_id).stdout
    )


def test_an_item_is_held_back_and_let_go(published: Newsroom) -> None:
    title, item_id = first_item(published)["title"], first_item(published)["id"].removeprefix("urn:uuid:")
    held = published.run("partner", "embargo", item_id[:8], "--until", "2099-01-01T18:00").stdout
    assert held == f"{title}: held back from all partners until 1 Jan 2099 18:00 CET\n"
    assert first_item(published)["title"] != title
    [found] = published.ask("partner", "withheld", "quay-radio")
    assert found["reasons"][0]["until"] == "2099-01-01T17:00:00+00:00"
    assert f"▲ {title}" in published.run("partner", "show", "quay-radio").stdout
    published.run("partner", "embargo", item_id, "--lift")
    assert first_item(published)["title"] == title
    assert "was not held back" in published.run("partner", "embargo", item_id, "--lift").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--until", "tomorrow"], "'tomorrow' is no moment; it looks like 2026-03-01"),
        (["--until", "9999-12-31T23:59-10:00"], "is no moment; it looks like 2026-03-01"),
        (["--until", "2001-01-01"], "is past; an embargo ends in the future, or use --lift"),
        ([], "Say either --until WHEN or --lift."),
        (["--until", "2h", "--lift"], "Say either --until WHEN or --lift."),
        (["--until", "2h", "--partner", "nobody"], "there is no partner 'nobody'"),
    ],
)
def test_an_embargo_that_cannot_be_is_told(published: Newsroom, arguments: list[str], said: str) -> None:
    item_id = first_item(published)["id"].removeprefix("urn:uuid:")
    assert said in published.run("partner", "embargo", item_id, *arguments, code=2).stderr


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("2027-03-01T18:00", "2027-03-01T17:00:00+00:00"),
        # Clocks in Berlin show 02:30 twice on the one day, and never on the other.
        ("2027-10-31T02:30", "2027-10-31T01:30:00+00:00"),
        ("2027-03-28T02:30", "2027-03-28T01:30:00+00:00"),
        ("2027-03-01T18:00Z", "2027-03-01T18:00:00+00:00"),
        ("2027-03-01", "2027-02-28T23:00:00+00:00"),
    ],
)
def test_an_embargo_s_end_is_never_the_earlier_of_two_readings(said: str, until: str) -> None:
    assert read_moment(said, "Europe/Berlin", now=NOON).isoformat() == until


def test_a_withdrawal_reaches_the_partner_by_the_same_command(published: Newsroom) -> None:
    item_id = first_item(published)["id"].removeprefix("urn:uuid:")
    published.run("item", "withdraw", item_id, "--note", "It was wrong.", "--yes")
    document = json.loads((published.folder / "var/partners/quay-radio/english.json").read_bytes())
    [expired] = [one for one in document["items"] if one["id"] == f"urn:uuid:{item_id}"]
    assert expired["_syndicate"]["expired"]
