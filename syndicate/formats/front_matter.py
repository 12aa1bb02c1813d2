"""Front matter: what a Markdown file says of itself before its text, as YAML (`---`) or TOML (`+++`)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

# A page's own data is a few lines; more is no front matter.
MAX_CHARACTERS = 65_536
_YAML = re.compile(
    r"---[ \t]*\r?\n(?P<inside>.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(?P<inside>.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_OPENED = re.compile(r"(---|\+\+\+)[ \t]*\r?\n(?=[ \t]*[\w\"'-]+[ \t]*[:=])")
_NAMED = re.compile(r"[\"']?(?P<name>[\w-]+(?: [\w-]+)*)[\"']?[ \t]*[:=]")
# What PyYAML says of a fault, what we say, and whether it begins where the context does.
_YAML_FAULTS = (
    ("mapping values are not allowed", 'a value with ": " in it has to stand in quotes', False),
    ("found character '\\t'", "a tab stands where only spaces can", False),
    ("expected ',' or", "a list or table in brackets is not closed, or lacks a comma", True),
    ("could not find expected ':'", 'a name has no ":" behind it', True),
    ("found unexpected end of stream", "a quote is not closed", True),
    ("found character", "a value that begins with a sign has to stand in quotes", False),
    ("found undefined alias", 'a value that begins with "*" has to stand in quotes', False),
    ("expected <block end>", "the line is indented otherwise than those around it", False),
)
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class FrontMatterFault(ValueError):
    """It cannot be read; `line` is that of the file, counted from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The values by their names in lower case, as texts and lists of them; and the text behind. `lines` tells
    on which line of the file a name stands, counted from 1.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of the first of these names that has any; one text is a list of one."""
        for name in names:
            found = tuple(text for text in _flat(self.values.get(name)) if text)
            if found:
                return found
        return ()

    def first(self, *names: str) -> str:
        """The first text that there is under these names; empty for none."""
        return next(iter(self.texts(*names)), "")

    @property
    def is_draft(self) -> bool:
        """Whether it is not meant to be published."""
        published = self.first("published").lower() == "false"
        return published or self.first("draft").lower() in {"true", "yes", "on", "1"}


def split_front_matter(text: str) -> FrontMatter:
    """Take the front matter off; a text without one is all text. Raises FrontMatterFault."""
    text = text.removeprefix("\ufeff")
    bare = FrontMatter(text=text)
    for shape, read in ((_YAML, _from_yaml), (_TOML, _from_toml)):
        if found := shape.match(text):
            if len(found["inside"]) > MAX_CHARACTERS:
                raise FrontMatterFault(f"the front matter is over {MAX_CHARACTERS:,} characters", line=1)
            values = read(found["inside"])
            # Between two rules there may be plain text.
            if not _is_named(values):
                return bare
            lines = _lines(found["inside"])
            return FrontMatter(values=_named(values), text=text[found.end() :], lines=lines)
    if opened := _OPENED.match(text):
        raise FrontMatterFault(
            f"the front matter has no end; {opened[1]} ends it on a line of its own", line=1
        )
    return bare


def _from_yaml(inside: str) -> Any:
    try:
        # Of the loaders this one makes texts alone: no dates without a zone, no objects, and `no` is "no".
        return yaml.load(inside, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        told, before = _yaml_fault(error.problem or "")
        marks = (
            (error.context_mark, error.problem_mark) if before else (error.problem_mark, error.context_mark)
        )
        mark = next(filter(None, marks), None)
        raise FrontMatterFault(told, line=mark.line + 2 if mark else 1) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FrontMatterFault("the front matter cannot be read as YAML", line=1) from error


def _yaml_fault(problem: str) -> tuple[str, bool]:
    """What is wrong, in words of ours, and whether it began before the place where it was met."""
    for theirs, ours, before in _YAML_FAULTS:
        if problem.startswith(theirs):
            return f"the front matter is no YAML: {ours}", before
    return "the front matter cannot be read as YAML from here on", False


def _from_toml(inside: str) -> Any:
    try:
        return tomllib.loads(inside.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = _TOML_LINE.search(str(error))
        line = int(told[1]) + 1 if told else inside.count("\n") + 1
        raise FrontMatterFault(_TOML_LINE.sub("", str(error)), line=line) from error


def _lines(inside: str) -> dict[str, int]:
    named = ((number, _NAMED.match(line)) for number, line in enumerate(inside.splitlines(), start=2))
    return {found["name"].strip().lower(): number for number, found in named if found}


def _is_named(values: Any) -> bool:
    return isinstance(values, dict) or not values


def _named(values: Any) -> dict[str, Any]:
    return {str(name).strip().lower(): value for name, value in (values or {}).items()}


def _flat(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value[:100] for text in _flat_one(one)]
    return _flat_one(value)


def _flat_one(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _flat_one(
            next((value[name] for name in ("name", "title", "url", "src") if name in value), None)
        )
    if value is None or isinstance(value, list):
        return []
    return [(value.isoformat() if hasattr(value, "isoformat") else str(value)).strip()]
