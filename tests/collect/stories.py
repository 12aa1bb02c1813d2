"""Invented stories, and what becomes of them: versions of one story, and other stories that look like it."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syndicate.collect.story import FEWEST_WORDS, words_of
from syndicate.extract.page import extract
from syndicate.model.item import Content
from tests.builders import a_content
from tests.collect.desk import SAMPLES

WHO = (
    "harbour master|ferry captain|school board|market warden|lighthouse keeper|net mender|mayor|choir leader"
)
DID = "announced|doubted|welcomed|postponed|explained|recalled|measured|defended|inspected|described"
WHAT = (
    "the new timetable for the island crossings|a repair of the eastern breakwater|the price of mackerel"
    "|a concert beneath the old sail loft|lessons for the youngest rowers|the survey of the sandbank"
    "|a queue of lorries along the quay|the winter closing of the pool|a grant for the weather station"
    "|the loss of two mooring buoys|a petition against night deliveries|the naming of the second tug"
)
WHEN = (
    "before the tide turned|after a long debate|without giving a date|in front of forty neighbours|by letter"
)
WHY = (
    "since the timber had come late|because the wind had shifted north|although the council was patient"
    "|while children painted the railings|so that nobody need walk by the mill|as the ledger showed no gap"
)
NUMBERED = "It took {} hours, {} pairs of hands and {} crowns, more than in any of the {} years before."


def a_story(seed: int, *, sentences: int = 16) -> Content:
    """A story of five to six paragraphs, unlike any other seed's."""
    dice = random.Random(seed)
    told = [_sentence(dice, seed) for _ in range(sentences)]
    told[3] = NUMBERED.format(*(dice.randrange(2, 900) for _ in range(4)))
    paragraphs = [" ".join(told[at : at + 3]) for at in range(0, len(told), 3)]
    who, what = dice.choice(WHO.split("|")), dice.choice(WHAT.split("|"))
    headline = f"{who.capitalize()} {dice.choice(DID.split('|'))} {what}"
    return a_content(headline=headline, body_text="\n\n".join(paragraphs), published=None)


def _sentence(dice: random.Random, seed: int) -> str:
    who, did, what, when, why = (dice.choice(part.split("|")) for part in (WHO, DID, WHAT, WHEN, WHY))
    name = (
        f"{dice.choice('ABDEFGHKLMNOPRSTV')}{dice.choice(['a', 'e', 'i', 'o'])}{dice.choice('lmnrst')}{seed}"
    )
    return f"The {who} {name} {did} {what} {when}, {why}."


def sample_stories() -> list[Content]:
    """The sample site's long articles, in both languages."""
    paths = [path for path in sorted(SAMPLES.glob("*/*")) if path.suffix in (".html", ".txt")]
    return [content for path in paths if len(words_of((content := _read(path)).body_text)) >= FEWEST_WORDS]


def _read(path: Path) -> Content:
    page = extract(path.read_bytes(), url=f"https://old.courier.example/{path.name}")
    return a_content(
        headline=page.headline, body_text=page.body_text, language=page.language, published=page.published
    )


def changed(story: Content, **change: Any) -> Content:
    return a_content(
        **{
            "headline": story.headline,
            "body_text": story.body_text,
            "language": story.language,
            "published": story.published,
            **change,
        }
    )


def _paragraphs(story: Content) -> list[str]:
    return story.body_text.split("\n\n")


def appended(story: Content, other: Content) -> Content:
    more = _paragraphs(other)[: max(1, len(_paragraphs(story)) // 2)]
    return changed(story, body_text="\n\n".join([story.body_text, *more]))


def with_another_lead(story: Content, other: Content) -> Content:
    lead = " ".join(other.body_text.split()[: len(_paragraphs(story)[0].split())])
    return changed(story, body_text="\n\n".join([lead, *_paragraphs(story)[1:]]))


def with_corrected_numbers(story: Content, other: Content) -> Content:
    return changed(story, body_text=re.sub(r"\d+", "17", story.body_text, count=2))


def cut_to_half(story: Content, other: Content) -> Content:
    words = story.body_text.split(" ")
    return changed(story, body_text=" ".join(words[: len(words) // 2]))


def copy_edited(story: Content, other: Content) -> Content:
    words = story.body_text.split(" ")
    words[12::40] = ["instead"] * len(words[12::40])
    return changed(story, body_text=" ".join(words))


def under_another_headline(story: Content, other: Content) -> Content:
    return changed(
        story, headline="What nobody had expected", body_text=story.body_text.replace("\n\n", "\n", 1)
    )


EDITS: dict[str, Callable[[Content, Content], Content]] = {
    "appended paragraphs": appended,
    "another lead": with_another_lead,
    "corrected numbers": with_corrected_numbers,
    "cut to half": cut_to_half,
    "copy-edited": copy_edited,
    "another headline": under_another_headline,
}


def a_round_up(*stories: Content) -> Content:
    """A page that quotes whole other stories under a headline of its own."""
    return changed(
        stories[0],
        headline="Seven days on the coast",
        body_text="\n\n".join(story.body_text for story in stories),
    )


WEATHER = (
    "Along the northern coast the day begins {0} with temperatures of {1} degrees at the lighthouse and {2} "
    "in the valley. During the morning the wind comes from the {3} at {4} knots, and in the afternoon it "
    "rises to {5} knots in the sound. The sea is {6} outside the breakwater with waves of {7} metres. High "
    "water is at {8} o'clock and low water at {9} o'clock. Sailors are asked to listen to the coast station, "
    "which reads this forecast again at noon and at six in the evening."
)


def weather(day: int) -> Content:
    """One of a series that fills in a template."""
    dice = random.Random(day)
    words = [
        dice.choice(["bright", "cloudy", "misty"]),
        dice.choice(["north", "west"]),
        dice.choice(["calm", "rough"]),
    ]
    numbers = [str(dice.randrange(1, 99)) for _ in range(7)]
    text = WEATHER.format(words[0], *numbers[:2], words[1], *numbers[2:4], words[2], *numbers[4:])
    return a_content(headline=f"Weather for {day} May", body_text=text, published=None)


STANDING = (
    "The Old Harbour Courier reports from the coast since the first lighthouse was lit. Readers can write to "
    "the desk by letter or call in at the office on the quay, where the archive of printed volumes may be "
    "read on weekdays. Reprinting needs the consent of the desk. Corrections appear on the second page of "
    "the Saturday volume, and are filed with the story that they correct. Notices of births, weddings and "
    "auctions are taken until noon on the day before."
)


def with_standing_text(story: Content) -> Content:
    """A short story above a long text that stands below every story."""
    return changed(story, body_text=f"{' '.join(story.body_text.split()[:50])}\n\n{STANDING}")


def tide_notice(seed: int) -> Content:
    """One of a series whose template is filled in with words alone."""
    dice = random.Random(seed)
    names = iter(
        dice.sample([f"{first}{last}" for first in "BDFGKLMNPRST" for last in ("ara", "elo", "inu")], 12)
    )
    parts = (
        "The ferry {} leaves the northern pier at first light under captain {} with mail for the islands in "
        "the sound",
        "Passengers of the ferry {} are asked to wait beside the long green shed where warden {} takes the "
        "fares of all",
        "Should the wind turn then the ferry {} stays in the inner basin until warden {} lifts the red flag "
        "once more",
        "Parcels that are marked for the ferry {} can be left with the porter {} at the lower gate all day "
        "and night",
    )
    text = ". ".join(part.format(next(names), next(names)) for part in parts)
    return a_content(headline=f"Crossings today: {next(names)}", body_text=f"{text}.", published=None)
