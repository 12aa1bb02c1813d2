"""Whether a relay takes the next message's first commands behind a body (RFC 2920, section 3.1).

It may, where it offers PIPELINING; some servers stand still then until an acknowledgement comes, and some
take it for a disorder. So it is tried where a relay answers quickly, and left once it has done harm.
"""

from dataclasses import dataclass

# Seconds. An acknowledgement that is held back comes after 40 ms (Linux, TCP_DELACK_MIN).
STALLED = 0.025
# A body whose answer took longer may keep the next reader waiting, whom another connection would serve.
QUICK = 1.0
FAULTS = 3


@dataclass(slots=True)
class Chaining:
    """What one relay makes of it; shared by its lines."""

    faults: int = 0

    @property
    def allowed(self) -> bool:
        """Whether it may go on."""
        return self.faults < FAULTS

    def note(self, *, well: bool) -> None:
        """How it went. A relay that ends each connection after so many messages does no harm in between."""
        self.faults = 0 if well and self.allowed else self.faults + (not well)
