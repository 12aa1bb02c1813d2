"""Which relay the next line goes to: a table of how they stand, and what follows."""

import pytest

from syndicate.deliver.standing import (
    LONGEST_REST,
    SOON,
    Choice,
    Standing,
    choose,
    lead,
    others_work,
    rest,
    sharing,
)

NOW = 100.0
LATER, DUE = NOW + 10, NOW - 1


def a_relay(weight: int = 1, **change: object) -> Standing:
    """One that works and has room."""
    return Standing(weight=weight, **change)  # type: ignore[arg-type]


def down(weight: int = 1, **change: object) -> Standing:
    """One that failed and rests."""
    return a_relay(weight, **{"until": LATER, "failed_at": 95.0, **change})


@pytest.mark.parametrize(
    ("standings", "index"),
    [
        ([a_relay()], 0),
        ([a_relay(3), a_relay(1)], 0),
        ([a_relay(3, load=3), a_relay(1, load=0)], 1),
        ([a_relay(3, load=30), a_relay(1, load=10)], 0),
        ([a_relay(3, load=33), a_relay(1, load=10)], 1),
        # What has failed is left alone, a standby too as long as it is not needed.
        ([down(3), a_relay(1, load=99)], 1),
        ([a_relay(load=99), a_relay(0)], 0),
        ([down(), a_relay(0)], 1),
        ([down(), a_relay(0, load=5), a_relay(0, load=1)], 2),
        # After its rest it is asked before others, by one alone.
        ([down(until=DUE), a_relay()], 0),
        ([down(until=DUE, probing=True), a_relay()], 1),
        ([down(until=DUE), a_relay(0)], 0),
        ([a_relay(), down(0, until=DUE)], 0),
        # It lets no more of us in, but what is open is used.
        ([down(idle=1, working=True), a_relay(0)], 0),
        # Nobody waits for one that may never answer.
        ([a_relay(proven=False, probing=True), a_relay(load=50)], 1),
        ([a_relay(proven=False), a_relay(load=50)], 0),
        # One that stands still is nobody's measure.
        ([a_relay(load=1, room=0, stalled=True), a_relay(load=50)], 1),
        ([a_relay(load=1, stalled=True), a_relay(load=50)], 1),
        ([a_relay(load=9, stalled=True), a_relay(load=1, stalled=True)], 1),
        # All have failed before: once more, the one that has rested longest.
        ([down(until=LATER + 5), down(until=LATER)], 1),
    ],
)
def test_the_next_line_goes_there(standings: list[Standing], index: int) -> None:
    assert choose(standings, now=NOW, since=99.0) == Choice(index=index)


@pytest.mark.parametrize(
    "standings",
    [
        # All lines are in use.
        [a_relay(room=0)],
        # The one that is ahead of its share waits for the other, which has no line free.
        [a_relay(3, load=10, room=0), a_relay(1, load=5)],
        # Somebody finds out already.
        [a_relay(proven=False, probing=True)],
        [down(probing=True), down()],
        # It lets no more of us in; a standby is for when it does not work at all.
        [down(working=True), a_relay(0)],
    ],
)
def test_sometimes_there_is_nothing_but_to_wait(standings: list[Standing]) -> None:
    assert choose(standings, now=NOW, since=99.0) == Choice(wait=SOON)


@pytest.mark.parametrize("standings", [[down()], [down(), down(0)], [down(room=0), down()]])
def test_when_each_has_failed_since_none_is_to_be_had(standings: list[Standing]) -> None:
    assert choose(standings, now=NOW, since=94.0) == Choice()


@pytest.mark.parametrize(
    ("standings", "among"),
    [
        ([a_relay(), a_relay(3), a_relay(0)], {0, 1}),
        ([a_relay(), down()], {0}),
        ([down(), a_relay(0)], {1}),
        ([a_relay(), a_relay(stalled=True)], {0}),
        ([a_relay(), a_relay(proven=False)], {0, 1}),
        ([a_relay(), a_relay(proven=False, probing=True)], {0}),
        ([down(), down()], set()),
    ],
)
def test_messages_are_shared_among_those_that_work(standings: list[Standing], among: set[int]) -> None:
    assert sharing(standings) == among


def test_a_lead_is_told_in_messages() -> None:
    standings = [a_relay(3, load=30), a_relay(1, load=14)]
    assert lead(standings, 1, frozenset({0, 1})) == 3
    assert lead(standings, 0, frozenset({0, 1})) == -3


def test_rests_double_up_to_a_quarter_of_an_hour() -> None:
    assert [rest(failures) for failures in (1, 2, 3)] == [15, 30, 60]
    assert rest(50) == LONGEST_REST == 900


@pytest.mark.parametrize(
    ("standings", "since", "taken_over"),
    [
        ([a_relay(), a_relay()], 1, True),
        ([a_relay(), down()], 1, False),
        # A relay that keeps to its rate is not down; one that is shut for long is.
        ([a_relay(), a_relay(0)], 1, False),
        ([a_relay(), a_relay(0)], 119, False),
        ([a_relay(), a_relay(0)], 120, True),
        ([a_relay(0), a_relay(0)], 1, True),
        ([a_relay(0), a_relay()], 1, True),
    ],
)
def test_what_may_take_nothing_now_is_left_to_others(
    standings: list[Standing], since: int, taken_over: bool
) -> None:
    shut = [NOW * 10 - since, 0.0]
    assert others_work(standings, shut, 0, now=NOW * 10) is taken_over
