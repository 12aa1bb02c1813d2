"""How fast mail may leave: rates, hours of the day, ramps for what is new."""

import re
from dataclasses import dataclass
from datetime import datetime

RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|m|h|d)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
DAY = 24 * 60
# The table of what has no table of its own.
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A ramp for a relay or a sender's domain that receivers do not know yet; none while `first_day` is 0.

    Each day takes at most `growth` per cent more than the busiest of the last 30, up to `full` a day.
    """

    first_day: int = 0
    growth: int = 50
    full: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLimits:
    """What one recipients' domain takes: connections at one time (0: any number), and a rate (empty: any)."""

    connections: int = 0
    rate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The hours in which mail may leave, in minutes since midnight; it may go over midnight."""

    opens: int
    closes: int

    def holds(self, minute: int) -> bool:
        """Whether it is open at this minute of the day."""
        if self.opens < self.closes:
            return self.opens <= minute < self.closes
        return minute >= self.opens or minute < self.closes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A domain, under its mail host's name, that is slowed or paused over a relay.

    The empty domain is the relay as a whole. `rate` is in messages a second; until `until` nothing leaves.
    `kind` is slowed (it asks for patience) or refused (it wants nothing from us), `why` the relay's words.
    `signs` and `pauses` count in a row.
    """

    domain: str
    relay: str
    kind: str
    rate: float
    since: datetime
    changed: datetime
    until: datetime | None = None
    signs: int = 0
    pauses: int = 0
    why: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.domain or self.relay


def parse_rate(text: str) -> float:
    """Messages a second; 0.0 for an empty text: any number. Raises ValueError, which says what is right."""
    if not text:
        return 0.0
    found = RATE.fullmatch(text.strip())
    if not found or not float(found[1]):
        raise ValueError('is no rate; a number for a second, minute, hour or day: "10/s", "600/m", "3000/h"')
    return float(found[1]) / SECONDS[found[2]]


def parse_window(text: str) -> Window | None:
    """None for an empty text: open all day. Raises ValueError, which says what is right."""
    if not text:
        return None
    found = WINDOW.fullmatch(text.strip())
    opens, closes = (_minute(found[1], found[2]), _minute(found[3], found[4])) if found else (0, 0)
    if opens == closes or closes > DAY:
        raise ValueError('is no window; two times of the day: "07:00-21:00", or over midnight "21:00-06:00"')
    return Window(opens=opens, closes=closes)


def _minute(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)
