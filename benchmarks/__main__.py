"""`python -m benchmarks [NAME…]`: measure, print a table, and write it as JSON to var/bench.json."""

import argparse
import importlib
import json
import logging
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks.row import Row, Skipped

SUITES = ("compose", "dispatch", "extract", "hub", "publish", "rows", "send", "serve", "warc")


def machine() -> str:
    """The processor count, the system and the Python that the figures belong to."""
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {python}"


def table(rows: list[Row | Skipped]) -> Table:
    """The rows as a person reads them."""
    title = f"{datetime.now(UTC):%Y-%m-%d}, {machine()}"
    drawn = Table("what", "ours", "reference", "unit", "ratio", title=title)
    for row in rows:
        if isinstance(row, Skipped):
            drawn.add_row(row.name, "skipped", row.why, "", "")
        else:
            reference = f"{row.reference:,.{row.digits}f} ({row.against})"
            ours = f"{row.ours:,.{row.digits}f}"
            drawn.add_row(row.name, ours, reference, row.unit, f"{row.ratio:.2f}×")
    return drawn


def as_json(rows: list[Row | Skipped]) -> str:
    """The same for machines."""
    found = [asdict(row) | ({"ratio": row.ratio} if isinstance(row, Row) else {}) for row in rows]
    head = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    return json.dumps(head | {"rows": found}, indent=2) + "\n"


def main() -> None:
    """Run the named suites, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], help="which to run; all by default")
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"), help="where the JSON goes")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rows: list[Row | Skipped] = []
    for name in wanted.suites or SUITES:
        print(f"measuring {name} …", flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").measure()
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    wanted.json.write_text(as_json(rows), "utf-8")
    Console().print(table(rows))


if __name__ == "__main__":
    main()
