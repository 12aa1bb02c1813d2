"""Pages extracted in turns by us and by bare trafilatura, in one process and by its CPU time.

The pages are the sample site's and, where `NEWS80` names the folder of that corpus (80 news pages with gold
bodies, dobbersc/fundus-evaluation), those too. Ours finds headline, authors, dates, image, notice, credit and
briefs, and sanitises the body; the reference makes the body's text alone.
"""

import asyncio
import gzip
import json
import math
import os
import re
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import trafilatura

from benchmarks.row import Row, Skipped
from syndicate.collect.extracting import Given, extract_given
from syndicate.extract.briefs.take import take_briefs
from syndicate.extract.notice.take import take_notice
from syndicate.extract.page import extract
from syndicate.extract.related import take_related
from syndicate.extract.tree import parse, visible
from tests.extract.hostile import hostile_pages

SITE = Path(__file__).parent.parent / "config" / "samples" / "site"
REFERENCE = "trafilatura.extract"
ROUNDS = 5
MANY = 2_000
# What is aimed at, where no library gives a figure to compare with.
SECONDS_A_PAGE = 2.0
GROWTH = 5.0
MILLISECONDS = 5.0

Pages = Mapping[str, bytes]
Way = Callable[[bytes], object]


def measure() -> list[Row | Skipped]:
    """Speed on the sample site, then speed, memory and accuracy on news80, then the worst pages there are."""
    sample = {path.name: path.read_bytes() for path in SITE.rglob("*/*.html")}
    rows: list[Row | Skipped] = [*_speed("sample site", sample), _taking(sample)]
    folder = os.environ.get("NEWS80", "")
    if not folder:
        return [*rows, Skipped(name="news80", why="NEWS80=DIR names the corpus"), _worst()]
    pages = {path.name: gzip.decompress(path.read_bytes()) for path in sorted(Path(folder).glob("*.html.gz"))}
    gold = json.loads((Path(folder) / "ground_truth.json").read_text("utf-8"))
    bodies = {name: "\n".join(truth["body"]) for name, truth in gold.items()}
    return [
        *rows,
        *_speed("news80", pages),
        *_accuracy(Path(folder), pages, bodies),
        _growth(pages),
        _worst(),
    ]


def _speed(name: str, pages: Pages) -> Iterator[Row]:
    """Each page's best round counts, since a neighbour's noise only ever adds to a time."""
    ways: dict[str, Way] = {
        "": _extract,
        " --fast": lambda data: extract(data, url="https://old.courier.example/page", fast=True),
        REFERENCE: lambda data: trafilatura.extract(data, include_comments=False),
    }
    seconds = dict.fromkeys(ways, 0.0)
    for data in pages.values():
        best = dict.fromkeys(ways, math.inf)
        for _ in range(ROUNDS):
            for way, work in ways.items():
                best[way] = min(best[way], _seconds(data, work))
        for way in ways:
            seconds[way] += best[way]
    for way in ("", " --fast"):
        yield Row(
            name=f"{name}: pages extracted{way}",
            ours=len(pages) / seconds[way],
            reference=len(pages) / seconds[REFERENCE],
            unit="pages/s of CPU",
            against=REFERENCE,
        )


def _taking(pages: Pages) -> Row:
    """What finding briefs, notice and related stories costs a page, by the middle of the rounds."""
    seconds = []
    for _ in range(ROUNDS):
        trees = [visible(parse(data.decode())) for data in pages.values()]
        start = time.process_time()
        for tree in trees:
            for take in (take_notice, take_briefs, take_related):
                take(tree, base="https://old.courier.example/")
        seconds.append(time.process_time() - start)
    return Row(
        name="sample site: briefs, notice and related stories",
        ours=statistics.median(seconds) / len(pages) * 1_000,
        reference=MILLISECONDS,
        unit="ms of CPU a page",
        against="at most",
        digits=1,
    )


def _accuracy(folder: Path, pages: Pages, gold: Mapping[str, str]) -> Iterator[Row]:
    """Macro precision and F1 of word 4-grams, each page by itself and with the others at hand."""
    theirs = {name: trafilatura.extract(data, include_comments=False) or "" for name, data in pages.items()}
    given = [Given(name=str(path)) for path in sorted(folder.glob("*.html.gz"))]
    ways = {
        "page by page": asyncio.run(_bodies(given, alone=True)),
        "with the host's others": asyncio.run(_bodies(given, alone=False)),
    }
    reference = _score(gold, theirs)
    for way, found in ways.items():
        for label, ours, other in zip(("precision", "F1"), _score(gold, found), reference, strict=True):
            yield Row(
                name=f"news80: {label}, {way}",
                ours=ours,
                reference=other,
                unit=label,
                against=REFERENCE,
                digits=4,
            )


async def _bodies(given: Sequence[Given], *, alone: bool) -> dict[str, str]:
    return {
        page["file"].rpartition("/")[2]: page["body_text"] async for page in extract_given(given, alone=alone)
    }


def _score(gold: Mapping[str, str], found: Mapping[str, str]) -> tuple[float, float]:
    precisions, recalls = [], []
    for name, text in gold.items():
        wanted, got = _grams(text), _grams(found.get(name, ""))
        common = (wanted & got).total()
        precisions.append(common / got.total() if got else float(not wanted))
        recalls.append(common / wanted.total() if wanted else float(not got))
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return precision, 2 * precision * recall / (precision + recall)


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))) if words else Counter()


def _growth(pages: Pages) -> Row:
    """How much the process has grown, at its largest, over 2,000 pages after the first 200."""
    turns = list(pages.values())
    for at in range(200):
        extract(turns[at % len(turns)], url="https://old.courier.example/page")
    before = _resident()
    for at in range(MANY):
        extract(turns[at % len(turns)], url="https://old.courier.example/page")
    grown = max(_resident() - before, 0.0)
    return Row(
        name=f"news80: memory grown over {MANY:,} pages",
        ours=grown,
        reference=GROWTH,
        unit="MB",
        against="at most",
        digits=1,
    )


def _resident() -> float:
    """What the process holds now, in MB (proc(5), statm)."""
    held = int(Path("/proc/self/statm").read_text().split()[1])
    return held * resource.getpagesize() / 1e6


def _worst() -> Row:
    """The slowest of the hostile pages."""
    pages = hostile_pages()
    slowest, name = max((_seconds(data, _extract), name) for name, data in pages.items())
    return Row(
        name=f"slowest of {len(pages)} hostile pages ({name})",
        ours=slowest,
        reference=SECONDS_A_PAGE,
        unit="s of CPU",
        against="at most",
        digits=2,
    )


def _extract(data: bytes) -> object:
    return extract(data, url="https://old.courier.example/page")


def _seconds(data: bytes, work: Way) -> float:
    start = time.process_time()
    work(data)
    return time.process_time() - start
