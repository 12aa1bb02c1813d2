import pytest

from syndicate.audience.importing import ImportReport, add_subscriber, import_csv
from syndicate.audience.people import People
from syndicate.audience.subscriptions import SignUp, sign_up, unsubscribe
from syndicate.audience.suppression import suppress
from syndicate.audience.tokens import unsubscribe_token
from syndicate.errors import BadAddress, NotFound, OwnFault, Unreadable
from syndicate.model.subscriber import SubscriptionState, SuppressionReason
from syndicate.store import subscribers, subscriptions

HEADING = "email,name,language,newsletters\n"


async def load(people: People, text: str, encoding: str = "utf-8") -> ImportReport:
    return await import_csv(people, text.encode(encoding), consent="old list, 2024")


async def state(people: People, address: str, newsletter: str = "daily") -> SubscriptionState | None:
    found = await people.db.read(subscribers.find_by_key, address)
    kept = found and await people.db.read(subscriptions.find_subscription, found.id, newsletter)
    return kept.state if kept else None


async def test_good_rows_are_imported_with_their_consent(people: People) -> None:
    report = await load(people, HEADING + "mina@example.org,مینا,fa,daily weekly\n")
    assert report == ImportReport(imported=2)
    mina = await people.db.read(subscribers.find_by_key, "mina@example.org")
    assert mina is not None
    assert (mina.name, mina.language) == ("مینا", "fa")
    kept = await people.db.read(subscriptions.find_subscription, mina.id, "weekly")
    assert kept is not None
    assert kept.consent is not None
    assert kept.consent.source == "old list, 2024"


async def test_bad_rows_are_told_with_row_and_reason_and_the_good_ones_go_in(people: People) -> None:
    report = await load(
        people,
        HEADING + "mina@nowhere,,,daily\n"
        "good@example.org,,,daily\n"
        "\n"
        "b@example.org,,,hourly\n"
        "c@example.org,,,\n"
        "d@example.org,,english please,daily\n"
        ",,,daily\n"
        "e@example.org,,de-Latn-DE-1996-scouse,daily\n",
    )
    assert report.imported == 1
    reasons = {bad.row: bad.reason for bad in report.bad}
    assert list(reasons) == [2, 5, 6, 7, 8, 9]
    assert "no dot" in reasons[2]
    assert "'hourly'" in reasons[5]
    assert "daily, weekly" in reasons[5]
    assert "names no newsletter" in reasons[6]
    assert "language tag" in reasons[7]
    assert "language tag" in reasons[9]
    assert "empty" in reasons[8]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("email;newsletters\nmina@example.org;daily\n", "utf-8-sig"),
        ("Email,Newsletters\r\nmina@example.org,daily\r\n", "utf-8"),
        ("newsletters\temail\ndaily\tmina@example.org", "utf-8"),
        ('email,newsletters\n"mina@example.org","daily,weekly"\n', "utf-8"),
        ("email,newsletters\rmina@example.org,daily\r", "utf-8"),
    ],
)
async def test_what_spreadsheets_write_is_read(people: People, text: str, encoding: str) -> None:
    report = await load(people, text, encoding)
    assert report.bad == ()
    assert await state(people, "mina@example.org") is SubscriptionState.ACTIVE


UNCLOSED = 'un@example.org,"Never closed,,daily\n'
FIRST, SECOND = "first@example.org,F,,daily\n", 'second@example.org,"S",,daily\n'


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (UNCLOSED + FIRST + SECOND, [2]),
        (FIRST + UNCLOSED + SECOND, [3]),
        (FIRST + SECOND + UNCLOSED, [4]),
        (FIRST + UNCLOSED + UNCLOSED + SECOND, [3, 4]),
        (UNCLOSED.replace("\n", "\r\n") + FIRST + SECOND, [2]),
        ('un@example.org,,,"daily\n' + FIRST + SECOND, [2]),
        ('"un@example.org,,,daily\n' + FIRST + SECOND, [2]),
        ('un@example.org,"N" n,,daily\n' + FIRST + SECOND, [2]),
        (f"un@example.org,{'x' * 140_000},,daily\n" + FIRST + SECOND, [2]),
        (f'un@example.org,"{"x" * 140_000},,daily\n' + FIRST + SECOND, [2]),
    ],
)
async def test_an_open_quote_costs_its_own_row_alone(people: People, text: str, rows: list[int]) -> None:
    report = await load(people, HEADING + text)
    assert report.imported == 2
    assert [bad.row for bad in report.bad] == rows
    assert all("CSV" in bad.reason or "quote" in bad.reason for bad in report.bad)


