"""Items and feeds as views: rights, dates and addresses decided."""

from datetime import timedelta
from typing import Any

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, FeedView, Format
from syndicate.model.hub import Hub
from syndicate.model.item import Correction, Image, ItemKind, Timestamp
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights, SourceKind
from syndicate.publish.views import entry_view, expired_view, feed_view, replay_view, updated_of
from syndicate.templating import words
from tests.builders import FEED_ID, NOON, a_feed, a_provenance, a_source, an_entry, an_item, an_old_site

PICTURE = Image(url="https://old.courier.example/f.jpg", media="ab.jpg", media_type="image/jpeg", size=9)


def view(publish: Publish = Publish.FULL, source: dict[str, Any] | None = None, **change: Any) -> EntryView:
    named = a_source(rights=Rights(publish=publish, holder="Courier"), old_site="old-courier", **source or {})
    catalogue = Catalogue(
        site=Site(base_url="https://news.example"),
        sources={"harbour": named},
        old_sites={"old-courier": an_old_site()},
    )
    return entry_view(an_item(**change), catalogue)


def test_the_id_is_the_items_and_survives_a_new_headline_address_and_section() -> None:
    moved = view(headline="New", url="https://courier.example/new", section="Sea")
    assert moved.id == view().id == f"urn:uuid:{an_item().id}"


def test_full_rights_publish_the_body() -> None:
    assert "forty passengers" in view(Publish.FULL).content_html


def test_a_teaser_is_at_most_sixty_words_and_no_body() -> None:
    teaser = view(Publish.TEASER, summary="", body_text="word " * 100)
    assert teaser.content_html == ""
    assert len(teaser.summary.split()) == 60


def test_a_link_is_neither_words_nor_picture() -> None:
    link = view(Publish.LINK, image=PICTURE)
    assert (link.summary, link.content_html, link.image, link.image_url) == ("", "", None, "")


def test_when_a_saved_file_was_captured_is_not_told_for_a_copy_may_have_changed_its_time() -> None:
    assert view(source={"kind": SourceKind.FILES}).captured is None
    assert view().captured == NOON


def test_an_item_was_captured_when_it_was_first() -> None:
    first = NOON - timedelta(days=900)
    assert view(not_after=first).captured == first
    assert view(source={"kind": SourceKind.FILES}, not_after=first).captured == first


def test_an_unknown_source_gets_a_teaser_only() -> None:
    assert entry_view(an_item(), Catalogue()).content_html == ""


@pytest.mark.parametrize("publish", list(Publish))
def test_the_notice_ends_the_content_whatever_the_rights(publish: Publish) -> None:
    archived = view(publish, archived=True)
    assert archived.content_html.endswith("</p>")
    assert archived.content_html.rpartition("<p")[2].startswith(' class="archive-notice"')
    assert ("forty" in archived.content_html) is (publish is Publish.FULL)


def test_the_credit_line_travels_with_the_body() -> None:
    credited = view(credit="With reporting by the harbour office")
    assert credited.content_html.endswith("<p>With reporting by the harbour office</p>")
    assert credited.credit == "With reporting by the harbour office"


def test_a_right_to_left_body_says_so_and_the_notice_stays_last() -> None:
    persian = view(language="fa", direction="rtl", body_html="<p>متن</p>", archived=True)
    assert persian.content_html.startswith(
        '<div lang="fa" dir="rtl"><p>متن</p></div><p class="archive-notice"'
    )


def test_what_an_older_version_stored_is_sanitised_again() -> None:
    html = '<p onclick="x()">Hi<script>x</script> <a href="/a">a</a> <img src="i.png" srcset="j.png 2x"></p>'
    safe = view(body_html=html).content_html
    assert "script" not in safe
    assert "onclick" not in safe
    assert 'href="https://old.courier.example/a"' in safe
    assert 'src="https://old.courier.example/2019/i.png"' in safe
    assert "https://old.courier.example/2019/j.png 2x" in safe


def test_a_body_in_words_alone_becomes_paragraphs() -> None:
    assert view(body_html="", body_text="1 < 2\n\nThree").content_html == "<p>1 &lt; 2</p><p>Three</p>"


def test_a_brief_is_titled_by_its_first_words() -> None:
    brief = view(kind=ItemKind.BRIEF, headline="", body_html="", body_text=" ".join(map(str, range(30))))
    assert brief.title == "0 1 2 3 4 5 6 7 8 9 10 11…"
    assert brief.summary.endswith("29")


def test_links_lead_to_the_original_or_else_to_our_own_page() -> None:
    assert view().url == "https://old.courier.example/2019/ferry"
    saved = view(url="", provenance=a_provenance(original_url="pages/ferry.html"))
    assert saved.url == saved.page_url == f"https://news.example/items/{an_item().id}"
    assert saved.original_url == ""


