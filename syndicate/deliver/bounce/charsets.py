"""Bytes of a mail as text, whatever charset they say to be in."""

import binascii
import re

WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]{0,2000})\?=")
BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
# Names that senders write and Python does not know.
ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "x-unknown": "",
    "unknown-8bit": "",
    "8bit": "",
    "binary": "",
    "ansi_x3.110-1983": "latin-1",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "x-gbk": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "cp-850": "cp850",
    "us-ascii": "",
    "ascii": "",
}
ESCAPED_JAPANESE = (b"\x1b$", b"\x1b(J", b"\x1b(I")
# Tried in turn where a text has no charset and is no UTF-8: how many of its letters, for each byte above
# ASCII, must be of the script that the charset is used for.
GUESSES = (
    ("koi8-r", re.compile("[а-яё]"), 0.7),
    ("cp1251", re.compile("[а-яё]"), 0.7),
    ("euc_jp", re.compile("[ぁ-ヿ]"), 0.15),
    ("cp932", re.compile("[ぁ-ヿ]"), 0.15),
    ("cp949", re.compile("[가-힣]"), 0.45),
    ("gb18030", re.compile("[一-鿿]"), 0.25),
)
LOOKED_AT = 4000


def decode(raw: bytes, charset: str = "") -> str:
    """Text in the charset that it says; if it is not, in the one that it seems to have. Never raises."""
    name = charset.strip("\"' ").lower()
    name = ALIASES.get(name, name)
    # JIS escapes are ASCII bytes, so that any charset takes them: docomo's notices say us-ascii.
    if any(escape in raw for escape in ESCAPED_JAPANESE):
        name = "iso2022_jp_2" if not name.startswith("iso-2022-jp-") else name
    for each in filter(None, (name, "utf-8")):
        try:
            return raw.decode(each).lstrip("\ufeff")
        except (LookupError, ValueError):
            continue
    return _guessed(raw)


def decode_words(value: str) -> str:
    """A field's value with its encoded words decoded (RFC 2047), broken ones as they stand."""
    if "=?" not in value:
        return value
    joined = BETWEEN_WORDS.sub(r"\1\2", value)
    found, end, told = list(WORD.finditer(joined)), 0, []
    pending: tuple[str, bytes] | None = None
    for word in found:
        raw = _word_bytes(word)
        charset = word[1].partition("*")[0].lower()
        if pending and word.start() == end and pending[0] == charset:
            # A character may be cut in two between words of one charset.
            pending = (charset, pending[1] + raw)
        else:
            told.append(decode(pending[1], pending[0]) if pending else "")
            told.append(joined[end : word.start()])
            pending = (charset, raw)
        end = word.end()
    told.append(decode(pending[1], pending[0]) if pending else "")
    return "".join(told) + joined[end:]


def _word_bytes(word: re.Match[str]) -> bytes:
    packed = word[3].encode("utf-8", "replace")
    if word[2] in "qQ":
        return binascii.a2b_qp(packed, header=True)
    try:
        return binascii.a2b_base64(packed + b"===")
    except binascii.Error:
        return packed


def _guessed(raw: bytes) -> str:
    sample = raw[:LOOKED_AT]
    high = sum(byte > 127 for byte in sample)
    # Western text has few letters above ASCII; a page of Cyrillic or Chinese has little else.
    for name, letters, share in GUESSES if high > len(sample) / 10 else ():
        try:
            text = raw.decode(name)
        except ValueError:
            continue
        if len(letters.findall(text[:LOOKED_AT])) >= high * share:
            return text
    return raw.decode("cp1252", "replace")
