"""A contract, a feed or a format that leaves the configuration takes its private files along."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Format
from syndicate.partner.partnering import Partnering
from syndicate.partner.retirement import clear_ended
from syndicate.store import partner_feeds, partner_receipts
from syndicate.store.database import Database
from syndicate.store.partner_feeds import Given
from syndicate.store.partner_receipts import Holding
from tests.builders import NOON
from tests.partner.desks import ITEM, Desk, a_partner, desk_of, partners_of_the_harbour


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    desk = desk_of(db, tmp_path)
    desk.has_item()
    for form in (Format.RSS, Format.ATOM):
        desk.publish(Holding(item_id=ITEM, revision=1), form=form)
        (desk.folder / "quay-radio" / f"all.{form}.gz").write_bytes(b"")
        desk.publish(partner="lighthouse", form=form)
    given = Given(item_id=ITEM, revision=1, fingerprint="", released=NOON, shown=True)
    desk.db.write_now(partner_feeds.save_given, "quay-radio", "all", given=[given])
    return desk


async def clear(desk: Desk, catalogue: Catalogue) -> None:
    wired: dict[str, Any] = {"db": desk.db, "now": desk.clock, "mint": lambda: ""}
    await clear_ended(Partnering(**wired, catalogue=catalogue, partners_dir=desk.folder))


def lying(desk: Desk) -> list[str]:
    return sorted(
        str(path.relative_to(desk.folder)) for path in desk.folder.rglob("*.*") if path.suffix != ".lock"
    )


def recorded(desk: Desk) -> list[tuple[str, str]]:
    return [(one.partner, one.form) for one in desk.db.read_now(partner_receipts.list_documents)]


def harbour(**change: Any) -> Catalogue:
    catalogue = partners_of_the_harbour()
    partner = {"quay-radio": a_partner(**change)} if change else {}
    return replace(catalogue, partners={"lighthouse": catalogue.partners["lighthouse"], **partner})


async def test_what_is_configured_stays(desk: Desk) -> None:
    before = lying(desk)
    await clear(desk, partners_of_the_harbour())
    assert (lying(desk), len(recorded(desk))) == (before, 4)


async def test_a_format_that_left_the_contract_is_taken_away(desk: Desk) -> None:
    await clear(desk, harbour(formats=(Format.ATOM,)))
    assert lying(desk) == [
        "lighthouse/all.atom",
        "lighthouse/all.rss",
        "quay-radio/all.atom",
        "quay-radio/all.atom.gz",
    ]
    assert ("quay-radio", "rss") not in recorded(desk)
    assert desk.db.read_now(partner_feeds.list_shown, "quay-radio", "all")


async def test_a_partner_that_left_takes_everything_along_but_what_it_got(desk: Desk) -> None:
    await clear(desk, harbour())
    assert lying(desk) == ["lighthouse/all.atom", "lighthouse/all.rss"]
    assert not (desk.folder / "quay-radio").exists()
    assert {partner for partner, _ in recorded(desk)} == {"lighthouse"}
    assert not desk.db.read_now(partner_feeds.list_shown, "quay-radio", "all")
    assert desk.db.read_now(partner_feeds.list_holders, ITEM) == [("quay-radio", "all")]


async def test_files_without_a_record_go_too_and_those_of_other_names_stay(desk: Desk) -> None:
    ours, other = desk.folder / "quay-radio" / "ports.json.br", desk.folder / "quay-radio" / "read.me"
    ours.write_bytes(b"")
    other.write_bytes(b"")
    await clear(desk, harbour())
    assert (ours.exists(), other.exists()) == (False, True)
