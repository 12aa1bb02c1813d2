"""Transfer encodings: the cheaper one, and nothing lost."""

import base64
import quopri

from hypothesis import given
from hypothesis import strategies as st

from syndicate.formats.transfer import base64_lines, encoded_size, encoding_for, quoted

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400)


def test_english_goes_out_quoted_printable() -> None:
    assert encoding_for("The café's ferry sailed at dawn — again.") == "quoted-printable"


def test_persian_goes_out_as_base64() -> None:
    assert encoding_for('<p dir="rtl">کشتی سپیده‌دم راه افتاد و چهل مسافر داشت.</p>') == "base64"


@given(TEXT)
def test_quoted_text_comes_back(text: str) -> None:
    assert quopri.decodestring(quoted(text)).replace(b"\r\n", b"\n").decode() == text


@given(TEXT)
def test_quoted_lines_are_short_ascii_and_end_in_crlf(text: str) -> None:
    data = quoted(text)
    assert max(map(len, data.split(b"\r\n"))) <= 76
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")


@given(st.binary(max_size=400))
def test_base64_lines_come_back(data: bytes) -> None:
    lines = base64_lines(data)
    assert base64.b64decode(lines) == data
    assert all(len(line) <= 76 for line in lines.split(b"\r\n"))


@given(TEXT)
def test_the_size_is_what_the_encoding_gives(text: str) -> None:
    chosen = quoted(text) if encoding_for(text) == "quoted-printable" else base64_lines(text.encode())
    assert 0 <= encoded_size(text) - len(chosen) < 78
