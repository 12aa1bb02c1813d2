"""The digest: both parts hold the same, within the size that clients show, legible in light and dark."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html as lxml_html

from syndicate.formats.transfer import encoded_size
from syndicate.model.catalogue import Catalogue
from syndicate.model.slots import SLOT_NAMES, slots
from syndicate.model.source import SourceKind
from syndicate.publish.colours import contrast
from syndicate.publish.digest import Rendering, render
from syndicate.publish.digest_view import Correction, DigestView, digest_view
from syndicate.templating import Templates
from tests import digests
from tests.builders import a_source, an_item
from tests.neighbours.programs import needs

TEMPLATES = Templates()
VIEWS = {
    "english": digests.english(),
    "persian": digests.persian(),
    "english archive": digests.english(archived_only=True),
    "persian archive": digests.persian(archived_only=True),
}
SAMPLES = {name: render(view, templates=TEMPLATES) for name, view in VIEWS.items()}


@pytest.fixture(params=sorted(SAMPLES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sample(name: str) -> Rendering:
    return SAMPLES[name]


def rendered(view: DigestView) -> Rendering:
    return render(view, templates=TEMPLATES)


def tree(sample: Rendering) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(sample.html)


def links_in_html(sample: Rendering) -> set[str]:
    return set(tree(sample).xpath("//a/@href"))


def links_in_text(sample: Rendering) -> set[str]:
    return set(re.findall(r"https?://\S+|slot\w+url\w+", sample.text))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_two_renderings_of_one_view_are_equal(name: str) -> None:
    assert rendered(VIEWS[name]) == SAMPLES[name]


def test_both_parts_hold_the_same_links(sample: Rendering) -> None:
    assert links_in_html(sample) == links_in_text(sample)


def test_both_parts_hold_every_headline_and_every_brief(name: str, sample: Rendering) -> None:
    view = VIEWS[name]
    wanted = [story.headline for story in (view.lead, *view.stories) if story]
    wanted += [flat(f"{brief.opening} {brief.rest}") for block in view.blocks for brief in block.briefs]
    html = flat(tree(sample).text_content())
    for text in wanted:
        assert text in html
        assert text in flat(sample.text)


def test_both_parts_have_unsubscribe_preferences_and_the_postal_address(name: str, sample: Rendering) -> None:
    values = slots(sample.slot_key)
    for part in (sample.html, sample.text):
        assert values["unsubscribe_url"] in part
        assert values["preferences_url"] in part
        assert values["address"] in part
        assert VIEWS[name].postal_address in part


def test_the_notice_of_each_old_site_stands_once_in_the_footer_of_both_parts() -> None:
    sample, (notice,) = SAMPLES["english"], VIEWS["english"].notices
    assert len(tree(sample).find_class("archive-notice")) == 1
    assert flat(sample.text).count(flat(notice.text)) == 1


def test_the_notice_in_the_footer_says_first_whose_stories_it_is_about() -> None:
    about = "About the stories from the archive of The Old Harbour Courier:"
    for name in ("english", "english archive"):
        sample = SAMPLES[name]
        [notice] = tree(sample).xpath(
            "//td[contains(@class, 'footer')]//p[contains(@class, 'archive-notice')]"
        )
        assert notice.getprevious().text == about
        assert flat(sample.text).count(f"{about} {flat(VIEWS[name].notices[0].text)}") == 1


def test_an_issue_of_old_items_alone_says_so_under_the_masthead_too() -> None:
    sample = SAMPLES["english archive"]
    notices = tree(sample).find_class("archive-notice")
    assert len(notices) == 2
    assert sample.html.index("archive-notice") < sample.html.index("The winter the harbour froze</a>")
    assert "Everything in this issue comes from an archive." in sample.text


def test_an_archived_story_has_its_muted_line_and_its_date() -> None:
    text = SAMPLES["english"].text
    assert "The winter the harbour froze (14 February 2009)" in text
    assert "Who drew the first chart of the sandbank? (undated, captured 3 May" in text
    assert text.count("From the archive of The Old Harbour Courier") == 2


def test_an_undated_story_from_a_folder_of_saved_pages_is_undated_and_no_more() -> None:
    folder = Catalogue(sources={"harbour": a_source(kind=SourceKind.FILES)})
    picks = digests.picks_of([an_item(published=None)])
    view = digest_view(picks, digests.DAILY, catalogue=folder, number=1, at=digests.AT)
    assert view.lead is not None
    assert view.lead.date == "undated"


def test_a_block_of_archived_briefs_has_one_line_for_all_of_them() -> None:
    text = SAMPLES["english archive"].text
    assert text.count("With briefs from the archive of The Old Harbour Courier") == 1


def test_a_date_that_all_briefs_share_is_told_once_above_them() -> None:
    assert (
        "Harbour in brief\n----------------\n3 May 2019\n\n* The night bus" in SAMPLES["english archive"].text
    )
    assert SAMPLES["english archive"].html.count("3 May 2019") == 1


def test_briefs_of_different_days_each_have_their_own_date() -> None:
    text = flat(rendered(digests.briefs_of("2019-05-03", "2019-05-04")).text)
    assert "(3 May 2019)" in text
    assert "(4 May 2019)" in text


def test_persian_dates_are_in_the_jalali_calendar() -> None:
    assert "۱۰ اسفند ۱۴۰۴" in SAMPLES["persian"].text
    assert "شمارهٔ ۵۸" in SAMPLES["persian"].text


def test_latin_letters_in_a_persian_footer_are_isolated() -> None:
    sample = SAMPLES["persian"]
    token = slots(sample.slot_key)["address"]
    assert f"\u2068{token}\u2069" in sample.html
    assert "\u2068" not in SAMPLES["english"].html


def test_zero_width_non_joiners_survive() -> None:
    assert "جزیره\u200cهای شمالی" in SAMPLES["persian"].html
    assert "جزیره\u200cهای شمالی" in SAMPLES["persian"].text


def test_a_slot_cannot_be_guessed_from_another_issue() -> None:
    assert len({sample.slot_key for sample in SAMPLES.values()}) == len(SAMPLES)


def test_the_web_copy_has_no_slot_and_no_personal_footer(sample: Rendering) -> None:
    for name in SLOT_NAMES:
        assert slots(sample.slot_key)[name] not in sample.web_html
    assert "slot" not in sample.web_html
    assert "archive-notice" in sample.web_html


def test_markup_in_content_is_text() -> None:
    view = digests.english()
    assert view.lead is not None
    view = replace(view, lead=replace(view.lead, headline='<script>alert("x")</script> & {{ words }}'))
    html = rendered(view).html
    assert "<script>" not in html
    assert "{{ words }}" in html


def test_corrections_stand_above_the_briefs_in_both_parts() -> None:
    correction = Correction(
        headline="Herring came late",
        text="We wrote that prices doubled; they fell by a third.",
        url="https://courier.example/en/12",
        language="en",
        direction="ltr",
    )
    sample = rendered(replace(digests.english(), corrections=(correction,)))
    for part in (sample.html, flat(sample.text)):
        assert part.index("they fell by a third") < part.index("night bus")


@pytest.mark.parametrize(
    ("language", "direction", "headline", "text"),
    [
        ("en", "ltr", "Herring came late", "Prices fell."),
        ("fa", "rtl", "شاه‌ماهی دیر آمد", "قیمت‌ها پایین آمد."),
    ],
)
def test_a_correction_begins_on_a_line_of_its_own(
    language: str, direction: str, headline: str, text: str
) -> None:
    url = "https://courier.example/en/12"
    correction = Correction(headline=headline, text=text, url=url, language=language, direction=direction)
    sample = rendered(replace(digests.english(), corrections=(correction,)))
    assert f"{headline}\n{text}\n{url}\n" in sample.text
    assert re.search(rf"{headline}</a></b><br */?>{text}</p>", sample.html)


def test_nothing_active_remote_or_tracking_is_in_it(sample: Rendering) -> None:
    found = tree(sample)
    assert not found.xpath("//script|//form|//link|//iframe|//object|//input")
    assert "data:" not in sample.html
    assert "@import" not in sample.html
    assert "url(" not in sample.html


def test_images_come_from_our_store_with_size_and_words() -> None:
    (image,) = tree(SAMPLES["english"]).xpath("//img")
    assert image.get("src") == "https://courier.example/media/ferry.png"
    assert (image.get("width"), image.get("height")) == ("552", "310")
    assert image.get("alt")


def test_every_text_cell_says_its_language_and_direction(name: str, sample: Rendering) -> None:
    found = tree(sample)
    wrapper = found.xpath("//body/div")[0]
    assert (wrapper.get("lang"), wrapper.get("dir")) == (VIEWS[name].language, VIEWS[name].direction)
    for cell in found.xpath("//td[not(.//td)]"):
        if cell.text_content().replace("\u200b", "").strip():
            assert cell.get("lang"), lxml_html.tostring(cell)[:200]
            assert cell.get("dir") in {"ltr", "rtl"}


def test_a_story_in_another_language_has_its_own_direction() -> None:
    persian = digests.persian().lead
    assert persian is not None
    found = tree(rendered(replace(digests.english(), stories=(persian,))))
    cell = found.xpath('//td[@lang="fa"]')[0]
    assert cell.get("dir") == "rtl"
    assert "text-align:right" in cell.get("style")


def test_layout_is_for_eyes_only_and_in_physical_directions(sample: Rendering) -> None:
    assert all(table.get("role") == "presentation" for table in tree(sample).xpath("//table"))
    assert not re.search(
        r"(margin|padding|border|inset)-(inline|block)|text-align: ?(start|end)", sample.html
    )


def test_arabic_script_is_neither_spaced_nor_slanted() -> None:
    assert "letter-spacing" not in SAMPLES["persian"].html
    assert "italic" not in SAMPLES["persian"].html
    assert not tree(SAMPLES["persian"]).xpath("//i|//em")


def test_text_lines_have_at_most_72_columns(sample: Rendering) -> None:
    long = [line for line in sample.text.splitlines() if len(line) > 72]
    assert all(" " not in line for line in long), long


def test_thirty_items_stay_under_ninety_kilobytes() -> None:
    sample = rendered(digests.many(30))
    assert len(sample.html.encode()) <= 90_000
    assert "shortened" not in sample.html
    assert sample.html.count("<h2") == 30


def test_a_larger_issue_shortens_its_teasers_and_says_so() -> None:
    sample = rendered(digests.many(60, words=120))
    assert len(sample.html.encode()) <= 90_000
    assert sample.html.count("<h2") == 60
    assert "Teasers were shortened" in sample.html
    assert "Teasers were shortened" in sample.text
    assert "Teasers were shortened" not in sample.web_html


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_huge_issue_leaves_items_to_the_web_version_and_says_so(language: str) -> None:
    sample = rendered(digests.many(400, language=language))
    assert len(sample.html.encode()) <= 90_000
    assert encoded_size(sample.html) <= 100_000
    shown = sample.html.count("<h2")
    assert 20 < shown < 400
    assert len(re.findall(r"^Story \d+", sample.text, re.MULTILINE)) == shown
    assert sample.web_html.count("<h2") == 400
    assert "https://courier.example/newsletters/" in sample.text


def test_one_absurd_item_does_not_push_the_others_out() -> None:
    view = digests.english()
    sample = rendered(view)
    absurd = digests.many(3, words=100_000)
    assert rendered(absurd).html.count("<h2") == 3
    assert sample.html.count("<h2") == 6


CONTRAST_SCRIPT = """
<script>
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const text = walker.currentNode.data.replace(/\\u200b/g, '').trim();
  if (!text || element.closest('.preheader, script')) continue;
  const paperOf = at => getComputedStyle(at).backgroundColor;
  let ground = element;
  while (ground.parentElement && paperOf(ground) === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
  found.push([getComputedStyle(element).color, paperOf(ground), text.slice(0, 30)]);
}
document.body.textContent = 'CONTRAST' + JSON.stringify(found) + 'END';
</script>
"""


def computed_colours(page: Path, chromium: Path, *, dark: bool) -> Iterator[tuple[str, str, str]]:
    command = [str(chromium), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"]
    command += ["--disable-background-networking", f"--user-data-dir={page.parent}/profile-{dark}"]
    command += ["--blink-settings=preferredColorScheme=0"] if dark else []
    dump = subprocess.run(
        [*command, page.as_uri()], check=True, capture_output=True, timeout=90
    ).stdout.decode()
    written = re.search(r"CONTRAST(\[.*\])END", dump, re.DOTALL)
    assert written, dump[-500:]
    for ink, paper, text in json.loads(written[1].replace("&amp;", "&")):
        yield hexadecimal(ink), hexadecimal(paper), text


def hexadecimal(computed: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", computed)[:3])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("which", ["english archive", "persian"])
def test_every_word_can_be_read_in_light_and_dark(tmp_path: Path, which: str, dark: bool) -> None:
    chromium = needs("chromium")
    page = tmp_path / "digest.html"
    page.write_text(SAMPLES[which].html.replace("</body>", CONTRAST_SCRIPT + "</body>"), "utf-8")
    colours = list(computed_colours(page, chromium, dark=dark))
    assert len(colours) > 20
    assert {paper for _, paper, _ in colours} == {"#161616" if dark else "#ffffff"}
    for ink, paper, text in colours:
        assert contrast(ink, paper) >= 4.5, (text, ink, paper)
