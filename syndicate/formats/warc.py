"""Records of web archives: WARC (ISO 28500:2017) and ARC, one after the other, past what is damaged.

https://iipc.github.io/warc-specifications/ · https://archive.org/web/researcher/ArcFileFormat.php
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from syndicate.formats.members import BLOCK, Place, Stream

MAX_HEAD = 262_144
MAX_ARC_HEAD = 8_192
_WARC = re.compile(rb"WARC/[01]\.\d+\s")
_ARC = re.compile(rb"[a-z][\w+.-]*:\S[^\r\n]* \S+ \d{12,14} \S[^\r\n]* \d+\r?\n", re.IGNORECASE)
_NEXT = re.compile(
    rb"[\r\n](WARC/[01]\.\d|(?:https?|ftp|dns|filedesc):[^\r\n]{1,8000} \d{12,14} )", re.IGNORECASE
)
_INSIDE = re.compile(rb"(?:\r?\n){1,2}(?=WARC/[01]\.\d\r?\n)")
# Going back costs reading on to the end once more.
MOST_RETURNS = 20
_ARC_FIELDS, _ARC_2_FIELDS = 5, 10
_NO_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """The head of an HTTP answer; names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record's head. `kind` is WARC-Type; `date` is None where none can be read; `digest` is that of the
    payload, with its algorithm.
    """

    place: Place
    kind: str
    url: str
    date: datetime | None
    length: int
    digest: str = ""
    media_type: str = ""
    truncated: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What could not be read, where, and why; reading goes on with the next record."""

    place: Place
    why: str


