"""The dashboard, the alerts and the how-to name what there is, and promtool and Prometheus take them."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from syndicate.cli.main import main as commands
from syndicate.telemetry.metrics import METRICS
from syndicate.telemetry.tallies import Histogram
from tests.neighbours.programs import needs

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "docs/howto/monitoring"
ALERTS = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
PANELS = DASHBOARD["panels"]
HOWTO = (FOLDER.parent / "monitoring.md").read_text("utf-8")
KNOWN = {metric.described.name: metric for metric in METRICS}
SELECTOR = re.compile(r"\b((?:syndicate|process)_[a-z_]+)(?:\{([^}]*)\})?")
LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
GROUPED = re.compile(r"by \(([^)]*)\)")
# Which Prometheus gives by itself, or a histogram has.
OF_PROMETHEUS = {"job", "instance", "le"}


def exprs() -> Iterator[str]:
    """Every expression of both files."""
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in PANELS for target in panel.get("targets", ()))


def bare(name: str) -> str:
    """The metric that a sample's name belongs to."""
    found = re.sub(r"_(bucket|sum|count)$", "", name)
    return found if isinstance(KNOWN.get(found), Histogram) else name


def as_promql(expr: str) -> str:
    """What Grafana would ask, with its variables filled in."""
    return expr.replace("$__rate_interval", "5m").replace("$job", "syndicate").replace("$instance", ".+")


@pytest.mark.parametrize("expr", sorted(set(exprs())))
def test_an_expression_names_metrics_and_labels_that_there_are(expr: str) -> None:
    used = [(bare(name), labels) for name, labels in SELECTOR.findall(expr)]
    for name, labels in used:
        assert name in KNOWN or name.startswith("process_"), f"no metric {name}"
        there = set(KNOWN[name].described.labels) if name in KNOWN else set()
        assert set(LABEL.findall(labels)) <= there | OF_PROMETHEUS
    every = {label for name, _ in used if name in KNOWN for label in KNOWN[name].described.labels}
    for grouped in GROUPED.findall(expr):
        assert {label.strip() for label in grouped.split(",")} <= every | OF_PROMETHEUS


def test_there_is_no_metric_that_nobody_looks_at() -> None:
    looked_at = {bare(name) for expr in exprs() for name, _ in SELECTOR.findall(expr)}
    assert KNOWN.keys() - looked_at == set()


def test_every_metric_is_in_the_howto() -> None:
    assert [name for name in KNOWN if f"`{name}`" not in HOWTO] == []


def test_every_alert_is_in_the_howto_and_says_what_to_do() -> None:
    for rule in RULES:
        assert f"`{rule['alert']}`" in HOWTO
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "remedy"} == rule["annotations"].keys()


def test_the_commands_that_remedies_name_exist() -> None:
    context = click.Context(commands)
    known = {name: commands.get_command(context, name) for name in commands.list_commands(context)}
    texts = " ".join(rule["annotations"]["remedy"] for rule in RULES)
    for name, inner in re.findall(r"syndicate ([a-z]+)(?: ([a-z]+))?", texts):
        assert name in known, name
        groups = getattr(known[name], "commands", {})
        assert not groups or not inner or inner in groups or name in {"domains", "sources"}, f"{name} {inner}"


def test_the_dashboard_is_of_the_classic_model() -> None:
    # https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
    assert DASHBOARD["id"] is None
    assert DASHBOARD["schemaVersion"] >= 36
    assert 0 < len(DASHBOARD["uid"]) <= 40
    assert set(DASHBOARD["time"]) == {"from", "to"}
    assert {"annotations", "templating", "panels", "title", "tags", "timezone"} <= DASHBOARD.keys()
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_every_panel_asks_the_chosen_data_source() -> None:
    variables = {one["name"] for one in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "job", "instance"}
    asked: list[Any] = [one for panel in PANELS for one in (panel, *panel.get("targets", ()))]
    sources = [one["datasource"] for one in asked if "datasource" in one]
    assert all(one == {"type": "prometheus", "uid": "${datasource}"} for one in sources)
    used = {name for expr in exprs() for name in re.findall(r"\$(\w+)", expr)} - {
        "__rate_interval",
        "labels",
        "value",
    }
    assert used <= variables


def test_panels_say_what_they_show_and_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        assert panel["type"] in {"row", "timeseries", "stat"}
        assert panel["title"]
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        targets = panel.get("targets", [])
        assert len({one["refId"] for one in targets}) == len(targets)
        assert panel["type"] == "row" or (targets and panel["fieldConfig"]["defaults"]["unit"])


def test_promtool_takes_the_rules() -> None:
    done = subprocess.run(
        [needs("promtool"), "check", "rules", "--lint-fatal", FOLDER / "alerts.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_promtool_finds_that_the_alerts_fire_when_they_should(tmp_path: Path) -> None:
    told = (HERE / "alerts.yml").read_text("utf-8").replace("RULES", str(FOLDER / "alerts.yml"))
    (tmp_path / "alerts.yml").write_text(told, "utf-8")
    done = subprocess.run(
        [needs("promtool"), "test", "rules", tmp_path / "alerts.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_promtool_reads_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{panel['id']}:{target['refId']}", "expr": as_promql(target["expr"])}
        for panel in PANELS
        for target in panel.get("targets", ())
    ]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    done = subprocess.run(
        [needs("promtool"), "check", "rules", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
