"""Environment variables over the file: SYNDICATE_SITE__BASE_URL is `base_url` of `[site]`.

With `_FILE` at the end, the variable names a file that holds the value, as secrets are handed to services.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from syndicate.config.reading import FromEnvironment
from syndicate.errors import Fault

PREFIX = "SYNDICATE_"
# Not settings of the file: where the file is, and what tests are told.
RESERVED = ("SYNDICATE_CONFIG", "SYNDICATE_TEST_")
# Settings whose own name ends in `_file`, by the table that they stand in.
NAMED_FILES = {
    "dkim": {"key_file"},
    "purge": {"token_file"},
    "relay": {"ca_file", "cert_file", "key_file"},
}
NAMED_FILES["relays"] = NAMED_FILES["relay"]


def overlay(table: dict[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """A copy of the file's table with the environment's values in their places, and what went wrong."""
    result, faults = copy.deepcopy(table), []
    placed: dict[tuple[str, ...], str] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable.startswith(RESERVED):
            continue
        path = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        try:
            path, text = _value(path, environ[variable])
            if placed.setdefault(path, variable) != variable:
                raise ValueError(f"says the same setting as {placed[path]}; keep one of them")
            _put(result, path, FromEnvironment(text), variable)
        except (OSError, ValueError) as error:
            faults.append(Fault(key=variable, value="", right=str(error)))
    return result, faults


def with_variable(fault: Fault, table: Mapping[str, Any]) -> Fault:
    """The fault of one of the table's settings, with the variable that set it, where one did."""
    value: Any = table
    for part in fault.key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if not isinstance(value, FromEnvironment):
        return fault
    return replace(fault, key=f"{fault.key} (from {value.variable})")


def _value(path: tuple[str, ...], text: str) -> tuple[tuple[str, ...], str]:
    if not path[-1].endswith("_file") or path[-1] in NAMED_FILES.get(path[0], ()):
        return path, text
    return (*path[:-1], path[-1].removesuffix("_file")), Path(text).read_text("utf-8").strip()


def _put(table: dict[str, Any], path: tuple[str, ...], value: FromEnvironment, variable: str) -> None:
    value.variable = variable
    for part in path[:-1]:
        inner = table.setdefault(_key(table, part), {})
        # relay = "local" is short for a table.
        if isinstance(inner, str):
            inner = table[part] = {"host": inner}
        if not isinstance(inner, dict):
            raise ValueError(f"cannot set anything inside {part}, which is a list: write it in the file")
        table = inner
    table[_key(table, path[-1])] = value


def _key(table: Mapping[str, Any], part: str) -> str:
    """The file's own spelling: a variable cannot have the hyphens and capitals of a name."""
    return next((key for key in table if key.lower().replace("-", "_") == part), part)
