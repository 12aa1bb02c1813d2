"""What becomes of a candidate: new, changed, known, archived or no longer archived."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from syndicate.collect.identity import text_key, url_key
from syndicate.collect.plan import SAME, Known, Occasion, Plan, make_plan
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Candidate, Image, Item, ItemKind, ItemState, Timestamp
from syndicate.model.source import Archived, Backlog, OldSite, SourceKind
from tests.builders import NOON, a_content, a_notice, a_provenance, a_source, an_item, an_old_site

ARTICLE_KEY = "url:old.courier.example/2019/ferry"
LATER = NOON + timedelta(days=1)


def a_candidate(**change: Any) -> Candidate:
    inside = {key: change.pop(key) for key in list(change) if key in a_content().__dataclass_fields__}
    base: dict[str, Any] = {
        "kind": ItemKind.ARTICLE,
        "keys": (ARTICLE_KEY,),
        "content": a_content(**inside),
        "provenance": a_provenance(),
    }
    return Candidate(**base | change)


def a_brief(page: str = "/1", **change: Any) -> Candidate:
    words = {"headline": "", "body_text": "The pier reopened.", "body_html": "<p>The pier reopened.</p>"}
    base: dict[str, Any] = {
        "kind": ItemKind.BRIEF,
        "keys": ("text:pier",),
        "provenance": a_provenance(original_url=f"https://old.courier.example{page}"),
        **words,
    }
    return a_candidate(**base | change)


def known(*items: Item, keys: tuple[str, ...] = (ARTICLE_KEY,)) -> Known:
    return Known(keys=dict.fromkeys(keys, items[0].id), items={item.id: item for item in items})


def plan(
    *candidates: Candidate,
    know: Known | None = None,
    first_run: bool = False,
    started: datetime | None = None,
    old_sites: tuple[OldSite, ...] = (),
    **change: Any,
) -> Plan:
    ids = count(1)
    source = a_source(**change)
    occasion = Occasion(
        source=source,
        first_run=first_run,
        started=started,
        now=LATER,
        mint=lambda: f"id-{next(ids)}",
        catalogue=Catalogue(sources={source.name: source}, old_sites={site.key: site for site in old_sites}),
    )
    return make_plan(candidates, know or Known(), occasion=occasion)


def test_an_unknown_story_is_new_with_all_its_keys() -> None:
    found = plan(a_candidate(keys=(ARTICLE_KEY, "text:1")))
    (saving,) = found.new
    assert (saving.item.id, saving.item.revision, saving.item.collected) == ("id-1", 1, LATER)
    assert saving.keys == (ARTICLE_KEY, "text:1")
    assert saving.item.changed is None


def test_a_known_story_as_it_was_is_unchanged() -> None:
    found = plan(a_candidate(), know=known(an_item()))
    assert found == Plan(unchanged=1)


@pytest.mark.parametrize("change", [{"headline": "Corrected"}, {"body_text": "More."}, {"credit": "With C."}])
def test_changed_words_are_a_revision_and_move_changed(change: dict[str, Any]) -> None:
    found = plan(a_candidate(**change), know=known(an_item()))
    (saving,) = found.revised
    assert (saving.item.id, saving.item.revision, saving.item.changed) == (an_item().id, 2, LATER)


@pytest.mark.parametrize("change", [{"section": "News"}, {"body_html": "<div>…</div>"}, {"summary": "S"}])
def test_what_is_no_news_is_a_revision_that_leaves_changed_alone(change: dict[str, Any]) -> None:
    (saving,) = plan(a_candidate(**change), know=known(an_item())).revised
    assert (saving.item.revision, saving.item.changed) == (2, None)


def test_a_moved_page_stays_one_item_and_takes_its_new_address() -> None:
    moved = a_candidate(keys=("url:c.example/new", "text:1"), url="https://c.example/new")
    (saving,) = plan(moved, know=known(an_item(), keys=("text:1",))).revised
    assert saving.item.id == an_item().id
    assert (saving.item.content.url, saving.item.changed) == ("https://c.example/new", None)
    assert saving.keys == ("url:c.example/new",)


def test_an_old_alias_does_not_turn_the_address_back_and_forth() -> None:
    alias = a_candidate(keys=("url:c.example/alias", "text:1"), url="https://c.example/alias")
    found = plan(alias, know=known(an_item(), keys=("url:c.example/alias", "text:1")))
    assert found == Plan(unchanged=1)


def test_a_new_key_alone_is_kept_without_a_revision() -> None:
    found = plan(a_candidate(keys=(ARTICLE_KEY, "text:1")), know=known(an_item()))
    assert [saving.keys for saving in found.restated] == [("text:1",)]
    assert (found.revised, found.unchanged) == ((), 1)


def test_a_key_of_another_story_is_left_there() -> None:
    both = Known(keys={ARTICLE_KEY: "a", "text:1": "b"}, items={"a": an_item(id="a"), "b": an_item(id="b")})
    found = plan(a_candidate(keys=(ARTICLE_KEY, "text:1"), headline="New"), know=both)
    assert [(saving.item.id, saving.keys) for saving in found.revised] == [("a", ())]


def test_the_same_brief_on_fifty_pages_is_one_item() -> None:
    found = plan(*(a_brief(f"/{n}") for n in range(50)))
    assert len(found.new) == 1


def test_the_same_brief_on_another_page_next_time_is_unchanged() -> None:
    item = an_item(kind=ItemKind.BRIEF, content=a_brief().content)
    found = plan(a_brief("/2", url="https://old.courier.example/2"), know=known(item, keys=("text:pier",)))
    assert found == Plan(unchanged=1)


def test_a_withdrawn_story_does_not_come_back() -> None:
    item = an_item(state=ItemState.WITHDRAWN)
    (saving,) = plan(a_candidate(headline="New"), know=known(item)).revised
    assert (saving.item.id, saving.item.state) == (item.id, ItemState.WITHDRAWN)


@pytest.mark.parametrize(
    ("first_run", "backlog", "archived", "marked"),
    [
        (True, None, Archived.YES, True),
        (True, None, Archived.AUTO, True),
        (True, Backlog.SKIP, Archived.NO, True),
        (True, Backlog.DRIP, Archived.NO, True),
        (True, Backlog.NONE, Archived.YES, False),
        (False, Backlog.DRIP, Archived.YES, False),
    ],
)
def test_the_first_run_marks_its_backlog(
    first_run: bool, backlog: Backlog | None, archived: Archived, marked: bool
) -> None:
    found = plan(a_candidate(), first_run=first_run, backlog=backlog, archived=archived)
    assert found.new[0].item.backlog is marked


OLD_HOST = an_old_site(hosts=("old.courier.example",))


@pytest.mark.parametrize(
    ("archived", "change", "old_sites", "carries"),
    [
        (Archived.AUTO, {}, (), False),
        (Archived.AUTO, {"page_notice": a_notice()}, (), True),
        (Archived.AUTO, {"archived": True}, (), True),
        (Archived.AUTO, {}, (OLD_HOST,), True),
        (Archived.YES, {}, (), True),
        (Archived.NO, {"page_notice": a_notice()}, (OLD_HOST,), False),
    ],
)
def test_the_archive_notice_is_as_stated_or_as_the_page_tells(
    archived: Archived, change: dict[str, Any], old_sites: tuple[OldSite, ...], carries: bool
) -> None:
    found = plan(a_candidate(**change), archived=archived, old_sites=old_sites)
    assert found.new[0].item.archived is carries


def test_a_page_that_gains_a_notice_is_restated_without_a_revision() -> None:
    found = plan(a_candidate(page_notice=a_notice()), know=known(an_item()))
    (saving,) = found.restated
    assert (saving.item.archived, saving.item.page_notice) == (True, a_notice())
    assert saving.item.revision == 1


def test_a_live_source_with_the_same_story_takes_the_notice_off() -> None:
    item = an_item(archived=True, page_notice=a_notice())
    live = a_candidate(provenance=a_provenance(source="live"), url="https://courier.example/ferry")
    (saving,) = plan(live, know=known(item), name="live").revised
    assert (saving.item.archived, saving.item.page_notice) == (False, None)
    assert saving.item.provenance.source == "live"
    assert saving.item.changed is None


def test_the_old_site_does_not_put_the_notice_back() -> None:
    item = an_item(provenance=a_provenance(source="live"))
    old = a_candidate(page_notice=a_notice(), headline="As it once was")
    assert plan(old, know=known(item)) == Plan(unchanged=1)


def test_a_second_live_source_does_not_rewrite_the_first_one_s_story() -> None:
    other = a_candidate(provenance=a_provenance(source="other"), headline="Their headline")
    assert plan(other, know=known(an_item()), name="other") == Plan(unchanged=1)


def test_a_date_later_than_the_capture_is_dropped_with_a_warning() -> None:
    late = a_candidate(published=Timestamp.parse("2026-03-01T12:00:01+00:00"))
    found = plan(late)
    assert found.new[0].item.content.published is None
    assert "later than its capture" in found.warnings[0]


def test_a_day_is_compared_where_the_sun_is_furthest_ahead() -> None:
    assert plan(a_candidate(published=Timestamp.parse("2026-03-02"))).new[0].item.content.published
    assert plan(a_candidate(published=Timestamp.parse("2026-03-03"))).new[0].item.content.published is None


@pytest.mark.parametrize("before", [None, Timestamp.parse("2019-05-04")])
def test_a_date_of_change_restated_alone_is_no_revision(before: Timestamp | None) -> None:
    restated = a_candidate(updated=Timestamp.parse("2026-02-28T00:00:00+00:00"))
    assert plan(restated, know=known(an_item(updated=before))) == Plan(unchanged=1)


def test_a_date_of_change_comes_with_changed_words_alone() -> None:
    stated = Timestamp.parse("2026-02-28T00:00:00+00:00")
    (words,) = plan(a_candidate(updated=stated, headline="Corrected"), know=known(an_item())).revised
    (section,) = plan(a_candidate(updated=stated, section="Coast"), know=known(an_item())).revised
    assert words.item.content.updated == stated
    assert section.item.content.updated is None


FIRST = Timestamp.parse("2015-05-03")
RESTATED = Timestamp.parse("2026-02-01T08:00:00+00:00")


def test_the_first_date_of_publication_stays_and_the_other_is_told() -> None:
    found = plan(a_candidate(published=RESTATED), know=known(an_item(published=FIRST)))
    assert (found.revised, found.unchanged) == ((), 1)
    [warning] = found.warnings
    assert "https://old.courier.example/2019/ferry: it says now that it was published 2026-02-01" in warning
    assert "the first date 2015-05-03 stays" in warning


@pytest.mark.parametrize("stated", [RESTATED, None])
def test_a_changed_story_keeps_its_first_date(stated: Timestamp | None) -> None:
    changed = a_candidate(published=stated, headline="Corrected")
    (saving,) = plan(changed, know=known(an_item(published=FIRST))).revised
    assert saving.item.content.published == FIRST


def test_a_live_source_that_takes_over_does_not_redate_the_story() -> None:
    live = a_candidate(provenance=a_provenance(source="live"), published=RESTATED, updated=RESTATED)
    found = plan(live, know=known(an_item(archived=True, published=FIRST)), name="live")
    content = found.revised[0].item.content
    assert (content.published, content.updated, found.warnings) == (FIRST, None, ())


def test_the_same_moment_in_another_zone_is_no_other_date() -> None:
    utc = a_candidate(published=Timestamp.parse("2019-05-03T04:30:00+00:00"))
    assert plan(utc, know=known(an_item())) == Plan(unchanged=1)


def test_a_date_found_at_last_is_taken() -> None:
    (saving,) = plan(a_candidate(published=FIRST), know=known(an_item(published=None))).revised
    assert saving.item.content.published == FIRST


def test_an_image_fetched_at_last_is_a_revision_and_no_news() -> None:
    bare = Image(url="https://old.courier.example/a.png")
    fetched = Image(url=bare.url, media="ab.png", media_type="image/png", width=3, height=2, size=9)
    (saving,) = plan(a_candidate(image=fetched), know=known(an_item(image=bare))).revised
    assert saving.item.content.image == fetched
    assert saving.item.changed is None


def test_an_image_once_fetched_is_not_lost() -> None:
    fetched = Image(url="https://old.courier.example/a.png", media="ab.png", width=3, height=2)
    found = plan(a_candidate(image=Image(url=fetched.url)), know=known(an_item(image=fetched)))
    assert found == Plan(unchanged=1)


def test_keys_of_real_content_find_a_moved_and_retitled_page() -> None:
    body = "The ferry sailed at dawn with forty passengers and a piano on deck. " * 3
    first = a_candidate(keys=(url_key("https://a.example/1"), text_key(body)), body_text=body)
    second = a_candidate(keys=(url_key("https://b.example/2"), text_key(body)), body_text=body)
    assert len(plan(first, second).new) == 1


def a_capture(year: int, **change: Any) -> Candidate:
    """A capture whose time an archive vouches for."""
    captured = datetime(year, 5, 3, tzinfo=UTC)
    base: dict[str, Any] = {
        "provenance": a_provenance(captured=captured),
        "not_after": captured,
        "dated_capture": True,
        "published": None,
    }
    return a_candidate(**base | change)


def captured_in(year: int, **change: Any) -> Item:
    capture = a_capture(year)
    return an_item(
        **{"provenance": capture.provenance, "not_after": capture.not_after, "published": None, **change}
    )


def test_captures_of_one_run_become_revisions_oldest_first() -> None:
    found = plan(*(a_capture(year, headline=f"As of {year}") for year in (2021, 2019, 2020)))
    (new,) = found.new
    assert (new.item.content.headline, new.item.not_after) == ("As of 2019", datetime(2019, 5, 3, tzinfo=UTC))
    assert [(saving.item.revision, saving.item.content.headline) for saving in found.revised] == [
        (2, "As of 2020"),
        (3, "As of 2021"),
    ]
    assert {saving.item.id for saving in found.revised} == {new.item.id}


def test_what_changed_before_anybody_read_it_changed_when_it_was_captured() -> None:
    fresh = plan(a_capture(2019), a_capture(2020, headline="Corrected"))
    known_already = plan(a_capture(2020, headline="Corrected"), know=known(captured_in(2019)))
    assert fresh.revised[0].item.changed == datetime(2020, 5, 3, tzinfo=UTC)
    assert known_already.revised[0].item.changed == LATER


@pytest.mark.parametrize("run", [{"first_run": True}, {"started": NOON}])
def test_it_did_so_too_where_a_part_of_the_run_ended_between(run: dict[str, Any]) -> None:
    before = captured_in(2019, collected=NOON)
    (saving,) = plan(a_capture(2020, headline="Corrected"), know=known(before), **run).revised
    assert saving.item.changed == datetime(2020, 5, 3, tzinfo=UTC)


def test_a_double_met_in_a_later_part_of_the_run_is_no_change() -> None:
    double = a_candidate(headline="Corrected")
    (saving,) = plan(double, know=known(an_item(collected=NOON)), started=NOON).revised
    assert (saving.item.revision, saving.item.changed) == (2, None)


def test_what_an_archive_takes_over_from_another_source_changed_now() -> None:
    theirs = an_item(
        provenance=a_provenance(source="other", captured=datetime(2019, 5, 3, tzinfo=UTC)), archived=True
    )
    (saving,) = plan(a_capture(2020, headline="Corrected"), know=known(theirs), first_run=True).revised
    assert saving.item.changed == LATER


def a_file(day: int, **change: Any) -> Candidate:
    """A saved file that was last modified on that day of February."""
    return a_candidate(**{"provenance": a_provenance(captured=datetime(2026, 2, day, tzinfo=UTC)), **change})


def a_saved(day: int, **change: Any) -> Item:
    return an_item(**{"provenance": a_file(day).provenance, "collected": NOON, **change})


FOLDER: dict[str, Any] = {"kind": SourceKind.FILES, "folder": "pages"}


@pytest.mark.parametrize(("day", "headline"), [(1, a_content().headline), (3, "Other"), (2, "Other")])
def test_of_two_saves_of_a_page_the_later_stands(day: int, headline: str) -> None:
    found = plan(a_file(day, headline="Other"), know=known(a_saved(2)), **FOLDER)
    (item,) = [saving.item for saving in found.revised] or [a_saved(2)]
    assert item.content.headline == headline


@pytest.mark.parametrize("days", [(1, 2), (2, 1)])
def test_of_two_saves_in_one_run_the_later_stands_wherever_a_part_ends(days: tuple[int, int]) -> None:
    first, second = (a_file(day, headline=f"Saved on {day}") for day in days)
    (together,) = plan(first, second, **FOLDER).new
    (before,) = plan(first, **FOLDER).new
    apart = plan(second, know=known(before.item), started=NOON, **FOLDER).revised
    for item in (together.item, apart[0].item if apart else before.item):
        assert (item.content.headline, item.changed) == ("Saved on 2", None)


def test_an_older_save_states_the_date_that_was_missing() -> None:
    older = a_file(1, published=FIRST, headline="As it once was")
    (saving,) = plan(older, know=known(a_saved(2, published=None)), **FOLDER).revised
    assert saving.item.content == a_saved(2, published=FIRST).content


def test_a_file_s_time_is_its_last_copy_s_and_bounds_no_date() -> None:
    copied = a_candidate(
        provenance=a_provenance(captured=datetime(1980, 1, 1, tzinfo=UTC)),
        published=Timestamp.parse("2012-01-01"),
    )
    found = plan(copied, **FOLDER)
    assert (found.new[0].item.content.published, found.warnings) == (Timestamp.parse("2012-01-01"), ())
    ahead = plan(a_candidate(published=Timestamp.parse("2026-03-09")), **FOLDER)
    assert ahead.new[0].item.content.published is None
    vouched = plan(a_capture(2011, published=Timestamp.parse("2012-01-01")), **FOLDER)
    assert vouched.new[0].item.content.published is None


def test_equal_captures_are_one_revision() -> None:
    found = plan(a_capture(2019), a_capture(2020), a_capture(2021))
    assert (len(found.new), found.revised, found.unchanged) == (1, (), 2)


def test_an_older_capture_does_not_replace_newer_content() -> None:
    older = a_capture(2015, headline="As it once was")
    found = plan(older, know=known(captured_in(2019)))
    (saving,) = found.restated
    assert found.revised == ()
    assert saving.item == captured_in(2019, not_after=older.not_after)


def test_an_older_capture_states_the_date_that_was_missing() -> None:
    (saving,) = plan(
        a_capture(2015, published=FIRST, body_text="Old."), know=known(captured_in(2019))
    ).revised
    assert saving.item.content == captured_in(2019, published=FIRST).content
    assert (saving.item.revision, saving.item.changed) == (2, None)
    assert saving.item.provenance.captured.year == 2019


def test_an_older_capture_does_not_move_a_date_that_is_there() -> None:
    dated = captured_in(2019, published=FIRST)
    older = a_capture(2015, published=Timestamp.parse("2014-01-01"))
    assert plan(older, know=known(dated)).revised == ()


def test_an_older_capture_from_another_source_tells_that_it_was_there() -> None:
    older = a_capture(2015, provenance=a_provenance(source="old", captured=datetime(2015, 5, 3, tzinfo=UTC)))
    (saving,) = plan(older, know=known(captured_in(2019)), name="old").restated
    assert saving.item == captured_in(2019, not_after=older.not_after)


def test_a_file_or_fetched_page_replaces_whatever_its_time() -> None:
    before = a_candidate(provenance=a_provenance(captured=NOON - timedelta(days=9)), headline="Edited")
    assert len(plan(before, know=known(an_item())).revised) == 1


def test_an_alias_captured_in_turns_does_not_rewrite_the_story() -> None:
    printed = a_capture(
        2020,
        keys=("url:old.courier.example/print/ferry", "text:1"),
        provenance=a_provenance(
            original_url="https://old.courier.example/print/ferry", captured=datetime(2020, 5, 3, tzinfo=UTC)
        ),
        headline="For printing",
    )
    keys = (ARTICLE_KEY, "url:old.courier.example/print/ferry")
    assert plan(printed, know=known(captured_in(2019), keys=keys)).revised == ()
    assert len(plan(printed, know=known(captured_in(2019), keys=("text:1",))).revised) == 1


def test_the_earliest_capture_is_kept_when_a_page_is_fetched_again() -> None:
    item = an_item(not_after=NOON)
    again = a_candidate(not_after=LATER, headline="Corrected")
    (saving,) = plan(again, know=known(item)).revised
    assert saving.item.not_after == NOON


def test_a_withdrawn_story_learns_nothing_from_an_older_capture() -> None:
    item = captured_in(2019, state=ItemState.WITHDRAWN)
    assert plan(a_capture(2015), know=known(item)) == Plan(unchanged=1)


def test_a_key_that_joins_two_candidates_is_not_stored() -> None:
    first = a_candidate(keys=("url:a", f"{SAME}0"))
    second = a_candidate(keys=("url:b", f"{SAME}0"), headline="Updated")
    (saving,) = plan(first, second).new
    assert saving.keys == ("url:a", "url:b")


def test_a_stored_story_known_by_its_words_is_revised_under_its_new_address() -> None:
    item = an_item()
    know = Known(keys={f"{SAME}{item.id}": item.id}, items={item.id: item})
    moved = a_candidate(keys=("url:c.example/new", f"{SAME}{item.id}"), url="https://c.example/new")
    (saving,) = plan(moved, know=know).revised
    assert (saving.item.id, saving.item.content.url) == (item.id, "https://c.example/new")
    assert saving.keys == ("url:c.example/new",)


def test_articles_that_change_nothing_but_what_is_known_of_them_are_counted() -> None:
    found = plan(a_candidate(page_notice=a_notice()), know=known(an_item()))
    assert (found.unchanged, found.alike) == (0, 1)
    twice = plan(a_candidate(keys=("url:a",)), a_candidate(keys=("url:a", "url:b")))
    assert (len(twice.new), twice.unchanged, twice.alike) == (1, 0, 1)
