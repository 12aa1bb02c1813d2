"""The sample site's HTML pages, extracted in turns by us and by bare trafilatura in one process.

Ours finds headline, authors, dates, image, notice, credit and briefs, and sanitises the body. The first
reference makes the body's text alone; the second its metadata too.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

from benchmarks.row import Row
from syndicate.extract.page import extract

SITE = Path(__file__).parent.parent / "config" / "samples" / "site"
ROUNDS = 7
PASSES = 5


def measure() -> list[Row]:
    """Two rows: pages extracted a second, against trafilatura without and with metadata."""
    pages = [
        (path.read_bytes(), f"https://old.courier.example/{path.name}") for path in SITE.rglob("*/*.html")
    ]
    ways: dict[str, Callable[[bytes, str], object]] = {
        "ours": lambda data, url: extract(data, url=url),
        "trafilatura.extract": lambda data, url: trafilatura.extract(data, url=url, include_comments=False),
        "trafilatura.extract with metadata": lambda data, url: trafilatura.extract(
            data, url=url, include_comments=False, output_format="json", with_metadata=True
        ),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            rates[name].append(_rate(pages, way))
    ours, *references = (statistics.median(rates[name]) for name in ways)
    return [
        Row(name="pages extracted", ours=ours, reference=reference, unit="pages", against=against)
        for reference, against in zip(references, list(ways)[1:], strict=True)
    ]


def _rate(pages: list[tuple[bytes, str]], way: Callable[[bytes, str], object]) -> float:
    start = time.perf_counter()
    for _ in range(PASSES):
        for data, url in pages:
            way(data, url)
    return len(pages) * PASSES / (time.perf_counter() - start)
