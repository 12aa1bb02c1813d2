"""What a hostile body costs: at most twice the cap in memory, whatever it is made of (requirement C4)."""

import asyncio
import gzip
import json
import os
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import brotli
import pytest
import zstandard

from tests.neighbours.http_site import coded, http_site

CAP = 20_000_000
BOMB = 60 * 1_000_000


def _repeated(size: int = BOMB) -> Iterator[bytes]:
    for _ in range(size // 1_000_000):
        yield bytes(1_000_000)


def _gzip(data: Iterator[bytes]) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(machine.compress(part) for part in data), machine.flush()])


def _deflate(data: Iterator[bytes]) -> bytes:
    machine = zlib.compressobj(9)
    return b"".join([*(machine.compress(part) for part in data), machine.flush()])


def _brotli(data: Iterator[bytes]) -> bytes:
    machine = brotli.Compressor(quality=5, lgwin=24)
    return b"".join([*(machine.process(part) for part in data), machine.finish()])


def _zstd(data: Iterator[bytes]) -> bytes:
    parameters = zstandard.ZstdCompressionParameters(compression_level=3, window_log=23)
    machine = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return b"".join([*(machine.compress(part) for part in data), machine.flush()])


CODERS = {"gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd}


@cache
def _noise(size: int) -> bytes:
    """What cannot be compressed: the longest input for its output."""
    return os.urandom(size)


def _bombs() -> dict[str, tuple[bytes, str]]:
    """A body and its Content-Encoding, by what is wicked about it."""
    found = {f"{name} bomb": (coder(_repeated()), name) for name, coder in CODERS.items()}
    for name, coder in CODERS.items():
        found[f"{name} in {name}"] = (coder(iter([coder(_repeated())])), f"{name}, {name}")
        found[f"{name} in gzip"] = (gzip.compress(coder(_repeated())), f"{name}, gzip")
        found[f"{name} truncated"] = (coder(_repeated(18_000_000))[:-9], name)
        found[f"{name} followed by rubbish"] = (coder(_repeated(18_000_000)) + b"rubbish" * 100_000, name)
        found[f"{name} of noise"] = (coder(iter([_noise(19_000_000)])), name)
    found["gzip members"] = (b"".join([gzip.compress(bytes(1_000_000))] * 60), "gzip")
    found["zstd frames"] = (b"".join([zstandard.compress(bytes(1_000_000))] * 60), "zstd")
    found["tiny gzip members"] = (gzip.compress(b"") * 500_000, "gzip")
    found["tiny zstd frames"] = (zstandard.compress(b"") * 500_000, "zstd")
    found["one byte in each of many gzip members"] = (gzip.compress(b"x") * 500_000, "gzip")
    found["no coding"] = (_noise(19_000_000), "")
    found["no coding, too long"] = (_noise(20_000_001), "")
    layers = gzip.compress(zlib.compress(gzip.compress(_gzip(_repeated()))))
    found["four layers"] = (layers, "gzip, gzip, deflate, gzip")
    return found


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc")
async def test_no_body_costs_more_than_twice_the_cap() -> None:
    bombs = _bombs()
    small = {f"/small-{name}": coded(coder(iter([b"tide"])), name) for name, coder in CODERS.items()}
    answers = {f"/{number}": coded(*bomb) for number, bomb in enumerate(bombs.values())}
    async with http_site(answers={**small, "/small": b"tide", **answers}) as site:
        urls = [site.url + path for path in (*small, "/small", *answers)]
        found = dict(zip(bombs, await _fetched_by_a_child(site.host, urls), strict=True))
    assert all(f"over {CAP} bytes" in found[f"{name} bomb"][1] for name in CODERS), found
    assert {name: said for name, (peak, said) in found.items() if peak > 2 * CAP} == {}


async def _fetched_by_a_child(host: str, urls: list[str]) -> list[tuple[int, str]]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.net.bomber", str(CAP), host, *urls),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    out, _ = await child.communicate()
    return [(peak, said) for peak, said in json.loads(out)]
