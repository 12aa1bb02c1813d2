"""Outcomes are counted by state, and by domain where many readers are."""

from collections.abc import Iterable
from pathlib import Path

from syndicate.deliver import send
from syndicate.deliver.tallying import ISSUES, MANY, MOST_KNOWN, MOST_NAMED, Domains, Tally
from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.store.database import Database
from syndicate.telemetry.metrics import BATCHES, DOMAIN_OUTCOMES, OUTCOMES, TURN_SECONDS
from tests.builders import NOON
from tests.deliver.sender import a_sending, add_issue
from tests.neighbours.smtp_server import SmtpServer, running

SENT, REFUSED = DeliveryState.SENT, DeliveryState.REFUSED


def at(domain: str, *ids: int) -> list[Recipient]:
    return [Recipient(subscriber_id=one, address=f"reader{one}@{domain}") for one in ids]


def outcomes(ids: Iterable[int], state: DeliveryState = SENT) -> list[Outcome]:
    return [Outcome(subscriber_id=one, state=state, at=NOON) for one in ids]


def counted(tally: Tally, people: list[Recipient], found: list[Outcome]) -> dict[tuple[str, ...], float]:
    """What one turn adds to the counts by domain."""
    before = DOMAIN_OUTCOMES.values()
    tally.take(people)
    tally.count(found)
    tally.end()
    after = DOMAIN_OUTCOMES.values()
    changes = {key: value - before.get(key, 0) for key, value in after.items()}
    return {key: value for key, value in changes.items() if value}


def test_a_domain_with_many_readers_is_told_by_its_name() -> None:
    people = at("many.example", *range(MANY))
    found = counted(Tally(1, Domains()), people, outcomes(range(MANY)))
    assert found == {("many.example", SENT): MANY}


def test_a_domain_with_few_readers_is_never_named() -> None:
    people = at("few.example", *range(MANY - 1))
    found = counted(Tally(1, Domains()), people, outcomes(range(MANY - 1)))
    assert found == {("other", SENT): MANY - 1}


def test_readers_of_several_issues_are_not_many_of_one() -> None:
    domains = Domains()
    for issue in range(MANY):
        found = counted(Tally(issue, domains), at("own.example", 1), outcomes([1]))
        assert found == {("other", SENT): 1}


def test_who_were_few_in_a_batch_are_counted_on_in_the_next() -> None:
    tally, half = Tally(1, Domains()), MANY // 2
    people = at("grows.example", *range(MANY))
    assert counted(tally, people, outcomes(range(half))) == {("other", SENT): half}
    assert counted(tally, [], outcomes(range(half, MANY))) == {("grows.example", SENT): half}


def test_states_are_told_apart() -> None:
    domains = Domains()
    domains.named.add("many.example")
    found = counted(
        Tally(1, domains), at("many.example", 1, 2, 3), [*outcomes([1, 2]), *outcomes([3], REFUSED)]
    )
    assert found == {("many.example", SENT): 2, ("many.example", REFUSED): 1}


def test_only_so_many_domains_have_names() -> None:
    domains = Domains()
    for number in range(MOST_NAMED + 1):
        name = domains.label(1, f"d{number}.example", MANY)
    assert name == "other"
    assert len(domains.named) == MOST_NAMED


def test_memory_is_bounded_over_issues_and_domains() -> None:
    domains = Domains()
    for issue in range(ISSUES * 3):
        domains.label(issue, "own.example", 1)
    assert len(domains._readers) <= ISSUES
    for number in range(MOST_KNOWN + 2):
        domains.label(0, f"d{number}.example", 1)
    assert len(domains._readers[0]) <= MOST_KNOWN + 1


async def test_a_whole_issue_is_counted_once(db: Database, tmp_path: Path) -> None:
    before = OUTCOMES.value(SENT), BATCHES.value("closed"), DOMAIN_OUTCOMES.value("readers.example", SENT)
    turns = sum(TURN_SECONDS.values()[()].counts) if TURN_SECONDS.values() else 0
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        db.write_now(add_issue, readers=30)
        report = await send.send_issue(sending, 1)
    assert report.tally == {SENT: 30}
    assert OUTCOMES.value(SENT) - before[0] == 30
    assert BATCHES.value("closed") - before[1] == 1
    assert DOMAIN_OUTCOMES.value("readers.example", SENT) > before[2]
    assert sum(TURN_SECONDS.values()[()].counts) > turns
