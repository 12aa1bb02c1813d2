"""Header fields as they go over the wire: folded, encoded, and in the form that DKIM signs."""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from syndicate.audience.addresses import read_address
from syndicate.errors import ComposeFault

LINE = 78
# An encoded word is at most 75 characters (RFC 2047, section 2), 12 of them for `=?utf-8?b?` and `?=`.
WORD_BYTES = 45
# An address that stands in a header as it is; all others are looked at more closely.
ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]+"
)
ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
BLANKS = re.compile(rb"[ \t]+")
CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field. `raw` and `canonical` end in CRLF; canonical is RFC 6376's relaxed form."""

    name: str
    raw: bytes
    canonical: bytes


def field(name: str, tokens: Iterable[str]) -> Field:
    """A field of ASCII tokens with a space or a fold between them, lines ≤ 78 where a token allows it.

    Raises ComposeFault on control characters and on anything beyond ASCII.
    """
    lines, line = [], f"{name}:"
    for token in tokens:
        if CONTROLS.search(token.replace(" ", "")) or not token.isascii():
            raise ComposeFault(f"the header {name} may not hold {token!r}")
        # A token that no line can hold stays beside the name: some readers take an empty first line amiss.
        if len(line) + 1 + len(token) > LINE and (line != f"{name}:" or len(token) < LINE):
            lines.append(line)
            line = ""
        line += f" {token}"
    raw = "\r\n".join([*lines, line]).encode("ascii") + b"\r\n"
    return Field(name=name, raw=raw, canonical=relaxed(raw))


def text_field(name: str, text: str) -> Field:
    """A field of free text (RFC 5322, section 3.2.5), in encoded words where it needs them."""
    return field(name, text_tokens(text, room=LINE - len(name) - 2))


def text_tokens(text: str, *, room: int = LINE - 1) -> list[str]:
    """Tokens of free text; `room` is what the first line still holds."""
    clean = CONTROLS.sub(" ", text).strip()
    words = clean.split(" ")
    if clean.isascii() and "=?" not in clean and all(len(word) < min(room, 60) for word in words):
        return words
    return _encoded_words(clean, room=room)


def mailbox_tokens(name: str, address: str, *, room: int = LINE - 1) -> list[str]:
    """Tokens of `Name <address>` (RFC 5322, section 3.4). Raises BadAddress."""
    known = len(address) <= LINE and ADDRESS.fullmatch(address)
    written = address if known else read_address(address).written
    clean = CONTROLS.sub(" ", name).strip()
    if not clean:
        return [written]
    return [*phrase_tokens(clean, room=room), f"<{written}>"]


def phrase_tokens(text: str, *, room: int = LINE - 1) -> list[str]:
    """Tokens of a display name: as it is, quoted, or in encoded words."""
    clean = CONTROLS.sub(" ", text).strip()
    if not clean.isascii() or "=?" in clean or len(clean) > room - 2:
        return _encoded_words(clean, room=room)
    if ATOM.fullmatch(clean):
        return clean.split(" ")
    quoted = clean.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{quoted}"'] if len(quoted) + 2 <= room else _encoded_words(clean, room=room)


def date_field(moment: datetime) -> Field:
    """The Date field (RFC 5322, section 3.3), in UTC, whatever the process's locale."""
    if moment.utcoffset() is None:
        raise ComposeFault(f"{moment!r} has no zone, a message's date needs one")
    utc = moment - moment.utcoffset()  # type: ignore[operator]
    day = f"{DAYS[utc.weekday()]}, {utc.day:02} {MONTHS[utc.month - 1]} {utc.year}"
    return field("Date", [f"{day} {utc.hour:02}:{utc.minute:02}:{utc.second:02} +0000"])


def relaxed(raw: bytes) -> bytes:
    """A field in the relaxed canonical form (RFC 6376, section 3.4.2)."""
    name, _, value = raw.partition(b":")
    unfolded = value.replace(b"\r\n", b"")
    return name.strip().lower() + b":" + BLANKS.sub(b" ", unfolded).strip() + b"\r\n"


def _encoded_words(text: str, *, room: int) -> list[str]:
    words, taken = [], b""
    limit = min(WORD_BYTES, (room - 12) // 4 * 3)
    if len(text) <= limit and len(whole := text.encode("utf-8", "replace")) <= limit:
        return [f"=?utf-8?b?{b64encode(whole).decode()}?="]
    for letter in text:
        raw = letter.encode("utf-8", "replace")
        if len(taken) + len(raw) > limit:
            words.append(taken)
            taken, limit = b"", WORD_BYTES
        taken += raw
    return [f"=?utf-8?b?{b64encode(word).decode()}?=" for word in (*words, taken)]
