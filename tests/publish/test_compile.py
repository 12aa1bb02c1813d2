"""Compiling: what is selected, in which order, and that nothing is used up in vain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicate.errors import NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item, ItemKind, Timestamp
from syndicate.model.newsletter import Issue, IssueItem, Newsletter, Section
from syndicate.model.site import Site
from syndicate.model.source import Archived, Backlog
from syndicate.publish.compile import Compiling, compile_issue
from syndicate.store import issues, items, schedules
from syndicate.store.database import Database
from syndicate.templating import Templates
from tests.builders import NOON, a_clock, a_newsletter, a_provenance, a_source, an_issue, an_item
from tests.digests import an_id

HOUR = timedelta(hours=1)


def compiling(db: Database, *sections: Section, backlog: Backlog = Backlog.DRIP) -> Compiling:
    newsletter = a_newsletter(sections=sections) if sections else a_newsletter()
    sources = {
        "harbour": a_source(),
        "old": a_source(name="old", archived=Archived.YES, backlog=backlog),
    }
    catalogue = Catalogue(
        site=Site(base_url="https://courier.example"), sources=sources, newsletters={"daily": newsletter}
    )
    return Compiling(db=db, catalogue=catalogue, templates=Templates(), now=a_clock())


def save(db: Database, *stored: Item) -> None:
    for item in stored:
        db.write_now(items.save_item, item, keys=())


def fresh(number: int, **change: object) -> Item:
    published = Timestamp(instant=NOON + HOUR * number)
    base: dict[str, object] = {"id": an_id(number), "headline": f"Story {number}", "published": published}
    return an_item(**base | change)


def old(number: int) -> Item:
    return fresh(number, archived=True, backlog=True, provenance=a_provenance(source="old"))


def headlines(db: Database, issue: Issue | None) -> Sequence[str]:
    assert issue is not None
    found = db.read_now(items.list_by_ids, [one.item_id for one in issue.items])
    return [item.content.headline for item in found]


async def test_an_issue_holds_what_is_new_and_the_next_one_only_what_came_since(db: Database) -> None:
    work = compiling(db)
    save(db, fresh(1), fresh(2))
    first = await compile_issue(work, "daily")
    assert headlines(db, first) == ["Story 2", "Story 1"]
    save(db, fresh(3))
    second = await compile_issue(work, "daily")
    assert headlines(db, second) == ["Story 3"]
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)


async def test_an_empty_issue_is_not_compiled_and_uses_no_number(db: Database) -> None:
    work = compiling(db)
    moment = {"local_date": "2026-03-01", "local_time": "07:00", "due": NOON, "now": NOON}
    occurrence_id = db.write_now(schedules.record_occurrence, "daily", **moment)
    assert await compile_issue(work, "daily", occurrence_id=occurrence_id) is None
    occurrence = db.read_now(schedules.last_occurrence, "daily", now=NOON)
    assert occurrence is not None
    assert (occurrence.outcome, occurrence.issue_id) == ("empty", None)
    assert db.read_now(issues.next_number, "daily") == 1


async def test_an_occurrence_compiled_twice_gives_one_issue(db: Database) -> None:
    work = compiling(db)
    save(db, fresh(1))
    moment = {"local_date": "2026-03-01", "local_time": "07:00", "due": NOON, "now": NOON}
    occurrence_id = db.write_now(schedules.record_occurrence, "daily", **moment)
    first = await compile_issue(work, "daily", occurrence_id=occurrence_id)
    save(db, fresh(2))
    assert await compile_issue(work, "daily", occurrence_id=occurrence_id) == first
    assert first is not None
    occurrence = db.read_now(schedules.last_occurrence, "daily", now=NOON)
    assert occurrence is not None
    assert (occurrence.outcome, occurrence.issue_id) == ("compiled", first.id)


async def test_a_number_compiled_twice_gives_one_issue(db: Database) -> None:
    work = compiling(db)
    save(db, fresh(1))
    first = await compile_issue(work, "daily", number=1)
    save(db, fresh(2))
    assert first is not None
    assert await compile_issue(work, "daily", number=1) == first
    assert db.read_now(issues.next_number, "daily") == 2


async def test_a_number_that_somebody_makes_meanwhile_is_not_followed_by_another(
    sqlite_db: Database,
) -> None:
    save(sqlite_db, fresh(1), fresh(2))
    news = Section(title="News", selection=Selection(take=1))
    place = IssueItem(item_id=an_id(2), revision=1, section="News", position=0)
    pending = [an_issue(number=1, items=(place,))]

    def now() -> object:
        # The clock is read between selecting and freezing: another one is quicker just then.
        if pending:
            sqlite_db.write_now(issues.create_issue, pending.pop())
        return NOON

    made = await compile_issue(replace(compiling(sqlite_db, news), now=now), "daily", number=1)
    assert headlines(sqlite_db, made) == ["Story 2"]
    assert [found.number for found in sqlite_db.read_now(issues.list_issues)] == [1]


async def test_a_backlog_drips_oldest_first_behind_the_news(sqlite_db: Database) -> None:
    section = Section(title="News", selection=Selection(), drip=2)
    work = compiling(sqlite_db, section)
    save(sqlite_db, *[old(number) for number in (1, 2, 3)], fresh(9))
    assert headlines(sqlite_db, await compile_issue(work, "daily")) == ["Story 9", "Story 1", "Story 2"]
    assert headlines(sqlite_db, await compile_issue(work, "daily")) == ["Story 3"]
    assert await compile_issue(work, "daily") is None


async def test_a_skipped_backlog_never_goes_out(sqlite_db: Database) -> None:
    work = compiling(sqlite_db, backlog=Backlog.SKIP)
    save(sqlite_db, old(1), old(2))
    assert await compile_issue(work, "daily") is None


async def test_where_nothing_is_stated_the_archived_part_of_a_backlog_drips(sqlite_db: Database) -> None:
    work = compiling(sqlite_db)
    save(sqlite_db, fresh(1, backlog=True), fresh(2, backlog=True, archived=True), old(3))
    assert headlines(sqlite_db, await compile_issue(work, "daily")) == ["Story 2", "Story 3"]
    assert await compile_issue(work, "daily") is None


async def test_a_section_takes_no_more_than_its_share(sqlite_db: Database) -> None:
    work = compiling(sqlite_db, Section(title="News", selection=Selection(take=2)))
    save(sqlite_db, *[fresh(number) for number in range(1, 6)])
    assert headlines(sqlite_db, await compile_issue(work, "daily")) == ["Story 5", "Story 4"]


async def test_an_item_goes_into_the_first_section_that_it_fits(sqlite_db: Database) -> None:
    town = Section(title="Town", selection=Selection(sections=("Town",), take=5))
    rest = Section(title="All", selection=Selection(take=2))
    work = compiling(sqlite_db, town, rest)
    save(sqlite_db, *[fresh(number, section="Town") for number in (5, 6, 7)], *[fresh(n) for n in (1, 2, 3)])
    issue = await compile_issue(work, "daily")
    assert issue is not None
    assert [one.section for one in issue.items] == ["Town"] * 3 + ["All"] * 2
    assert headlines(sqlite_db, issue)[3:] == ["Story 3", "Story 2"]


async def test_briefs_follow_the_articles_under_their_section(sqlite_db: Database) -> None:
    work = compiling(sqlite_db)
    brief = fresh(9, kind=ItemKind.BRIEF, headline="", body_text="The quay is closed, for now.")
    save(sqlite_db, brief, fresh(1))
    issue = await compile_issue(work, "daily")
    assert issue is not None
    assert issue.text.index("Story 1") < issue.text.index("News in brief") < issue.text.index("The quay")
    assert issue.subject == "The Daily Tide: Story 1"


async def test_an_issue_of_old_stories_alone_says_so_in_its_subject(sqlite_db: Database) -> None:
    work = compiling(sqlite_db)
    save(sqlite_db, old(1))
    issue = await compile_issue(work, "daily")
    assert issue is not None
    assert issue.subject == "The Daily Tide, from the archive: Story 1"


async def test_a_story_revised_while_the_issue_is_rendered_goes_out_as_revised(sqlite_db: Database) -> None:
    save(sqlite_db, fresh(1))
    revised = replace(fresh(1, headline="Story 1, corrected"), revision=2, changed=NOON)
    pending = [revised]

    def now() -> object:
        # The clock is read between selecting and freezing: the world moves on just then.
        if pending:
            sqlite_db.write_now(items.save_revision, pending.pop(), keys=())
        return NOON

    work = replace(compiling(sqlite_db), now=now)
    issue = await compile_issue(work, "daily")
    assert issue is not None
    assert "Story 1, corrected" in issue.html
    assert (issue.number, issue.items[0].revision) == (1, 2)


async def test_an_unknown_newsletter_is_told_with_those_that_exist(sqlite_db: Database) -> None:
    with pytest.raises(NotFound, match="the newsletters are: daily"):
        await compile_issue(compiling(sqlite_db), "dayly")


async def test_a_newsletter_remembers_its_number_when_it_is_renamed_back(sqlite_db: Database) -> None:
    work = compiling(sqlite_db)
    save(sqlite_db, fresh(1))
    await compile_issue(work, "daily")
    letter: Newsletter = replace(work.catalogue.newsletters["daily"], title="The Weekly Tide")
    renamed = replace(work, catalogue=replace(work.catalogue, newsletters={"daily": letter}))
    save(sqlite_db, fresh(2))
    issue = await compile_issue(renamed, "daily")
    assert issue is not None
    assert issue.number == 2
