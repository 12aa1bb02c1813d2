"""What a contract says of an item: a table for each rule."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.model.item import ItemKind, ItemState, Timestamp
from syndicate.model.partner import Profile
from syndicate.model.source import Publish, Rights
from syndicate.partner.contracts import CONTRACT_RULES, Released, Withheld
from syndicate.partner.profiles import PROFILES
from tests.builders import NOON, an_item
from tests.partner.cases import PICTURE, PUBLISHED, a_catalogue, a_contract, decided, rules_against

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_NINE = Timestamp(instant=PUBLISHED)
REFERENCE = (
    (Path(__file__).parents[2] / "docs/reference/partners.md").read_text("utf-8").split("## Rules of")[1]
)


def test_without_limits_an_item_goes_out_as_it_is() -> None:
    found = decided()
    assert isinstance(found, Released)
    assert found.view.content_html == "<p>The ferry sailed at dawn.</p><p>It carried forty passengers.</p>"


@pytest.mark.parametrize(
    ("contract", "item", "rules"),
    [
        ({"sections": ("islands",)}, {}, []),
        ({"sections": ("Ports",)}, {}, ["section"]),
        ({"sections": ("Ports",)}, {"section": ""}, ["section"]),
        ({"exclude_sections": ("  ISLANDS ",)}, {}, ["section"]),
        ({"exclude_sections": ("Ports",)}, {"section": ""}, []),
        ({"sections": ("جزیره",)}, {"section": "جزیره"}, []),
        ({"languages": ("en",)}, {"language": "en-GB"}, []),
        ({"languages": ("en",)}, {"language": "eng"}, ["language"]),
        ({"languages": ("fa", "ar")}, {}, ["language"]),
        ({"kinds": (ItemKind.ARTICLE,)}, {}, []),
        ({"kinds": (ItemKind.BRIEF,)}, {}, ["kind"]),
        ({"max_age": 4 * HOUR}, {"published": AT_NINE}, []),
        ({"max_age": 3 * HOUR}, {"published": AT_NINE}, ["age"]),
        ({"max_age": 3650 * DAY}, {"published": None}, ["age"]),
        ({}, {"state": ItemState.WITHDRAWN}, ["live"]),
        ({}, {"headline": "", "body_text": " "}, ["publishable"]),
        ({"sections": ("Ports",), "languages": ("fa",)}, {}, ["section", "language"]),
    ],
)
def test_every_rule_that_objects_is_named(
    contract: dict[str, Any], item: dict[str, Any], rules: list[str]
) -> None:
    assert rules_against(an_item(**item), a_contract(**contract)) == rules


@pytest.mark.parametrize(
    ("published", "delay", "released"),
    [
        ("2026-03-01T09:00:00+00:00", 3 * HOUR, "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T09:00:00+03:30", 3 * HOUR, "2026-03-01T08:30:00+00:00"),
        # A day alone goes on until noon of the next day somewhere on earth, or until it was seen here.
        ("2026-02-20", 2 * DAY, "2026-02-23T12:00:00+00:00"),
        ("2026-03-01", 1 * HOUR, "2026-03-01T13:00:00+00:00"),
        (None, 2 * HOUR, "2026-03-01T14:00:00+00:00"),
    ],
)
def test_an_embargo_counts_from_the_latest_moment_of_publication(
    published: str | None, delay: timedelta, released: str
) -> None:
    item = an_item(published=Timestamp.parse(published) if published else None)
    end = datetime.fromisoformat(released)
    contract = a_contract(embargo=delay)
    early = decided(item, contract, now=end - timedelta(microseconds=1))
    assert isinstance(early, Withheld)
    assert [(one.rule, one.until) for one in early.reasons] == [("embargo", end)]
    assert isinstance(decided(item, contract, now=end), Released)


@pytest.mark.parametrize(
    ("general", "sections", "operator", "hours"),
    [
        (HOUR, {}, None, 1),
        (HOUR, {"ISLANDS": 5 * HOUR}, None, 5),
        (6 * HOUR, {"Islands": 5 * HOUR}, None, 6),
        (HOUR, {"Ports": 9 * HOUR}, None, 1),
        (HOUR, {"Islands": 5 * HOUR}, 7, 7),
        (8 * HOUR, {}, 7, 8),
    ],
)
def test_of_several_embargoes_the_last_one_holds(
    general: timedelta, sections: dict[str, timedelta], operator: int | None, hours: int
) -> None:
    item = an_item(published=AT_NINE)
    contract = a_contract(embargo=general, embargoes=sections)
    word = PUBLISHED + operator * HOUR if operator else None
    end = PUBLISHED + hours * HOUR
    assert rules_against(item, contract, held_until=word, now=end - HOUR / 60) == ["embargo"]
    assert rules_against(item, contract, held_until=word, now=end) == []


def test_what_the_operator_holds_back_is_told_so_with_the_command_that_lifts_it() -> None:
    held = decided(held_until=NOON + DAY)
    assert isinstance(held, Withheld)
    [reason] = held.reasons
    assert reason.why == "the operator holds it back"
    assert reason.remedy == f"syndicate partner embargo {an_item().id} --lift"


@pytest.mark.parametrize("profile", [Profile.MSN, Profile.FLIPBOARD])
@pytest.mark.parametrize(
    ("source", "partner"), [(Publish.TEASER, Publish.FULL), (Publish.LINK, Publish.FULL)]
)
def test_whole_articles_are_not_taken_from_a_source_that_allows_less(
    profile: Profile, source: Publish, partner: Publish
) -> None:
    contract = a_contract(
        catalogue=a_catalogue(rights=Rights(publish=source)), profile=profile, publish=partner
    )
    assert "rights" in rules_against(an_item(image=PICTURE, published=AT_NINE), contract)


MSN = {"profile": Profile.MSN}
RECENT = {"published": AT_NINE, "image": PICTURE}


@pytest.mark.parametrize(
    ("contract", "item", "rules"),
    [
        (MSN, RECENT, []),
        (MSN, RECENT | {"headline": "x" * 20}, ["msn-title"]),
        (MSN, RECENT | {"headline": "x" * 21}, []),
        (MSN, RECENT | {"headline": "x" * 150}, []),
        (MSN, RECENT | {"headline": "x" * 151}, ["msn-title"]),
        (MSN, RECENT | {"published": None}, ["msn-date"]),
        (MSN, RECENT | {"published": Timestamp(instant=NOON + HOUR)}, ["embargo", "msn-date"]),
        (MSN, RECENT | {"published": Timestamp(instant=NOON - 365 * DAY)}, ["msn-date"]),
        (MSN, RECENT | {"published": Timestamp(instant=NOON - 365 * DAY + HOUR)}, []),
        (MSN, RECENT | {"language": "fa"}, ["msn-language"]),
        (MSN, RECENT | {"image": None}, []),
        ({"profile": Profile.FLIPBOARD}, RECENT, []),
        ({"profile": Profile.FLIPBOARD}, RECENT | {"image": None}, ["flipboard-image"]),
        ({"profile": Profile.SMARTNEWS}, {"headline": "x"}, []),
        ({"profile": Profile.GOOGLE_NEWS}, {"body_html": f"<p>{'x' * 1_000_000}</p>"}, ["google-news-size"]),
        ({"profile": Profile.CUSTOM}, {"headline": "x", "published": None}, []),
    ],
)
def test_a_profile_adds_what_its_partner_publishes(
    contract: dict[str, Any], item: dict[str, Any], rules: list[str]
) -> None:
    assert rules_against(an_item(**item), a_contract(**contract)) == rules


def test_what_is_to_be_published_goes_to_msn_when_it_is() -> None:
    item = an_item(**RECENT | {"published": Timestamp(instant=NOON + HOUR)})
    held = decided(item, a_contract(**MSN))
    assert isinstance(held, Withheld)
    assert {reason.until for reason in held.reasons} == {NOON + HOUR}


@pytest.mark.parametrize(
    "rule",
    [*CONTRACT_RULES, *(rule for terms in PROFILES.values() for rule in terms.rules)],
    ids=lambda rule: rule.name,
)
def test_every_rule_is_in_the_reference_with_its_specification(rule: Any) -> None:
    [row] = [line for line in REFERENCE.splitlines() if line.startswith(f"| `{rule.name}` |")]
    if rule.spec.startswith("https://"):
        assert rule.spec in row or "the same" in row


def test_no_two_rules_have_one_name() -> None:
    names = [rule.name for rule in CONTRACT_RULES]
    names += [rule.name for terms in PROFILES.values() for rule in terms.rules]
    assert len(names) == len(set(names))


def test_dates_are_compared_in_utc() -> None:
    east = Timestamp.parse("2026-03-01T15:30:00+03:30")
    assert rules_against(an_item(published=east), a_contract(embargo=HOUR), now=NOON + HOUR) == []
    assert rules_against(
        an_item(published=east), a_contract(embargo=HOUR), now=datetime(2026, 3, 1, 12, 59, tzinfo=UTC)
    ) == ["embargo"]


def test_where_a_demand_stands_is_said_in_words() -> None:
    specs = [rule.spec for rule in CONTRACT_RULES]
    assert [spec for spec in specs if re.search(r"\b[A-Z]\d+\b", spec)] == []
