"""How much of what pages can tell was found on them."""

from syndicate.collect.health.coverage import joined, measure
from syndicate.model.item import Candidate, Image, ItemKind
from tests.builders import NOON, a_content, a_notice, a_provenance


def an_article(page: str = "1", **change: object) -> Candidate:
    return Candidate(
        kind=ItemKind.ARTICLE,
        keys=(f"url:{page}",),
        content=a_content(**change),
        provenance=a_provenance(raw_hash=page),
    )


def a_brief(page: str = "1", text: str = "The tide was kind.") -> Candidate:
    content = a_content(headline="", body_text=text, authors=(), published=None)
    return Candidate(
        kind=ItemKind.BRIEF, keys=(f"text:{text}",), content=content, provenance=a_provenance(raw_hash=page)
    )


def test_each_field_is_counted_on_the_pages_that_have_it() -> None:
    found = measure(
        [
            an_article("1", image=Image(url="https://old.courier.example/a.jpg")),
            an_article("2", published=None, authors=()),
        ],
        at=NOON,
    )
    assert found.pages == 2
    assert found.counts == {
        "headline": 2,
        "body": 2,
        "date": 1,
        "author": 1,
        "image": 1,
        "language": 2,
        "notice": 0,
        "briefs": 0,
    }


def test_many_briefs_are_one_page_with_briefs() -> None:
    found = measure([an_article("1"), a_brief("1"), a_brief("1", "Another."), a_brief("2")], at=NOON)
    assert (found.pages, found.counts["briefs"], found.counts["headline"]) == (2, 2, 1)


def test_a_page_that_holds_nothing_counts_as_a_page() -> None:
    found = measure([an_article()], at=NOON, barren=3)
    assert (found.pages, found.counts["headline"]) == (4, 1)


def test_the_entries_of_a_feed_are_its_pages_with_or_without_address() -> None:
    nameless = [
        Candidate(
            kind=ItemKind.ARTICLE,
            keys=(f"guid:{number}",),
            content=a_content(),
            provenance=a_provenance(original_url="", raw_hash="f"),
            page_notice=a_notice(),
        )
        for number in range(3)
    ]
    found = measure(nameless, at=NOON)
    assert (found.pages, found.counts["notice"]) == (3, 3)


def test_parts_of_one_run_add_up() -> None:
    first, then = measure([an_article("1")], at=NOON), measure([a_brief("2")], at=NOON, barren=1)
    both = joined(first, then)
    assert (both.pages, both.counts["headline"], both.counts["briefs"]) == (3, 1, 1)
    assert joined(None, then) == then