def test_a_picture_is_told_only_once_we_have_it() -> None:
    assert view(image=PICTURE).image_url == "https://news.example/media/ab.jpg"
    assert view(image=Image(url="https://old.courier.example/f.jpg")).image is None


def test_only_an_upstream_feed_is_a_source() -> None:
    assert view().source_url == ""
    feed = view(source={"kind": SourceKind.FEED, "url": "https://up.example/feed", "title": "Up"})
    assert (feed.source_url, feed.source_title) == ("https://up.example/feed", "Up")


def test_updated_is_what_the_page_states() -> None:
    item = an_item(updated=Timestamp.parse("2019-05-04T10:00:00+00:00"))
    assert updated_of(item) == (Timestamp.parse("2019-05-04T10:00:00+00:00").utc, False)


def test_updated_is_never_before_publication() -> None:
    published = Timestamp.parse("2019-05-03T06:30:00+02:00")
    assert updated_of(an_item(updated=Timestamp.parse("2019-05-03"))) == (published.utc, False)


def test_updated_moves_when_the_content_did() -> None:
    changed = NOON + timedelta(days=1)
    assert updated_of(an_item(changed=changed, revision=2)) == (changed, False)


def test_after_a_change_what_the_page_states_moves_updated_no_more() -> None:
    changed = NOON + timedelta(days=1)
    later = Timestamp(instant=changed + timedelta(days=1))
    assert updated_of(an_item(changed=changed, updated=later, revision=3)) == (changed, False)


def test_an_unknown_date_is_stood_in_for_by_collection_and_marked() -> None:
    assert updated_of(an_item(published=None)) == (NOON, True)


def test_a_feed_is_as_new_as_its_newest_entry() -> None:
    feed = feed_view(a_feed(), [an_entry(), an_entry(updated=NOON)], catalogue=Catalogue(), feed_id=FEED_ID)
    assert feed.updated == NOON


def test_a_feeds_addresses_come_from_the_base_url() -> None:
    catalogue = Catalogue(site=Site(base_url="https://news.example/"))
    feed = feed_view(a_feed(), [], catalogue=catalogue, feed_id=FEED_ID)
    assert set(feed.urls.values()) == {
        f"https://news.example/feeds/all.{suffix}" for suffix in ("rss", "atom", "json", "html", "ninjs")
    }
    assert feed.home_url == "https://news.example/feeds/all.html"


def test_a_feeds_id_does_not_come_from_its_address() -> None:
    here, there = (
        feed_view(a_feed(), [], catalogue=Catalogue(site=Site(base_url=url)), feed_id=FEED_ID)
        for url in ("https://news.example/", "http://127.0.0.1:8080")
    )
    assert here.id == there.id == f"urn:uuid:{FEED_ID}"


def test_a_licence_is_the_feeds_only_when_every_entry_has_it() -> None:
    by, other = an_entry(licence="https://lic.example/by"), an_entry()
    assert (
        feed_view(a_feed(), [by, by], catalogue=Catalogue(), feed_id=FEED_ID).licence
        == "https://lic.example/by"
    )
    assert feed_view(a_feed(), [by, other], catalogue=Catalogue(), feed_id=FEED_ID).licence == ""


def test_addresses_are_percent_encoded_for_mails_as_for_feeds() -> None:
    found = view(url='https://courier.example/a"b<c>', archived=True)
    assert found.url == "https://courier.example/a%22b%3Cc%3E"
    assert view(url="https://قایق.example/خبر").url.isascii()
    assert view(url="https://[courier.example/").url.startswith("https://")


def corrected(
    publish: Publish = Publish.FULL, note: str = "It sailed at <noon>.", **change: Any
) -> EntryView:
    return view(publish, correction=Correction(note=note, at=NOON), revision=2, **change)


NOTE = '<p class="correction" lang="en" dir="ltr">Correction (1 March 2026): It sailed at &lt;noon&gt;.</p>'


def test_the_content_begins_with_the_correction() -> None:
    entry = corrected()
    assert entry.content_html.startswith(f"{NOTE}<p>The ferry")
    assert entry.summary == "The ferry sailed at dawn."
    assert entry.correction is not None
    assert (entry.correction.note, entry.correction.at) == ("It sailed at <noon>.", NOON)


def test_a_teaser_begins_with_the_correction_too() -> None:
    teaser = corrected(Publish.TEASER)
    plain = "Correction (1 March 2026): It sailed at <noon>."
    assert teaser.summary == f"{plain}\n\nThe ferry sailed at dawn."
    assert teaser.content_html == f"{NOTE}<p>The ferry sailed at dawn.</p>"
    assert corrected(Publish.LINK).summary == plain


