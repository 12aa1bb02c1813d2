"""Content codings are undone within a bound."""

import gzip
import zlib

import brotli
import pytest
import zstandard

from syndicate.errors import Unreadable
from syndicate.net.limits import Body, CodingFault, TooLarge, decode, unpacked

TEXT = "The tide is turning. پیک بندر\n".encode() * 300
LIMIT = 1_000_000


def deflate_raw(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


CODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd}


@pytest.mark.parametrize("coding", CODERS)
def test_a_coding_is_undone(coding: str) -> None:
    assert decode(CODERS[coding](TEXT), coding, limit=LIMIT) == TEXT


def test_a_file_is_unpacked_where_it_is_packed() -> None:
    assert unpacked(gzip.compress(TEXT), name="tide.gz", limit=LIMIT) == TEXT
    assert unpacked(TEXT, name="tide.gz", limit=1) == TEXT


@pytest.mark.parametrize(
    ("data", "words"),
    [(gzip.compress(TEXT)[:-9], "breaks off"), (gzip.compress(bytes(LIMIT + 1)), "over 1000000")],
)
def test_a_file_that_cannot_be_unpacked_is_named(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=rf"tide\.gz cannot be unpacked: .*{words}"):
        unpacked(data, name="tide.gz", limit=LIMIT)


def test_bare_deflate_is_undone_too() -> None:
    assert decode(deflate_raw(TEXT), "deflate", limit=LIMIT) == TEXT


def test_several_gzip_members_and_padding_are_one_body() -> None:
    data = gzip.compress(TEXT) + gzip.compress(b"end") + b"\0\0"
    assert decode(data, "gzip", limit=LIMIT) == TEXT + b"end"


def test_nested_codings_are_undone_last_first() -> None:
    data = brotli.compress(zstd(zlib.compress(gzip.compress(TEXT))))
    assert decode(data, "gzip, deflate, zstd, BR", limit=LIMIT) == TEXT


@pytest.mark.parametrize("coding", ["", "identity", " , "])
def test_no_coding_leaves_the_body_alone(coding: str) -> None:
    assert decode(TEXT, coding, limit=LIMIT) == TEXT


@pytest.mark.parametrize("coding", CODERS)
def test_an_empty_body_stays_empty(coding: str) -> None:
    assert decode(CODERS[coding](b""), coding, limit=LIMIT) == b""


@pytest.mark.parametrize("coding", CODERS)
def test_a_bomb_is_refused_at_the_bound(coding: str) -> None:
    bomb = CODERS[coding](b"\0" * 50_000_000)
    with pytest.raises(TooLarge, match="1000000 bytes"):
        decode(bomb, coding, limit=LIMIT)


def test_a_nested_bomb_is_refused_in_its_inner_layer() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 500_000_000))
    with pytest.raises(TooLarge):
        decode(bomb, "gzip, gzip", limit=LIMIT)


@pytest.mark.parametrize("coding", CODERS)
def test_a_body_that_breaks_off_is_a_passing_fault(coding: str) -> None:
    data = CODERS[coding](bytes(range(256)) * 4000)
    with pytest.raises(CodingFault) as caught:
        decode(data[: len(data) // 2], coding, limit=2_000_000)
    assert caught.value.passing


@pytest.mark.parametrize("coding", CODERS)
def test_a_body_of_another_coding_is_a_fault(coding: str) -> None:
    with pytest.raises(CodingFault):
        decode(b"<html><p>not compressed at all</p></html>", coding, limit=LIMIT)


@pytest.mark.parametrize("rubbish", [b"rubbish", b"\x1f", b"\0\0\x1f\x8b", b"\n<!-- -->"])
def test_what_follows_the_last_gzip_member_is_passed_over(rubbish: bytes) -> None:
    assert decode(gzip.compress(TEXT) + rubbish, "gzip", limit=LIMIT) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_flood_of_empty_members_is_refused(coding: str) -> None:
    with pytest.raises(CodingFault, match="over 10000 members"):
        decode(CODERS[coding](b"") * 20_000, coding, limit=LIMIT)


def test_a_file_compressed_in_blocks_is_one_body() -> None:
    data = b"".join(gzip.compress(bytes([number % 256]) * 100) for number in range(2_000))
    assert len(decode(data, "gzip", limit=LIMIT)) == 200_000


@pytest.mark.parametrize("coding", CODERS)
@pytest.mark.parametrize("size", [1, 2, 7, 4097])
def test_a_body_may_come_in_pieces_of_any_size(coding: str, size: int) -> None:
    data = CODERS[coding](TEXT)
    body = Body(coding, limit=LIMIT)
    for start in range(0, len(data), size):
        body.feed(data[start : start + size])
    assert body.end() == TEXT


def test_a_body_longer_than_one_part_comes_whole() -> None:
    data = bytes(range(256)) * 40_000
    assert decode(gzip.compress(data), "gzip", limit=20_000_000) == data
    assert decode(data, "", limit=20_000_000) == data


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_a_coding_that_remembers_much_is_read_once_in_a_body(coding: str) -> None:
    with pytest.raises(CodingFault, match="twice"):
        decode(CODERS[coding](CODERS[coding](TEXT)), f"{coding}, {coding}", limit=LIMIT)


def test_an_unknown_coding_is_named() -> None:
    with pytest.raises(CodingFault, match="'compress' is unknown"):
        decode(TEXT, "compress", limit=LIMIT)


def test_too_many_codings_are_refused() -> None:
    with pytest.raises(CodingFault, match="5 content codings"):
        decode(TEXT, "gzip," * 5, limit=LIMIT)


def test_a_plain_body_over_the_bound_is_refused() -> None:
    with pytest.raises(TooLarge):
        decode(b"x" * 11, "", limit=10)
