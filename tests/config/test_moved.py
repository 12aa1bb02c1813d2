"""Feeds that moved, in the configuration."""

from pathlib import Path

import pytest

from syndicate.config import load
from syndicate.errors import ConfigError

BASE = """
[site]
base_url = "https://news.example"

[feeds.harbour]
title = "Harbour"
moved_from = ["old", "/rss.xml", "/feeds/all.xml"]

[feeds.islands]
title = "Islands"
moved_to = "https://islands.example/feeds/all"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "syndicate.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_feed_that_moved_away_is_none_of_ours_any_more(tmp_path: Path) -> None:
    catalogue = load(written(tmp_path, BASE), environ={}).catalogue
    assert set(catalogue.feeds) == {"harbour"}
    assert catalogue.feeds["harbour"].moved_from == ("old", "/rss.xml", "/feeds/all.xml")
    assert catalogue.moved["islands"].moved_to == "https://islands.example/feeds/all"


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        (("old", "harbour"), "feeds.harbour.moved_from[1]", "is a feed of its own"),
        (("old", "islands"), "feeds.harbour.moved_from[1]", "is a feed of its own"),
        (('"old",', '"old", "old",'), "feeds.harbour.moved_from[1]", "stands in two places"),
        (("/rss.xml", "/items/1"), "feeds.harbour.moved_from[2]", "is a page of ours"),
        (("/rss.xml", "/feeds"), "feeds.harbour.moved_from[2]", "is a page of ours"),
        (("/rss.xml", "/rss?x=1"), "feeds.harbour.moved_from[2]", "neither a former name"),
        (("old", "Old News"), "feeds.harbour.moved_from[1]", "neither a former name"),
        (("https://islands.example/feeds/all", "islands"), "feeds.islands.moved_to", "is no web address"),
        (
            ("https://islands.example/feeds/all", "https://news.example/feeds/islands"),
            "feeds.islands.moved_to",
            "leads back to the feed itself",
        ),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, change: tuple[str, str], key: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(written(tmp_path, BASE.replace(*change, 1)), environ={})
    assert any(fault.key == key and said in fault.right for fault in told.value.faults), told.value
