"""The bytes of an archive file, plain or in gzip members (RFC 1952), from any place on, however damaged."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syndicate.formats.steady import SteadyFile

GZIP = b"\x1f\x8b\x08"
BLOCK = 65_536
MAX_LINE = 65_536
_SEARCHED = 1 << 20
_TRIED, _SHOWN = 8_192, 4_096
# Deflate packs 1,032 to 1 at most; text and pictures stay far below this.
_BOMB_SIZE, _BOMB_RATIO = 256 << 20, 200


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record begins: `offset` in the file, of its gzip member if there are any, and how many bytes
    `within` that member, unpacked.
    """

    offset: int = 0
    within: int = 0

    def __str__(self) -> str:
        return f"byte {self.offset:,}" + (f" ({self.within:,} bytes into it)" if self.within else "")


class Stream:
    """Reads on from a place to the end of its member, then member by member; what is plain is one member.

    `fault` says why a member ended before its end. At most a block is in memory.
    """

    def __init__(self, file: SteadyFile, *, packed: bool, place: Place | None = None) -> None:
        self._file, self.packed = file, packed
        start = place or Place()
        self._begin(start.offset)
        self.skip(start.within)

    def _begin(self, offset: int) -> None:
        self._file.seek(offset)
        self._end, self._raw = offset, b""
        self._open_member(offset)

    def _open_member(self, offset: int) -> None:
        self._member, self._passed = offset, 0
        self._buffer, self._at = b"", 0
        self._machine = zlib.decompressobj(zlib.MAX_WBITS | 16) if self.packed else None
        self._ended, self.fault = False, ""

    @property
    def place(self) -> Place:
        """Where the next byte stands."""
        if self._machine is None:
            return Place(self._member + self._passed + self._at)
        return Place(self._member, self._passed + self._at)

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the member's end alone."""
        parts = []
        while size > 0 and self._fill():
            part = self._buffer[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def readline(self, limit: int = MAX_LINE) -> bytes:
        """The next line with its end, or its first `limit` bytes; empty at the member's end."""
        parts = []
        while limit > 0 and self._fill():
            end = self._buffer.find(b"\n", self._at, self._at + limit) + 1
            part = self._buffer[self._at : end or self._at + limit]
            self._at += len(part)
            limit -= len(part)
            parts.append(part)
            if end:
                break
        return b"".join(parts)

    def unread(self, data: bytes) -> None:
        """Put back what was read last."""
        self._buffer, self._passed = data + self._buffer[self._at :], self._passed + self._at - len(data)
        self._at = 0

    def go_back(self, place: Place) -> None:
        """Read from an earlier place of this member once more."""
        self._begin(place.offset)
        self.skip(place.within)

    def skip(self, size: int) -> int:
        """Pass over bytes, and tell how many there were before the member's end."""
        left = size
        while left > 0 and self._fill():
            step = min(left, len(self._buffer) - self._at)
            self._at += step
            left -= step
        return size - left

    def advance(self) -> bool:
        """Go on to the next member; False at the file's end, or with a fault where none begins."""
        if self._machine is None or self.fault or not self._ended:
            return False
        # Some writers pad the file with zeros.
        self._raw = self._raw.lstrip(b"\0")
        while len(self._raw) < len(GZIP) and (more := self._file.read(BLOCK)):
            self._end += len(more)
            self._raw = (self._raw + more).lstrip(b"\0")
        if not self._raw:
            if self._file.fault:
                self._open_member(self._end)
                self._ended, self.fault = True, self._file.fault
            return False
        self._open_member(self._end - len(self._raw))
        if not self._raw.startswith(GZIP):
            self._ended, self.fault = True, "no gzip member begins here"
        return not self.fault

    def recover(self, begins: Callable[[bytes], bool]) -> bool:
        """After a fault, go on to the next member whose first bytes are as wanted; False for none."""
        if self._machine is None:
            return False
        for offset in _members(self._file, self._member + 1):
            if begins(_beginning(self._file, offset)):
                self._begin(offset)
                return True
        return False

    def _fill(self) -> bool:
        if self._at < len(self._buffer):
            return True
        self._passed += len(self._buffer)
        self._buffer, self._at = b"", 0
        while not self._buffer and not self._ended:
            self._load()
        return bool(self._buffer)

    def _load(self) -> None:
        fresh = not self._raw
        if fresh:
            self._raw = self._file.read(BLOCK)
            self._end += len(self._raw)
        if self._machine is None:
            self._buffer, self._raw = self._raw, b""
            self._ended = not self._buffer
            self.fault = self._file.fault if self._ended else ""
            return
        out_of_data = not self._raw
        try:
            self._buffer = self._machine.decompress(self._raw, BLOCK)
        except zlib.error as error:
            self._ended, self.fault = True, f"the gzip member is damaged: {error}"
            return
        self._raw = self._machine.unused_data if self._machine.eof else self._machine.unconsumed_tail
        if self._machine.eof:
            self._ended = True
        elif out_of_data and not self._buffer:
            self._ended = True
            self.fault = self._file.fault or "the file ends in the middle of a gzip member"
        elif self._passed > _BOMB_SIZE and self._passed > _BOMB_RATIO * (self._end - self._member):
            self._ended, self._buffer = True, b""
            self.fault = f"the gzip member unpacks to over {_BOMB_RATIO} times its size"


def _members(file: SteadyFile, start: int) -> Iterator[int]:
    """The offsets from `start` on at which a gzip member may begin."""
    while True:
        file.seek(start)
        block = file.read(_SEARCHED)
        found = block.find(GZIP)
        while found >= 0:
            yield start + found
            found = block.find(GZIP, found + 1)
        if len(block) < _SEARCHED:
            return
        start += len(block) - len(GZIP) + 1


def _beginning(file: SteadyFile, offset: int) -> bytes:
    file.seek(offset)
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(file.read(_TRIED), _SHOWN)
    except zlib.error:
        return b""
