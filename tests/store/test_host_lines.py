"""A line that several stories of a host show is known for the host's; one story told twice makes none."""

from collections.abc import Sequence
from datetime import timedelta

from syndicate.store import host_lines
from syndicate.store.database import Database
from syndicate.store.host_lines import ShownLines
from tests.builders import NOON

SITE = "old.courier.example"
BOX, FOOTER = 7001, 7002
LAMPS, FERRY, MARKET = ({start + n: 20 for n in range(6)} for start in (100, 200, 300))


def shown(
    story: str,
    body: dict[int, int],
    *more: int,
    site: str = SITE,
    words: int = 12,
    beside: Sequence[int] = (),
) -> ShownLines:
    """A page whose body has these lines, and some `more` of so many words."""
    whole = body | dict.fromkeys(more, words)
    return ShownLines(site=site, story=story, lines=(*whole, *beside), body=whole)


def save(db: Database, *pages: ShownLines, most: int = host_lines.MAX_LINES, days: int = 0) -> frozenset[int]:
    db.write_now(host_lines.save_lines, pages, now=NOON + timedelta(days=days), most=most)
    return db.read_now(host_lines.list_shared, [SITE])[SITE]


def test_a_line_of_two_stories_is_shared(db: Database) -> None:
    assert save(db, shown("lamps", LAMPS, BOX, beside=[FOOTER])) == frozenset()
    assert save(db, shown("ferry", FERRY, BOX, beside=[FOOTER])) == {BOX, FOOTER}


def test_a_page_extracted_again_changes_nothing(db: Database) -> None:
    assert save(db, shown("lamps", LAMPS, BOX)) == frozenset()
    assert save(db, shown("lamps", LAMPS, BOX), days=1) == frozenset()
    save(db, shown("ferry", FERRY, BOX))
    assert save(db, shown("ferry", FERRY, BOX), days=2) == {BOX}


def test_one_story_at_two_addresses_shares_nothing(db: Database) -> None:
    save(db, shown("lamps", LAMPS, BOX))
    assert save(db, shown("lamps-print", LAMPS, BOX)) == frozenset()
    assert save(db, shown("lamps-again", LAMPS | FERRY | MARKET, BOX)) == frozenset()
    assert save(db, shown("ferry", {901: 40, 902: 40}, BOX)) == {BOX}


def test_a_long_paragraph_of_a_body_is_shared_by_a_third_story_alone(db: Database) -> None:
    save(db, shown("lamps", LAMPS, BOX, words=host_lines.LONG))
    assert save(db, shown("ferry", FERRY, BOX, words=host_lines.LONG)) == frozenset()
    assert save(db, shown("ferry", FERRY, BOX, words=host_lines.LONG)) == frozenset()
    assert save(db, shown("market", MARKET, BOX, words=host_lines.LONG)) == {BOX}


def test_hosts_do_not_share(db: Database) -> None:
    save(db, shown("lamps", LAMPS, BOX))
    save(db, shown("ferry", FERRY, BOX, site="courier.example"))
    assert db.read_now(host_lines.list_shared, [SITE, "courier.example", "x.example"]) == {
        SITE: frozenset(),
        "courier.example": frozenset(),
        "x.example": frozenset(),
    }


def test_over_the_bound_the_oldest_unshared_lines_go_first(db: Database) -> None:
    save(db, shown("lamps", LAMPS, BOX))
    save(db, shown("ferry", FERRY, BOX), days=1)
    assert save(db, shown("market", MARKET), most=7, days=2) == {BOX}
    # The lines of the newest story are all that stayed besides, so the oldest story's are new again.
    assert save(db, shown("market-hall", {901: 20}, 100), days=3) == {BOX}
    assert save(db, shown("rent", {902: 20}, *list(MARKET)[:1]), days=4) == {BOX, *list(MARKET)[:1]}


def test_a_page_of_thousands_of_lines_is_kept(db: Database) -> None:
    many = dict.fromkeys(range(10_000, 12_000), 5)
    save(db, shown("lamps", many))
    assert len(save(db, shown("ferry", FERRY, *list(many)[:3]))) == 3


def test_a_story_with_a_long_address_is_the_same_the_next_time(db: Database) -> None:
    address = f"url:{SITE}/{'a' * 500}"
    save(db, shown(address, LAMPS, BOX))
    assert save(db, shown(address, LAMPS, BOX)) == frozenset()
