"""An item as a contract lets it out; and what no contract can do, whatever it says."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.formats.html import text_of
from syndicate.model.feed import Format
from syndicate.model.item import ItemKind, Timestamp
from syndicate.model.partner import Canonical, NoticePlace, Profile
from syndicate.model.source import Publish, Rights
from syndicate.partner.contracts import Released
from syndicate.partner.profiles import MSN_TAGS
from syndicate.partner.terms import contract_feed_view, contract_view, expired_entry
from syndicate.partner.timing import released_at
from syndicate.publish.views import TEASER_WORDS
from tests.builders import FEED_ID, NOON, a_provenance, an_entry, an_item
from tests.partner.cases import PICTURE, PUBLISHED, a_catalogue, a_contract, decided

LONG = " ".join(f"word{number}" for number in range(200))
SECRET = "word199"


def an_article(**change: Any) -> Any:
    base = {
        "body_text": LONG,
        "body_html": f"<p>{LONG}</p>",
        "summary": "",
        "image": PICTURE,
        "published": Timestamp(instant=PUBLISHED),
    }
    return an_item(**base | change)


@pytest.mark.parametrize(
    ("source", "partner", "content", "summary"),
    [
        (Publish.FULL, Publish.FULL, True, True),
        (Publish.FULL, Publish.TEASER, False, True),
        (Publish.FULL, Publish.LINK, False, False),
        (Publish.TEASER, Publish.FULL, False, True),
        (Publish.LINK, Publish.FULL, False, False),
        (Publish.LINK, Publish.TEASER, False, False),
    ],
)
def test_a_contract_lets_out_what_it_says_and_the_source_allows(
    source: Publish, partner: Publish, content: bool, summary: bool
) -> None:
    catalogue = a_catalogue(rights=Rights(publish=source))
    view = contract_view(an_article(), a_contract(catalogue=catalogue, publish=partner))
    assert (bool(view.content_html), bool(view.summary)) == (content, summary)
    assert bool(view.image_url) == (min(source, partner, key=["link", "teaser", "full"].index) != "link")


def test_of_a_source_configured_no_more_only_a_teaser_goes_out() -> None:
    item = an_article(provenance=a_provenance(source="gone"))
    view = contract_view(item, a_contract())
    assert (view.content_html, len(view.summary.split())) == ("", TEASER_WORDS)
    assert contract_view(item, a_contract(publish=Publish.LINK)).summary == ""


def test_credit_and_rights_travel_and_a_contract_only_fills_in() -> None:
    catalogue = a_catalogue(rights=Rights(publish=Publish.FULL, holder="Harbour Courier"))
    contract = a_contract(catalogue=catalogue, rights_holder="Somebody", licence="For Quay Radio alone")
    view = contract_view(an_article(credit="With reporting by Mina Vale"), contract)
    assert (view.rights_holder, view.licence) == ("Harbour Courier", "For Quay Radio alone")
    assert "With reporting by Mina Vale" in view.content_html
    assert view.credit == "With reporting by Mina Vale"


@pytest.mark.parametrize(
    ("rights", "canonical", "ours"),
    [
        (Publish.FULL, Canonical.ORIGINAL, False),
        (Publish.FULL, Canonical.OURS, True),
        (Publish.TEASER, Canonical.OURS, False),
    ],
)
def test_links_lead_to_our_page_only_of_what_is_ours(
    rights: Publish, canonical: Canonical, ours: bool
) -> None:
    contract = a_contract(catalogue=a_catalogue(rights=Rights(publish=rights)), canonical=canonical)
    view = contract_view(an_article(), contract)
    assert view.url == (view.page_url if ours else "https://old.courier.example/2019/ferry")
    assert view.original_url == "https://old.courier.example/2019/ferry"


@pytest.mark.parametrize("publish", Publish)
def test_the_notice_can_stand_first(publish: Publish) -> None:
    contract = a_contract(catalogue=a_catalogue(archived=True), notice=NoticePlace.FIRST, publish=publish)
    html = contract_view(an_article(), contract).content_html
    assert html.startswith('<p class="archive-notice"')
    assert html.count("archive-notice") == 1


def test_a_notice_in_persian_can_stand_first_too() -> None:
    contract = a_contract(catalogue=a_catalogue(archived=True), notice=NoticePlace.FIRST)
    item = an_article(language="fa", direction="rtl", body_text="کشتی", body_html="<p>کشتی</p>")
    html = contract_view(item, contract).content_html
    assert html.startswith('<p class="archive-notice" lang="fa" dir="rtl">')
    assert html.endswith('<div lang="fa" dir="rtl"><p>کشتی</p></div>')


def test_msn_gets_the_tags_and_images_that_it_takes() -> None:
    body = "<figure><figcaption>Quay</figcaption></figure><p><mark>Late</mark> tide</p>"
    small = an_article(body_html=body, image=PICTURE.__class__(url="https://x.example/a.jpg", media="a.jpg"))
    view = contract_view(small, a_contract(profile=Profile.MSN))
    assert view.content_html == "<div><div>Quay</div></div><p>Late tide</p>"
    assert (view.image, view.image_url) == (None, "")
    assert contract_view(an_article(), a_contract(profile=Profile.MSN)).image == PICTURE
    assert "figure" not in MSN_TAGS


def test_an_expired_entry_says_no_more_than_what_it_was() -> None:
    item = an_article(withdrawn_note="It was a forgery.")
    view = expired_entry(item, a_contract(), at=NOON)
    assert view.withdrawn_note == "It was a forgery."
    assert (view.id, view.url, view.title) == (item.urn, view.page_url, "This has been withdrawn")
    assert item.content.headline not in repr(view)
    assert (view.content_html, view.summary, view.image_url, view.expired) == ("", "", "", NOON)
    assert view.updated == NOON


def test_an_expired_entry_from_an_archive_keeps_its_notice() -> None:
    view = expired_entry(an_article(), a_contract(catalogue=a_catalogue(archived=True)), at=NOON)
    assert text_of(view.content_html).startswith("This story comes from the archive of The Old Harbour")
    assert view.summary == text_of(view.content_html)
    assert SECRET not in view.content_html


def test_the_document_has_addresses_and_an_id_of_its_own() -> None:
    contract = a_contract(formats=(Format.RSS, Format.NINJS))
    view = contract_feed_view(contract, (an_entry(),), feed_id=FEED_ID)
    assert view.urls == {
        Format.RSS: "https://news.example/partners/quay-radio/all.rss",
        Format.NINJS: "https://news.example/partners/quay-radio/all.ninjs",
    }
    other = contract_feed_view(a_contract(name="lighthouse"), (), feed_id=FEED_ID)
    assert len({view.id, other.id, f"urn:uuid:{FEED_ID}"}) == 3
    assert view.id == contract_feed_view(contract, (), feed_id=FEED_ID).id


def test_smartnews_gets_a_short_description_and_a_date() -> None:
    contract = a_contract(profile=Profile.SMARTNEWS)
    view = contract_feed_view(contract, (an_entry(),), feed_id=FEED_ID)
    assert [extra.name for extra in view.extras] == ["pubDate"]
    assert len(view.description) <= 30


CONTRACTS = st.fixed_dictionaries(
    {
        "profile": st.sampled_from(Profile),
        "publish": st.sampled_from(Publish),
        "canonical": st.sampled_from(Canonical),
        "notice": st.sampled_from(NoticePlace),
        "embargo": st.integers(0, 60).map(lambda minutes: timedelta(minutes=minutes)),
        "embargoes": st.dictionaries(
            st.sampled_from(["Islands", "islands", "Ports"]),
            st.integers(0, 9).map(lambda hours: timedelta(hours=hours)),
        ),
        "max_age": st.none() | st.integers(1, 9).map(lambda days: timedelta(days=days)),
    }
)
ITEMS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(ItemKind),
        "published": st.none()
        | st.integers(-600, 60).map(lambda m: Timestamp(instant=NOON + timedelta(minutes=m)))
        | st.integers(0, 3).map(lambda d: Timestamp.of_day((NOON - timedelta(days=d)).date())),
        "section": st.sampled_from(["", "Islands", "Ports"]),
        "credit": st.sampled_from(["", "With reporting by Mina Vale"]),
        "language": st.sampled_from(["en", "fa"]),
    }
)


@given(
    contract=CONTRACTS,
    item=ITEMS,
    rights=st.sampled_from(Publish),
    archived=st.booleans(),
    operator=st.none() | st.integers(-60, 600),
)
def test_no_contract_lets_out_too_much_too_early_or_without_the_notice(
    contract: dict[str, Any], item: dict[str, Any], rights: Publish, archived: bool, operator: int | None
) -> None:
    catalogue = a_catalogue(rights=Rights(publish=rights), archived=archived)
    bound, one = a_contract(catalogue=catalogue, **contract), an_article(**item)
    held = NOON + timedelta(minutes=operator) if operator is not None else None
    found = decided(one, bound, held_until=held)
    if not isinstance(found, Released):
        return
    assert released_at(one, bound.partner, held_until=held) <= NOON
    assert operator is None or operator <= 0
    view = found.view
    if Publish.LINK in (rights, contract["publish"]):
        assert "word0" not in view.content_html + view.summary
        assert not view.image_url
    elif rights is not Publish.FULL or contract["publish"] is not Publish.FULL:
        brief = item["kind"] is ItemKind.BRIEF
        assert SECRET not in view.content_html + view.summary or brief
    assert archived == ('class="archive-notice"' in view.content_html)
