"""A partner's feed, from the store into private files, on both databases."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import feedparser
import pytest
from lxml import etree

from syndicate.errors import NotFound
from syndicate.model.cadence import Cadence
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Mode, Replay, Selection
from syndicate.model.item import Item, Timestamp
from syndicate.model.job import nobody_waits
from syndicate.model.partner import NoticePlace, Profile
from syndicate.model.source import Publish
from syndicate.partner.embargoes import enqueue_due, hold_item, lift_item
from syndicate.partner.log import record
from syndicate.partner.partnering import Partnering
from syndicate.partner.publishing import PartnerReport, publish_partner
from syndicate.partner.reporting import explain_withheld
from syndicate.publish.corrections import Editing, correct_item, withdraw_item
from syndicate.publish.feeds import Publishing, publish_feed
from syndicate.publish.replays import enter
from syndicate.publish.wording import Wording
from syndicate.store import partner_feeds, partner_receipts
from syndicate.store.database import Database
from syndicate.store.feed_changes import touch_items
from syndicate.store.items import save_item
from syndicate.store.partner_feeds import PartnerFeed
from syndicate.store.partner_log import Handed
from syndicate.store.schedules import record_occurrence
from tests.builders import NOON, a_feed, an_item
from tests.partner.cases import a_catalogue
from tests.partner.desks import Clock, a_partner

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Newsroom:
    """A publisher with one partner; a test moves the clock and changes the contract."""

    db: Database
    folder: Path
    catalogue: Catalogue
    clock: Clock

    @property
    def partnering(self) -> Partnering:
        jobs: list[Any] = []
        return Partnering(
            db=self.db,
            catalogue=self.catalogue,
            partners_dir=self.folder / "partners",
            now=self.clock,
            mint=lambda: str(uuid4()),
            enqueue=lambda conn, job: jobs.append(job),
        )

    @property
    def publishing(self) -> Publishing:
        return Publishing(
            db=self.db,
            catalogue=self.catalogue,
            public_dir=self.folder / "public",
            now=self.clock,
            mint=lambda: str(uuid4()),
        )

    def contract(self, **change: Any) -> None:
        partner = replace(self.catalogue.partners["quay-radio"], **change)
        self.catalogue = replace(self.catalogue, partners={"quay-radio": partner})

    def save(self, *items: Item) -> None:
        for item in items:
            self.db.write_now(save_item, item, keys=[f"url:{item.id}"])
        feeds = self.catalogue.feeds.values()
        self.db.write_now(touch_items, items, feeds=feeds, enqueue=nobody_waits)

    async def publish(self, *, accept: bool = False) -> PartnerReport:
        """Publish the public feed, then the partner's."""
        await publish_feed(self.publishing, "all", accept=True)
        return await publish_partner(self.partnering, "quay-radio", "all", accept=accept)

    @property
    def editing(self) -> Editing:
        return Editing(db=self.db, catalogue=self.catalogue, now=self.clock)

    async def withdraw(self, item: Item) -> None:
        await withdraw_item(self.editing, item.id, note="It was wrong.")

    def data(self, form: str) -> bytes:
        return (self.folder / "partners" / "quay-radio" / f"all.{form}").read_bytes()

    def titles(self) -> list[str]:
        return [one["title"] for one in json.loads(self.data("json"))["items"]]

    def state(self) -> PartnerFeed:
        found = self.db.read_now(partner_feeds.find_partner_feed, "quay-radio", "all")
        assert found is not None
        return found


@pytest.fixture
def newsroom(db: Database, tmp_path: Path) -> Newsroom:
    (tmp_path / "partners").mkdir(mode=0o700)
    catalogue = a_catalogue(
        feeds={"all": a_feed(selection=Selection(take=10))}, partners={"quay-radio": a_partner()}
    )
    return Newsroom(db=db, folder=tmp_path, catalogue=catalogue, clock=Clock())


def story(number: int, **change: Any) -> Item:
    """A story of its own, an hour older than the one before it."""
    base: dict[str, Any] = {
        "id": str(UUID(int=number + 1)),
        "headline": f"Story {number}",
        "url": f"https://old.courier.example/{number}",
        "published": Timestamp(instant=NOON - number * HOUR),
    }
    return an_item(**base | change)


