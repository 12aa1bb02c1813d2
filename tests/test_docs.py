"""Documents are checked: links lead somewhere, what exists is described, nothing foreign is named."""

import re
from pathlib import Path

import click
import pytest

from syndicate.cli.main import main as commands
from syndicate.model.source import SourceKind
from syndicate.schedule.jobs import JOBS
from syndicate.web.routes import ROUTES

ROOT = Path(__file__).parent.parent
SKIPPED = {".venv", "node_modules", "var", ".git"}
DOCUMENTS = sorted(p for p in ROOT.rglob("*.md") if not SKIPPED & set(p.relative_to(ROOT).parts))
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)|<img[^>]+src=\"([^\"]+)\"")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    targets = [m[1] or m[3] for m in LINK.finditer(document.read_text("utf-8"))]
    ours = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [t for t in ours if not (document.parent / t).exists()] == []


def test_every_job_is_in_the_reference() -> None:
    assert [name for name in JOBS if f"`{name}`" not in text("docs/reference/jobs.md")] == []


def test_every_route_is_in_the_reference() -> None:
    reference = text("docs/reference/routes.md")
    assert [route.path for route in ROUTES if f"`{route.path}`" not in reference] == []


def test_every_command_is_in_the_reference() -> None:
    reference = text("docs/reference/commands.md")
    context = click.Context(commands)
    names = [
        f"{name} {inner}"
        for name in commands.list_commands(context)
        for inner in getattr(commands.get_command(context, name), "commands", {"": None})
    ]
    assert [name for name in names if f"`{name.strip()}" not in reference] == []


def test_every_source_kind_is_in_the_glossary() -> None:
    assert [kind for kind in SourceKind if f"`{kind}`" not in text("docs/glossary.md")] == []


def test_the_targets_that_the_readme_names_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z][a-z-]+)", text("README.md"))) <= targets | {"python"}


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    assert "## Unreleased" in text("CHANGELOG.md")
