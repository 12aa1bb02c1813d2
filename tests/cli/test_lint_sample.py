"""What the sample publishes is clean by our own command, warnings and all."""

import pytest

from tests.cli.conftest import Newsroom

FORMS = ("rss", "atom", "json", "ninjs")


@pytest.mark.timeout(300)
def test_the_sample_publishes_nothing_to_find_fault_with(collected: Newsroom) -> None:
    collected.run("publish")
    feeds = [path for form in FORMS for path in sorted((collected.folder / "var/public").rglob(f"*.{form}"))]
    assert {path.suffix.strip(".") for path in feeds} == set(FORMS)
    listed = collected.folder / "var/public/feeds.opml"
    assert collected.run("lint", "--strict", "--no-hints", *map(str, feeds), str(listed)).exit_code == 0
