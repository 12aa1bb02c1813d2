"""Atom against RFC 4287's own grammar, and what the grammar cannot see."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from syndicate.formats import atom
from syndicate.formats.feedgen_extension import qualified
from syndicate.formats.lint.parts import ATOM
from syndicate.model.feed import CorrectionView, EntryView, Tombstone
from syndicate.model.item import Image, Timestamp
from tests.builders import NOON, a_feed_view, a_notice_view, an_archive, an_entry

GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parent.parent / "schemas" / "atom.rng"))
PICTURE = Image(url="x", media="ab12.jpg", media_type="image/jpeg", size=51_200)
MEDIA_URL = "https://news.example/media/ab12.jpg"
FULL: dict[str, Any] = {
    "image": PICTURE,
    "image_url": MEDIA_URL,
    "notice": a_notice_view(),
    "credit": "With reporting by the harbour office",
    "licence": "https://lic.example/by",
    "rights_holder": "Harbour Courier",
    "source_url": "https://up.example/feed",
    "source_title": "Up",
}


def feed(*entries: EntryView, **change: Any) -> Any:
    return etree.fromstring(atom.write(a_feed_view(*entries, **change)))


def entry(**change: Any) -> Any:
    return feed(an_entry(**change)).find(f"{ATOM}entry")


def links(element: Any) -> dict[str, dict[str, str]]:
    return {link.get("rel"): dict(link.attrib) for link in element.findall(f"{ATOM}link")}


@pytest.mark.parametrize(
    "change",
    [
        {},
        FULL,
        {"content_html": ""},
        {"summary": "", "content_html": ""},
        {"published": None, "updated_inferred": True},
        {"published": Timestamp.parse("2019-05-03")},
        {"authors": (), "section": ""},
        {"title": "]]> \x00 \ud800 <b>&nbsp;"},
    ],
    ids=lambda change: ",".join(change) or "plain",
)
def test_an_entry_keeps_to_the_grammar_of_rfc_4287(change: dict[str, Any]) -> None:
    GRAMMAR.assertValid(feed(an_entry(**change), hub_url="https://hub.example/"))


def test_a_feed_without_entries_keeps_to_the_grammar() -> None:
    GRAMMAR.assertValid(feed())


def test_links_keep_their_rel_type_and_length() -> None:
    found = links(entry(**FULL))
    assert found["enclosure"] == {
        "rel": "enclosure",
        "type": "image/jpeg",
        "href": MEDIA_URL,
        "length": "51200",
    }
    assert found["alternate"]["type"] == "text/html"
    assert found["related"]["href"] == "https://courier.example/"
    assert found["via"]["href"] == "https://old.courier.example/2019/ferry"
    assert found["license"]["href"] == "https://lic.example/by"


def test_the_feed_names_itself_and_one_alternate_of_each_type() -> None:
    found = feed().findall(f"{ATOM}link")
    assert [(link.get("rel"), link.get("type")) for link in found] == [
        ("self", "application/atom+xml"),
        ("alternate", "text/html"),
        ("alternate", "application/rss+xml"),
        ("alternate", "application/feed+json"),
    ]


def test_an_archived_entry_carries_the_documented_category() -> None:
    marks = [each for each in entry(**FULL).findall(f"{ATOM}category") if each.get("scheme")]
    assert [(each.get("term"), each.get("scheme")) for each in marks] == [
        ("archived", "urn:syndicate:archive")
    ]


def test_content_is_escaped_html_and_never_cdata() -> None:
    content = entry().find(f"{ATOM}content")
    assert content.get("type") == "html"
    assert content.text == an_entry().content_html


def test_a_source_has_id_title_and_updated() -> None:
    source = entry(**FULL).find(f"{ATOM}source")
    assert [child.tag.removeprefix(ATOM) for child in source] == ["id", "title", "updated"]


def test_an_inferred_update_is_marked_as_such() -> None:
    inferred = entry(published=None, updated=NOON, updated_inferred=True)
    assert inferred.find(qualified("syndicate:dates")).get("updated") == "inferred"
    assert inferred.find(f"{ATOM}published") is None


def test_the_language_of_an_entry_is_its_own() -> None:
    assert entry(language="fa").get("{http://www.w3.org/XML/1998/namespace}lang") == "fa"


def test_the_feed_is_as_new_as_its_newest_entry() -> None:
    assert feed(an_entry(updated=NOON), an_entry()).findtext(f"{ATOM}updated") == "2026-03-01T12:00:00+00:00"


def deleted(element: Any) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in element.findall(qualified("at:deleted-entry"))]


def test_withdrawn_entries_leave_a_tombstone_before_the_first_entry() -> None:
    graves = (Tombstone(id="urn:uuid:9", at=NOON, note="It was\x00 wrong."), Tombstone(id="urn:x", at=NOON))
    written = feed(an_entry(), tombstones=graves)
    GRAMMAR.assertValid(written)
    assert deleted(written) == [
        {"ref": "urn:uuid:9", "when": "2026-03-01T12:00:00+00:00"},
        {"ref": "urn:x", "when": "2026-03-01T12:00:00+00:00"},
    ]
    assert written.find(qualified("at:deleted-entry")).findtext(qualified("at:comment")) == "It was wrong."
    tags = [child.tag for child in written]
    assert tags[-1] == f"{ATOM}entry"


def test_what_a_partner_must_take_down_is_a_tombstone_wherever_it_stood() -> None:
    written = feed(an_entry(), an_entry(id="urn:uuid:2", expired=NOON, withdrawn_note="It was a forgery."))
    GRAMMAR.assertValid(written)
    assert "It was a forgery." in written.xpath("string()")
    assert [each["ref"] for each in deleted(written)] == ["urn:uuid:2"]
    assert [each.findtext(f"{ATOM}id") for each in written.findall(f"{ATOM}entry")] == [an_entry().id]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_every_document_of_an_archive_keeps_to_the_grammar(number: int) -> None:
    GRAMMAR.assertValid(feed(an_entry(), archive=an_archive(number, of=3), complete=number == 0))


def test_documents_of_an_archive_are_linked_with_each_other() -> None:
    middle = feed(archive=an_archive(2, of=3))
    assert middle.find(qualified("fh:archive")) is not None
    found = links(middle)
    assert found["current"]["href"] == "https://news.example/feeds/all.atom"
    assert found["prev-archive"]["href"] == "https://news.example/feeds/all/1.atom"
    assert found["next-archive"]["href"] == "https://news.example/feeds/all/3.atom"


def test_the_newest_archive_document_names_the_next_one_and_the_oldest_none_before_it() -> None:
    newest = links(feed(archive=an_archive(3, of=3)))
    assert newest["next-archive"]["href"] == "https://news.example/feeds/all/4.atom"
    assert "prev-archive" not in links(feed(archive=an_archive(1, of=3)))


def test_the_subscription_document_leads_to_the_newest_archive_document() -> None:
    newest = feed(archive=an_archive(0, of=3))
    assert links(newest)["prev-archive"]["href"] == "https://news.example/feeds/all/3.atom"
    assert newest.find(qualified("fh:archive")) is None
    assert newest.find(qualified("fh:complete")) is None


def test_a_whole_feed_in_one_document_is_complete() -> None:
    assert feed(complete=True).find(qualified("fh:complete")) is not None


def test_a_replay_says_when_the_original_came_out() -> None:
    written = entry(published=Timestamp(instant=NOON), replay=True, issued=Timestamp.parse("2019-05-03"))
    assert written.findtext(qualified("dcterms:issued")) == "2019-05-03"
    assert links(written)["via"]["href"] == "https://old.courier.example/2019/ferry"


def test_a_correction_is_told_to_machines_too() -> None:
    written = entry(correction=CorrectionView(note="It was 4, not 3.", at=NOON))
    found = written.find(qualified("syndicate:correction"))
    assert (found.text, found.get("at")) == ("It was 4, not 3.", "2026-03-01T12:00:00+00:00")


def test_a_bare_link_says_its_title_where_readers_look_for_words() -> None:
    link = entry(title="Ferry returns", summary="", content_html="")
    assert link.findtext(f"{ATOM}summary") == "Ferry returns"
    assert entry(summary="", content_html="<p>All of it.</p>").find(f"{ATOM}summary") is None
