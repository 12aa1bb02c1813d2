"""Pages out of a web archive and extracted, against extracting the same pages from memory, in one process.

The archive is packed as crawlers pack them, each answer compressed and in chunks; CPU time counts, in turns.
"""

import asyncio
import gzip
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.row import Row
from syndicate.collect.readers.warc import read_warc
from syndicate.collect.reading import Capture, Reading
from syndicate.collect.visits import Visits
from syndicate.extract.page import extract
from syndicate.model.site import FetchSettings
from syndicate.model.source import Source, SourceKind
from syndicate.net.client import Client

SITE = Path(__file__).parent.parent / "config" / "samples" / "site"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS = 5
# Each page stands in the archive so often, at another address.
TIMES = 10


def measure() -> list[Row]:
    """One row: pages a second of CPU, read from a WARC and extracted, against extraction alone."""
    pages = [path.read_bytes() for path in sorted(SITE.rglob("*/*.html"))] * TIMES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crawl.warc.gz"
        path.write_bytes(packed(pages))
        ours, alone = [], []
        for _ in range(ROUNDS):
            alone.append(_rate(len(pages), lambda: _extract(_addressed(pages))))
            ours.append(_rate(len(pages), lambda: asyncio.run(_read_and_extract(path, len(pages)))))
    return [
        Row(
            name="pages read from a WARC and extracted",
            ours=statistics.median(ours),
            reference=statistics.median(alone),
            unit="pages/s of CPU",
            against="extraction alone",
        )
    ]


def packed(pages: Iterable[bytes]) -> bytes:
    """A WARC of these pages."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    told = [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
    for url, data in _addressed(pages):
        body = gzip.compress(data)
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(b"%X\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
            http_headers=StatusAndHeaders("200 OK", told, protocol="HTTP/1.1"),
        )
        writer.write_record(record)
    return out.getvalue()


def _addressed(pages: Iterable[bytes]) -> Iterable[tuple[str, bytes]]:
    return ((f"https://old.courier.example/{number}", data) for number, data in enumerate(pages))


def _extract(pages: Iterable[tuple[str, bytes]]) -> None:
    for url, data in pages:
        extract(data, url=url, content_type="text/html")


async def _read_and_extract(path: Path, count: int) -> None:
    source = Source(name="archive", kind=SourceKind.WARC, folder=str(path), limit=count)
    visits = Visits(client=Client(FetchSettings()), now=lambda: NOW)
    async for finding in read_warc(Reading(source=source, visits=visits)):
        if isinstance(finding, Capture):
            extract(finding.data, url=finding.url, content_type=finding.content_type)


def _rate(count: int, work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return count / (time.process_time() - start)
