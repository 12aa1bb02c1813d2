"""Decoding of HTTP content codings with a bound on what comes out (requirement C4; RFC 9110, section 8.4)."""

import zlib
from collections.abc import Callable

import brotli
import zstandard

MAX_CODINGS = 4
_BLOCK = 65_536
_MAX_ZSTD_WINDOW = 8 << 20
_ZSTD_SLICE = 128


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
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    if len(names) > MAX_CODINGS:
        raise CodingFault(f"{len(names)} content codings, at most {MAX_CODINGS} are read")
    for name in reversed(names):
        if name not in _DECODERS:
            raise CodingFault(f"the content coding {name!r} is unknown")
        data = _DECODERS[name](data, limit)
    if len(data) > limit:
        raise TooLarge(f"the body is over {limit} bytes", limit=limit)
    return data


class _Out:
    """What has been decoded so far; refuses to grow over the bound."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > self.limit:
            raise TooLarge(f"the body decodes to over {self.limit} bytes", limit=self.limit)
        self.parts.append(part)

    def joined(self) -> bytes:
        return b"".join(self.parts)


def _gunzip(data: bytes, limit: int) -> bytes:
    out = _Out(limit)
    while data:
        data = _inflate_member(data, zlib.MAX_WBITS | 16, out)
        # Zero padding after the last member is common; anything else must be a member again.
        data = data.lstrip(b"\0")
    return out.joined()


def _inflate(data: bytes, limit: int) -> bytes:
    if not data:
        return b""
    # RFC 9110, section 8.4.1.2 wants zlib's wrapper; some servers send the bare stream.
    wrapped = len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    out = _Out(limit)
    _inflate_member(data, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS, out)
    return out.joined()


def _inflate_member(data: bytes, bits: int, out: _Out) -> bytes:
    machine = zlib.decompressobj(bits)
    try:
        while not machine.eof:
            part = machine.decompress(data, _BLOCK)
            data = machine.unconsumed_tail
            out.add(part)
            if not part and not data and not machine.eof:
                raise CodingFault("the compressed body breaks off", passing=True)
    except zlib.error as error:
        raise CodingFault(f"the compressed body is damaged: {error}") from error
    return machine.unused_data


def _unbrotli(data: bytes, limit: int) -> bytes:
    machine, out = brotli.Decompressor(), _Out(limit)
    try:
        part = machine.process(data, output_buffer_limit=_BLOCK)
        while part or not machine.is_finished():
            out.add(part)
            if not part:
                raise CodingFault("the compressed body breaks off", passing=True)
            part = machine.process(b"", output_buffer_limit=_BLOCK)
    except brotli.error as error:
        raise CodingFault(f"the compressed body is damaged: {error}") from error
    return out.joined()


def _unzstd(data: bytes, limit: int) -> bytes:
    out = _Out(limit)
    maker = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW)
    try:
        while data:
            data = _unzstd_frame(data, maker, out)
    except zstandard.ZstdError as error:
        raise CodingFault(f"the compressed body is damaged: {error}") from error
    return out.joined()


def _unzstd_frame(data: bytes, maker: zstandard.ZstdDecompressor, out: _Out) -> bytes:
    machine = maker.decompressobj()
    # The library bounds no output; four bytes can stand for 128 KB, so little goes in at a time.
    for start in range(0, len(data), _ZSTD_SLICE):
        out.add(machine.decompress(data[start : start + _ZSTD_SLICE]))
        if machine.eof:
            return machine.unused_data + data[start + _ZSTD_SLICE :]
    raise CodingFault("the compressed body breaks off", passing=True)


def _as_is(data: bytes, _limit: int) -> bytes:
    return data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
    "identity": _as_is,
}
