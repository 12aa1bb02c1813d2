"""Records are read whatever the bytes: nothing raises, nothing runs for ever, what is whole is found."""

import gzip
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.formats.members import MAX_LINE, Place, Stream
from syndicate.formats.steady import SteadyFile
from syndicate.formats.warc import Damage, Record, Records, begins, read_timestamp

BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>The ferry sailed at dawn."


def a_record(name: str) -> bytes:
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: <https://old.courier.example/{name}>\r\n"
    head += f"WARC-Date: 2012-01-02T03:04:05.678Z\r\nContent-Length: {len(BLOCK)}\r\n"
    return head.encode() + b"\r\n" + BLOCK + b"\r\n\r\n"


PLAIN = b"".join(map(a_record, "abc"))
PACKED = b"".join(gzip.compress(a_record(name)) for name in "abc")


def read(data: bytes, *, packed: bool, place: Place | None = None) -> list[tuple[Record | Damage, bytes]]:
    records = Records(Stream(SteadyFile(io.BytesIO(data)), packed=packed, place=place))
    found = []
    for record in records:
        body = b""
        if isinstance(record, Record):
            records.http(record)
            body = records.read(10_000)
        found.append((record, body))
    return found


def urls(found: list[tuple[Record | Damage, bytes]]) -> str:
    return "".join(record.url[-1:] for record, _ in found if isinstance(record, Record))


@pytest.mark.parametrize(("data", "packed"), [(PLAIN, False), (PACKED, True), (gzip.compress(PLAIN), True)])
def test_each_record_is_found_again_at_its_place(data: bytes, packed: bool) -> None:
    found = read(data, packed=packed)
    assert urls(found) == "abc"
    for record, body in found:
        assert body == b"<p>The ferry sailed at dawn."
        again = read(data, packed=packed, place=record.place)
        assert again[0] == (record, body)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PACKED) - 1), st.binary(max_size=40), st.integers(0, 60))
def test_no_damage_to_a_packed_file_raises(at: int, put: bytes, cut: int) -> None:
    assert len(read(PACKED[:at] + put + PACKED[at + cut :], packed=True)) < 20


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.binary(max_size=40), st.integers(0, 60))
def test_no_damage_to_a_plain_file_raises(at: int, put: bytes, cut: int) -> None:
    assert len(read(PLAIN[:at] + put + PLAIN[at + cut :], packed=False)) < 20


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_raise(data: bytes, packed: bool) -> None:
    read(data, packed=packed)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2), st.integers(30, 150))
def test_one_damaged_member_costs_itself_alone(which: int, at: int) -> None:
    members = [gzip.compress(a_record(name)) for name in "abc"]
    member = members[which]
    members[which] = member[:at] + b"\xff" * 12 + member[at + 12 :]
    assert set("abc") - set("abc"[which]) <= set(urls(read(b"".join(members), packed=True)))


def test_a_line_without_end_comes_in_pieces() -> None:
    stream = Stream(SteadyFile(io.BytesIO(gzip.compress(b"x" * 200_000 + b"\nend"))), packed=True)
    sizes = []
    while line := stream.readline():
        sizes.append(len(line))
    assert sizes == [MAX_LINE] * 3 + [200_001 - 3 * MAX_LINE, 3]


def test_what_is_put_back_is_read_again_at_its_place() -> None:
    stream = Stream(SteadyFile(io.BytesIO(b"one\ntwo\n")), packed=False)
    line = stream.readline()
    stream.unread(line)
    assert stream.place == Place(0)
    assert stream.read(100) == b"one\ntwo\n"


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        (b"WARC/1.0\r\n", True),
        (b"WARC/0.18\n", True),
        (b"http://old.courier.example/a b 192.0.2.1 20050102030405 text/html 12\n", True),
        (b"filedesc://a.arc 0.0.0.0 20050101000000 text/plain 73\n", True),
        (b"WARC is a format\n", False),
        (b"http://old.courier.example/a 192.0.2.1 2005 text/html 12\n", False),
        (b"http: " + b"1 20050102030405 " * 3_000, False),
        (b"", False),
    ],
)
def test_how_a_record_begins(line: bytes, is_one: bool) -> None:
    assert begins(line) is is_one


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2012-01-02T03:04:05Z", datetime(2012, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2012-01-02T03:04:05.123456789Z", datetime(2012, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20120102030405", datetime(2012, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2012-05", datetime(2012, 5, 1, tzinfo=UTC)),
        ("201201020304", datetime(2012, 1, 2, 3, 4, tzinfo=UTC)),
        ("20121332000000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_of_captures(text: str, when: datetime | None) -> None:
    assert read_timestamp(text) == when