def test_the_correction_comes_first_and_the_notice_last() -> None:
    entry = corrected(archived=True)
    assert entry.content_html.startswith(NOTE)
    assert entry.content_html.rindex('class="archive-notice"') > entry.content_html.index("forty passengers")


def test_a_correction_is_told_in_the_language_of_its_item() -> None:
    entry = corrected(language="fa", direction="rtl", note="چهار بود.")
    assert entry.content_html.startswith(
        '<p class="correction" lang="fa" dir="rtl">اصلاحیه (۱۰ اسفند ۱۴۰۴): چهار بود.</p>'
    )


@pytest.mark.parametrize("language", ["en", "fa", "ar", "de", "fr", "es"])
def test_every_language_has_its_words_for_a_correction(language: str) -> None:
    found = corrected(language=language).correction
    assert found is not None
    assert found.text.endswith("It sailed at <noon>.")
    assert found.text.startswith(words(language)["correction_note"].partition(" ")[0])


def test_braces_in_a_correction_stay() -> None:
    assert "{date} {x}" in corrected(note="{date} {x}").content_html


def test_a_correction_moves_updated_and_never_published() -> None:
    entry = corrected()
    assert (entry.updated, entry.updated_inferred) == (NOON, False)
    assert entry.published == view().published
    assert corrected(published=None).updated == NOON


def test_an_entry_says_which_revision_of_which_item_it_is() -> None:
    assert (corrected().item_id, corrected().revision) == (an_item().id, 2)


def test_a_replay_has_its_own_id_and_time_and_tells_the_first_date() -> None:
    entry = replay_view(view(), entry_id="urn:uuid:1", replayed=NOON)
    assert entry.id == "urn:uuid:1"
    assert entry.title == "3 May 2019: Ferry returns to the northern islands"
    assert entry.published == Timestamp(instant=NOON)
    assert (entry.updated, entry.updated_inferred) == (NOON, False)
    assert entry.issued == view().published


def test_a_replay_of_what_is_undated_says_so() -> None:
    entry = replay_view(view(published=None), entry_id="urn:uuid:1", replayed=NOON)
    assert entry.title.startswith("undated, captured 1 March 2026: ")
    assert entry.issued is None


def test_a_replay_tells_the_first_date_in_the_language_of_its_item() -> None:
    item = view(language="fa", headline="کشتی")
    assert replay_view(item, entry_id="urn:uuid:1", replayed=NOON).title == "۱۳ اردیبهشت ۱۳۹۸: کشتی"


def test_a_correction_after_a_replay_moves_updated() -> None:
    entry = replay_view(corrected(), entry_id="urn:uuid:1", replayed=NOON - timedelta(days=3))
    assert entry.updated == NOON


def test_what_expired_keeps_its_id_and_loses_every_word() -> None:
    entry = expired_view(corrected(archived=True, image=PICTURE), at=NOON)
    assert (entry.id, entry.published, entry.expired) == (view().id, view().published, NOON)
    assert (entry.summary, entry.content_html, entry.image_url, entry.correction) == ("", "", "", None)
    assert (entry.authors, entry.section, entry.original_url) == ((), "", "")
    assert (entry.url, entry.title) == (view().page_url, "This has been withdrawn")


def test_what_expired_says_so_in_its_language() -> None:
    assert expired_view(view(language="fa"), at=NOON).title == "این مطلب پس گرفته شده است"


def test_the_documents_of_a_feed_know_their_neighbours() -> None:
    def document(number: int) -> FeedView:
        older = number - 1 if number else 3
        return feed_view(a_feed(), [], catalogue=Catalogue(), feed_id=FEED_ID, document=number, older=older)

    base = "http://127.0.0.1:8080/feeds/all"
    newest, middle, last = document(0), document(2), document(3)
    assert newest.urls[Format.RSS] == f"{base}.rss"
    assert newest.archive.older[Format.RSS] == f"{base}/3.rss"
    assert newest.archive.newer == {}
    assert middle.urls[Format.ATOM] == f"{base}/2.atom"
    assert middle.archive.older[Format.JSON] == f"{base}/1.json"
    assert middle.archive.newer[Format.JSON] == f"{base}/3.json"
    assert last.archive.newer[Format.JSON] == f"{base}/4.json"
    assert document(1).archive.older == {}
    assert {each.home_url for each in (newest, middle, last)} == {f"{base}.html"}


def test_feeds_name_the_hub_of_the_site() -> None:
    catalogue = Catalogue(hub=Hub(url="https://hub.example/"))
    assert feed_view(a_feed(), [], catalogue=catalogue, feed_id=FEED_ID).hub_url == "https://hub.example/"
    archived = feed_view(a_feed(), [], catalogue=catalogue, feed_id=FEED_ID, document=1)
    assert not archived.hub_url