class Records:
    """The records of one file from a place on. Of the current one, `http` and then `read` give the block.

    `cut` tells that the block ended before its length, `overran` that this reaches over the next record.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
        self._http = StatusAndHeadersParser([], verify=False)
        self._left = 0
        self._place = Place()
        self._returns = 0
        self.cut = self.overran = False

    def forward(self, place: Place) -> bool:
        """Go on to a place in the same member; False where it lies elsewhere or behind."""
        here = self._stream.place
        if here.offset != place.offset or here.within > place.within or not self._stream.packed:
            return False
        self._left = 0
        return self._stream.skip(place.within - here.within) == place.within - here.within

    def __iter__(self) -> Iterator[Record | Damage]:
        while True:
            if short := self._pass():
                yield short
            place, line = self._first_line()
            if line:
                yield self._head(line, place)
            elif self._stream.fault:
                yield Damage(place=Place(self._stream.place.offset), why=self._stream.fault)
                if not self._stream.recover(begins):
                    return
            elif not self._stream.advance() and not self._stream.fault:
                return

    def http(self, record: Record) -> Http:
        """The head of the HTTP answer; a block without one is the payload itself, of the record's type."""
        line = self._line()
        if not line.startswith(b"HTTP/"):
            self._stream.unread(line)
            self._left += len(line)
            return Http(status=200, headers={"content-type": record.media_type})
        found = self._http.parse(io.BytesIO(line + b"".join(self._lines())))
        status = found.get_statuscode()[:3]
        headers: dict[str, str] = {}
        for name, value in found.headers:
            headers.setdefault(name.lower(), value)
        return Http(status=int(status) if status.isascii() and status.isdecimal() else 0, headers=headers)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of what is left of the block."""
        data = self._stream.read(min(size, self._left))
        while len(data) < min(size, self._left) and self._runs_on():
            data += self._stream.read(min(size, self._left) - len(data))
        self.cut = len(data) < min(size, self._left)
        self._left = 0 if self.cut else self._left - len(data)
        # A whole record may hold another's text; one that is too long for what there is lies.
        if (self.cut or self._left) and (inside := _INSIDE.search(data)):
            self._stream.unread(data[inside.end() :])
            self._left, self.cut, self.overran = 0, True, True
            return data[: inside.start()]
        return data

    def _runs_on(self) -> bool:
        """Whether the next member has more of this record, though each should be a member of its own."""
        if self._stream.fault or not self._stream.advance():
            return False
        line = self._stream.readline()
        self._stream.unread(line)
        return not begins(line)

    def _pass(self) -> Damage | None:
        """Pass over what was not read of the block; tell where that was less than its length."""
        while self._left > 0:
            self._left -= self._stream.skip(self._left)
            if self._left and not self._runs_on():
                self._left = 0
                return None if self._stream.fault else Damage(place=self._place, why=self._broken_off())
        return None

    def _broken_off(self) -> str:
        """What is told of a record that ended too early; goes back to one that its length reaches over."""
        if self._returns < MOST_RETURNS:
            self._returns += 1
            self._stream.go_back(self._place)
            self._stream.readline()
            if self._seek_next():
                return "the record breaks off; its length reaches over the next one, which was found inside"
        return "the record breaks off"

    def _line(self) -> bytes:
        line = self._stream.readline(min(self._left, MAX_HEAD))
        self._left -= len(line)
        return line

    def _lines(self) -> Iterator[bytes]:
        """The header lines of the block, up to the empty one."""
        size = 0
        while size < MAX_HEAD and (line := self._line()).strip():
            size += len(line)
            yield line

    def _first_line(self) -> tuple[Place, bytes]:
        place, line = self._stream.place, self._stream.readline()
        while line and not line.strip():
            place, line = self._stream.place, self._stream.readline()
        return place, line

    def _head(self, line: bytes, place: Place) -> Record | Damage:
        try:
            if _WARC.match(line):
                return self._opened(_from_warc(self._parsed(line + self._rest_of_head()), place))
            if _ARC.match(line):
                return self._opened(_from_arc(self._parsed(_as_arc_1(line)), place))
        except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, TypeError) as error:
            self._seek_next()
            return Damage(place=place, why=f"the record's head cannot be read: {error}")
        self._seek_next()
        return Damage(place=place, why="no record begins here")

    def _opened(self, record: Record) -> Record:
        if record.length < 0:
            raise ValueError("it states no length")
        self._left, self._place = record.length, record.place
        self.cut = self.overran = False
        return record

    def _parsed(self, head: bytes) -> Any:
        return self._loader.parse_record_stream(io.BytesIO(head), no_record_parse=True)

    def _rest_of_head(self) -> bytes:
        parts, size = [], 0
        while (line := self._stream.readline()).strip():
            parts.append(line)
            size += len(line)
            if size > MAX_HEAD:
                raise ValueError(f"it is over {MAX_HEAD:,} bytes long")
        return b"".join(parts)

    def _seek_next(self) -> bool:
        """Pass over all that comes before the next line with which a record begins, in this member.

        False where none does.
        """
        held = b"\n"
        while block := self._stream.read(BLOCK):
            held += block
            if found := _NEXT.search(held):
                # What cannot be seen whole yet is judged when it is read as a line.
                self._stream.unread(held[found.end() - len(found[1]) :])
                return True
            held = held[max(held.rfind(b"\n"), len(held) - MAX_ARC_HEAD) :]
        return False


def begins(line: bytes) -> bool:
    """Whether a record begins with these bytes."""
    return bool(_WARC.match(line) or _ARC.match(line[:MAX_ARC_HEAD]))


def _from_warc(parsed: Any, place: Place) -> Record:
    told = {name.lower(): value for name, value in parsed.rec_headers.headers}
    return Record(
        place=place,
        kind=told.get("warc-type", "").lower(),
        url=told.get("warc-target-uri", "").strip("<>"),
        date=read_timestamp(told.get("warc-date", "")),
        length=int(told["content-length"]) if "content-length" in told else -1,
        digest=told.get("warc-payload-digest", "").lower(),
        media_type=told.get("content-type", ""),
        truncated=told.get("warc-truncated", ""),
        profile=told.get("warc-profile", ""),
    )


def _from_arc(parsed: Any, place: Place) -> Record:
    told = dict(parsed.rec_headers.headers)
    url = told["uri"]
    return Record(
        place=place,
        kind="warcinfo" if url.startswith("filedesc:") else "response",
        url=url,
        date=read_timestamp(told["archive-date"]),
        length=int(told["length"]),
        media_type=told["content-type"],
    )


def _as_arc_1(line: bytes) -> bytes:
    """The head of ARC version 2 has five fields more, between the type and the length."""
    fields = line.split()
    if len(fields) == _ARC_2_FIELDS:
        return b" ".join([*fields[: _ARC_FIELDS - 1], fields[-1]]) + b"\n"
    return line


def read_timestamp(text: str) -> datetime | None:
    """`2012-01-02T03:04:05Z`, `20120102030405` or a shorter one, in UTC; None for anything else."""
    digits = _NO_DIGIT.sub("", text)[:14]
    if len(digits) < len("2012"):
        return None
    try:
        full = digits + "00000101000000"[len(digits) :]
        return datetime.strptime(full, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
