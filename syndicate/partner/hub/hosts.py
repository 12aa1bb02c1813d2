"""How the hosts of callbacks behave: who does not answer rests, and nobody is asked to verify too often.

It is forgotten at the end of the process; what waits is in the store.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

IN_A_ROW = 3
FIRST_REST = timedelta(seconds=10)
LONGEST_REST = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
# So many hosts are remembered; those that are well need no memory.
MOST = 10_000


@dataclass(slots=True)
class _Host:
    failures: int = 0
    rests_until: datetime | None = None
    asked: deque[datetime] = field(default_factory=deque)


class Hosts:
    """Every host by its name. Times that a clock was ahead in are passed over once it is right."""

    def __init__(self) -> None:
        self._known: dict[str, _Host] = {}

    def failed(self, host: str, now: datetime) -> None:
        """It gave no answer: after a few in a row it rests, longer each time."""
        one = self._of(host, now)
        one.failures += 1
        over = one.failures - IN_A_ROW
        if over >= 0:
            one.rests_until = now + min(FIRST_REST * (1 << min(over, 10)), LONGEST_REST)

    def answered(self, host: str) -> None:
        """It gave an answer, whatever that was."""
        one = self._known.get(host)
        if one is not None:
            one.failures, one.rests_until = 0, None

    def note_asked(self, host: str, now: datetime) -> None:
        """A callback there is asked to verify."""
        self._of(host, now).asked.append(now)

    def resting(self, now: datetime) -> set[str]:
        """Those that are left alone for a while."""
        return {name for name, one in self._known.items() if _rests(one, now)}

    def asked_lately(self, now: datetime) -> Mapping[str, int]:
        """How often each was asked to verify in the last minute."""
        for one in self._known.values():
            while one.asked and not now - MINUTE < one.asked[0] <= now:
                one.asked.popleft()
        return {name: len(one.asked) for name, one in self._known.items() if one.asked}

    def _of(self, host: str, now: datetime) -> _Host:
        if host not in self._known and len(self._known) >= MOST:
            wanted = self.resting(now) | self.asked_lately(now).keys()
            # The last ones, where even those are too many: whoever makes names up makes up any number.
            kept = [(name, one) for name, one in self._known.items() if name in wanted][-MOST // 2 :]
            self._known = dict(kept)
        return self._known.setdefault(host, _Host())


def _rests(one: _Host, now: datetime) -> bool:
    return one.rests_until is not None and now < one.rests_until <= now + LONGEST_REST
