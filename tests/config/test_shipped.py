"""The shipped configuration and the reference hold every setting there is; the examples load."""

import re
from pathlib import Path

import pytest

from syndicate.config import NAMED_TABLES, TABLES, load
from syndicate.config.reading import settings_of
from syndicate.model.bounces import (
    BounceMailbox,
    BounceSettings,
    MailgunWebhook,
    PostmarkWebhook,
    SendgridWebhook,
    SesWebhook,
)
from syndicate.model.feed import Replay
from syndicate.model.newsletter import Section, Sender
from syndicate.model.pacing import WarmUp
from syndicate.model.site import (
    CollectSettings,
    DeliverySettings,
    DispatchSettings,
    FetchSettings,
    HealthSettings,
    MetricsSettings,
    PostgresqlSettings,
    PurgeSettings,
    Settings,
    StorageSettings,
    TelemetrySettings,
    WebSettings,
)
from syndicate.model.source import Rights, Selectors

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "config/syndicate.toml").read_text("utf-8")
# Replays have an example of their own.
REPLAYS = (ROOT / "config/examples/replay.toml").read_text("utf-8")
REFERENCE = (ROOT / "docs/reference/settings.md").read_text("utf-8")
EXAMPLES = sorted((ROOT / "config/examples").glob("*.toml"))
GROUPS: dict[str, type] = {
    "": Settings,
    **TABLES,
    **NAMED_TABLES,
    "dispatch": DispatchSettings,
    "postgresql": PostgresqlSettings,
    "delivery": DeliverySettings,
    "collect": CollectSettings,
    "fetch": FetchSettings,
    "web": WebSettings,
    "storage": StorageSettings,
    "purge": PurgeSettings,
    "health": HealthSettings,
    "metrics": MetricsSettings,
    "telemetry": TelemetrySettings,
    "bounces": BounceSettings,
    "bounces.mailbox": BounceMailbox,
    "bounces.ses": SesWebhook,
    "bounces.sendgrid": SendgridWebhook,
    "bounces.mailgun": MailgunWebhook,
    "bounces.postmark": PostmarkWebhook,
    "newsletters.NAME.sender": Sender,
    "newsletters.NAME.warm_up": WarmUp,
    "relay.warm_up": WarmUp,
    "newsletters.NAME.sections": Section,
    "sources.NAME.selectors": Selectors,
    "feeds.NAME.replay": Replay,
}
TABLES_OF_THEIR_OWN = {
    "bounces",
    "mailbox",
    "ses",
    "sendgrid",
    "mailgun",
    "postmark",
    "collect",
    "delivery",
    "dispatch",
    "postgresql",
    "fetch",
    "web",
    "storage",
    "purge",
    "metrics",
    "health",
    "telemetry",
    "sender",
    "sections",
    "rights",
    "selectors",
    "replay",
    "warm_up",
}
SETTINGS = [
    (group, setting.name)
    for group, cls in GROUPS.items()
    for setting in settings_of(cls)
    if setting.name not in TABLES_OF_THEIR_OWN or (group == "feeds" and setting.name == "sections")
]


def region(text: str, group: str) -> str:
    """The part of the shipped file that shows a group: from its first table to the next one."""
    if not group:
        return text.split("\n[")[0]
    if group == "feeds.NAME.replay":
        text, group = REPLAYS, "feeds.again.replay"
    head = group.replace("newsletters.NAME", "newsletters.daily").replace(
        "sources.NAME", "sources.old-courier"
    )
    found = re.search(rf"\n\[\[?{head}(\.[\w-]+)?\]\]?\n(.*?)(?=\n\[|\Z)", text, re.DOTALL)
    assert found, f"no [{head}] in the shipped configuration"
    return found[2]


@pytest.mark.parametrize(("group", "name"), SETTINGS)
def test_the_shipped_configuration_shows_the_setting_with_a_comment(group: str, name: str) -> None:
    assert re.search(rf"^(# )?{name} = .*[^ ]  +# \S", region(SHIPPED, group) + "\n", re.MULTILINE)


@pytest.mark.parametrize(("group", "name"), SETTINGS)
def test_the_reference_explains_the_setting(group: str, name: str) -> None:
    title = (
        f"[{group}]"
        if group in TABLES
        or "NAME" in group
        or group
        in {
            "bounces",
            "collect",
            "delivery",
            "dispatch",
            "postgresql",
            "fetch",
            "web",
            "storage",
            "purge",
            "metrics",
            "health",
            "telemetry",
        }
        else group
    )
    title = f"[{group}.NAME]" if group in NAMED_TABLES else title or "The file itself"
    found = re.search(rf"^## .*{re.escape(title)}.*?\n(.*?)(?=^## |\Z)", REFERENCE, re.DOTALL | re.MULTILINE)
    assert found, f"no section {title}"
    assert f"| `{name}` |" in found[1]


def test_rights_are_shown_and_explained() -> None:
    for setting in settings_of(Rights):
        assert re.search(rf"rights = \{{.*{setting.name} = ", SHIPPED)
        assert f"`rights.{setting.name}`" in REFERENCE


def test_the_defaults_that_the_shipped_file_shows_are_true(tmp_path: Path) -> None:
    """With every commented setting taken in, the parts that have no names come out as without."""
    plain = re.sub(r"^# (\w+ = )", r"\1", SHIPPED, flags=re.MULTILINE)
    path = tmp_path / "syndicate.toml"
    path.write_text(plain, "utf-8")
    config, bare = load(path, environ={}), load(_written(tmp_path / "bare.toml", ""), environ={})
    assert config.settings == bare.settings
    assert config.relays == bare.relays


def test_the_shipped_configuration_works() -> None:
    config = load(ROOT / "config/syndicate.toml", environ={})
    assert config.relay.local
    assert len(config.catalogue.feeds) == 3
    assert {name: one.language for name, one in config.catalogue.newsletters.items()} == {
        "daily": "en",
        "weekly": "fa",
    }
    assert all(Path(source.folder).is_dir() for source in config.catalogue.sources.values())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_each_example_loads(example: Path) -> None:
    several = "[relays." in example.read_text("utf-8")
    variable = f"SYNDICATE_{'RELAYS__ESP' if several else 'RELAY'}__PASSWORD"
    assert load(example, environ={variable: "x"}).catalogue.feeds


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
