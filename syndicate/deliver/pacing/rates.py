"""A rate as a moment: when the next message may leave (the generic cell rate algorithm, without bursts)."""

# An estimate that is later than this (seconds) is no estimate: by then the rate may be another.
FARTHEST = 60.0
# Whoever sends wakes a little late; so much (seconds) is made up for, a longer rest is not.
LATENESS = 0.1


def wait(due: float, *, rate: float, now: float, place: int = 0) -> float:
    """How long the one at this `place` of the queue waits at least; 0.0 for no `rate`.

    The first never waits longer than the rate asks for, also after the clock was put back.
    """
    if rate <= 0:
        return 0.0
    first = min(max(0.0, due - now), 1.0 / rate)
    return min(first + place / rate, max(first, FARTHEST))


def next_due(due: float, *, rate: float, now: float) -> float:
    """When the message after one that leaves now is due."""
    if rate <= 0:
        return 0.0
    late = now - due
    return (due if 0.0 <= late <= LATENESS else now) + 1.0 / rate
