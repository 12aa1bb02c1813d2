"""A real Prometheus asks a real server, with the token, and evaluates the alerts that we ship."""

import asyncio
import socket
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from syndicate.store.database import Database
from syndicate.store.gauges import read_gauges
from syndicate.telemetry.scrape import Scrape
from tests.builders import NOON
from tests.neighbours.programs import needs
from tests.web.conftest import Running, a_site

ALERTS = Path(__file__).parents[2] / "docs/howto/monitoring/alerts.yml"
TOKEN = "b7b3b0a4c4d14f5e9a21"
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
scrape_configs:
  - job_name: syndicate
    authorization: {{credentials_file: {folder}/token}}
    static_configs:
      - targets: ["{target}"]
rule_files: ["{alerts}"]
"""


class Prometheus:
    """One that runs; `ask` is its API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http

    async def ask(self, path: str, **query: str) -> Any:
        try:
            async with self._http.get(f"{self._url}/api/v1/{path}", params=query) as answer:
                return (await answer.json())["data"]
        except (aiohttp.ClientError, KeyError):
            # Not there yet.
            return {}

    async def find(self, query: str) -> dict[str, str]:
        """The value of each series, by the label that tells them apart."""
        while True:
            found = (await self.ask("query", query=query)).get("result")
            if found:
                return {" ".join(one["metric"].values()): one["value"][1] for one in found}
            await asyncio.sleep(0.1)


@asynccontextmanager
async def prometheus(folder: Path, site: Running) -> AsyncIterator[Prometheus]:
    program = needs("prometheus")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "token").write_text(TOKEN, "utf-8")
    config = CONFIG.format(folder=folder, target=urlsplit(site.base_url).netloc, alerts=ALERTS)
    (folder / "prometheus.yml").write_text(config, "utf-8")
    options = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "data",
        "web.listen-address": f"127.0.0.1:{port}",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    process = await asyncio.create_subprocess_exec(program, *arguments, stdout=DEVNULL, stderr=STDOUT)
    try:
        yield Prometheus(f"http://127.0.0.1:{port}", site.http)
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def site(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    scrape = Scrape(lambda: sqlite_db.read(read_gauges, NOON), token=TOKEN)
    async with a_site(sqlite_db, tmp_path / "site", scrape=scrape) as running:
        yield running


async def test_prometheus_reads_what_we_tell_and_every_alert_can_be_evaluated(
    site: Running, tmp_path: Path
) -> None:
    async with prometheus(tmp_path, site) as there:
        assert list((await there.find("up")).values()) == ["1"]
        assert set((await there.find("max by (queue) (syndicate_queue_lag_seconds)")).values()) == {"0"}
        # Nobody's heart beats there.
        firing = 'ALERTS{alertname="SyndicateNobodyWorks"}'
        assert list((await there.find(f"count({firing})")).values()) == ["1"]
        [target] = (await there.ask("targets"))["activeTargets"]
        rules = [rule for group in (await there.ask("rules"))["groups"] for rule in group["rules"]]
    assert (target["health"], target["lastError"]) == ("up", "")
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} <= {("ok", ""), ("unknown", "")}
    assert len(rules) > 20