async def test_a_partner_s_files_are_private_and_any_reader_reads_them(newsroom: Newsroom) -> None:
    newsroom.save(story(1), story(2, headline="کشتی شب", language="fa", direction="rtl"))
    report = await newsroom.publish()
    assert (report.entries, report.written) == (2, ("all.rss", "all.atom", "all.json", "all.ninjs"))
    folder = newsroom.folder / "partners" / "quay-radio"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 12
    for form in ("rss", "atom"):
        read = feedparser.parse(newsroom.data(form))
        assert not read.bozo
        assert [entry.title for entry in read.entries] == ["Story 1", "کشتی شب"]
        assert [entry.id for entry in read.entries] == [story(1).urn, story(2).urn]
    assert [one["headlines"][0]["value"] for one in json.loads(newsroom.data("ninjs"))] == newsroom.titles()
    assert not list((newsroom.folder / "public").rglob("quay-radio*"))


NOTICED = {
    "rss": "content:encoded",
    "atom": "content",
    "json": "content_html",
    "ninjs": "edNote",
}


@pytest.mark.parametrize("publish", Publish)
@pytest.mark.parametrize("place", NoticePlace)
async def test_what_is_archived_carries_its_notice_in_every_format(
    newsroom: Newsroom, publish: Publish, place: NoticePlace
) -> None:
    archived = a_catalogue(archived=True)
    newsroom.catalogue = replace(newsroom.catalogue, sources=archived.sources, old_sites=archived.old_sites)
    newsroom.contract(publish=publish, notice=place)
    newsroom.save(story(1))
    await newsroom.publish()
    notice = "This story comes from the archive of The Old Harbour Courier"
    for form, where in NOTICED.items():
        text = newsroom.data(form).decode()
        assert notice in text[text.index(where) :], form
    assert ("forty passengers" in newsroom.data("rss").decode()) == (publish is Publish.FULL)


async def test_a_document_names_itself_without_a_token(newsroom: Newsroom) -> None:
    newsroom.save(story(1))
    await newsroom.publish()
    root = etree.fromstring(newsroom.data("atom"))
    found = {link.get("rel"): link.get("href") for link in root.findall("{*}link")}
    assert found["self"] == "https://news.example/partners/quay-radio/all.atom"
    assert "?" not in found["self"]


async def test_publishing_again_rewrites_nothing(newsroom: Newsroom) -> None:
    newsroom.save(story(1))
    await newsroom.publish()
    assert (await newsroom.publish()).written == ()


async def test_a_contract_s_embargo_ends_by_itself_and_never_early(newsroom: Newsroom) -> None:
    newsroom.contract(embargo=2 * HOUR)
    newsroom.save(story(1), story(3))
    report = await newsroom.publish()
    assert (newsroom.titles(), report.withheld) == (["Story 3"], 1)
    assert newsroom.state().due == NOON + HOUR
    newsroom.clock.pass_(HOUR - timedelta(seconds=1))
    assert newsroom.db.read_now(partner_feeds.list_due, newsroom.clock.at) == []
    await newsroom.publish()
    assert newsroom.titles() == ["Story 3"]
    newsroom.clock.pass_(timedelta(seconds=1))
    assert newsroom.db.read_now(partner_feeds.list_due, newsroom.clock.at) == [("quay-radio", "all")]
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1", "Story 3"]
    assert newsroom.state().due is None


async def test_what_time_has_changed_becomes_a_job(newsroom: Newsroom) -> None:
    newsroom.contract(embargo=2 * HOUR)
    newsroom.save(story(1))
    await newsroom.publish()
    jobs: list[Any] = []
    partnering = replace(newsroom.partnering, enqueue=lambda conn, job: jobs.append(job))
    assert newsroom.db.write_now(enqueue_due, partnering) == 0
    newsroom.clock.pass_(HOUR)
    assert newsroom.db.write_now(enqueue_due, partnering) == 1
    assert [(job.name, job.args) for job in jobs] == [
        ("partner.publish", {"partner": "quay-radio", "feed": "all"})
    ]


async def test_an_entry_leaves_when_it_is_too_old(newsroom: Newsroom) -> None:
    newsroom.contract(max_age=3 * HOUR)
    newsroom.save(story(1), story(2), story(3))
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1", "Story 2"]
    assert newsroom.state().due == NOON + HOUR
    newsroom.clock.pass_(HOUR)
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1"]


