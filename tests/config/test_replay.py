"""How a feed of replays is read."""

from pathlib import Path

import pytest

from syndicate.config import load
from syndicate.errors import ConfigError
from syndicate.model.cadence import Cadence
from syndicate.model.feed import Feed

BEGINNING = '[site]\ntimezone = "Asia/Tehran"\n[feeds.again]\ntitle = "Again"\n'


def feed(folder: Path, said: str) -> Feed:
    path = folder / "syndicate.toml"
    path.write_text(BEGINNING + said, "utf-8")
    return load(path, environ={}).catalogue.feeds["again"]


@pytest.mark.parametrize(
    ("said", "cadence"),
    [
        ('mode = "replay"', Cadence(cron="0 9 * * *", zone="Asia/Tehran")),
        ('mode = "replay"\nreplay = { take = 2 }', Cadence(cron="0 9 * * *", zone="Asia/Tehran")),
        (
            'mode = "replay"\nreplay = { cadence = "0 7 * * 1" }',
            Cadence(cron="0 7 * * 1", zone="Asia/Tehran"),
        ),
        ('mode = "replay"\nreplay = { timezone = "UTC" }', Cadence(cron="0 9 * * *", zone="UTC")),
    ],
)
def test_a_replay_keeps_the_sites_time_unless_it_says_otherwise(
    tmp_path: Path, said: str, cadence: Cadence
) -> None:
    assert feed(tmp_path, said).replay.cadence == cadence


def test_a_replay_without_its_mode_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='mode = "replay"'):
        feed(tmp_path, 'replay = { cadence = "0 7 * * *" }')
