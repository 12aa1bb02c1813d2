"""The only Jinja2: sandboxed, strict about missing names, shipped templates under the operator's own.

A template gets a finished view and the words of its language; it makes no query and no decision.
"""

import hashlib
import os
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syndicate.errors import TemplateFault


def shipped(name: str) -> Path:
    """The folder `templates` or `config` as shipped: in the wheel, or beside the package."""
    inside = Path(__file__).parent / "shipped" / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


class Templates:
    """Renders templates by name, `email/digest.html`; a folder of the operator's shadows the shipped one."""

    def __init__(self, folder: str = "") -> None:
        folders = [Path(folder)] if folder else []
        self.folders = [*folders, shipped("templates")]
        self._paths: dict[tuple[str, ...], list[str]] = {}
        self._prints: dict[tuple[str, ...], tuple[tuple[object, ...], str]] = {}
        self.env = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self.folders),
            autoescape=select_autoescape(["html", "xml"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def has(self, name: str) -> bool:
        """Whether there is such a template, the operator's or a shipped one."""
        return name in self.env.list_templates()

    def fingerprint(self, *names: str) -> str:
        """SHA-256 of these templates as they are now, and of the words and notices."""
        paths = self._paths.get(names)
        if paths is None:
            paths = self._paths[names] = [str(folder / name) for name in names for folder in self.folders]
        state = tuple(map(_state, paths))
        known = self._prints.get(names)
        if known is None or known[0] != state:
            # Words and notices are read once in a process, so that a look at them can wait for a change here.
            beside = [
                path
                for each in ("words", "notice")
                for path in sorted((shipped("templates") / each).iterdir())
            ]
            there = [Path(path) for path, found in zip(paths, state, strict=True) if found]
            digest = hashlib.sha256(b"".join(path.read_bytes() for path in (*there, *beside))).hexdigest()
            known = self._prints[names] = (state, digest)
        return known[1]

    def render(self, name: str, view: Mapping[str, Any]) -> str:
        """Render one template. Raises TemplateFault with the template's name and line."""
        try:
            return self.env.get_template(name).render(view)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"templates/{name}" + (f":{line}" if line else "")
            raise TemplateFault(f"{where}: {error.message or type(error).__name__}") from error


def _state(path: str) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


@cache
def spoken() -> frozenset[str]:
    """The languages that we have words for, by their primary subtag."""
    return frozenset(path.name.removesuffix(".toml") for path in (shipped("templates") / "words").iterdir())


@cache
def words(language: str) -> Mapping[str, str]:
    """The catalogue templates/words/LANG.toml, over English where a word is missing."""
    folder = shipped("templates") / "words"
    catalogue: dict[str, str] = tomllib.loads((folder / "en.toml").read_text("utf-8"))
    own = folder / f"{language.split('-')[0].lower()}.toml"
    if own.is_file():
        catalogue |= tomllib.loads(own.read_text("utf-8"))
    return {sys.intern(key): value for key, value in catalogue.items()}
