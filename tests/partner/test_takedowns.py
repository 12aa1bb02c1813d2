"""Takedowns: for each partner whether it had the item, has it still, or was told that it is withdrawn."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from syndicate.errors import NotFound
from syndicate.model.feed import Format
from syndicate.partner.log import record
from syndicate.partner.takedowns import (
    ItemStanding,
    PartnerStanding,
    Seen,
    Standing,
    decide,
    find_standing,
    list_takedowns,
    remedy,
)
from syndicate.partner.usage import list_addresses
from syndicate.store import items
from syndicate.store.database import Database
from syndicate.store.partner_log import Handed
from syndicate.store.partner_receipts import Held, Holding, Receipt, tells_withdrawal
from tests.builders import NOON, an_item
from tests.partner.desks import ITEM, Desk, a_partner, desk_of, partners_of_the_harbour, sha

HOUR = timedelta(hours=1)
LIVE = Held(item_id="a", headline="Ferry", revision=2, withdrawn=None)
DOWN = replace(LIVE, withdrawn=NOON)
HAS = Receipt(partner="quay-radio", item_id="a", revision=2, got=NOON, first=NOON)
HELD = Holding(item_id=ITEM, revision=1)
GONE = Holding(item_id=ITEM, revision=1, withdrawn=True)


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    desk = desk_of(db, tmp_path)
    desk.has_item()
    return desk


def fetch(
    desk: Desk, data: bytes, partner: str = "quay-radio", form: str = "atom", feed: str = "all"
) -> None:
    handed = Handed(partner=partner, feed=feed, form=form, at=desk.clock(), content=sha(data), size=len(data))
    desk.db.write_now(record, [handed])


def standing(desk: Desk, partner: str = "quay-radio") -> PartnerStanding:
    found = desk.db.read_now(find_standing, partners_of_the_harbour(), ITEM)
    return next(one for one in found.partners if one.partner == partner)


def takedowns(desk: Desk) -> list[ItemStanding]:
    return desk.db.read_now(list_takedowns, partners_of_the_harbour())


@pytest.mark.parametrize(
    ("held", "receipt", "seen", "found"),
    [
        (LIVE, None, Seen(), Standing.NEVER),
        (LIVE, HAS, Seen(), Standing.CURRENT),
        (LIVE, replace(HAS, revision=1), Seen(), Standing.OLDER),
        (DOWN, None, Seen(), Standing.NEVER),
        (DOWN, HAS, Seen(shown=True), Standing.OUTSTANDING),
        (DOWN, HAS, Seen(gone_at=NOON), Standing.GONE),
        (DOWN, replace(HAS, withdrawal=NOON), Seen(gone_at=NOON), Standing.TOLD),
        (DOWN, replace(HAS, withdrawal=NOON - HOUR), Seen(), Standing.OUTSTANDING),
    ],
)
def test_how_a_partner_stands_to_an_item(
    held: Held, receipt: Receipt | None, seen: Seen, found: Standing
) -> None:
    assert decide(held, receipt, seen) is found


@pytest.mark.parametrize(
    ("standing", "seen", "contact", "said"),
    [
        (Standing.OUTSTANDING, Seen(), "ingest@quay.example", "write to ingest@quay.example"),
        (Standing.OUTSTANDING, Seen(), "", "name its contact in [partners.quay-radio]"),
        (Standing.OUTSTANDING, Seen(shown=True), "", "syndicate partner publish quay-radio"),
        (Standing.GONE, Seen(), "ingest@quay.example", "keep_withdrawn in [partners.quay-radio]"),
        (Standing.TOLD, Seen(), "ingest@quay.example", ""),
        (Standing.TOLD, Seen(behind=("all.rss",)), "ingest@quay.example", "its last all.rss still had"),
        (Standing.NEVER, Seen(), "ingest@quay.example", ""),
    ],
)
def test_what_the_operator_can_do_stands_beside_it(
    standing: Standing, seen: Seen, contact: str, said: str
) -> None:
    told = remedy(standing, seen, partner="quay-radio", contract=a_partner(contact=contact))
    assert said in told
    assert bool(said) == bool(told)


def test_each_step_of_a_takedown_is_told_for_each_partner(desk: Desk) -> None:
    assert standing(desk).standing is Standing.NEVER
    for partner in ("quay-radio", "lighthouse"):
        fetch(desk, desk.publish(HELD, partner=partner), partner)
    assert standing(desk).standing is Standing.CURRENT
    assert takedowns(desk) == []
    desk.clock.pass_(HOUR)
    desk.withdraw()
    late = standing(desk)
    assert (late.standing, late.revision, late.got, late.last_fetch) == (Standing.OUTSTANDING, 1, NOON, NOON)
    assert late.remedy == "its documents still show it: syndicate partner publish quay-radio"
    data = desk.publish(GONE)
    assert "write to" in standing(desk).remedy
    desk.clock.pass_(HOUR)
    fetch(desk, data)
    [item] = takedowns(desk)
    assert [(one.partner, one.standing) for one in item.partners] == [
        ("lighthouse", Standing.OUTSTANDING),
        ("quay-radio", Standing.TOLD),
    ]
    assert standing(desk).told == NOON + 2 * HOUR


def test_what_needs_somebody_comes_first_and_a_brief_is_told_by_its_opening(desk: Desk) -> None:
    brief = desk.has_item(id=str(UUID(int=7)), headline="", body_text="The bridge opens at noon.")
    fetch(desk, desk.publish(HELD, Holding(item_id=brief, revision=1)))
    desk.withdraw(brief)
    desk.clock.pass_(HOUR)
    desk.withdraw()
    fetch(desk, desk.publish(GONE, Holding(item_id=brief, revision=1)))
    assert [one.headline for one in takedowns(desk)] == [
        "The bridge opens at noon.",
        "Ferry returns to the northern islands",
    ]


def test_a_withdrawal_fetched_in_one_format_is_told_apart_from_another_s_last_word(desk: Desk) -> None:
    for form in (Format.RSS, Format.ATOM):
        fetch(desk, desk.publish(HELD, form=form), form=form)
    desk.clock.pass_(HOUR)
    desk.withdraw()
    told = {form: desk.publish(GONE, form=form) for form in (Format.RSS, Format.ATOM)}
    fetch(desk, told[Format.ATOM])
    assert (standing(desk).standing, standing(desk).behind) == (Standing.TOLD, ("all.rss",))
    fetch(desk, told[Format.RSS], form="rss")
    assert (standing(desk).behind, standing(desk).remedy) == ((), "")


def test_a_document_without_the_item_tells_no_withdrawal_and_is_told_apart(desk: Desk) -> None:
    fetch(desk, desk.publish(HELD, form=Format.RSS), form="rss")
    desk.clock.pass_(HOUR)
    desk.withdraw()
    # What never held the item says nothing about it.
    fetch(desk, desk.publish(feed="ports", form=Format.RSS), form="rss", feed="ports")
    assert standing(desk).standing is Standing.OUTSTANDING
    desk.clock.pass_(HOUR)
    fetch(desk, desk.publish(form=Format.RSS), form="rss")
    found = standing(desk)
    assert (found.standing, found.told) == (Standing.GONE, NOON + 2 * HOUR)


def test_a_restored_item_is_live_again_for_who_fetches_it_and_a_second_withdrawal_counts_anew(
    desk: Desk,
) -> None:
    fetch(desk, desk.publish(HELD))
    desk.clock.pass_(HOUR)
    desk.withdraw()
    desk.clock.pass_(HOUR)
    fetch(desk, desk.publish(GONE))
    assert standing(desk).standing is Standing.TOLD
    desk.clock.pass_(HOUR)
    desk.restore()
    fetch(desk, desk.publish(HELD))
    assert standing(desk).standing is Standing.CURRENT
    desk.clock.pass_(HOUR)
    desk.withdraw()
    assert standing(desk).standing is Standing.OUTSTANDING


def test_a_correction_is_known_by_its_revision(desk: Desk) -> None:
    fetch(desk, desk.publish(HELD))
    item = replace(an_item(headline="Ferry returns on Monday"), revision=2)
    desk.db.write_now(items.save_revision, item, keys=[])
    assert standing(desk).standing is Standing.OLDER
    fetch(desk, desk.publish(Holding(item_id=ITEM, revision=2)))
    assert (standing(desk).standing, standing(desk).revision) == (Standing.CURRENT, 2)


def test_a_withdrawal_owes_a_receipt_to_those_alone_who_had_the_item(desk: Desk) -> None:
    fetch(desk, desk.publish(HELD))
    desk.clock.pass_(HOUR)
    desk.withdraw()
    data = desk.publish(GONE)

    def owed(partner: str) -> bool:
        since = desk.clock.at + timedelta(seconds=1)
        return desk.db.read_now(tells_withdrawal, partner, sha(data), since=since)

    assert (owed("quay-radio"), owed("lighthouse")) == (True, False)
    fetch(desk, data)
    assert owed("quay-radio") is False


def test_just_after_it_was_made_a_withdrawal_owes_a_receipt_to_all(desk: Desk) -> None:
    # What another web node handed over a moment ago may not be written down yet.
    desk.publish(HELD)
    desk.withdraw()
    data, made = desk.publish(GONE), desk.clock.at
    owed = [
        desk.db.read_now(tells_withdrawal, "quay-radio", sha(data), since=made + timedelta(seconds=late))
        for late in (-1, 1)
    ]
    assert owed == [True, False]


def test_a_partner_that_is_configured_no_more_is_still_told_of(desk: Desk) -> None:
    fetch(desk, desk.publish(HELD))
    desk.withdraw()
    alone = partners_of_the_harbour(partners={"lighthouse": a_partner(name="lighthouse")})
    [item] = desk.db.read_now(list_takedowns, alone)
    assert [(one.partner, one.title) for one in item.partners] == [("quay-radio", "")]
    assert item.partners[0].remedy == "write to quay-radio: without a contract it will fetch nothing any more"
    whole = desk.db.read_now(find_standing, alone, ITEM)
    assert {one.partner for one in whole.partners} == {"quay-radio", "lighthouse"}
    with pytest.raises(NotFound, match="there is no item"):
        desk.db.read_now(find_standing, alone, "no-such-item")


def test_usage_tells_who_is_behind_and_since_when(desk: Desk) -> None:
    first = desk.publish(HELD)
    desk.publish(HELD, partner="lighthouse")
    fetch(desk, first)

    def addresses() -> dict[str, tuple[object, object, int]]:
        found = desk.db.read_now(list_addresses, partners_of_the_harbour(), since="2026-01-01")
        return {one.partner: (one.last, one.behind_since, one.revision) for one in found}

    assert addresses() == {"quay-radio": (NOON, None, 1), "lighthouse": (None, None, 0)}
    later = desk.clock.pass_(HOUR)
    desk.publish(Holding(item_id=ITEM, revision=2))
    assert addresses()["quay-radio"] == (NOON, later, 1)
