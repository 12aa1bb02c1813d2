"""The body of a message in pieces: whole lines that are the same for everybody, and gaps between them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from syndicate.deliver.bodies import Body, Gap, Values, plain_lines, quoted_value
from syndicate.deliver.dkim import canonical_body

END = b".\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What is joined: `fixed` as it goes over the wire, its dots doubled and the final dot at the end.

    `gaps` are filled with one value each, `makers` are whole parts that hold values. `canonical` is `fixed`
    as DKIM hashes it; `start` is a hash that has read the first `read` of these. `added` is how many octets
    are there for SMTP alone (RFC 5321, section 4.5.2).
    """

    fixed: tuple[bytes, ...]
    canonical: tuple[bytes, ...]
    gaps: tuple[tuple[int, Gap], ...]
    makers: tuple[tuple[int, Callable[[Values], bytes]], ...]
    used: tuple[int, ...]
    added: int
    read: int
    start: Any = field(repr=False)

    def fill(self, values: Values) -> list[bytes]:
        """All pieces, with these values in the gaps."""
        filled = list(self.fixed)
        plain = {slot: plain_lines(values[slot]) for slot in self.used}
        for place, gap in self.gaps:
            filled[place] = plain[gap.slot] or quoted_value(gap.safe(values[gap.slot]))
        for place, make in self.makers:
            filled[place] = make(values)
        return filled

    def digest(self, filled: Sequence[bytes]) -> bytes:
        """The SHA-256 that DKIM wants of what `fill` made (RFC 6376, section 3.7)."""
        rest = list(self.canonical)
        for place, _ in (*self.gaps, *self.makers):
            rest[place] = canonical_body(filled[place])
        total = self.start.copy()
        total.update(b"".join(rest[self.read :]))
        return bytes(total.digest())


def piece_together(bodies: Sequence[Body], boundary: str) -> Pieces:
    """A multipart body of these parts."""
    steps: list[bytes | Gap | Callable[[Values], bytes]] = []
    for body in bodies:
        steps += [f"--{boundary}\r\n".encode() + body.head(), *body.steps()]
    steps = _merged([*steps, f"--{boundary}--\r\n".encode()])
    raw = [step if isinstance(step, bytes) else b"" for step in steps]
    canonical = [canonical_body(one) for one in raw]
    gaps = tuple((place, step) for place, step in enumerate(steps) if isinstance(step, Gap))
    fixed = [_doubled(one) for one in raw]
    return Pieces(
        fixed=(*fixed, END),
        canonical=(*canonical, b""),
        gaps=gaps,
        makers=tuple((place, step) for place, step in enumerate(steps) if callable(step)),
        used=tuple(sorted({gap.slot for _, gap in gaps})),
        added=sum(map(len, fixed)) - sum(map(len, raw)) + len(END),
        read=1,
        start=hashlib.sha256(canonical[0]),
    )


def _merged(steps: Iterable[Any]) -> list[Any]:
    merged: list[Any] = []
    for step in steps:
        if isinstance(step, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += step
        else:
            merged.append(step)
    return merged


def _doubled(lines: bytes) -> bytes:
    # Pieces are whole lines, so that each can be looked at alone.
    return (b"." if lines.startswith(b".") else b"") + lines.replace(b"\r\n.", b"\r\n..")
