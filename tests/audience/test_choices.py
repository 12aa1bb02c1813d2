"""Sections that readers chose: read from a file, written to one, and what a choice comes to."""

import pytest

from syndicate.audience.choices import read_choices, settled, write_choices
from syndicate.audience.importing import import_csv
from syndicate.audience.people import People
from syndicate.errors import OwnFault
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.newsletter import Newsletter, Section
from syndicate.store import subscribers, subscriptions
from syndicate.store.database import Database
from tests.audience.conftest import some_people
from tests.builders import a_newsletter


def a_letter(name: str, *titles: str, choice: bool = True) -> Newsletter:
    sections = tuple(Section(title=title, selection=Selection()) for title in titles)
    return a_newsletter(name=name, sections=sections, sections_choice=choice)


DAILY = a_letter("daily", "News", "Isles", "دریا")
WEEKLY = a_letter("weekly", "Isles", "Sea/Sky")
WHOLE = a_letter("whole", "Isles", choice=False)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [({"News"}, ("News",)), ({"دریا", "News"}, ("News", "دریا")), ({"News", "Isles", "دریا", "x"}, ())],
)
def test_a_choice_of_all_is_none(wanted: set[str], expected: tuple[str, ...]) -> None:
    assert settled(DAILY, wanted) == expected


def test_a_choice_of_nothing_is_refused() -> None:
    with pytest.raises(OwnFault, match="News, Isles, دریا"):
        settled(DAILY, {"Gone"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("daily/News", {"daily": ("News",)}),
        (" Isles ", {"daily": ("Isles",), "weekly": ("Isles",)}),
        ("weekly/Sea/Sky|daily/News|daily/دریا", {"daily": ("News", "دریا"), "weekly": ("Sea/Sky",)}),
        ("Sea/Sky", {"weekly": ("Sea/Sky",)}),
    ],
)
def test_choices_are_read(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert read_choices(text, [DAILY, WEEKLY, WHOLE]) == expected


def test_what_is_written_is_read_again() -> None:
    choices = {"daily": ("News", "دریا"), "weekly": ("Sea/Sky",)}
    assert read_choices(write_choices(choices.items()), [DAILY, WEEKLY]) == choices


def test_a_section_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(OwnFault, match="'Island' to choose; there are: daily/News, daily/Isles"):
        read_choices("Island", [DAILY, WHOLE])


async def test_an_import_brings_choices_and_leaves_those_that_readers_made(db: Database) -> None:
    people = some_people(db, catalogue=Catalogue(newsletters={"daily": DAILY}))
    await load(
        people, "mina@readers.example,daily,News\nben@readers.example,daily,\nli@readers.example,daily,x"
    )
    await load(people, "mina@readers.example,daily,daily/Isles")
    assert await sections_of(people, "mina@readers.example") == ("News",)
    assert await sections_of(people, "ben@readers.example") == ()
    assert await people.db.read(subscribers.find_by_key, "li@readers.example") is None


async def load(people: People, rows: str) -> None:
    await import_csv(people, f"email,newsletters,sections\n{rows}\n".encode(), consent="old list, 2024")


async def sections_of(people: People, address: str) -> tuple[str, ...]:
    found = await people.db.read(subscribers.find_by_key, address)
    assert found is not None
    kept = await people.db.read(subscriptions.find_subscription, found.id, "daily")
    assert kept is not None
    return kept.sections
