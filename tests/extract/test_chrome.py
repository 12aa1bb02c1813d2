"""Lines that different stories of one host show are the site's; nothing else ever is."""

from dataclasses import replace

from syndicate.extract.chrome import (
    is_chrome,
    line_hash,
    lines_of_page,
    shared_lines,
    site_of,
    without_chrome,
)
from syndicate.extract.page import Page, extract

LAMPS = (
    "The harbour board voted on Tuesday to replace the lamps along the eastern pier before winter.",
    "Keepers had complained that the old lamps went dark whenever the wind came from the north.",
    "The first new lamps arrive in March and will be lit in time for the herring fair.",
)
FERRY = (
    "Ferry crossings to the outer island doubled this summer, the company said in its yearly report.",
    "Most passengers were birdwatchers who came to see the terns that nest on the northern cliffs.",
    "The company plans a second boat for next year if the council deepens the small harbour.",
)
MARKET = (
    "Traders at the fish market moved into the new hall a week before the old one was pulled down.",
    "Rents stay the same for two years, after which the council will look at them again.",
    "A bell taken from the old hall rings at five each morning when the first boats are in.",
)
BOX = "Get the tide tables and a letter from the quay every Friday in your mailbox."


def page(*paragraphs: str, at: str = "lamps") -> Page:
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<html lang='en'><title>{at}</title><body><article><h1>{at}</h1>{shown}</article></body></html>"
    return extract(html.encode(), url=f"https://old.courier.example/{at}.html")


def chrome_of(*pages: Page) -> frozenset[int]:
    return shared_lines([lines_of_page(one) for one in pages])


def with_box(story: tuple[str, ...], *, at: str) -> Page:
    return page(*story[:2], BOX, *story[2:], at=at)


def test_a_line_on_two_stories_is_chrome() -> None:
    lamps, ferry = with_box(LAMPS, at="lamps"), with_box(FERRY, at="ferry")
    assert BOX in lamps.body_text
    freed = without_chrome(lamps, chrome_of(lamps, ferry))
    assert freed.body_text == "\n\n".join(LAMPS)
    assert BOX not in freed.body_html
    assert freed.body_html.count("<p>") == len(LAMPS)


def test_two_captures_of_one_story_keep_all_of_it() -> None:
    first, printed = page(*LAMPS, at="lamps"), page(*LAMPS, "Printed from the archive.", at="lamps-print")
    chrome = chrome_of(first, printed, page(*FERRY, at="ferry"))
    assert without_chrome(first, chrome) == first
    assert without_chrome(printed, chrome) == printed


def test_a_story_told_again_and_longer_keeps_its_first_paragraphs() -> None:
    first, longer = page(*LAMPS, at="lamps"), page(*LAMPS, *MARKET, *FERRY, at="lamps-again")
    assert without_chrome(longer, chrome_of(first, longer)) == longer


def test_three_captures_and_another_story_find_the_chrome_alone() -> None:
    captures = [with_box(LAMPS, at=f"lamps-{n}") for n in range(3)]
    chrome = chrome_of(*captures, with_box(FERRY, at="ferry"))
    assert without_chrome(captures[0], chrome).body_text == "\n\n".join(LAMPS)


def test_a_story_keeps_the_opening_that_another_page_teases_it_with() -> None:
    lamps = page(*LAMPS, at="lamps")
    ferry = page(*FERRY, LAMPS[0], at="ferry")
    chrome = chrome_of(lamps, ferry)
    assert without_chrome(lamps, chrome) == lamps
    assert without_chrome(ferry, chrome).body_text == "\n\n".join(FERRY)


def test_a_line_that_opens_two_stories_is_chrome_there() -> None:
    lamps, ferry = page(BOX, *LAMPS, at="lamps"), page(BOX, *FERRY, at="ferry")
    assert without_chrome(lamps, chrome_of(lamps, ferry)).body_text == "\n\n".join(LAMPS)


def test_a_long_paragraph_of_two_bodies_is_background_until_a_third_story_shows_it() -> None:
    background = " ".join([*MARKET[:2], "It cost more than the harbour earns in a year."])
    lamps, ferry = page(*LAMPS, background, at="lamps"), page(*FERRY, background, at="ferry")
    assert without_chrome(lamps, chrome_of(lamps, ferry)) == lamps
    third = page(*(f"{line} So said the town clerk." for line in LAMPS), background, at="clerk")
    assert background not in without_chrome(lamps, chrome_of(lamps, ferry, third)).body_text


def test_no_page_loses_most_of_its_body() -> None:
    lamps = page(*LAMPS, at="lamps")
    chrome = frozenset(line_hash(line, opens=opens) for line in LAMPS for opens in (True, False))
    assert without_chrome(lamps, chrome) == lamps


