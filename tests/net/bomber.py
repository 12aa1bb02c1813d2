"""A process that fetches addresses given as arguments, and says how much memory that took at its most.

Its output is a JSON list of both for each address: bytes above where it began, and what became of it.
The first few are not measured.
"""

import asyncio
import json
import sys
from pathlib import Path

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client

WARM_UP = 5


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


async def _get(client: Client, url: str) -> str:
    try:
        found = await client.get(url)
    except (FetchRefused, FetchFailed) as error:
        return str(error)
    return f"{len(found.body)} bytes"


async def _main(cap: int, host: str, urls: list[str]) -> list[tuple[int, str]]:
    settings = FetchSettings(allow_hosts=(host,), max_body_bytes=cap, max_wire_bytes=cap, timeout=60.0)
    async with Client(settings) as client:
        # What any first request takes, in each coding, is not the bomb's.
        for url in urls[:WARM_UP]:
            await _get(client, url)
        return [await _cost(client, url) for url in urls[WARM_UP:]]


async def _cost(client: Client, url: str) -> tuple[int, str]:
    _forget_the_peak()
    before = _status("VmRSS")
    said = await _get(client, url)
    return _status("VmHWM") - before, said


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))))
