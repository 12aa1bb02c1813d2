"""A MIME part built once and spliced per recipient: everything that is the same is encoded beforehand.

In quoted-printable a slot stands between soft line breaks. In base64, groups of three octets run across a
slot's edges, so what follows it is kept in three encodings, one for each number of octets that the group
at the slot borrows from it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from syndicate.formats.transfer import Encoding, base64_lines, encoding_for, quoted
from syndicate.model.slots import SLOT_NAMES, slots

MARGIN = 3
CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
SOFT_BREAK = b"=\r\n"
# What a line of quoted-printable holds before its soft break (RFC 2045, section 6.7).
LINE = 75
# The same octets as text, in HTML, in quoted-printable and in a header.
PLAIN = re.compile(r"[A-Za-z0-9@_+/:~-][A-Za-z0-9@._+/:~-]*")
UNIT = re.compile(rb"=[0-9A-F]{2}|.", re.DOTALL)

Values = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where a value stands on lines of its own: `slot` is its place in SLOT_NAMES."""

    slot: int
    safe: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Octets that are the same for everybody; `variants[n]`: n octets lent, the lines, the rest."""

    octets: bytes
    variants: tuple[tuple[bytes, bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One text part. `pieces` alternates what is the same, encoded (bytes) or to be (Run), and slots' places
    in SLOT_NAMES; `safe` makes a value fit for the part's text.
    """

    subtype: str
    encoding: Encoding
    pieces: tuple[bytes | Run | int, ...]
    safe: Callable[[str], str]

    def head(self) -> bytes:
        """The part's own header, with the empty line."""
        return (
            f'Content-Type: text/{self.subtype}; charset="utf-8"\r\n'
            f"Content-Transfer-Encoding: {self.encoding}\r\n\r\n"
        ).encode()

    def steps(self) -> Iterator["bytes | Gap | Callable[[Values], bytes]"]:
        """The encoded part: whole lines that are the same, and what comes between them."""
        if self.encoding == "quoted-printable":
            for piece in self.pieces:
                if isinstance(piece, bytes):
                    yield piece
                elif isinstance(piece, int):
                    yield Gap(slot=piece, safe=self.safe)
        elif used := {piece for piece in self.pieces if isinstance(piece, int)}:
            yield lambda values: self._base64({slot: values[slot] for slot in used})
        else:
            yield self._base64({})

    def _base64(self, values: Mapping[int, str]) -> bytes:
        octets = {
            slot: (value if PLAIN.fullmatch(value) else self.safe(value)).encode("utf-8", "replace")
            for slot, value in values.items()
        }
        return b"".join(_base64_chunks(self.pieces, octets))


def build_body(text: str, *, subtype: str, slot_key: str) -> Body:
    """Encode a rendered text (`subtype` plain or html) round its slots; an empty key means it has none."""
    encoding = encoding_for(text)
    places = {token: SLOT_NAMES.index(name) for name, token in slots(slot_key).items()} if slot_key else {}
    pattern = re.compile("(" + "|".join(map(re.escape, places)) + ")") if places else None
    parts = pattern.split(text.replace("\r\n", "\n")) if pattern else [text.replace("\r\n", "\n")]
    make = _quoted_piece if encoding == "quoted-printable" else _run
    pieces = (
        places[part] if part in places else make(part, last=at == len(parts) - 1)
        for at, part in enumerate(parts)
    )
    return Body(
        subtype=subtype,
        encoding=encoding,
        pieces=tuple(pieces),
        safe=safe_html if subtype == "html" else safe_text,
    )


def safe_html(value: str) -> str:
    """A value for element content and for a quoted attribute alike."""
    return escape(CONTROLS.sub(" ", value))


def safe_text(value: str) -> str:
    """A value for a text part: on one line."""
    return CONTROLS.sub(" ", value)


def plain_lines(value: str) -> bytes:
    """What `quoted_value` makes of a value that is the same in text and in HTML; empty for all others."""
    if not PLAIN.fullmatch(value) or len(value) > 2 * LINE or value[LINE : LINE + 1] == ".":
        return b""
    data = value.encode()
    if len(data) <= LINE:
        return data + SOFT_BREAK
    return data[:LINE] + SOFT_BREAK + data[LINE:] + SOFT_BREAK


def quoted_value(value: str) -> bytes:
    """A value as whole lines of quoted-printable, the last with a soft break; none begins with a dot."""
    clean = value.encode("utf-8", "replace").decode().replace("\n", " ")
    return b"".join(_lines(UNIT.findall(quoted(clean).replace(SOFT_BREAK, b"")))) + SOFT_BREAK


def _lines(units: Iterable[bytes]) -> Iterator[bytes]:
    length = 0
    for unit in units:
        if length + len(unit) > LINE:
            yield SOFT_BREAK
            length = 0
        safe = b"=2E" if unit == b"." and not length else unit
        length += len(safe)
        yield safe


def _quoted_piece(text: str, *, last: bool) -> bytes:
    return quoted(text) + (b"\r\n" if last else SOFT_BREAK)


def _run(text: str, *, last: bool) -> Run:
    octets = text.replace("\n", "\r\n").encode()
    if len(octets) < MARGIN:
        return Run(octets=octets)
    return Run(octets=octets, variants=tuple(_variant(octets, lent, last) for lent in range(3)))


def _variant(octets: bytes, lent: int, last: bool) -> tuple[bytes, bytes, bytes]:
    end = len(octets) if last else len(octets) - (len(octets) - lent) % 3
    return octets[:lent], base64_lines(octets[lent:end]), octets[end:]


def _base64_chunks(pieces: Sequence[bytes | Run | int], values: Mapping[int, bytes]) -> Iterator[bytes]:
    pending = b""
    for piece in pieces:
        if isinstance(piece, int):
            pending += values[piece]
        elif isinstance(piece, Run) and not piece.variants:
            pending += piece.octets
        elif isinstance(piece, Run):
            lent, lines, rest = piece.variants[-len(pending) % 3]
            yield base64_lines(pending + lent)
            yield lines
            pending = rest
    yield base64_lines(pending)
