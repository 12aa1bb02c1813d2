"""The only Jinja2: sandboxed, strict about missing names, shipped templates under the operator's own.

A template gets a finished view and the words of its language; it makes no query and no decision.
"""

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
        self.env = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([*folders, shipped("templates")]),
            autoescape=select_autoescape(["html", "xml"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def has(self, name: str) -> bool:
        """Whether there is such a template, the operator's or a shipped one."""
        return name in self.env.list_templates()

    def render(self, name: str, view: Mapping[str, Any]) -> str:
        """Render one template. Raises TemplateFault with the template's name and line."""
        try:
            return self.env.get_template(name).render(view)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"templates/{name}" + (f":{line}" if line else "")
            raise TemplateFault(f"{where}: {error.message or type(error).__name__}") from error


@cache
def words(language: str) -> Mapping[str, str]:
    """The catalogue templates/words/LANG.toml, over English where a word is missing."""
    folder = shipped("templates") / "words"
    catalogue: dict[str, str] = tomllib.loads((folder / "en.toml").read_text("utf-8"))
    own = folder / f"{language.split('-')[0].lower()}.toml"
    if own.is_file():
        catalogue |= tomllib.loads(own.read_text("utf-8"))
    return {sys.intern(key): value for key, value in catalogue.items()}
