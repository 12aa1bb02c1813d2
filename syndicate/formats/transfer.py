"""Transfer encodings of mail text (RFC 2045, section 6), chosen by what they cost.

Lines end in CRLF and hold at most 76 octets, so no relay has a reason to wrap them.
"""

import binascii
from typing import Literal

Encoding = Literal["quoted-printable", "base64"]

LINE_BYTES = 57


def encoding_for(text: str) -> Encoding:
    """Quoted-printable for mostly-ASCII text, else base64 (requirement M10): whichever is the shorter.

    An octet beyond ASCII costs two more in quoted-printable; base64 makes four of every three.
    """
    data = text.encode()
    beyond = len(data) - len(data.translate(None, delete=bytes(range(128, 256))))
    return "quoted-printable" if beyond * 6 < len(data) or not data else "base64"


def quoted(text: str) -> bytes:
    """Quoted-printable. Any line end becomes CRLF; the last line gets none of its own."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return binascii.b2a_qp(data, istext=True).replace(b"\n", b"\r\n")


def base64_lines(data: bytes) -> bytes:
    """Base64 in lines, each with its CRLF; padding only if the length is no multiple of three."""
    ends = range(0, len(data), LINE_BYTES)
    return b"".join([binascii.b2a_base64(data[at : at + LINE_BYTES], newline=False) + b"\r\n" for at in ends])


def encoded_size(text: str) -> int:
    """Octets of the text in the encoding that it will be sent in."""
    if encoding_for(text) == "quoted-printable":
        return len(quoted(text))
    return -(-len(text.encode()) // LINE_BYTES) * 78
