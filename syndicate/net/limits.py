"""Decoding of HTTP content codings with a bound on what comes out (requirement C4; RFC 9110, section 8.4).

A body is decoded as it comes, in small pieces through all its layers, so that neither what came nor what an
inner layer gave is ever held: memory stays near the bound, whatever the body holds.
"""

import mmap
import zlib
from collections.abc import Callable
from typing import Any, Protocol

import brotli
import zstandard

from syndicate.errors import Unreadable

# A page saved as one file holds its pictures, fonts and films.
MAX_FILE = 50_000_000
MAX_CODINGS = 4
# Enough for a file compressed in blocks; a flood of empty members costs time and gives nothing.
MAX_MEMBERS = 10_000
_BLOCK = 65_536
# What follows the end of a member is copied, so a member that ends early in a large piece would cost much.
_SLICE = 4096
_PART = 4 << 20
# What decoders keep of the past: br up to 16 MB, zstd what it is allowed; so neither counts twice in a body.
_WIDE = frozenset({"br", "zstd"})
_MAX_ZSTD_WINDOW = 8 << 20
_NESTED_ZSTD_WINDOW = 2 << 20
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
    try:
        body.feed(data)
        return body.end()
    finally:
        body.drop()


def unpacked(data: bytes, *, name: str, limit: int = MAX_FILE) -> bytes:
    """A file's bytes without the gzip that it may be packed in. Raises Unreadable, with the file's name, for
    one that is damaged or holds more than `limit` bytes.
    """
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        return decode(data, "gzip", limit=limit)
    except (CodingFault, TooLarge) as error:
        raise Unreadable(f"{name} cannot be unpacked: {error}") from error


class Body:
    """A body that is decoded while it comes: `feed` its pieces, then take what `end` gives; `drop` it at once
    where it is not wanted to its end.

    Both raise what `decode` does, and so does making one of codings that are not read.
    """

    def __init__(self, codings: str, *, limit: int) -> None:
        names = _read_codings(codings)
        self._out = _Out(limit, "decodes to" if names else "is")
        self._stages: list[_Stage] = []
        take = self._out.take
        for name in names:
            stage = _Stage(_LAYERS[name](len(names)), take, limit)
            self._stages.insert(0, stage)
            take = stage.take
        self._take = take

    @property
    def is_coded(self) -> bool:
        """Whether decoding it is work."""
        return bool(self._stages)

    @property
    def size(self) -> int:
        """How many bytes have been decoded until now."""
        return self._out.size

    def feed(self, data: bytes) -> None:
        """The next bytes as they came."""
        size = _SLICE if self._stages else len(data) or 1
        for start in range(0, len(data), size):
            self._take(data[start : start + size])

    def end(self) -> bytes:
        """The whole body decoded."""
        for stage in self._stages:
            stage.end()
        self._drop_stages()
        return self.so_far()

    def so_far(self) -> bytes:
        """What has been decoded until now: all that there is of a body that broke off."""
        return self._out.joined()

    def drop(self) -> None:
        """Give the memory back: an error keeps the frames that it passed, and they what they hold."""
        self._drop_stages()
        self._out.drop()

    def _drop_stages(self) -> None:
        for stage in self._stages:
            stage.drop()
        self._stages = []
        self._take = self._out.take


def _read_codings(codings: str) -> list[str]:
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    names = [name for name in names if name != "identity"]
    if len(names) > MAX_CODINGS:
        raise CodingFault(f"{len(names)} content codings, at most {MAX_CODINGS} are read")
    for name in names:
        if name not in _LAYERS:
            raise CodingFault(f"the content coding {name!r} is unknown")
        if name in _WIDE and names.count(name) > 1:
            raise CodingFault(f"the content coding {name} is there twice")
    return names


