"""Decoding of HTTP content codings with a bound on what comes out (requirement C4; RFC 9110, section 8.4).

A body is decoded as it comes, in small pieces through all its layers, so that neither what came nor what an
inner layer gave is ever held: memory stays near the bound, whatever the body holds.
"""

import io
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli
import zstandard

MAX_CODINGS = 4
# Enough for a file compressed in blocks; a flood of empty members costs time and gives nothing.
MAX_MEMBERS = 10_000
_BLOCK = 65_536
# What follows the end of a member is copied, so a member that ends early in a large piece would cost much.
_SLICE = 4096
_MAX_ZSTD_WINDOW = 8 << 20
# The library bounds no output, and four bytes can stand for 128 KB.
_ZSTD_SLICE = 32
_GZIP_MAGIC = b"\x1f\x8b"


class CodingFault(ValueError):
    """The body is not what its Content-Encoding says. `passing` when the stream merely broke off."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class TooLarge(ValueError):
    """More bytes than allowed; `limit` is that number."""

    def __init__(self, message: str, *, limit: int) -> None:
        super().__init__(message)
        self.limit = limit


def decode(data: bytes, codings: str, *, limit: int) -> bytes:
    """Undo a Content-Encoding header's codings, last first; every layer may give at most `limit` bytes.

    Raises TooLarge at the bound, CodingFault for an unknown coding, too many of them or broken data.
    """
    body = Body(codings, limit=limit)
    body.feed(data)
    return body.end()


class Body:
    """A body that is decoded while it comes: `feed` its pieces, then take what `end` gives.

    Both raise what `decode` does, and so does making one of codings that are not read.
    """

    def __init__(self, codings: str, *, limit: int) -> None:
        names = [name.strip().lower() for name in codings.split(",") if name.strip()]
        names = [name for name in names if name != "identity"]
        if len(names) > MAX_CODINGS:
            raise CodingFault(f"{len(names)} content codings, at most {MAX_CODINGS} are read")
        if unknown := [name for name in names if name not in _LAYERS]:
            raise CodingFault(f"the content coding {unknown[0]!r} is unknown")
        self._out = _Out(limit, "is" if not names else "decodes to")
        self._stages: list[_Stage] = []
        take = self._out.take
        for name in names:
            stage = _Stage(_LAYERS[name](), take, limit)
            self._stages.insert(0, stage)
            take = stage.take
        self._take = take

    @property
    def is_coded(self) -> bool:
        """Whether decoding it is work."""
        return bool(self._stages)

    def feed(self, data: bytes) -> None:
        """The next bytes as they came."""
        size = _SLICE if self._stages else len(data) or 1
        for start in range(0, len(data), size):
            self._take(data[start : start + size])

    def end(self) -> bytes:
        """The whole body decoded."""
        for stage in self._stages:
            stage.end()
        return self.so_far()

    def so_far(self) -> bytes:
        """What has been decoded until now: all that there is of a body that broke off."""
        return self._out.kept.getvalue()


class _Out:
    """What has been decoded; refuses to grow over the bound."""

    def __init__(self, limit: int, verb: str) -> None:
        self.limit = limit
        self.verb = verb
        # Its bytes are handed over at the end, where joining parts would copy them.
        self.kept = io.BytesIO()

    def take(self, data: bytes) -> None:
        if self.kept.tell() + len(data) > self.limit:
            raise TooLarge(f"the body {self.verb} over {self.limit} bytes", limit=self.limit)
        self.kept.write(data)


Take = Callable[[bytes], None]


class _Layer(Protocol):
    """One coding: `decode` hands on what the bytes give in pieces, `end` raises when something is missing."""

    def decode(self, data: bytes, take: Take) -> None: ...
    def end(self) -> None: ...


class _Stage:
    """A layer between what comes and what takes its output, which it counts."""

    def __init__(self, layer: _Layer, take: Take, limit: int) -> None:
        self._layer = layer
        self._next = take
        self._limit = limit
        self._size = 0

    def take(self, data: bytes) -> None:
        try:
            self._layer.decode(data, self._hand_on)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise CodingFault(f"the compressed body is damaged: {error}") from error

    def end(self) -> None:
        self._layer.end()

    def _hand_on(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise TooLarge(f"the body decodes to over {self._limit} bytes", limit=self._limit)
        for start in range(0, len(part), _SLICE):
            self._next(part[start : start + _SLICE])


class _Members:
    """What gzip and zstd have in common: one member after another, and how many there were."""

    def __init__(self) -> None:
        self.members = 0
        self.open = False

    def begin(self) -> None:
        self.open = True
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise CodingFault(f"the compressed body has over {MAX_MEMBERS} members")

    def end(self) -> None:
        if self.open:
            raise CodingFault("the compressed body breaks off", passing=True)


class _Gzip(_Members):
    """RFC 1952. Padding and what else is no member after the last one is passed over, as gzip itself does."""

    def __init__(self) -> None:
        super().__init__()
        self._held = b""
        self._over = False

    def decode(self, data: bytes, take: Take) -> None:
        while data and not self._over:
            if not self.open:
                data = self._start(data)
                continue
            data = _inflate(self._machine, data, take)
            self.open = not self._machine.eof

    def _start(self, data: bytes) -> bytes:
        data = self._held + data
        self._held = b""
        if self.members and not data.startswith(_GZIP_MAGIC[: len(data)]):
            self._over = True
            return b""
        if self.members and len(data) < len(_GZIP_MAGIC):
            self._held = data
            return b""
        self._machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self.begin()
        return data


class _Deflate(_Members):
    """RFC 9110, section 8.4.1.2 wants zlib's wrapper; some servers send the bare stream."""

    def __init__(self) -> None:
        super().__init__()
        self._held = b""

    def decode(self, data: bytes, take: Take) -> None:
        if not self.members:
            data = self._held = self._held + data
            if len(data) < 2:
                return
            self._start(data)
        if self.open:
            _inflate(self._machine, data, take)
            self.open = not self._machine.eof

    def _start(self, data: bytes) -> None:
        wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        self._machine = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        self.begin()

    def end(self) -> None:
        self.open = self.open or (bool(self._held) and not self.members)
        super().end()


def _inflate(machine: "zlib._Decompress", data: bytes, take: Take) -> bytes:
    """Hand on what the data gives; what is left of it belongs to the next member."""
    while True:
        part = machine.decompress(data, _BLOCK)
        take(part)
        data = machine.unconsumed_tail
        if machine.eof or (not data and len(part) < _BLOCK):
            return machine.unused_data


class _Brotli(_Members):
    """RFC 7932."""

    def __init__(self) -> None:
        super().__init__()
        self._machine = brotli.Decompressor()

    def decode(self, data: bytes, take: Take) -> None:
        if self._machine.is_finished():
            return
        self.open = True
        part = self._machine.process(data, output_buffer_limit=_BLOCK)
        while part:
            take(part)
            part = self._machine.process(b"", output_buffer_limit=_BLOCK)
        self.open = not self._machine.is_finished()


class _Zstd(_Members):
    """RFC 8878, with the window that section 3.1.1.1.2 advises to be content with."""

    def __init__(self) -> None:
        super().__init__()
        self._maker = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW)

    def decode(self, data: bytes, take: Take) -> None:
        while data:
            if not self.open:
                self._machine = self._maker.decompressobj()
                self.begin()
            part, data = data[:_ZSTD_SLICE], data[_ZSTD_SLICE:]
            take(self._machine.decompress(part))
            if self._machine.eof:
                self.open = False
                data = self._machine.unused_data + data


_LAYERS: dict[str, Callable[[], _Layer]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
