"""Pages are read without storing anything: from files, gzip and the web, in order, together or alone."""

import gzip
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from syndicate.collect.extracting import HANDFUL, Given, extract_given
from syndicate.collect.visits import opened
from syndicate.model.site import FetchSettings, Site
from tests.builders import a_clock
from tests.neighbours.http_site import http_site

CHROME = "<p>The Harbour Courier is printed on the quay and carried round by bicycle at five.</p>"
STORIES = {
    "ferry": "The ferry to the northern islands sailed again at dawn, with forty passengers and two dogs. ",
    "lamp": "The lamp of the old lighthouse was lit by its keeper, who had climbed the stairs since noon. ",
    "pier": "The new pier will be built of oak, the council said after a long evening of many questions. ",
}


def a_story(name: str) -> str:
    body = "".join(f"<p>{STORIES[name]} It was paragraph number {n} of {name}.</p>" for n in range(6))
    return f"<title>{name}</title><body><article><h1>About the {name}</h1>{CHROME}{body}</article></body>"


def save(folder: Path, *, foot: str = "") -> list[Given]:
    for name in STORIES:
        (folder / f"{name}.html").write_text(a_story(name) + foot, "utf-8")
    return [Given(name=str(folder / f"{name}.html")) for name in STORIES]


async def told(found: AsyncIterator[Any]) -> list[dict[str, Any]]:
    return [dict(page) async for page in found]


async def test_pages_of_one_folder_tell_what_is_no_part_of_any(tmp_path: Path) -> None:
    given = save(tmp_path)
    together = await told(extract_given(given))
    alone = await told(extract_given(given, alone=True))
    assert [page["headline"] for page in together] == [f"About the {name}" for name in STORIES]
    assert all("printed on the quay" in page["body_text"] for page in alone)
    assert not any("printed on the quay" in page["body_text"] for page in together)
    assert [page["body_text"].count("paragraph number") for page in together] == [6, 6, 6]


async def test_pages_of_one_folder_tell_a_weakly_worded_notice(tmp_path: Path) -> None:
    said = "The Courier has moved: please visit courier.example from now on."
    given = save(tmp_path, foot=f"<div>{said}</div>")
    alone = await told(extract_given(given, alone=True))
    together = await told(extract_given(given))
    assert [page["archive_notice"] for page in alone] == [None, None, None]
    notice = {"text": said, "successor_url": "https://courier.example"}
    assert [page["archive_notice"] for page in together] == [notice] * 3
    assert not any(said in page["body_text"] for page in together)


async def test_two_copies_of_one_story_leave_each_other_whole(tmp_path: Path) -> None:
    given = save(tmp_path)[:1]
    (tmp_path / "copy.html").write_text(a_story("ferry"), "utf-8")
    found = await told(extract_given([*given, Given(name=str(tmp_path / "copy.html"))]))
    assert [page["body_text"].count("paragraph number") for page in found] == [6, 6]


async def test_many_pages_come_in_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    save(tmp_path)
    names = [f"{list(STORIES)[n % 3]}.html" for n in range(HANDFUL + 5)]
    done: list[None] = []
    given = [Given(name=str(tmp_path / name)) for name in names] + [Given(name=str(tmp_path / "none.html"))]
    found = await told(extract_given(given, alone=True, told=lambda: done.append(None)))
    assert [page["file"] for page in found] == [one.name for one in given]
    assert [page["headline"] for page in found[:-1]] == [f"About the {name[:-5]}" for name in names]
    assert "none.html cannot be read" in found[-1]["error"]
    assert len(done) == len(given)


async def test_compressed_pages_are_unpacked(tmp_path: Path) -> None:
    (tmp_path / "ferry.html.gz").write_bytes(gzip.compress(a_story("ferry").encode()))
    (tmp_path / "broken.html.gz").write_bytes(gzip.compress(a_story("ferry").encode())[:-20])
    names = ("ferry.html.gz", "broken.html.gz")
    found = await told(extract_given([Given(name=str(tmp_path / name)) for name in names]))
    assert found[0]["headline"] == "About the ferry"
    assert "breaks off" in found[1]["error"]


async def test_addresses_are_fetched_where_that_is_allowed(tmp_path: Path) -> None:
    save(tmp_path)
    async with http_site(tmp_path) as site:
        given = [Given(name=f"{site.url}/ferry.html"), Given(name=f"{site.url}/none.html")]
        allowed = FetchSettings(allow_hosts=(site.host,), delay=0.0)
        async with opened(allowed, site=Site(), now=a_clock()) as visits:
            found = await told(extract_given(given, visits=visits))
        async with opened(FetchSettings(), site=Site(), now=a_clock()) as visits:
            refused = await told(extract_given(given[:1], visits=visits))
    assert (found[0]["headline"], found[0]["url"]) == ("About the ferry", f"{site.url}/ferry.html")
    assert "404" in found[1]["error"]
    assert "not a public address" in refused[0]["error"]


async def test_what_never_ends_is_given_up(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.html"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as writer:
        writer.submit(flood, pipe)
        (endless,) = await told(extract_given([Given(name="/dev/zero")]))
        (flooded,) = await told(extract_given([Given(name=str(pipe))]))
    assert endless["error"] == "/dev/zero is over 50,000,000 bytes"
    assert flooded["error"] == f"{pipe} is over 50,000,000 bytes"


def flood(pipe: Path) -> None:
    with suppress(BrokenPipeError), pipe.open("wb") as end:
        for _ in range(60):
            end.write(b"<p>tide</p>" * 100_000)
