"""When a subscription document is too full: which of its entries are closed into archive documents."""

from collections.abc import Sequence
from dataclasses import dataclass

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry and what it takes in each format; nothing if it is withdrawn or cannot be published."""

    entry_id: str
    sizes: Sizes = ()


def close(entries: Sequence[Placed], *, most: int | None, room: Sizes) -> list[list[str]]:
    """The ids to close, a list for each new archive document, given all entries oldest first.

    While more than `most` are shown, or they take more than there is `room` in a format, the oldest half of
    `most` go, fewer where they need more room than a document has. What is not shown goes with its
    neighbours. With `most` None the room alone counts.
    """
    left, closed = list(entries), list[list[str]]()
    count = sum(1 for one in left if one.sizes)
    taken = _sum([one.sizes for one in left if one.sizes], room)
    while count and ((most is not None and count > most) or _over(taken, room)):
        group = _oldest(left, wanted=max(1, (count if most is None else most) // 2), room=room)
        closed.append([one.entry_id for one in left[:group]])
        gone = [one.sizes for one in left[:group] if one.sizes]
        count, taken = count - len(gone), tuple(map(int.__sub__, taken, _sum(gone, room)))
        left = left[group:]
    return closed


def _oldest(entries: Sequence[Placed], *, wanted: int, room: Sizes) -> int:
    """How many entries, from the oldest on, make one document."""
    found, taken = 0, (0,) * len(room)
    for place, one in enumerate(entries):
        if one.sizes:
            taken = tuple(map(int.__add__, taken, one.sizes))
            if found == wanted or (found and _over(taken, room)):
                return place
            found += 1
    return len(entries)


def _sum(sizes: Sequence[Sizes], room: Sizes) -> Sizes:
    return tuple(map(sum, zip(*sizes, strict=True))) if sizes else (0,) * len(room)


def _over(taken: Sizes, room: Sizes) -> bool:
    return any(map(int.__gt__, taken, room))
