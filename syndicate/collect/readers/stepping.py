"""Readers of files work on a thread, step by step, so that nothing else waits and a stop is soon obeyed."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from syndicate.collect.reading import Capture, Finding

STEP = 500
# What a step brings at most; a thread for each small page would cost more than to read it.
WEIGHT = 2_000_000


async def stepwise(findings: Iterator[Finding | None]) -> AsyncIterator[Finding]:
    """What a reader finds; its `None` only says that it is still at work."""
    # Never closed by hand: when a stop comes a thread may still be in it, whose end lets go of the files.
    ended = False
    while not ended:
        found, ended = await asyncio.to_thread(_step, findings)
        for finding in found:
            yield finding


def _step(findings: Iterator[Finding | None]) -> tuple[list[Finding], bool]:
    """The next findings, as many as a step may bring; and whether it was the end."""
    found: list[Finding] = []
    weight = 0
    for _ in range(STEP):
        try:
            finding = next(findings)
        except StopIteration:
            return found, True
        if finding is not None:
            found.append(finding)
        weight += len(finding.data) if isinstance(finding, Capture) else 0
        if weight >= WEIGHT:
            break
    return found, False
