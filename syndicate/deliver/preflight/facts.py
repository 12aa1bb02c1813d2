"""What is known of an issue before it leaves: the values that the rules judge."""

from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """A hold waits for the operator's word; a warning is told, and the issue leaves."""

    HOLD = "hold"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be. `remedy` says what to do."""

    rule: str
    gravity: Gravity
    said: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A message as one reader would get it; `about` says who: `the issue`, `readers of fa`."""

    about: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """An earlier issue of the newsletter that began to be sent."""

    number: int
    recipients: int
    subject: str
    headlines: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What came of asking for the links and images of an issue.

    `broken` has (URL, what was said); `lost` are images that our media store does not have. `asked` of
    `links` were asked in time.
    """

    links: int = 0
    asked: int = 0
    broken: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An issue that is about to leave. `former` is newest first; `archived` and `headlines` are titles.

    `drift` is how far the audience may move from what it was, in per cent; 0 for any distance. `broken` is
    why there are no samples, since no message can be made or read; empty where they can.
    """

    name: str
    subject: str
    headlines: tuple[str, ...]
    recipients: int
    samples: tuple[Sample, ...] = ()
    broken: str = ""
    archived: tuple[str, ...] = ()
    former: tuple[Former, ...] = ()
    linked: Linked = Linked()
    breaking: bool = False
    drift: int = 0
    stored: bool = True

    @property
    def called(self) -> str:
        """What commands know it by: one that is not stored has no number yet."""
        return self.name if self.stored else self.name.partition("/")[0]
