"""A story is known again under another headline and address, in the database and within one run."""

from typing import Any

from syndicate.collect.identity import text_key, url_key
from syndicate.collect.plan import SAME, Known, Occasion, Plan
from syndicate.collect.saving import Outcome, save_run
from syndicate.collect.story_matches import recognise, without_reused
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Candidate, Content, ItemKind
from syndicate.store.database import Database
from tests.builders import NOON, a_provenance, a_source, an_item
from tests.collect.desk import ids, stored
from tests.collect.stories import EDITS, a_round_up, a_story, changed, weather


def a_page(name: str, content: Content, **change: Any) -> Candidate:
    url = f"https://courier.example/{name}"
    base: dict[str, Any] = {
        "kind": ItemKind.ARTICLE,
        "keys": (url_key(url), text_key(content.body_text)),
        "content": changed(content, url=url),
        "provenance": a_provenance(original_url=url),
    }
    return Candidate(**base | change)


class Desk:
    """Saves runs of one source."""

    def __init__(self, db: Database) -> None:
        self.db, self.mint = db, ids()
        self.source = a_source()

    def save(self, *candidates: Candidate) -> Plan:
        occasion = Occasion(
            source=self.source,
            first_run=False,
            now=NOON,
            mint=self.mint,
            catalogue=Catalogue(sources={self.source.name: self.source}),
        )
        saved = self.db.write_now(
            save_run, candidates, occasion=occasion, outcome=Outcome(), enqueue=lambda conn, job: None
        )
        return saved.plan


def updated(story: Content) -> Content:
    return changed(EDITS["another lead"](story, a_story(99)), headline="Now with more")


def test_an_updated_version_elsewhere_is_a_revision_of_the_same_item(db: Database) -> None:
    desk, story = Desk(db), a_story(1)
    first = desk.save(a_page("one", story), a_page("other", a_story(2)))
    second = desk.save(a_page("two", updated(story)))
    assert [saving.item.id for saving in second.revised] == [first.new[0].item.id]
    item = next(item for item in stored(db) if item.revision == 2)
    assert (item.content.headline, item.content.url) == ("Now with more", "https://courier.example/two")
    assert len(stored(db)) == 2


def test_a_third_version_is_found_by_the_second_one_s_words(db: Database) -> None:
    desk, story = Desk(db), a_story(1)
    desk.save(a_page("one", story))
    desk.save(a_page("two", updated(story)))
    third = EDITS["appended paragraphs"](updated(story), a_story(3))
    assert len(desk.save(a_page("three", third)).revised) == 1


def test_two_versions_in_one_run_are_one_item(sqlite_db: Database) -> None:
    story = a_story(1)
    plan = Desk(sqlite_db).save(a_page("one", story), a_page("two", updated(story)), a_page("x", a_story(2)))
    assert [saving.item.content.url[-3:] for saving in plan.new] == ["one", "e/x"]
    assert not any(key.startswith(SAME) for saving in plan.new for key in saving.keys)
    assert url_key("https://courier.example/two") in plan.new[0].keys


def test_other_stories_stay_other_items(sqlite_db: Database) -> None:
    desk = Desk(sqlite_db)
    stories = [a_story(seed) for seed in range(10)]
    desk.save(*(a_page(f"story-{at}", story) for at, story in enumerate(stories)))
    plan = desk.save(
        a_page("round-up", a_round_up(*stories[:3])), *(a_page(f"w{d}", weather(d)) for d in range(1, 9))
    )
    assert (len(plan.new), plan.revised) == (9, ())


def test_the_same_story_from_another_source_stays_the_first_one_s(sqlite_db: Database) -> None:
    desk, story = Desk(sqlite_db), a_story(1)
    desk.save(a_page("one", story))
    theirs = a_page("two", updated(story), provenance=a_provenance(source="other"))
    plan = desk.save(theirs)
    assert (plan.new, plan.revised) == ((), ())
    (item,) = stored(sqlite_db)
    assert item.content.headline == story.headline


def test_a_known_address_needs_no_words(sqlite_db: Database) -> None:
    desk = Desk(sqlite_db)
    desk.save(a_page("live", a_story(1)))
    assert len(desk.save(a_page("live", a_story(2))).revised) == 1


def test_an_address_that_an_archive_has_another_story_under_is_not_its_key(sqlite_db: Database) -> None:
    item = an_item(**_said(a_story(1)))
    key = url_key("https://courier.example/latest")
    known = Known(keys={key: item.id}, items={item.id: item})
    other = _unrelated()
    captured = a_page("latest", other, dated_capture=True)
    assert without_reused(captured, known).keys == (text_key(other.body_text),)
    live = a_page("latest", other)
    assert without_reused(live, known) == live
    version = a_page("latest", updated(a_story(1)), dated_capture=True)
    assert without_reused(version, known) == version


def _said(content: Content) -> dict[str, Any]:
    return {"headline": content.headline, "body_text": content.body_text}


def _unrelated() -> Content:
    return changed(
        a_story(1),
        headline="Bees are kept upon a roof",
        body_text=" ".join(
            f"Hive number{n} gave sweet comb{n} to every guest{n} who came." for n in range(12)
        ),
    )


def test_briefs_are_known_by_their_keys_alone(sqlite_db: Database) -> None:
    brief = a_page("b", a_story(1), kind=ItemKind.BRIEF, keys=("text:b",))
    found, known = sqlite_db.read_now(recognise, [brief])
    assert (found, known.items) == ([brief], {})
