"""The import table and the doors of docs/design/architecture.md, kept true.

A row says which of our layers a layer may import besides itself; a door, which modules alone may import
a library. Widening either needs a note in docs/design/.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "syndicate"

USE_CASES = {"collect", "publish", "audience", "deliver", "partner"}
BELOW_APP = USE_CASES | {"config", "templating", "net", "formats", "store", "extract", "model", "errors"}
BELOW_APP |= {"telemetry"}
# Whoever does something may count it; what is pure has nothing to count.
COUNTING = USE_CASES | {"net", "store", "app", "schedule", "web", "cli"}
MAY_IMPORT = {
    "model": set(),
    "errors": set(),
    "telemetry": {"model", "errors"},
    "config": {"errors", "model"},
    "templating": {"errors", "model"},
    "net": {"model", "errors"},
    "formats": {"model", "errors"},
    "store": {"model", "errors"},
    "extract": {"model", "errors", "formats"},
    "collect": {"model", "errors", "net", "formats", "extract", "store"},
    "publish": {"model", "errors", "net", "formats", "store", "templating"},
    "audience": {"model", "errors", "store", "templating"},
    "deliver": {"model", "errors", "net", "formats", "store", "templating", "publish", "audience"},
    "partner": {"model", "errors", "net", "formats", "store", "publish"},
    "app": BELOW_APP,
    "upkeep": {"errors", "config", "app", "store", "audience"},
    "schedule": {"model", "errors", "store", "app"} | USE_CASES,
    "web": {"model", "errors", "formats", "templating", "app"} | USE_CASES,
    "cli": {"model", "errors", "config", "app", "upkeep", "schedule", "web"} | USE_CASES,
}

for _layer in COUNTING:
    MAY_IMPORT[_layer] = MAY_IMPORT[_layer] | {"telemetry"}

DOORS = {
    "aiohttp": {"net/client.py", "net/names.py"},
    "aiosmtplib": {"deliver/smtp.py"},
    "aiosmtpd": {"deliver/mailbox.py", "deliver/intake.py"},
    "cryptography": {"deliver/hooks/signatures.py", "deliver/dkim.py"},
    "sqlalchemy": {"store/"},
    "alembic": {"store/"},
    "psycopg": {"store/"},
    "sqlite3": {"store/"},
    "jinja2": {"templating.py"},
    "css_inline": {"publish/digest.py"},
    "feedgen": {"formats/"},
    "feedparser": {"formats/"},
    "nh3": {"formats/"},
    "warcio": {"formats/warc.py"},
    "markdown_it": {"formats/markdown.py"},
    "yaml": {"formats/front_matter.py"},
    "cssselect": {"extract/selectors/find.py", "config/selectors.py"},
    "trafilatura": {"extract/"},
    "readability": {"extract/"},
    "htmldate": {"extract/metadata/guess.py"},
    "hijridate": {"formats/calendars.py"},
    "apscheduler": {"schedule/clock.py"},
    "procrastinate": {"schedule/procrastinate.py"},
    "prometheus_client": {"telemetry/exposition.py"},
    "opentelemetry": {"telemetry/spans.py"},
    "protego": {"collect/robots.py"},
    "PIL": {"collect/media.py"},
    "obstore": {"net/objects.py"},
    "dns": {"net/dns.py"},
    "smtplib": set(),
    "requests": set(),
    "urllib.request": set(),
}

MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(module: str) -> str:
    """`store` for `store/items.py`, `config` for `config.py`."""
    return module.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES)
def test_a_layer_imports_only_what_the_table_allows(module: str) -> None:
    if layer(module) == "__init__":
        return
    allowed = MAY_IMPORT[layer(module)] | {layer(module), "__version__"}
    ours = {name.split(".")[1] for name in imports(PACKAGE / module) if name.startswith("syndicate.")}
    assert ours <= allowed, f"{module} may not import {sorted(ours - allowed)}"


@pytest.mark.parametrize("module", MODULES)
def test_a_library_comes_in_by_its_door_alone(module: str) -> None:
    for name in set(imports(PACKAGE / module)):
        for library, doors in DOORS.items():
            if name == library or name.startswith(library + "."):
                assert any(module.startswith(door) for door in doors), f"{name} in {module}: door {doors}"


@pytest.mark.parametrize("module", [m for m in MODULES if layer(m) not in {"cli", "web", "schedule"}])
def test_nothing_below_the_edge_reads_the_clock(module: str) -> None:
    for node in ast.walk(ast.parse((PACKAGE / module).read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
            assert owner not in {"datetime", "date"}, f"{module}:{node.lineno} reads the clock; take `now`"


@pytest.mark.parametrize("module", MODULES)
def test_no_name_says_nothing(module: str) -> None:
    assert Path(module).stem not in {"utils", "helpers", "common", "manager", "base", "misc"}


def test_no_module_is_longer_than_the_house_allows() -> None:
    lengths = {module: len((PACKAGE / module).read_text("utf-8").splitlines()) for module in MODULES}
    assert not {module: lines for module, lines in lengths.items() if lines > 400}
