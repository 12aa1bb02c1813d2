"""What a rule is, and what it finds in a document."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is: readers fail on an error, stumble over a warning, and would gain from a hint."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


ERROR, WARNING, HINT = Severity.ERROR, Severity.WARNING, Severity.HINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken rule: what was found and where, the text that demands otherwise, and the mend.

    `line` and `column` count from 1; 0 is unknown.
    """

    severity: Severity
    rule: str
    message: str
    spec: str
    line: int = 0
    mend: str = ""
    column: int = 0


# Where it is (an element, a line, or the path of a JSON value) and what is wrong there.
Broken = Iterator[tuple[Any, str]]
Check = Callable[[Any, Any], Broken]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand on a document, why it matters and the mend. `check(part, around)` yields what breaks it."""

    name: str
    severity: Severity
    spec: str
    demands: str
    mend: str
    why: str = ""
    check: Check | None = None

    def finding(self, message: str, *, line: int = 0, column: int = 0) -> Finding:
        """What breaks this rule."""
        return Finding(
            severity=self.severity,
            rule=self.name,
            message=message,
            spec=self.spec,
            line=line,
            mend=self.mend,
            column=column,
        )


def rule(name: str, severity: Severity, spec: str, *, demands: str, mend: str) -> Callable[[Check], Rule]:
    """The rule that a function checks; its docstring says why."""

    def made(check: Check) -> Rule:
        why = check.__doc__ or ""
        return Rule(name=name, severity=severity, spec=spec, demands=demands, mend=mend, why=why, check=check)

    return made
