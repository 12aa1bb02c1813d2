"""What a site shows on several stories is in none of their bodies, in one run or over several."""

from pathlib import Path

from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from tests.builders import a_source
from tests.collect.desk import a_collecting, stored

BOX = "Get the tide tables and a letter from the quay every Friday in your mailbox."
STORIES = {
    "lamps": (
        "The harbour board voted on Tuesday to replace the lamps along the eastern pier before winter.",
        "Keepers had complained that the old lamps went dark whenever the wind came from the north.",
        "The first new lamps arrive in March and will be lit in time for the herring fair.",
    ),
    "ferry": (
        "Ferry crossings to the outer island doubled this summer, the company said in its yearly report.",
        "Most passengers were birdwatchers who came to see the terns that nest on the northern cliffs.",
        "The company plans a second boat for next year if the council deepens the small harbour.",
    ),
    "market": (
        "Traders at the fish market moved into the new hall a week before the old one was pulled down.",
        "Rents stay the same for two years, after which the council will look at them again.",
        "A bell taken from the old hall rings at five each morning when the first boats are in.",
    ),
}


def save(folder: Path, *names: str, suffix: str = "") -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        first, *rest = STORIES[name]
        shown = "".join(f"<p>{line}</p>" for line in (first, BOX, *rest))
        page = f"<html lang='en'><title>{name}</title><article><h1>About {name}</h1>{shown}</article></html>"
        (folder / f"{name}{suffix}.html").write_text(page, "utf-8")


def bodies(db: Database) -> list[str]:
    return [item.content.body_text for item in stored(db)]


def a_folder(folder: Path):
    return a_source(kind=SourceKind.FILES, folder=str(folder), base_url="https://old.courier.example/")


async def test_stories_of_one_run_are_free_of_what_they_share(db: Database, tmp_path: Path) -> None:
    save(tmp_path / "site", "ferry", "lamps")
    await refresh_source(a_collecting(db, tmp_path, a_folder(tmp_path / "site")), "harbour")
    assert bodies(db) == ["\n\n".join(STORIES[name]) for name in ("ferry", "lamps")]


async def test_a_later_story_is_free_of_what_earlier_ones_shared(sqlite_db: Database, tmp_path: Path) -> None:
    desk = a_collecting(sqlite_db, tmp_path, a_folder(tmp_path / "site"))
    save(tmp_path / "site", "ferry", "lamps")
    await refresh_source(desk, "harbour")
    save(tmp_path / "site", "market")
    await refresh_source(desk, "harbour")
    assert bodies(sqlite_db)[-1] == "\n\n".join(STORIES["market"])


async def test_a_story_saved_twice_loses_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    save(tmp_path / "site", "lamps")
    save(tmp_path / "site", "lamps", suffix="-print")
    await refresh_source(a_collecting(sqlite_db, tmp_path, a_folder(tmp_path / "site")), "harbour")
    first, *rest = STORIES["lamps"]
    assert bodies(sqlite_db) == ["\n\n".join((first, BOX, *rest))]
