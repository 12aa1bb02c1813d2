"""Whether the bytes of an answer are an error that was sent as a page, seen without extracting it. Pure."""

import re

from syndicate.extract.error_page import told_by

LOOKED_AT = 60_000
_HEADS = (
    re.compile(rb"<title[^>]*>(.{0,400}?)</title>", re.IGNORECASE | re.DOTALL),
    re.compile(rb"<h1\b[^>]*>(.{0,400}?)</h1>", re.IGNORECASE | re.DOTALL),
)
_HIDDEN = re.compile(r"<(script|style|title|h1)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_INLINE = re.compile(r"</?(?:a|abbr|b|code|em|i|small|span|strong|tt|u)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def is_sent_as_page(data: bytes) -> bool:
    """Whether title or first heading name an error, and the text says little else."""
    heads = [_line(found[1]) for head in _HEADS if (found := head.search(data[:LOOKED_AT]))]
    # What is longer than is looked at says more than an error.
    return len(data) <= LOOKED_AT and bool(heads) and told_by(heads, _text(data)) is not None


def _line(data: bytes) -> str:
    return " ".join(_TAG.sub(" ", data.decode("utf-8", "replace")).split())


def _text(data: bytes) -> str:
    html = _HIDDEN.sub("\n", data.decode("utf-8", "replace"))
    blocks = re.split(r"<[^>]*>", _INLINE.sub("", " ".join(html.split())))
    return "\n".join(text for block in blocks if (text := block.strip()))
