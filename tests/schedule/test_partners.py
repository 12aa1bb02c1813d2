"""Contracts and time: what the running service lets go when an embargo ends."""

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicate.app import App
from syndicate.partner.embargoes import hold_item
from syndicate.schedule import scheduler
from syndicate.schedule.once import run_once
from syndicate.schedule.service import Service
from tests.engines import Engine
from tests.schedule.test_service import opened, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, engine: Engine) -> Path:
    """The shipped configuration, with an engine chosen."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    engine.configure(tmp_path / "config/syndicate.toml")
    return tmp_path


def ids(folder: Path) -> list[str]:
    document = json.loads((folder / "var/partners/quay-radio/english.json").read_bytes())
    return [one["id"].removeprefix("urn:uuid:") for one in document["items"]]


async def hold_first(app: App, folder: Path, end: datetime) -> str:
    """Hold the newest entry back, and let a pass put that into effect."""
    item_id = ids(folder)[0]
    await hold_item(app.partnering, item_id, until=end)
    await run_once(app, owner="two")
    return item_id


async def test_an_embargo_that_ends_lets_the_item_go_and_not_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "LOOK", timedelta(seconds=1))
    async with opened(folder) as app:
        await run_once(app, owner="one")
        end = datetime.now(UTC) + timedelta(seconds=20)
        item_id = await hold_first(app, folder, end)
        assert item_id not in ids(folder) or datetime.now(UTC) >= end
        stop = asyncio.Event()
        running = asyncio.create_task(Service(app, owner="three").run_until(stop))
        await until(lambda: item_id in ids(folder))
        assert datetime.now(UTC) >= end
        stop.set()
        await running


async def test_an_embargo_that_ended_while_nothing_ran_is_over_at_the_start(folder: Path) -> None:
    start = datetime.now(UTC)
    async with opened(folder) as app:
        await run_once(app, owner="one")
        item_id = await hold_first(app, folder, start + timedelta(hours=2))
    assert item_id not in ids(folder)
    async with opened(folder, clock=lambda: start + timedelta(hours=1)) as app:
        await run_once(app, owner="two")
    assert item_id not in ids(folder)
    async with opened(folder, clock=lambda: start + timedelta(hours=3)) as app:
        await run_once(app, owner="three")
    assert ids(folder)[0] == item_id


async def test_what_a_partner_had_is_taken_away_with_its_contract(folder: Path) -> None:
    async with opened(folder) as app:
        await run_once(app, owner="one")
    path = folder / "config/syndicate.toml"
    path.write_text(
        path.read_text("utf-8").replace("[partners.quay-radio]", "[partners.lighthouse]"), "utf-8"
    )
    async with opened(folder) as app:
        result = await run_once(app, owner="two")
    assert result.whole
    assert not (folder / "var/partners/quay-radio/english.rss").exists()
    assert (folder / "var/partners/lighthouse/english.rss").exists()