def test_items_of_lists_are_lines_too() -> None:
    listed = "<ul><li>Ask the keeper.</li><li>Mind the rope.</li></ul>"
    lamps = replace(
        page(*LAMPS),
        body_html=f"<p>{LAMPS[0]}</p>{listed}",
        body_text=f"{LAMPS[0]}\n\nAsk the keeper.\n\nMind the rope.",
    )
    freed = without_chrome(lamps, frozenset({line_hash("Mind the rope.")}))
    assert freed.body_text == f"{LAMPS[0]}\n\nAsk the keeper."
    assert "<li>Ask the keeper.</li>" in freed.body_html


def test_a_persian_line_is_chrome_by_the_same_code_points_alone() -> None:
    line = "نامه‌ی بندر را هر جمعه بخوانید"
    chrome = frozenset({line_hash(line)})
    assert is_chrome(f"  {line}\n", chrome)
    assert not is_chrome(line.replace("\u200c", " "), chrome)


def test_numbers_and_signs_are_no_lines() -> None:
    assert line_hash("12") == line_hash("* * *") == 0
    assert not is_chrome("12", frozenset({0}) - {0})


def test_what_stands_beside_the_bodies_is_known_too() -> None:
    footer = "<footer><p>This site is no longer updated.</p></footer>"
    pages = [
        extract(
            f"<body><article><h1>x</h1>{''.join(f'<p>{p}</p>' for p in story)}</article>{footer}".encode(),
            url="",
        )
        for story in (LAMPS, FERRY)
    ]
    assert is_chrome("This site is no longer updated.", chrome_of(*pages))


def test_a_page_with_chrome_known_before_is_free_of_it() -> None:
    from syndicate.extract.prior import Prior

    html = "".join(f"<p>{line}</p>" for line in (*LAMPS, BOX, LAMPS[0] + " So it was said again."))
    prior = Prior(chrome=frozenset({line_hash(BOX)}))
    read = extract(
        f"<body><article>{html}</article>".encode(), url="https://old.courier.example/a", prior=prior
    )
    assert BOX not in read.body_text
    assert line_hash(BOX) in read.lines


def test_a_page_belongs_to_the_host_of_its_address_or_the_one_it_states() -> None:
    assert site_of(page(*LAMPS)) == "old.courier.example"
    assert (
        site_of(replace(page(*LAMPS), url="", canonical_url="https://www.courier.example/a"))
        == "courier.example"
    )
    assert site_of(replace(page(*LAMPS), url="", canonical_url="")) == ""


MOVED = "The quay's letters have moved. Please visit courier.example for them."


def test_a_weakly_worded_line_is_the_notice_once_other_stories_show_it() -> None:
    lamps, ferry = (page(MOVED, *story, at=at) for story, at in ((LAMPS, "lamps"), (FERRY, "ferry")))
    assert lamps.notice is None
    assert [notice.text for _, notice in lamps.doubtful] == [MOVED]
    freed = without_chrome(lamps, chrome_of(lamps, ferry))
    assert freed.notice is not None
    assert (freed.notice.text, freed.notice.successor_url) == (MOVED, "https://courier.example")
    assert freed.body_text == "\n\n".join(LAMPS)
    assert freed.summary == LAMPS[0]
    assert freed.doubtful == ()


def test_a_weakly_worded_line_of_one_story_is_no_notice() -> None:
    lamps = page(*LAMPS, MOVED, at="lamps")
    freed = without_chrome(lamps, chrome_of(lamps, page(*FERRY, at="ferry")))
    assert freed.notice is None
    assert MOVED in freed.body_text


def test_a_notice_of_plain_words_stays_the_only_one() -> None:
    notice = (
        "This is the archive of the old Courier, which is no longer updated. Visit https://courier.example/."
    )
    stories = [page(notice, MOVED, *story, at=at) for story, at in ((LAMPS, "lamps"), (FERRY, "ferry"))]
    assert stories[0].doubtful == ()
    freed = without_chrome(stories[0], chrome_of(*stories))
    assert freed.notice == stories[0].notice
    assert freed.notice is not None


def test_a_plain_text_s_weak_notice_is_adopted_too() -> None:
    texts = ["\n\n".join((name, *story, MOVED)) for name, story in (("Lamps", LAMPS), ("Ferry", FERRY))]
    pages = [
        extract(text.encode(), url=f"https://old.courier.example/{n}.txt") for n, text in enumerate(texts)
    ]
    freed = without_chrome(pages[0], chrome_of(*pages))
    assert freed.notice is not None
    assert freed.body_text == "\n\n".join(LAMPS)


def test_lines_that_lead_nowhere_are_not_even_doubtful() -> None:
    for line in ("Our new site opens in May, please visit us.", "Archive: see courier.example", BOX):
        doubtful = page(*LAMPS, line).doubtful
        assert len(doubtful) == (line.startswith("Archive"))
