"""Runs the extraction of pages away from the event loop: on a thread, or in processes when there are many."""

import asyncio
import os
from collections.abc import Sequence

from syndicate.collect.reading import Capture
from syndicate.collect.workers import WorkDied, Workers
from syndicate.errors import SyndicateError, Unreadable
from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior
from syndicate.model.source import Source

# What a parser of others' pages may raise that nobody foresaw: the page's fault, and no other's.
FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
# Below this, starting processes costs more than it saves.
MANY = 12


async def extract_all(
    captures: Sequence[Capture],
    *,
    source: Source,
    chrome: frozenset[int] = frozenset(),
    many: int = MANY,
) -> list[Page | SyndicateError]:
    """Each capture's page, in order, or why there is none. One page's fault is no other's.

    `chrome` are the hashes of lines that stand on the host's pages (extract/chrome.py).
    """
    prior = Prior(zone=source.timezone, language=source.language, selectors=source.selectors, chrome=chrome)
    if len(captures) < many:
        return [await asyncio.to_thread(extract_one, capture, prior) for capture in captures]
    async with Workers(min(len(captures), os.cpu_count() or 1)) as workers:
        return list(await asyncio.gather(*(_in_process(workers, capture, prior) for capture in captures)))


def extract_one(capture: Capture, prior: Prior) -> Page | SyndicateError:
    """One page, or why there is none. A parser's own fault counts as the page's."""
    try:
        return extract(capture.data, url=capture.url, content_type=capture.content_type, prior=prior)
    except SyndicateError as error:
        return error
    except FAULTS as error:
        return _fault(capture, f"{type(error).__name__}: {error}")


async def _in_process(workers: Workers, capture: Capture, prior: Prior) -> Page | SyndicateError:
    try:
        return await workers.run(extract_one, capture, prior)
    except WorkDied as died:
        return _fault(capture, str(died))


def _fault(capture: Capture, why: str) -> SyndicateError:
    return Unreadable(f"{capture.url or capture.key} could not be extracted: {why}")
