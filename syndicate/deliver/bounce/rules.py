"""The table of rules that tells a reason from a text: `reasons.toml`, read once."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from syndicate.deliver.bounce.report import Reason

WHO = (
    r"\b(?:email|mailbox|user ?id|user ?name|user|account|recipient|addressee|address|inbox|customer|"
    r"subscriber|person|alias|id|mail ?drop|login|employee|@)"
)
FEW = r"(?: [^\s.;]{1,40}){0,4} "
SEVERAL = r"(?: [^\s.;]{1,40}){0,9} "
GROUP = re.compile(r"(?<!\\)\((?!\?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row. `source` is whose words they are; a `firm` one overrules status codes."""

    pattern: re.Pattern[str]
    reason: Reason
    source: str
    firm: bool


def compiled(patterns: list[str]) -> re.Pattern[str]:
    """One pattern of all, with the table's shorthands written out."""
    return re.compile("|".join(f"(?:{_written_out(each)})" for each in patterns))


@cache
def read_table(name: str) -> dict[str, Any]:
    """A table of words of this package."""
    return tomllib.loads((files(__package__) / name).read_text("utf-8"))


@cache
def rules() -> tuple[Rule, ...]:
    """The rows, in the order in which they are tried."""
    return tuple(
        Rule(
            pattern=compiled(row["patterns"]),
            reason=Reason(row["reason"]),
            source=row["source"],
            firm=row.get("firm", True),
        )
        for row in read_table("reasons.toml")["rules"]
    )


def _written_out(pattern: str) -> str:
    spaced = pattern.replace(" ... ", SEVERAL).replace(" .. ", FEW).replace("WHO", WHO)
    return GROUP.sub("(?:", spaced)
