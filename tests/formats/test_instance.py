import json

import feedparser
import pytest

from syndicate.formats import atom, jsonfeed, rss
from syndicate.formats.instance import digests, without
from syndicate.model.feed import EntryView, FeedView, Format, Tombstone
from tests.builders import NOON, a_feed_view, an_entry

WRITE = {Format.RSS: rss.write, Format.ATOM: atom.write, Format.JSON: jsonfeed.write}
FORMS = pytest.mark.parametrize("form", list(WRITE))


def entry(number: int, **change: object) -> EntryView:
    base = {"id": f"urn:uuid:6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c{number:04}", "title": f"Ferry {number}"}
    return an_entry(**base | change)


def titles(document: bytes, form: Format) -> list[str]:
    if form is Format.JSON:
        return [item["title"] for item in json.loads(document)["items"]]
    parsed = feedparser.parse(document)
    assert not parsed.bozo
    return [one.title for one in parsed.entries]


def since(former: FeedView, now: FeedView, form: Format) -> bytes:
    return without(WRITE[form](now), form, digests(WRITE[form](former), form))


@FORMS
def test_what_came_since_is_left(form: Format) -> None:
    former = a_feed_view(entry(1), entry(2))
    now = a_feed_view(entry(3), entry(1), entry(4), entry(2))
    assert titles(since(former, now, form), form) == ["Ferry 3", "Ferry 4"]


@FORMS
def test_a_changed_entry_came_too(form: Format) -> None:
    former = a_feed_view(entry(1), entry(2))
    now = a_feed_view(entry(1), entry(2, content_html="<p>It sailed at noon.</p>"))
    assert titles(since(former, now, form), form) == ["Ferry 2"]


@FORMS
def test_with_nothing_new_the_frame_is_left(form: Format) -> None:
    view = a_feed_view(entry(1), entry(2))
    assert titles(since(view, view, form), form) == []


@FORMS
def test_who_had_nothing_gets_everything(form: Format) -> None:
    view = a_feed_view(entry(1), entry(2))
    assert titles(since(a_feed_view(), view, form), form) == ["Ferry 1", "Ferry 2"]


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_what_is_left_of_a_document_is_as_if_it_were_written_so(form: Format) -> None:
    former, now = a_feed_view(entry(1), entry(2)), a_feed_view(entry(3), entry(1), entry(2))
    assert since(former, now, form) == WRITE[form](a_feed_view(entry(3)))


def test_a_withdrawal_stays_in_what_is_left() -> None:
    gone = Tombstone(id="urn:uuid:6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c0001", at=NOON)
    left = since(a_feed_view(entry(1), entry(2)), a_feed_view(entry(2), tombstones=(gone,)), Format.ATOM)
    assert titles(left, Format.ATOM) == []
    assert b"deleted-entry" in left


@FORMS
def test_text_that_looks_like_a_tag_divides_nothing(form: Format) -> None:
    odd = entry(
        1,
        title="</item></entry> <item> ]]> & \u202eferry",
        content_html="<pre>&lt;/item&gt;&lt;/entry&gt;</pre>",
    )
    now = a_feed_view(entry(2), odd, entry(3))
    assert titles(since(a_feed_view(odd), now, form), form) == ["Ferry 2", "Ferry 3"]


@FORMS
@pytest.mark.parametrize("document", [b"", b"<rss><channel><item>", b"[]", b'{"items": 3}', b"\xff\xfe"])
def test_what_is_no_document_is_a_fault(form: Format, document: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        digests(document, form)
