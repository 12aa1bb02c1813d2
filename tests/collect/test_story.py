"""Versions of one story are known as such, and other stories never are (requirement C8)."""

from itertools import combinations

import pytest

from syndicate.collect.story import (
    PROPOSING,
    headlines_agree,
    is_other_story,
    is_same_story,
    likeness,
    sample,
    words_of,
)
from syndicate.model.item import Content, Timestamp
from tests.builders import a_content
from tests.collect.stories import (
    EDITS,
    a_round_up,
    a_story,
    changed,
    sample_stories,
    tide_notice,
    weather,
    with_standing_text,
)

STORIES = [*map(a_story, range(60)), *sample_stories()]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_story_is_proposed_and_confirmed(edit: str) -> None:
    versions = [(story, EDITS[edit](story, STORIES[at - 1])) for at, story in enumerate(STORIES)]
    long = [pair for pair in versions if min(len(words_of(each.body_text)) for each in pair) >= 50]
    assert len(long) >= 60
    missed = [first.headline for first, second in long if not is_same_story(first, second)]
    unproposed = [
        first.headline
        for first, second in long
        if len(set(sample(first.body_text)) & set(sample(second.body_text))) < PROPOSING
    ]
    assert (missed, unproposed) == ([], [])


def test_no_two_different_stories_are_one() -> None:
    assert [(a.headline, b.headline) for a, b in combinations(STORIES, 2) if is_same_story(a, b)] == []


def test_a_round_up_is_none_of_the_stories_that_it_quotes() -> None:
    for at in range(20):
        quoted = STORIES[at : at + 3]
        assert not any(is_same_story(a_round_up(*quoted), story) for story in quoted)
        assert not any(is_same_story(story, a_round_up(*quoted)) for story in quoted)


def test_a_series_that_fills_in_a_template_stays_many_stories() -> None:
    days = [weather(day) for day in range(1, 31)]
    assert [(a.headline, b.headline) for a, b in combinations(days, 2) if is_same_story(a, b)] == []


def test_a_template_filled_in_with_words_stays_many_stories() -> None:
    notices = [tide_notice(seed) for seed in range(20)]
    pairs = list(combinations(notices, 2))
    assert min(likeness_of(a, b) for a, b in pairs) >= 0.6
    assert [(a.headline, b.headline) for a, b in pairs if is_same_story(a, b)] == []


def test_a_standing_text_makes_no_two_stories_one() -> None:
    short = [with_standing_text(story) for story in sample_stories() if story.language == "en"]
    assert len(short) >= 6
    assert likeness(*(words_of(each.body_text) for each in short[:2])).contained >= 0.6
    assert not any(is_same_story(a, b) for a, b in combinations(short, 2))


def test_short_texts_have_to_be_equal() -> None:
    text = "The pier reopened on Friday after the storm had torn away its last planks."
    first = a_content(body_text=text)
    assert is_same_story(first, a_content(body_text=text.upper().replace(".", "")))
    assert not is_same_story(first, a_content(body_text=text.replace("Friday", "Monday")))
    assert not is_same_story(a_content(body_text=""), a_content(body_text=""))


def test_another_language_is_another_story() -> None:
    story = a_story(1)
    assert is_same_story(changed(story, language="en-GB"), changed(story, language="en"))
    assert not is_same_story(changed(story, language="fa"), changed(story, language="en"))


def test_a_text_of_another_day_has_to_be_more_alike() -> None:
    story = changed(a_story(1), published=Timestamp.parse("2019-05-03"))
    appended = EDITS["another lead"](story, a_story(2))
    words = appended.body_text.split(" ")
    weaker = changed(
        appended, body_text=" ".join([*words[: len(words) * 7 // 10], *a_story(3).body_text.split()[:60]])
    )
    assert 0.6 <= likeness(words_of(story.body_text), words_of(weaker.body_text)).contained < 0.8
    assert is_same_story(story, weaker)
    assert not is_same_story(story, changed(weaker, published=Timestamp.parse("2019-05-10")))


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        ("Ferry returns to the islands", "Ferry returns to islands after storm", True),
        ("Ferry returns", "Ferry returns with a piano on board", True),
        ("Ferry returns to the islands", "Market hall gets a new roof", False),
        ("The day in the harbour", "The week in the valley", False),
        ("", "", False),
    ],
)
def test_headlines_agree_by_their_longer_words(first: str, second: str, agree: bool) -> None:
    assert headlines_agree(first, second) is agree


def test_another_story_has_next_to_nothing_in_common() -> None:
    story, other, *_ = sample_stories()
    assert is_other_story(story, other)
    assert not is_other_story(story, changed(other, headline=story.headline))
    assert not is_other_story(story, EDITS["cut to half"](story, other))
    assert not is_other_story(story, a_content(body_text="Too short to tell."))


def test_a_sample_is_bounded_and_the_same_in_every_process() -> None:
    found = sample(" ".join(f"word{number}" for number in range(500)))
    assert len(found) == 32
    assert found[0] == min(found)
    assert found[:2] == (-9131452717920972664, -9091981874969654014)
    assert all(-(2**63) <= gram < 2**63 for gram in found)
    assert sample("Too short.") == ()


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert words_of("港口の新聞 news") == ["港", "口", "の", "新", "聞", "news"]
    assert words_of("می\u200cرود به خانه") == ["می\u200cرود", "به", "خانه"]


def likeness_of(first: Content, second: Content) -> float:
    return likeness(words_of(first.body_text), words_of(second.body_text)).contained


def test_containment_is_of_the_shorter_in_the_longer() -> None:
    story = a_story(4)
    assert likeness_of(story, a_round_up(story, a_story(5))) == 1.0
    assert likeness_of(a_round_up(story, a_story(5)), story) == 1.0
    assert likeness_of(story, a_content(body_text="")) == 0.0