async def test_the_operator_holds_an_item_back_at_once_and_for_so_long(newsroom: Newsroom) -> None:
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    held = await hold_item(newsroom.partnering, story(1).id, until=NOON + DAY)
    assert (held.title, len(held.jobs)) == ("Story 1", 1)
    await newsroom.publish()
    assert newsroom.titles() == ["Story 2"]
    assert newsroom.state().due == NOON + DAY
    newsroom.clock.pass_(DAY)
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1", "Story 2"]


async def test_the_only_entry_can_be_held_back_whatever_the_guard_says(newsroom: Newsroom) -> None:
    newsroom.save(story(1))
    await newsroom.publish()
    await hold_item(newsroom.partnering, story(1).id, until=NOON + DAY, partner="quay-radio")
    report = await newsroom.publish()
    assert (report.held, newsroom.titles()) == ("", [])


async def test_an_embargo_is_lifted_and_then_there_is_none(newsroom: Newsroom) -> None:
    newsroom.save(story(1))
    await hold_item(newsroom.partnering, story(1).id, until=NOON + DAY)
    lifted = await lift_item(newsroom.partnering, story(1).id)
    assert (lifted.changed, lifted.embargoes) == (True, ())
    assert not (await lift_item(newsroom.partnering, story(1).id)).changed
    with pytest.raises(NotFound, match="there is no partner 'nobody'"):
        await hold_item(newsroom.partnering, story(1).id, until=NOON + DAY, partner="nobody")


async def test_a_long_embargo_fills_the_document_with_what_came_before(newsroom: Newsroom) -> None:
    """The public document holds ten, all of them too new for the partner."""
    newsroom.contract(embargo=DAY)
    newsroom.save(*(story(number) for number in range(40)))
    await newsroom.publish()
    assert newsroom.titles() == [f"Story {number}" for number in range(24, 34)]


@pytest.mark.parametrize("form", ["rss", "json"])
async def test_a_withdrawn_item_is_gone_unless_the_contract_keeps_it(newsroom: Newsroom, form: str) -> None:
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    assert b"Story 1" not in newsroom.data(form)
    assert b"Story 2" in newsroom.data(form)
    grave = etree.fromstring(newsroom.data("atom")).find("{*}deleted-entry")
    assert grave is not None
    assert grave.get("ref") == story(1).urn
    states = {one["uri"]: one["pubStatus"] for one in json.loads(newsroom.data("ninjs"))}
    assert states == {story(1).urn: "canceled", story(2).urn: "usable"}


async def test_a_withdrawn_item_stays_as_an_expired_entry_for_so_long(newsroom: Newsroom) -> None:
    newsroom.contract(keep_withdrawn=2 * DAY)
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    newsroom.clock.pass_(HOUR)
    await newsroom.withdraw(story(1))
    report = await newsroom.publish()
    assert (report.entries, report.expired) == (1, 1)
    expired = {one["id"]: one for one in json.loads(newsroom.data("json"))["items"]}[story(1).urn]
    assert expired["_syndicate"]["expired"] == "2026-03-01T13:00:00+00:00"
    assert "dawn" not in json.dumps(expired)
    for form in ("rss", "atom", "json", "ninjs"):
        assert b"Story 1" not in newsroom.data(form)
    item = etree.fromstring(newsroom.data("rss")).findall("channel/item")[0]
    assert item.findtext("guid") == story(1).urn
    assert item.find("{*}status").get("state") == "deleted"
    assert newsroom.state().due == NOON + HOUR + 2 * DAY
    newsroom.clock.pass_(2 * DAY)
    await newsroom.publish()
    assert newsroom.titles() == ["Story 2"]


async def test_who_never_had_an_item_is_not_told_of_its_withdrawal(newsroom: Newsroom) -> None:
    newsroom.contract(embargo=DAY, keep_withdrawn=30 * DAY)
    newsroom.save(story(1), story(30))
    await newsroom.publish()
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    for form in ("rss", "atom", "json", "ninjs"):
        assert story(1).id.encode() not in newsroom.data(form)


async def test_who_had_an_item_is_told_though_no_feed_holds_it_any_more(newsroom: Newsroom) -> None:
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    feed = a_feed(selection=Selection(take=10, sections=("Nowhere",)))
    newsroom.catalogue = replace(newsroom.catalogue, feeds={"all": feed})
    await newsroom.publish(accept=True)
    assert newsroom.titles() == []
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    grave = etree.fromstring(newsroom.data("atom")).find("{*}deleted-entry")
    assert grave is not None
    assert grave.get("ref") == story(1).urn


