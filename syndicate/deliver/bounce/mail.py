"""A mail taken apart for reading what came back: bytes → fields and parts, whatever is broken about it.

The email package's parser recurses with the nesting and keeps every byte several times; a stranger's mail is
read here in time linear in its size, with size, depth and number of parts capped. RFC 5322, 2045-2047.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from syndicate.deliver.bounce.charsets import decode, decode_words

# What tells of a delivery stands in front of the message that came back.
LARGEST = 4_000_000
DEEPEST = 8
MOST_PARTS = 200
MOST_HEAD = 200_000

LINE_END = re.compile(rb"\r\n?")
HEAD_END = re.compile(rb"\n[ \t]*\n")
FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]+))")
GUESSED_BOUNDARY = re.compile(rb"^--([^\s]{2,150})[ \t]*\nContent-[A-Za-z-]+:", re.MULTILINE | re.IGNORECASE)
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf of a mail. `type` is in lower case; `raw` is without its transfer encoding, with LF."""

    type: str
    fields: Fields
    raw: bytes
    charset: str = ""

    @property
    def text(self) -> str:
        """Its text, with the charset that it says or that it seems to have."""
        return decode(self.raw, self.charset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail: its fields (names in lower case, values unfolded) and its leaves, in order."""

    fields: Fields
    type: str
    report_type: str
    parts: tuple[Part, ...]

    def first(self, name: str) -> str:
        """The first such field's value, its encoded words decoded; "" without one."""
        return next(iter(self.all(name)), "")

    def all(self, *names: str) -> tuple[str, ...]:
        """The values of all such fields, by the order of the names."""
        return tuple(decode_words(value) for name in names for key, value in self.fields if key == name)


def read_mail(data: bytes, *, depth: int = 0) -> Mail:
    """Take a mail apart. Never raises; what is beyond the caps is left unread."""
    head, body = split_head(_lines(data[:LARGEST]))
    fields = read_fields(head)
    media, parameters = media_type(fields)
    budget = [MOST_PARTS]
    parts = tuple(_leaves(fields, body, depth=depth, budget=budget))
    return Mail(fields=fields, type=media, report_type=parameters.get("report-type", "").lower(), parts=parts)


def split_head(data: bytes) -> tuple[bytes, bytes]:
    """Head and body; what begins without a field has no head."""
    if data.startswith(b"\n"):
        return b"", data[1:]
    if found := HEAD_END.search(data, 0, MOST_HEAD):
        return data[: found.start()], data[found.end() :]
    return data[:MOST_HEAD], b""


def read_fields(head: bytes | str) -> Fields:
    """The fields of a head, unfolded; lines that are none are left out."""
    text = head if isinstance(head, str) else decode(head)
    folded: list[list[str]] = []
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"} and folded:
            folded[-1].append(line.strip())
        elif line.strip():
            folded.append([line.rstrip()])
    found = (FIELD.fullmatch(" ".join(lines)) for lines in folded)
    return tuple((each[1].lower(), each[2].strip()) for each in found if each)


def value_of(fields: Fields, name: str) -> str:
    """The first such field's value as it stands, or ""."""
    return next((value for key, value in fields if key == name), "")


def media_type(fields: Fields) -> tuple[str, dict[str, str]]:
    """The media type in lower case, and its parameters."""
    value = value_of(fields, "content-type")
    media = value.partition(";")[0].strip().strip('"').lower()
    found = {name.lower(): quoted or plain for name, quoted, plain in PARAMETER.findall(value[:2000])}
    return media or "text/plain", found


def _lines(data: bytes) -> bytes:
    return LINE_END.sub(b"\n", data.replace(b"\0", b"")).lstrip(b"\n")


def _leaves(fields: Fields, body: bytes, *, depth: int, budget: list[int]) -> Iterator[Part]:
    media, parameters = media_type(fields)
    pieces = _split(body, parameters.get("boundary", "")) if media.startswith("multipart/") else []
    if not pieces or depth >= DEEPEST:
        budget[0] -= 1
        raw = _unpacked(body, value_of(fields, "content-transfer-encoding").lower())
        kept = "text/plain" if media.startswith("multipart/") else media
        yield Part(type=kept, fields=fields, raw=raw, charset=parameters.get("charset", ""))
        return
    for piece in pieces:
        if budget[0] <= 0:
            return
        yield from _leaves(*_piece(piece, media), depth=depth + 1, budget=budget)


def _piece(piece: bytes, within: str) -> tuple[Fields, bytes]:
    head, body = split_head(piece)
    fields = read_fields(head)
    if head and not fields:
        return (), piece
    if within == "multipart/digest" and not value_of(fields, "content-type"):
        fields = (*fields, ("content-type", "message/rfc822"))
    return fields, body


def _split(body: bytes, boundary: str) -> list[bytes]:
    """A multipart's pieces; its preamble is the first of them where somebody wrote the report into it."""
    marker = boundary.strip().encode("utf-8", "replace")
    framed = b"\n" + body
    if not marker or b"\n--" + marker not in framed:
        guessed = GUESSED_BOUNDARY.search(body)
        if not guessed:
            return []
        marker = guessed[1]
    line = re.compile(rb"\n--" + re.escape(marker) + rb"(--)?[ \t]*(?=\n|\Z)")
    pieces, start, closed = [], -1, False
    preamble = b""
    for found in line.finditer(framed):
        if start >= 0 and not closed:
            pieces.append(framed[start : found.start()])
        elif start < 0:
            preamble = framed[1 : found.start()]
        start, closed = min(found.end() + 1, len(framed)), bool(found[1])
        if len(pieces) > MOST_PARTS:
            break
    if start >= 0 and not closed:
        pieces.append(framed[start:])
    telling = b"@" in preamble and len(preamble) > 60
    return [b"\n" + preamble, *pieces] if telling else pieces


def _unpacked(body: bytes, encoding: str) -> bytes:
    if "quoted-printable" in encoding:
        return binascii.a2b_qp(body)
    if "base64" in encoding:
        packed = NOT_BASE64.sub(b"", body.partition(b"\n\n-")[0])
        try:
            return LINE_END.sub(b"\n", binascii.a2b_base64(packed[: len(packed) // 4 * 4 or None] + b"=="))
        except binascii.Error:
            return body
    return body