async def test_a_line_break_within_a_cell_that_names_one_thing_is_told(people: People) -> None:
    report = await load(people, HEADING + 'mina@example.org,,,"daily\nweekly"\n' + FIRST)
    assert (report.imported, report.bad[0].row) == (1, 2)


async def test_a_name_over_two_lines_is_one_row(people: People) -> None:
    report = await load(people, HEADING + 'mina@example.org,"Mina\nHarbour",,daily\nbad,,,daily\n')
    mina = await people.db.read(subscribers.find_by_key, "mina@example.org")
    assert mina is not None
    assert mina.name == "Mina Harbour"
    assert [bad.row for bad in report.bad] == [3]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c"])
async def test_what_unicode_counts_as_a_line_break_splits_no_row(people: People, separator: str) -> None:
    report = await load(people, HEADING + f"mina@example.org,Mina{separator}Harbour,,daily\n")
    assert report == ImportReport(imported=1)
    mina = await people.db.read(subscribers.find_by_key, "mina@example.org")
    assert mina is not None
    assert mina.name == "Mina Harbour"


async def test_importing_twice_changes_nothing(people: People) -> None:
    await load(people, HEADING + "mina@example.org,,,daily\n")
    assert await load(people, HEADING + "MINA@example.org,,,daily\n") == ImportReport(unchanged=1)


async def test_a_repeated_import_never_revives_an_ended_subscription(people: People) -> None:
    await load(people, HEADING + "mina@example.org,,,daily\n")
    mina = await people.db.read(subscribers.find_by_key, "mina@example.org")
    assert mina is not None
    await unsubscribe(people, unsubscribe_token(people.keyring, mina.id, "daily"), reason="one-click")
    assert await load(people, HEADING + "mina@example.org,,,daily\n") == ImportReport(kept_ended=1)
    assert await state(people, "mina@example.org") is SubscriptionState.ENDED


async def test_a_suppressed_address_is_told_and_not_imported(people: People) -> None:
    await suppress(people, "mina@example.org", reason=SuppressionReason.COMPLAINT)
    report = await load(people, HEADING + "Mina@example.org,,,daily\n")
    assert (report.imported, report.bad[0].row) == (0, 2)
    assert "complaint" in report.bad[0].reason


async def test_an_import_confirms_what_was_pending(people: People) -> None:
    await sign_up(people, SignUp(address="mina@example.org", newsletter="daily"))
    assert await load(people, HEADING + "mina@example.org,,,daily\n") == ImportReport(imported=1)


async def test_rows_without_newsletters_get_those_given_for_all(people: People) -> None:
    data = b"email\nmina@example.org\n"
    report = await import_csv(people, data, consent="fair, 2025", newsletters=["weekly"])
    assert report == ImportReport(imported=1)
    assert await state(people, "mina@example.org", "weekly") is SubscriptionState.ACTIVE


async def test_more_rows_than_a_transaction_holds_are_imported(people: People) -> None:
    rows = "".join(f"reader{number}@example.org,,,daily\n" for number in range(1100))
    assert await load(people, HEADING + rows) == ImportReport(imported=1100)


async def test_an_import_without_a_consent_source_is_refused(people: People) -> None:
    with pytest.raises(OwnFault, match="consent source"):
        await import_csv(people, b"email\n", consent=" ")
    with pytest.raises(OwnFault, match="consent source"):
        await add_subscriber(people, "mina@example.org", newsletters=["daily"], consent="")


async def test_a_newsletter_for_all_rows_must_exist(people: People) -> None:
    with pytest.raises(NotFound, match="hourly"):
        await import_csv(people, b"email\n", consent="fair, 2025", newsletters=["hourly"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "email alone is needed"),
        (b"address,newsletters\n", "address, newsletters"),
        (b"email,phone\nmina@example.org,1\n", "phone"),
        ("email\nmína@example.org\n".encode("latin-1"), "line 2 is not UTF-8"),
        ("email\nmina@example.org\n".encode("utf-16"), "line 1 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8"),
    ],
)
async def test_a_file_that_is_no_such_csv_is_refused_with_what_was_found(
    people: People, data: bytes, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason):
        await import_csv(people, data, consent="old list")


async def test_one_person_is_added_by_hand(people: People) -> None:
    report = await add_subscriber(people, "mina@example.org", newsletters=["daily"], consent="paper form")
    assert report == ImportReport(imported=1)
    with pytest.raises(BadAddress):
        await add_subscriber(people, "mina", newsletters=["daily"], consent="paper form")
