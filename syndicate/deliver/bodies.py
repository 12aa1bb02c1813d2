"""A MIME part built once and spliced per recipient: everything that is the same is encoded beforehand.

In quoted-printable a slot stands between soft line breaks. In base64, groups of three octets run across a
slot's edges, so what follows it is kept in three encodings, one for each number of octets that the group
at the slot borrows from it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from syndicate.deliver.dkim import canonical_body
from syndicate.formats.transfer import Encoding, base64_lines, encoding_for, quoted
from syndicate.model.slots import slots

MARGIN = 3
CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
SOFT_BREAK = b"=\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Whole lines of a message body, and the form that DKIM hashes."""

    raw: bytes
    canonical: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Octets that are the same for everybody; `variants[n]`: n octets lent, the lines, the rest."""

    octets: bytes
    variants: tuple[tuple[bytes, Chunk, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One text part. `pieces` alternates what is the same (Chunk or Run) and names of slots."""

    subtype: str
    encoding: Encoding
    pieces: tuple[Chunk | Run | str, ...]
    safe: Callable[[str], str]

    def head(self) -> bytes:
        """The part's own header, with the empty line."""
        return (
            f'Content-Type: text/{self.subtype}; charset="utf-8"\r\n'
            f"Content-Transfer-Encoding: {self.encoding}\r\n\r\n"
        ).encode()

    def chunks(self, values: Mapping[str, str]) -> Iterator[Chunk]:
        """The encoded body with the slots filled in."""
        encode = _quoted_chunks if self.encoding == "quoted-printable" else _base64_chunks
        return encode(self.pieces, {name: self.safe(value) for name, value in values.items()})


def build_body(text: str, *, subtype: str, slot_key: str) -> Body:
    """Encode a rendered text (`subtype` plain or html) round its slots; an empty key means it has none."""
    encoding = encoding_for(text)
    names = {token: name for name, token in slots(slot_key).items()} if slot_key else {}
    pattern = re.compile("(" + "|".join(map(re.escape, names)) + ")") if names else None
    parts = pattern.split(text.replace("\r\n", "\n")) if pattern else [text.replace("\r\n", "\n")]
    make = _quoted_piece if encoding == "quoted-printable" else _run
    pieces = (names.get(part) or make(part, last=at == len(parts) - 1) for at, part in enumerate(parts))
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


def _chunk(raw: bytes) -> Chunk:
    return Chunk(raw=raw, canonical=canonical_body(raw))


def _quoted_piece(text: str, *, last: bool) -> Chunk:
    return _chunk(quoted(text) + (b"\r\n" if last else SOFT_BREAK))


def _quoted_chunks(pieces: Sequence[Chunk | Run | str], values: Mapping[str, str]) -> Iterator[Chunk]:
    for piece in pieces:
        if isinstance(piece, Chunk):
            yield piece
        elif isinstance(piece, str):
            yield _chunk(quoted(values[piece]) + SOFT_BREAK)


def _run(text: str, *, last: bool) -> Run:
    octets = text.replace("\n", "\r\n").encode()
    if len(octets) < MARGIN:
        return Run(octets=octets)
    return Run(octets=octets, variants=tuple(_variant(octets, lent, last) for lent in range(3)))


def _variant(octets: bytes, lent: int, last: bool) -> tuple[bytes, Chunk, bytes]:
    end = len(octets) if last else len(octets) - (len(octets) - lent) % 3
    lines = base64_lines(octets[lent:end])
    return octets[:lent], Chunk(raw=lines, canonical=lines), octets[end:]


def _base64_chunks(pieces: Sequence[Chunk | Run | str], values: Mapping[str, str]) -> Iterator[Chunk]:
    pending = b""
    for piece in pieces:
        if isinstance(piece, str):
            pending += values[piece].encode("utf-8", "replace")
        elif isinstance(piece, Run) and not piece.variants:
            pending += piece.octets
        elif isinstance(piece, Run):
            lent, lines, rest = piece.variants[-len(pending) % 3]
            yield _base64_chunk(pending + lent)
            yield lines
            pending = rest
    yield _base64_chunk(pending or b"")


def _base64_chunk(octets: bytes) -> Chunk:
    lines = base64_lines(octets)
    return Chunk(raw=lines, canonical=lines)