async def test_a_takedown_for_msn_is_what_msn_asks_for(newsroom: Newsroom) -> None:
    newsroom.contract(profile=Profile.MSN, keep_withdrawn=30 * DAY)
    newsroom.save(story(1, headline="Ferry returns to the northern islands"))
    await newsroom.publish()
    newsroom.clock.pass_(HOUR)
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    [item] = etree.fromstring(newsroom.data("rss")).findall("channel/item")
    said = {etree.QName(child).localname: child.text for child in item}
    assert said["guid"] == story(1).urn
    assert said["valid"] == said["expirationDate"] == "2026-03-01T13:00:00+00:00"
    assert said["modified"] == "2026-03-01T13:00:00+00:00"
    assert not feedparser.parse(newsroom.data("rss")).bozo


async def test_a_takedown_for_smartnews_moves_its_date(newsroom: Newsroom) -> None:
    newsroom.contract(profile=Profile.SMARTNEWS, keep_withdrawn=30 * DAY)
    newsroom.save(story(1))
    await newsroom.publish()
    newsroom.clock.pass_(HOUR)
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    [item] = etree.fromstring(newsroom.data("rss")).findall("channel/item")
    assert item.findtext("pubDate") == "Sun, 01 Mar 2026 13:00:00 +0000"
    assert item.findtext("{http://search.yahoo.com/mrss/}status") == "deleted"


async def test_a_corrected_item_comes_again_though_newer_ones_took_its_place(newsroom: Newsroom) -> None:
    newsroom.contract(take=2)
    newsroom.save(story(3))
    await newsroom.publish()
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1", "Story 2"]
    newsroom.clock.pass_(HOUR)
    change = Wording(headline="Story 4")
    await correct_item(newsroom.editing, story(3).id, note="Not the third, the fourth.", change=change)
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1", "Story 2", "Story 4"]
    newsroom.clock.pass_(31 * DAY)
    await newsroom.publish()
    assert newsroom.titles() == ["Story 1", "Story 2"]


async def test_what_left_the_feed_comes_back_by_no_correction(newsroom: Newsroom) -> None:
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    feed = a_feed(selection=Selection(take=10, sections=("Nowhere",)))
    newsroom.catalogue = replace(newsroom.catalogue, feeds={"all": feed})
    await newsroom.publish(accept=True)
    await correct_item(newsroom.editing, story(1).id, note="Another.", change=Wording(headline="Story 4"))
    await newsroom.publish()
    assert newsroom.titles() == []


async def test_a_date_at_the_end_of_time_keeps_nothing_else_back(newsroom: Newsroom) -> None:
    newsroom.contract(embargo=DAY)
    newsroom.save(story(30), story(2, published=Timestamp(instant=datetime.max.replace(tzinfo=UTC))))
    report = await newsroom.publish()
    assert (newsroom.titles(), report.withheld) == (["Story 30"], 1)


async def test_who_is_killed_between_the_files_and_their_record_forgets_no_takedown(
    newsroom: Newsroom,
) -> None:
    newsroom.save(story(1))

    def die(_conn: Any, _job: Any) -> None:
        raise KeyboardInterrupt

    await publish_feed(newsroom.publishing, "all")
    with pytest.raises(KeyboardInterrupt):
        await publish_partner(replace(newsroom.partnering, enqueue=die), "quay-radio", "all")
    fetched = Handed(
        partner="quay-radio",
        feed="all",
        form="atom",
        at=NOON,
        content=sha256(newsroom.data("atom")).hexdigest(),
    )
    newsroom.db.write_now(record, [fetched])
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    [receipt] = newsroom.db.read_now(partner_receipts.list_receipts, item_ids=[story(1).id])
    assert (receipt.partner, receipt.withdrawal) == ("quay-radio", None)
    assert etree.fromstring(newsroom.data("atom")).find("{*}deleted-entry") is not None


async def test_half_of_the_entries_gone_without_a_word_holds_the_feed(newsroom: Newsroom) -> None:
    newsroom.save(*(story(number) for number in range(1, 5)))
    await newsroom.publish()
    before = newsroom.data("rss")
    feed = a_feed(selection=Selection(take=10, sections=("Nowhere",)))
    newsroom.catalogue = replace(newsroom.catalogue, feeds={"all": feed})
    report = await newsroom.publish()
    assert report.held.startswith("4 of 4 entries are gone, and the contract says nothing of them")
    assert newsroom.data("rss") == before
    assert newsroom.state().held == report.held
    assert (await newsroom.publish(accept=True)).held == ""
    assert newsroom.titles() == []
    assert newsroom.state().held == ""


