"""How long a sign-up takes does not tell whether the address is known (requirement E5).

A measurement: two distributions over a real server, compared by their ranks. It runs when TIMING is set,
since on a machine that does other things at once a p value says nothing.
"""

import math
import random
import time
from pathlib import Path
from statistics import NormalDist, median

import pytest

from syndicate.audience.importing import import_csv
from syndicate.model.site import WebSettings
from syndicate.store import jobs
from syndicate.store.database import Database
from tests.builders import NOON
from tests.web.conftest import Running, a_site

EACH = 250
WARM_UP = 20
TOLD_APART = 0.01
LIMITS = WebSettings(signups_per_ip_hour=10_000, signups_per_domain_hour=10_000)


def told_apart(some: list[float], others: list[float]) -> float:
    """The two-sided p of the Mann-Whitney U test, normal approximation with ties and continuity."""
    ranks: dict[float, float] = {}
    ordered = sorted(some + others)
    ties = 0
    for value in set(ordered):
        count = ordered.count(value)
        ranks[value] = ordered.index(value) + (count + 1) / 2
        ties += count**3 - count
    size, total = len(some) * len(others), len(ordered)
    u = sum(ranks[value] for value in some) - len(some) * (len(some) + 1) / 2
    spread = math.sqrt(size / 12 * (total + 1 - ties / (total * (total - 1))))
    distance = max(abs(u - size / 2) - 0.5, 0) / spread
    return 2 * (1 - NormalDist().cdf(distance))


def test_the_comparison_agrees_with_worked_examples() -> None:
    assert told_apart([1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 5]) == 1
    # Without ties: U = 4, n = 10 and 10.
    assert told_apart([1, 2, 3, 4, 5, 6, 7, 8, 9, 14], [10, 11, 12, 13, 15, 16, 17, 18, 19, 20]) == (
        pytest.approx(0.000583, abs=1e-6)
    )


async def test_known_and_unknown_addresses_take_the_same_time(db: Database, tmp_path: Path) -> None:
    change = {"limits": LIMITS, "enqueue": lambda conn, job: jobs.enqueue(conn, job, now=NOON)}
    async with a_site(db, tmp_path, people_change=change) as site:
        for name in addresses(WARM_UP, seed=0):
            await seconds(site, name)
        # Where there is no difference, one measurement in a hundred shows one; two do so in ten thousand.
        for seed in (1, 2):
            known, unknown = await measured(site, seed)
            p = told_apart(known, unknown)
            print(f"p = {p:.3f}; medians {median(known):.6f} s known, {median(unknown):.6f} s unknown")
            if p >= TOLD_APART:
                return
    pytest.fail(f"known and unknown addresses are told apart by time: p = {p:.6f}")


async def measured(site: Running, seed: int) -> tuple[list[float], list[float]]:
    """Seconds for addresses with an active subscription, and for new ones."""
    names = addresses(2 * EACH, seed=seed)
    known, unknown = names[:EACH], names[EACH:]
    rows = "".join(f"{name},daily\n" for name in known)
    await import_csv(site.people, f"email,newsletters\n{rows}".encode(), consent="paper form")
    took = {}
    chance = random.Random(seed)
    for pair in zip(known, unknown, strict=True):
        # Who comes first is drawn: what drifts over the run falls on both alike.
        for name in chance.sample(pair, 2):
            took[name] = await seconds(site, name)
    return [took[name] for name in known], [took[name] for name in unknown]


async def seconds(site: Running, address: str) -> float:
    """How long one sign-up takes."""
    began = time.perf_counter()
    answer = await site.post("/newsletters/daily/subscriptions", data={"address": address})
    took = time.perf_counter() - began
    assert answer.status == 200
    return took


def addresses(count: int, *, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [f"{chance.randrange(16**12):012x}@people.example" for _ in range(count)]