class _Out:
    """What has been decoded; refuses to grow over the bound.

    It lies in pages of its own, which go back to the system at once; what is allocated and grown in the
    usual way is copied as it grows, and what is freed of it may stay with the process for ever.
    """

    def __init__(self, limit: int, verb: str) -> None:
        self.limit = limit
        self.verb = verb
        self.size = 0
        self.parts: list[mmap.mmap] = []

    def take(self, data: bytes) -> None:
        if self.size + len(data) > self.limit:
            raise TooLarge(f"the body {self.verb} over {self.limit} bytes", limit=self.limit)
        while data:
            if self.size == len(self.parts) * _PART:
                self.parts.append(mmap.mmap(-1, _PART, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
            written = self.parts[-1].write(data[: _PART - self.size % _PART])
            self.size += written
            data = data[written:]

    def joined(self) -> bytes:
        views = [memoryview(part) for part in self.parts]
        rest = self.size - _PART * max(0, len(views) - 1)
        whole = b"".join([*views[:-1], *(view[:rest] for view in views[-1:])])
        for view in views:
            view.release()
        self.drop()
        return whole

    def drop(self) -> None:
        for part in self.parts:
            part.close()
        self.parts = []


Take = Callable[[bytes], None]


class _Layer(Protocol):
    """One coding: `decode` hands on what the bytes give in pieces, `end` raises when something is missing."""

    def decode(self, data: bytes, take: Take) -> None: ...
    def end(self) -> None: ...
    def drop(self) -> None: ...


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

    def drop(self) -> None:
        self._layer.drop()

    def _hand_on(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise TooLarge(f"the body decodes to over {self._limit} bytes", limit=self._limit)
        for start in range(0, len(part), _SLICE):
            self._next(part[start : start + _SLICE])


class _Members:
    """What the layers have in common: whether a member is open, and how many there were; `layers` is how many
    codings the body has.
    """

    def __init__(self, layers: int) -> None:
        self.layers = layers
        self.machine: Any = None
        self.members = 0
        self.open = False

    def begin(self, machine: Any) -> None:
        self.machine = machine
        self.open = True
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise CodingFault(f"the compressed body has over {MAX_MEMBERS} members")

    def end(self) -> None:
        if self.open:
            raise CodingFault("the compressed body breaks off", passing=True)

    def drop(self) -> None:
        self.machine = None


class _Gzip(_Members):
    """RFC 1952. Padding and what else is no member after the last one is passed over, as gzip itself does."""

    def __init__(self, layers: int) -> None:
        super().__init__(layers)
        self._held = b""
        self._over = False

    def decode(self, data: bytes, take: Take) -> None:
        while data and not self._over:
            if not self.open:
                data = self._start(data)
                continue
            data = _inflate(self.machine, data, take)
            self.open = not self.machine.eof

    def _start(self, data: bytes) -> bytes:
        data = self._held + data
        self._held = b""
        if self.members and not data.startswith(_GZIP_MAGIC[: len(data)]):
            self._over = True
            return b""
        if self.members and len(data) < len(_GZIP_MAGIC):
            self._held = data
            return b""
        self.begin(zlib.decompressobj(zlib.MAX_WBITS | 16))
        return data


class _Deflate(_Members):
    """RFC 9110, section 8.4.1.2 wants zlib's wrapper; some servers send the bare stream."""

    def __init__(self, layers: int) -> None:
        super().__init__(layers)
        self._held = b""

    def decode(self, data: bytes, take: Take) -> None:
        if not self.members:
            data = self._held = self._held + data
            if len(data) < 2:
                return
            self._start(data)
        if self.open:
            _inflate(self.machine, data, take)
            self.open = not self.machine.eof

    def _start(self, data: bytes) -> None:
        wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        self.begin(zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS))

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

    def __init__(self, layers: int) -> None:
        super().__init__(layers)
        self.machine = brotli.Decompressor()

    def decode(self, data: bytes, take: Take) -> None:
        if self.machine.is_finished():
            return
        self.open = True
        part = self.machine.process(data, output_buffer_limit=_BLOCK)
        while part:
            take(part)
            part = self.machine.process(b"", output_buffer_limit=_BLOCK)
        self.open = not self.machine.is_finished()


class _Zstd(_Members):
    """RFC 8878, with the window that section 3.1.1.1.2 advises to be content with."""

    def __init__(self, layers: int) -> None:
        super().__init__(layers)
        window = _MAX_ZSTD_WINDOW if layers == 1 else _NESTED_ZSTD_WINDOW
        self._maker = zstandard.ZstdDecompressor(max_window_size=window)

    def decode(self, data: bytes, take: Take) -> None:
        while data:
            if not self.open:
                self.begin(self._maker.decompressobj())
            part, data = data[:_ZSTD_SLICE], data[_ZSTD_SLICE:]
            take(self.machine.decompress(part))
            if self.machine.eof:
                self.open = False
                data = self.machine.unused_data + data


_LAYERS: dict[str, Callable[[int], _Layer]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
