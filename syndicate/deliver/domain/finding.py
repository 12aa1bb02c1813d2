"""What was found of a domain, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands: well, something to do, something one may do, or nobody could tell."""

    OK = "ok"
    TO_DO = "to do"
    HINT = "hint"
    UNASKED = "could not ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record to publish in DNS. `name` is whole, without its last dot; a TXT value is without quotes."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: how it stands, and where something is wrong, the remedy."""

    what: str
    told: str
    state: State = State.OK
    remedy: str = ""
    record: Record | None = None


def unasked(what: str, why: str) -> Finding:
    """Nobody could tell: no verdict."""
    return Finding(what=what, told=f"could not ask: {why}", state=State.UNASKED, remedy="ask again later")
