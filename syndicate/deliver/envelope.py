"""Letters: a message with its envelope, as a line takes it."""

import re

from syndicate.errors import BadAddress, ComposeFault

PATH = re.compile(r"[^\s<>\x00-\x1f\x7f]*")
# What nearly every address is; the others are looked at more closely.
PLAIN_PATH = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")


class Letter:
    """One message with its envelope: made of `data`, or of what goes over the wire after DATA.

    `data` has CRLF line ends and no dot-stuffing. `stuffed` has its dots doubled and the final dot, and
    comes with `size`, the octets of the data that it stands for: then nobody scans a body per recipient.
    """

    __slots__ = ("_data", "_stuffed", "recipient", "sender", "size")

    def __init__(
        self, *, sender: str, recipient: str, data: bytes = b"", stuffed: bytes = b"", size: int = 0
    ) -> None:
        self.sender = sender
        self.recipient = recipient
        self.size = size or len(data)
        self._data = data
        self._stuffed = stuffed

    @property
    def data(self) -> bytes:
        """The message as it was composed."""
        return self._data or unstuffed(self._stuffed)

    @property
    def stuffed(self) -> bytes:
        """The message as it goes over the wire (RFC 5321, section 4.5.2). Raises ComposeFault, see stuff."""
        return self._stuffed or stuff(self._data)


def stuff(data: bytes) -> bytes:
    """The body as it goes over the wire: dots doubled at line starts, and the final dot (section 4.5.2).

    Raises ComposeFault on a bare CR or LF: servers differ on what they mean, so that one could hide a
    second message.
    """
    if not data.endswith(b"\r\n"):
        raise ComposeFault("a message must end with CRLF")
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        raise ComposeFault("a message must not have a bare CR or LF")
    doubled = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if data.startswith(b".") else b"") + doubled + b".\r\n"


def unstuffed(body: bytes) -> bytes:
    """The message that a body on the wire stands for: `stuff` undone."""
    data = body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    return data[1:] if data.startswith(b".") else data


def path_of(address: str) -> str:
    """An address as MAIL and RCPT take it, its domain in punycode. Raises BadAddress."""
    if PLAIN_PATH.fullmatch(address):
        return address
    local, at, domain = address.rpartition("@")
    if not PATH.fullmatch(address) or (address and not (at and local and domain)):
        raise BadAddress("the address cannot stand in an SMTP envelope")
    try:
        return address if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise BadAddress("the part after the @ is no domain name") from error
