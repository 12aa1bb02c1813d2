"""Hosts that give no answer rest, and what is remembered of hosts has a bound."""

from datetime import timedelta

from syndicate.partner.hub import hosts
from syndicate.partner.hub.hosts import Hosts
from tests.builders import NOON

HOST = "reader.example"
DAY = timedelta(days=1)


def tired(host: str = HOST) -> Hosts:
    found = Hosts()
    for _ in range(hosts.IN_A_ROW):
        found.failed(host, NOON)
    return found


def test_a_host_rests_after_a_few_failures_and_is_well_again_with_an_answer() -> None:
    found = tired()
    assert found.resting(NOON) == {HOST}
    assert found.resting(NOON + hosts.FIRST_REST) == set()
    found.answered(HOST)
    assert found.resting(NOON) == set()


def test_no_host_rests_for_longer_than_that() -> None:
    found = tired()
    for _ in range(30):
        found.failed(HOST, NOON)
    assert found.resting(NOON + hosts.LONGEST_REST) == set()


def test_a_clock_that_was_a_day_ahead_keeps_no_host_waiting_for_a_day() -> None:
    found = tired()
    found.note_asked(HOST, NOON)
    assert found.resting(NOON - DAY) == set()
    assert found.asked_lately(NOON - DAY) == {}


def test_names_without_end_are_not_all_remembered() -> None:
    found = Hosts()
    for number in range(hosts.MOST + 10):
        for _ in range(hosts.IN_A_ROW):
            found.failed(f"{number}.reader.example", NOON)
    assert len(found.resting(NOON)) <= hosts.MOST
    assert f"{hosts.MOST + 9}.reader.example" in found.resting(NOON)
