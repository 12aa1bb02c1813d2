"""Pages are extracted away from the event loop, and one page's fault is no other's."""

import os
from dataclasses import replace
from typing import Any

from syndicate.collect.extraction import extract_all
from syndicate.collect.reading import Capture
from syndicate.errors import Unreadable
from syndicate.extract.page import Page
from tests.builders import NOON, a_source


class Deadly(bytes):
    """Bytes that end the process which receives them."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)


def a_capture(number: int) -> Capture:
    text = f"Boat {number} returns\n\nThe boat came back to the quay at dawn, and nobody had missed it.\n"
    url = f"https://old.courier.example/{number}.txt"
    return Capture(key=str(number), url=url, data=text.encode(), content_hash="", captured=NOON)


def headlines(pages: list[Any]) -> list[str]:
    return [page.headline if isinstance(page, Page) else "" for page in pages]


async def test_a_few_pages_come_in_order() -> None:
    found = await extract_all([a_capture(n) for n in range(3)], source=a_source())
    assert headlines(found) == ["Boat 0 returns", "Boat 1 returns", "Boat 2 returns"]


async def test_many_pages_come_in_order_from_processes() -> None:
    found = await extract_all([a_capture(n) for n in range(5)], source=a_source(), many=2)
    assert headlines(found) == [f"Boat {n} returns" for n in range(5)]


async def test_a_page_that_ends_its_process_takes_no_other_page_along() -> None:
    deadly = replace(a_capture(1), data=Deadly(b"x"))
    found = await extract_all([a_capture(0), deadly, a_capture(2)], source=a_source(), many=2)
    assert headlines(found) == ["Boat 0 returns", "", "Boat 2 returns"]
    assert isinstance(found[1], Unreadable)
    assert "1.txt could not be extracted" in str(found[1])
