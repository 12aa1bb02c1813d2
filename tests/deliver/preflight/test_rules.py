"""What holds an issue back, and what is told and lets it go."""

from typing import Any

import pytest

from syndicate.deliver.preflight.facts import Facts, Former, Gravity, Linked, Sample
from syndicate.deliver.preflight.rules import drifted, judge, usual_audience


def some_facts(**change: Any) -> Facts:
    usual: dict[str, Any] = {
        "name": "daily/7",
        "subject": "Harbour Courier: The ferry sails again",
        "headlines": ("The ferry sails again", "A new crane"),
        "recipients": 1_000,
        "former": tuple(
            Former(
                number=number, recipients=1_000, subject=f"Issue {number}", headlines=frozenset({str(number)})
            )
            for number in (6, 5, 4)
        ),
        "drift": 30,
    }
    return Facts(**usual | change)


def told(facts: Facts) -> list[tuple[str, Gravity]]:
    return [(one.rule, one.gravity) for one in judge(facts)]


def test_an_issue_as_the_last_ones_were_is_ready() -> None:
    assert judge(some_facts()) == ()


def test_a_message_that_breaks_a_rule_of_ours_holds_the_issue_and_says_for_whom() -> None:
    sample = Sample(about="readers of fa", data=b"From: desk@courier.example\r\n\r\nText\r\n")
    found = judge(some_facts(samples=(sample,)))
    assert {one.gravity for one in found} == {Gravity.HOLD}
    assert {"message-M1", "message-M2", "message-M8"} <= {one.rule for one in found}
    assert all(one.said.startswith("readers of fa: ") and one.remedy for one in found)


def test_a_rule_that_many_messages_break_is_told_once() -> None:
    samples = tuple(
        Sample(about=f"readers of {n}", data=b"From: desk@courier.example\r\n\r\nText\r\n") for n in range(9)
    )
    found = judge(some_facts(samples=samples))
    assert len(found) == len({one.said for one in found}) == len(judge(some_facts(samples=samples[:1])))
    assert found[0].said.startswith(
        "readers of 0, readers of 1, readers of 2, readers of 3, readers of 4 and 4 more: "
    )


def test_an_issue_of_which_no_message_can_be_made_waits_and_says_why() -> None:
    [found] = judge(some_facts(broken="site.base_url has to be https"))
    assert (found.rule, found.gravity) == ("message", Gravity.HOLD)
    assert "site.base_url has to be https" in found.said


def test_a_headline_may_say_what_a_template_leaves() -> None:
    headlines = ("None of the ferries sails", "A new {crane}")
    assert told(some_facts(subject="None of the ferries sails", headlines=headlines)) == []
    assert told(some_facts(subject="None: None of the ferries sails", headlines=headlines)) == []
    assert told(some_facts(subject="None", headlines=("A new crane",))) == [("subject", Gravity.HOLD)]


def test_an_issue_that_holds_nothing_waits() -> None:
    assert told(some_facts(headlines=())) == [("empty", Gravity.HOLD)]


def test_an_issue_for_nobody_is_told_of() -> None:
    assert told(some_facts(recipients=0, former=())) == [("nobody", Gravity.WARNING)]


def test_the_same_headlines_as_in_an_earlier_issue_wait_whatever_their_order() -> None:
    before = Former(
        number=5, recipients=1_000, subject="x", headlines=frozenset({"A new crane", "The ferry sails again"})
    )
    [found] = judge(some_facts(former=(before,)))
    assert (found.rule, found.gravity) == ("same-again", Gravity.HOLD)
    assert "issue 5" in found.said
    more = some_facts(former=(before,), headlines=("A new crane", "The ferry sails again", "Fog"))
    assert judge(more) == ()


@pytest.mark.parametrize(
    ("subject", "gravity"),
    [
        ("", Gravity.HOLD),
        ("   ", Gravity.HOLD),
        ("Good morning, {name}", Gravity.HOLD),
        ("News of {{ day }}", Gravity.HOLD),
        ("Harbour Courier: None", Gravity.HOLD),
        ("Fog " * 40, Gravity.WARNING),
        ("Issue 6", Gravity.WARNING),
    ],
)
def test_a_subject_that_no_reader_should_see(subject: str, gravity: Gravity) -> None:
    assert told(some_facts(subject=subject)) == [("subject", gravity)]


@pytest.mark.parametrize(
    "subject", ["Issue 5", "Nonetheless, fog", "پیک بندر: مه", "100 % {of} the catch"[:5]]
)
def test_a_subject_that_is_fine(subject: str) -> None:
    assert judge(some_facts(subject=subject)) == ()


@pytest.mark.parametrize(
    ("now", "usual", "drift", "expected"),
    [
        (1_000, 1_000, 30, False),
        (701, 1_000, 30, False),
        (699, 1_000, 30, True),
        (1_428, 1_000, 30, False),
        (1_429, 1_000, 30, True),
        (0, 1_000, 30, True),
        (0, 1_000, 0, False),
        (49, 10, 30, False),
        (50, 10, 30, True),
        (0, 49, 30, False),
        (5_000, 0, 30, False),
        (11, 1_000, 99, False),
        (9, 1_000, 99, True),
    ],
)
def test_how_far_an_audience_may_move(now: int, usual: float, drift: int, expected: bool) -> None:
    assert drifted(now, usual, drift=drift) is expected


def test_one_odd_issue_does_not_change_what_is_usual() -> None:
    sent_to = (3, 1_000, 1_010)
    former = tuple(
        Former(number=at, recipients=count, subject="", headlines=frozenset())
        for at, count in enumerate(sent_to)
    )
    assert usual_audience(some_facts(former=former)) == 1_000
    assert usual_audience(some_facts(former=())) == 0


def test_an_audience_that_fell_waits_and_the_remedy_names_the_command() -> None:
    [found] = judge(some_facts(recipients=400))
    assert (found.rule, found.gravity) == ("audience", Gravity.HOLD)
    assert "400" in found.said
    assert "1000" in found.said
    assert "fell" in found.said
    assert "syndicate issue send daily/7 --accept" in found.remedy
    [found] = judge(some_facts(recipients=400, stored=False))
    assert "syndicate issue send daily --accept" in found.remedy


def test_old_news_in_a_breaking_newsletter_waits_and_elsewhere_it_may_go() -> None:
    archived = ("The lighthouse of 1998",)
    assert told(some_facts(archived=archived, breaking=True)) == [("archived-in-breaking", Gravity.HOLD)]
    assert judge(some_facts(archived=archived)) == ()
    assert judge(some_facts(breaking=True)) == ()


def test_broken_links_and_lost_images_are_told_and_the_issue_goes() -> None:
    broken = tuple((f"https://news.example/{number}", "not found") for number in range(7))
    linked = Linked(links=12, asked=10, broken=broken, lost=("a.jpg",))
    found = judge(some_facts(linked=linked))
    assert [(one.rule, one.gravity) for one in found] == [
        ("links", Gravity.WARNING),
        ("links", Gravity.WARNING),
        ("images", Gravity.WARNING),
    ]
    assert "7 of 10" in found[0].said
    assert "and 2 more" in found[0].said
    assert "2 of 12" in found[1].said


def test_holds_stand_before_warnings() -> None:
    linked = Linked(links=1, asked=1, broken=(("https://news.example/", "gone"),))
    found = judge(some_facts(linked=linked, subject="Issue 6", recipients=10))
    assert [one.gravity for one in found] == [Gravity.HOLD, Gravity.WARNING, Gravity.WARNING]
