"""Bytes to text: byte order mark, then HTTP, then the page's own word, then detection (requirement C5)."""

import codecs
import re
from collections.abc import Iterator

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
IN_HTTP = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
IN_PAGE = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
LOOKED_AT = 4096
# What differs from windows-1252 only in letters that a short text does not show.
WESTERN = frozenset({"cp1258", "iso8859-1", "iso8859-15"})


def decode(data: bytes, content_type: str = "") -> tuple[str, tuple[str, ...]]:
    """The text, and warnings. A declared charset that the bytes contradict gives way to detection.

    Labels mean what the Encoding standard says (`iso-8859-1` is windows-1252). Never raises.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), ()
    declared = list(_declared(data, content_type))
    for name in _candidates(data, declared):
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        contradicted = declared and name != declared[0]
        return text, (f"the page says {declared[0]} but its bytes are {name}",) if contradicted else ()
    best = (declared or ["utf-8"])[0]
    text = data.decode(best, "replace")
    return text, (f"{text.count(chr(0xFFFD))} characters could not be read as {best}",)


def _candidates(data: bytes, declared: list[str]) -> Iterator[str]:
    yield from declared
    yield "utf-8"
    # Detection reads much of the page, and is hardly ever needed.
    yield _detected(data)


def _declared(data: bytes, content_type: str) -> Iterator[str]:
    labels = [match[1] for match in IN_HTTP.finditer(content_type)]
    labels += [match[1].decode("ascii", "ignore") for match in IN_PAGE.finditer(data[:LOOKED_AT])]
    for label in labels:
        name = map_encoding_to_html5(label, fallback_utf8=False)
        # A meta that can be read byte by byte cannot stand in UTF-16 (Encoding standard, section 4.2).
        if name:
            yield "utf-8" if name.startswith("utf-16") else name


def _detected(data: bytes) -> str:
    found = detect_encoding(data[:200_000]) or "utf-8"
    return "cp1252" if found in WESTERN else found
