"""Whose fault refusals are."""

import pytest

from syndicate.deliver.pace import Verdict
from syndicate.deliver.pacing.doubts import Doubts
from syndicate.deliver.pacing.shares import LAST, History, Told, blames_us
from syndicate.model.delivery import Recipient


def history(answers: str) -> History:
    """Of `r` for a refusal and `a` for an acceptance, the oldest first."""
    found = History()
    for answer in answers:
        found = found.after(refused=answer == "r")
    return found


@pytest.mark.parametrize(
    ("answers", "blamed"),
    [
        ("", False),
        ("rr", False),
        ("rrr", True),
        ("arrr", False),
        ("a" + "r" * 9, False),
        ("a" + "r" * 10, True),
        ("r" + "a" * 18, False),
        ("aaaar" * 4, True),
        ("aaaaar" * 4, False),
        ("aaaar" * 3, False),
        ("r" * 20 + "a" * 100, False),
        ("a" * 1000 + "aaaar" * 20, True),
        ("a" * 1000 + "aaaaaaaaar" * 20, False),
    ],
)
def test_refusals_blame_us_by_streak_or_share(answers: str, blamed: bool) -> None:
    assert history(answers).blames_us == blamed


def test_only_the_last_answers_count() -> None:
    assert history("r" * 500 + "a" * LAST).refused == 0


@pytest.mark.parametrize(
    ("answers", "blamed"),
    [
        # domain and answer, the oldest first
        ("Ar Ar Ar", True),
        ("Ar Br Cr", True),
        ("Aa Br Br Br", False),
        ("Ar Ar Ar Ba Ba Ba Ca " * 10, False),
        ("Aa Aa Aa Ar " * 10, True),
        ("Ar Br Ca Da Aa " * 10, True),
        ("Ar Aa Br Ba Ca Da " * 12, True),
    ],
)
def test_one_domain_s_refusals_are_that_domain_s_matter(answers: str, blamed: bool) -> None:
    told = [Told(domain=one[0], refused=one[1] == "r") for one in answers.split()]
    assert blames_us(told[-LAST:]) == blamed


def a_recipient(number: int, attempt: int = 1) -> Recipient:
    return Recipient(subscriber_id=number, address=f"reader{number}@readers.example", attempt=attempt)


def test_a_run_keeps_who_was_refused_and_is_stopped_by_the_third_at_the_start() -> None:
    doubts = Doubts()
    told = [doubts.note(a_recipient(n), Verdict.POLICY, domain="readers.example") for n in (1, 2, 3)]
    assert told == [False, False, True]
    assert doubts.refused == [1, 2, 3]


def test_addresses_that_are_gone_count_on_neither_side() -> None:
    doubts = Doubts()
    for number in range(1, 50):
        assert not doubts.note(a_recipient(number), Verdict.REFUSE, domain="readers.example")
    assert doubts.refused == []


def test_whoever_was_refused_twice_before_stops_nobody() -> None:
    doubts = Doubts()
    assert not any(
        doubts.note(a_recipient(n, attempt=3), Verdict.POLICY, domain="readers.example") for n in range(9)
    )
