"""Rates, windows, ramps and domains' limits in the settings."""

from pathlib import Path

import pytest

from syndicate.config import Config, load
from syndicate.errors import ConfigError
from syndicate.model.pacing import DomainLimits, WarmUp

NEWSLETTER = """
[newsletters.daily]
title = "The Daily Tide"
cadence = "0 7 * * *"
sender = { name = "Harbour Courier", address = "news@courier.example" }
sections = [{ title = "News" }]
"""


def loaded(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "syndicate.toml"
    path.write_text(text, "utf-8")
    return load(path, environ={})


def fault(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/syndicate.toml: ", "")


def test_limits_become_the_model(tmp_path: Path) -> None:
    ramp = "warm_up = { first_day = 200, growth = 30, full = 5_000 }\n"
    config = loaded(
        tmp_path,
        f'{NEWSLETTER}window = "07:00-21:00"\n{ramp}[relay]\nrate = "3000/h"\n{ramp}'
        '[domains."Readers.example"]\nconnections = 2\n[domains.default]\nrate = "5/s"\n',
    )
    expected = WarmUp(first_day=200, growth=30, full=5_000)
    newsletter = config.catalogue.newsletters["daily"]
    assert (newsletter.window, newsletter.warm_up) == ("07:00-21:00", expected)
    assert (config.relay.rate, config.relay.warm_up) == ("3000/h", expected)
    assert config.domains == {
        "readers.example": DomainLimits(connections=2),
        "default": DomainLimits(rate="5/s"),
    }


def test_without_a_word_nothing_is_limited(tmp_path: Path) -> None:
    config = loaded(tmp_path, NEWSLETTER)
    assert (config.relay.rate, config.relay.warm_up, config.domains) == ("", WarmUp(), {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[relay]\nrate = "fast"', 'relay.rate: "fast" is no rate;'),
        ('[domains.default]\nrate = "0/s"', 'domains.default.rate: "0/s" is no rate;'),
        ('[domains."no host"]\nrate = "1/s"', 'domains.no host: "no host" is no host name'),
        ("[domains.default]\nconnections = -1", "domains.default.connections: -1 may not be less than 0"),
        ("[domains.default]\nspeed = 1", "domains.default.speed: 1 is no setting of domains.default"),
        ("domains = 3", "domains: 3 must be tables:"),
        (f'{NEWSLETTER}window = "7 to 9"', 'newsletters.daily.window: "7 to 9" is no window;'),
        (
            "[relay.warm_up]\nfirst_day = 200\nfull = 100",
            "relay.warm_up.full: 100 is less than first_day (200); a ramp goes up",
        ),
        (
            f"{NEWSLETTER}warm_up = {{ first_day = 5, growth = 0 }}",
            "newsletters.daily.warm_up.growth: 0 must be greater than 0",
        ),
        ("[relay]\nconnections = 0", "relay.connections: 0 must be greater than 0"),
    ],
)
def test_a_fault_says_what_would_be_right(tmp_path: Path, text: str, told: str) -> None:
    assert fault(tmp_path, text).startswith(told)