async def test_what_the_contract_says_of_all_entries_is_never_held(newsroom: Newsroom) -> None:
    newsroom.save(*(story(number) for number in range(1, 5)))
    await newsroom.publish()
    newsroom.contract(exclude_sections=("Islands",))
    assert (await newsroom.publish()).held == ""
    assert newsroom.titles() == []


async def test_what_each_document_holds_is_recorded_for_receipts(newsroom: Newsroom) -> None:
    newsroom.save(story(1), story(2))
    await newsroom.publish()
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    found = newsroom.db.read_now(partner_receipts.find_document, "quay-radio", "all", "atom")
    assert found is not None
    assert found.content == sha256(newsroom.data("atom")).hexdigest()


async def test_a_document_stays_within_its_size_and_takedowns_find_room(newsroom: Newsroom) -> None:
    newsroom.contract(keep_withdrawn=30 * DAY)
    newsroom.save(*(story(number, body_html=f"<p>{'tide ' * 200}</p>") for number in range(1, 9)))
    await newsroom.publish()
    await newsroom.withdraw(story(8))
    newsroom.contract(max_bytes=6_000, publish=Publish.FULL)
    report = await newsroom.publish()
    assert (report.expired, report.left_out > 0, report.entries > 0) == (1, True, True)
    withheld = await explain_withheld(newsroom.partnering, "quay-radio")
    assert [reason.rule for one in withheld for reason in one.reasons].count("room") == report.left_out
    for form in ("rss", "atom", "json", "ninjs"):
        assert len(newsroom.data(form)) <= 6_000
        assert story(8).id.encode() in newsroom.data(form)


async def test_one_that_no_format_can_say_is_withheld_and_the_rest_goes_out(newsroom: Newsroom) -> None:
    newsroom.save(story(1), story(2, url="javascript:alert(1)", headline=" ", body_text=" "))
    report = await newsroom.publish()
    assert (report.entries, report.withheld) == (1, 1)


async def test_flipboard_wants_thirty_entries(newsroom: Newsroom) -> None:
    newsroom.contract(profile=Profile.FLIPBOARD)
    newsroom.save(story(1))
    assert (await newsroom.publish()).warnings == ("Flipboard wants at least 30 entries; there are 0",)


@pytest.mark.parametrize(
    ("partner", "feed", "said"),
    [
        ("nobody", "all", "there is no partner 'nobody'; the configuration has: quay-radio"),
        ("quay-radio", "ports", "the contract of quay-radio has no feed 'ports'; it has: all"),
    ],
)
async def test_a_name_that_is_none_is_told(newsroom: Newsroom, partner: str, feed: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        await publish_partner(newsroom.partnering, partner, feed)


async def test_a_replay_reaches_a_partner_and_is_taken_down_under_its_own_id(newsroom: Newsroom) -> None:
    cadence = Cadence(cron="0 9 * * *", zone="UTC")
    feed = a_feed(mode=Mode.REPLAY, selection=Selection(take=10), replay=Replay(cadence=cadence))
    newsroom.catalogue = replace(newsroom.catalogue, feeds={"all": feed})
    newsroom.save(story(1))
    moment = {"local_date": "2026-03-01", "local_time": "12:00", "due": NOON, "now": NOON}
    occurrence = newsroom.db.write_now(record_occurrence, "replay:all", **moment)
    assert occurrence is not None
    again = {"occurrence": occurrence, "now": NOON, "mint": lambda: str(UUID(int=99))}
    newsroom.db.write_now(enter, feed, **again, enqueue=nobody_waits)
    await newsroom.publish()
    [item] = json.loads(newsroom.data("json"))["items"]
    assert item["id"] == f"urn:uuid:{UUID(int=99)}"
    assert item["date_published"].startswith("2026-03-01T12:00")
    await newsroom.withdraw(story(1))
    await newsroom.publish()
    grave = etree.fromstring(newsroom.data("atom")).find("{*}deleted-entry")
    assert grave is not None
    assert grave.get("ref") == f"urn:uuid:{UUID(int=99)}"
