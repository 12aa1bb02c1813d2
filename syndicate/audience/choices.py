"""Which sections of a newsletter a reader gets: chosen on the preferences page, or read from a file."""

from collections.abc import Collection, Iterable, Sequence

from syndicate.audience.people import People
from syndicate.audience.tokens import read_preferences
from syndicate.errors import OwnFault
from syndicate.model.newsletter import Newsletter
from syndicate.store import subscriptions

BETWEEN = "|"


def offered(newsletter: Newsletter) -> tuple[str, ...]:
    """The titles that readers may choose among; none where they get them all."""
    return tuple(section.title for section in newsletter.sections) if newsletter.sections_choice else ()


def settled(newsletter: Newsletter, wanted: Collection[str]) -> tuple[str, ...]:
    """What a choice comes to: empty for all sections, so that one added later comes too.

    Raises OwnFault where none of them is wanted.
    """
    titles = offered(newsletter)
    chosen = tuple(title for title in titles if title in wanted)
    if titles and not chosen:
        raise OwnFault(f"none of the sections of {newsletter.name}; there are: {', '.join(titles)}")
    return () if chosen == titles else chosen


async def choose_sections(people: People, token: str, newsletter: str, wanted: Collection[str]) -> None:
    """Keep a reader's choice. Raises TokenRefused, NotFound, and OwnFault for no section at all."""
    subscriber_id = read_preferences(people.keyring, token, now=people.now())
    found = people.newsletter(newsletter)
    await people.db.write(
        subscriptions.set_sections, subscriber_id, found.name, sections=settled(found, wanted)
    )


def read_choices(text: str, newsletters: Sequence[Newsletter]) -> dict[str, tuple[str, ...]]:
    """Newsletter → sections, of a text as `daily/Islands|daily/Town`.

    A title alone is meant for each newsletter of the row that has it. Raises OwnFault for what none has.
    """
    wanted: dict[str, set[str]] = {}
    for part in filter(None, map(str.strip, text.split(BETWEEN))):
        having = [one for one in newsletters if _named(part, one) in offered(one)]
        if not having:
            titles = ", ".join(f"{one.name}/{title}" for one in newsletters for title in offered(one))
            raise OwnFault(f"there is no section {part!r} to choose; there are: {titles or 'none'}")
        for one in having:
            wanted.setdefault(one.name, set()).add(_named(part, one))
    return {one.name: settled(one, wanted[one.name]) for one in newsletters if one.name in wanted}


def write_choices(choices: Iterable[tuple[str, Iterable[str]]]) -> str:
    """What `read_choices` reads."""
    return BETWEEN.join(f"{name}/{title}" for name, titles in choices for title in titles)


def _named(part: str, newsletter: Newsletter) -> str:
    return part.removeprefix(f"{newsletter.name}/")
