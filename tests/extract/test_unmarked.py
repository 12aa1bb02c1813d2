"""Pages older than headings: the line that says the title is the headline, the one below it its label."""

from dataclasses import dataclass

import pytest

from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior


@dataclass(frozen=True, kw_only=True)
class Story:
    title: str
    byline: str
    authors: tuple[str, ...]
    day: str
    text: tuple[str, str]
    published: str = "2009-06-12T16:05:00+02:00"


STORIES = {
    "en": Story(
        title="Lamp of the outer mole lit again",
        byline="By Hazel Brine and Tom Ketch",
        authors=("Hazel Brine", "Tom Ketch"),
        day="Friday, June 12, 2009, 4:05 p.m.",
        text=(
            "The lamp on the outer mole was lit again on Thursday night after three winters in the dark.",
            "Its keeper had carried the oil up the stairs himself, as the lift is still out of order.",
        ),
    ),
    "de": Story(
        title="Das Licht der Außenmole brennt wieder",
        byline="Von Hanna Prahm",
        authors=("Hanna Prahm",),
        day="Freitag, 12. Juni 2009, 16:05 Uhr",
        text=(
            "Das Licht auf der Außenmole brennt seit Donnerstagnacht wieder, nach drei Wintern im Dunkeln.",
            "Der Wärter hat das Öl selbst die Treppe hinaufgetragen, weil der Aufzug noch immer stillsteht.",
        ),
    ),
    "fr": Story(
        title="Le feu du môle extérieur brille de nouveau",
        byline="Par Maud Goémon",
        authors=("Maud Goémon",),
        day="Publié le vendredi 12 juin 2009 à 16h05",
        text=(
            "Le feu du môle extérieur brille à nouveau depuis jeudi soir, après trois hivers dans le noir.",
            "Le gardien a monté lui-même l’huile par l’escalier, parce que le monte-charge est en panne.",
        ),
    ),
    "es": Story(
        title="La luz del muelle exterior vuelve a brillar",
        byline="Por Inés Jarcia",
        authors=("Inés Jarcia",),
        day="Viernes, 12 de junio de 2009 | 16:05 h",
        text=(
            "La luz del muelle exterior volvió a brillar el jueves por la noche tras tres inviernos a "
            "oscuras.",
            "El farero subió él mismo el aceite por la escalera, porque el ascensor sigue sin funcionar.",
        ),
    ),
    "fa": Story(
        title="چراغ اسکلهٔ بیرونی دوباره روشن شد",
        byline="نویسنده: مینا لنگرودی",
        authors=("مینا لنگرودی",),
        day="جمعه ۲۲ خرداد ۱۳۸۸ - ساعت ۱۶:۰۵",
        text=(
            "چراغ اسکلهٔ بیرونی پنج‌شنبه‌شب پس از سه زمستان خاموشی دوباره روشن شد و ماهیگیران را شاد کرد.",
            "نگهبان روغن را خودش از پله‌ها بالا برده بود، چون بالابر فانوس هنوز کار نمی‌کند.",
        ),
    ),
    "ar": Story(
        title="مصباح الرصيف الخارجي يضيء من جديد",
        byline="بقلم: هدى مرساوي",
        authors=("هدى مرساوي",),
        day="الجمعة 12 يونيو 2009 - 16:05",
        text=(
            "أضاء مصباح الرصيف الخارجي من جديد مساء الخميس بعد ثلاثة فصول شتاء قضاها في الظلام.",
            "وحمل الحارس الزيت بنفسه على الدرج لأن المصعد ما زال معطلا منذ بداية العام الماضي.",
        ),
    ),
    "ru": Story(
        title="Фонарь внешнего мола снова горит",
        byline="Автор: Вера Якорева",
        authors=("Вера Якорева",),
        day="12 июня 2009 г., 16:05",
        text=(
            "Фонарь внешнего мола снова зажгли в четверг вечером после трех зим, проведенных в темноте.",
            "Смотритель сам поднял масло по лестнице, потому что подъемник до сих пор не работает.",
        ),
    ),
    "tr": Story(
        title="Dış mendireğin lambası yeniden yandı",
        byline="Haber: Ece Çıpa",
        authors=("Ece Çıpa",),
        day="12 Haziran 2009 Cuma 16:05",
        text=(
            "Dış mendireğin lambası üç kış karanlıkta kaldıktan sonra perşembe gecesi yeniden yandı.",
            "Bekçi, asansör hâlâ çalışmadığı için yağı merdivenlerden kendisi yukarı taşıdı.",
        ),
    ),
}


def a_table(story: Story, *, title: str = "The Old Harbour Courier: {}", line: str = "") -> str:
    line = line or f"<i>{story.byline} - {story.day}</i>"
    return (
        f"<html><head><title>{title.format(story.title)}</title></head><body><table><tr><td colspan=2>"
        "<font size=7>The Old Harbour Courier</font></td></tr><tr><td><a href=/a>A</a><br><a href=/b>B</a>"
        f"</td><td><font "
        f"size=5><b>{story.title}</b></font><br>{line}<br><br>{story.text[0]}<br><br>{story.text[1]}"
        "<br></td></tr></table></body></html>"
    )


def a_soup(story: Story, *, title: str = "{}") -> str:
    return (
        f"<html><head><title>{title.format(story.title)}</title></head><body><div id=w><div class=q>"
        f"<a href=/a>A</a> <a href=/b>B</a></div><div class=r><div class=t>{story.title}</div>"
        f"<div class=m><span>{story.day}</span> <span>{story.byline}</span></div>"
        f"<div>{story.text[0]}</div><div>{story.text[1]}</div></div></div></body></html>"
    )


def read(html: str, zone: str = "Europe/Berlin") -> Page:
    return extract(html.encode(), url="https://old.courier.example/n/7", prior=Prior(zone=zone))


def assert_told(page: Page, story: Story) -> None:
    assert page.headline == story.title
    assert page.authors == story.authors
    assert str(page.published) == story.published
    assert page.body_text == "\n\n".join(story.text)


@pytest.mark.parametrize("language", STORIES)
def test_a_table_with_fonts_is_a_story(language: str) -> None:
    page = read(a_table(STORIES[language]))
    assert_told(page, STORIES[language])
    assert page.language == language


@pytest.mark.parametrize("language", STORIES)
def test_divisions_without_headings_are_a_story(language: str) -> None:
    assert_told(read(a_soup(STORIES[language])), STORIES[language])


@pytest.mark.parametrize("title", ["{} | The Old Harbour Courier", "{} - Courier", "Courier » News » {}"])
def test_the_site_may_stand_at_either_end_of_the_title(title: str) -> None:
    story = STORIES["en"]
    assert_told(read(a_soup(story, title=title)), story)
    assert_told(read(a_table(story, title=title)), story)


@pytest.mark.parametrize(
    "line",
    [
        "<b>{byline}</b><br><font size=1>{day}</font>",
        "<font size=1>{day}</font><br>{byline}",
        "{byline} | {day}",
        "{byline}<br>{day}",
    ],
)
def test_the_labels_may_be_parted_in_any_way(line: str) -> None:
    for language in ("en", "ru", "fa"):
        story = STORIES[language]
        assert_told(read(a_table(story, line=line.format(byline=story.byline, day=story.day))), story)


def test_a_loose_line_is_a_headline_too() -> None:
    story = STORIES["en"]
    html = a_table(story).replace(f"<font size=5><b>{story.title}</b></font>", story.title)
    assert_told(read(html), story)


def test_a_masthead_as_heading_is_no_headline() -> None:
    story = STORIES["en"]
    html = a_soup(story, title="{} - Courier").replace("<div id=w>", "<h1>The Courier</h1><div id=w>")
    assert_told(read(html), story)


def test_a_masthead_that_begins_the_title_is_no_headline() -> None:
    story = STORIES["en"]
    html = a_table(story, title="Old Mole Courier: {}").replace(
        "<table>", "<h1>Old Mole Courier</h1><table>", 1
    )
    assert_told(read(html), story)


def test_a_cell_may_be_the_headline() -> None:
    story = STORIES["en"]
    html = (
        f"<title>{story.title}</title><body><table><tr><td class=t>{story.title}</td></tr><tr><td>"
        f"{story.byline}</td></tr><tr><td>{story.day}</td></tr><tr><td><p>{story.text[0]}<p>{story.text[1]}"
        "</td></tr></table>"
    )
    assert_told(read(html), story)


@pytest.mark.parametrize(
    "before",
    [
        "<ul><li><a href=/n/7>{title}</a> June 1, 2001</ul>",
        "<div class=related><p>{title}</p><p>June 1, 2001</p></div>",
        "<div style='display:none'>{title}<br>June 1, 2001</div>",
        "<a href=/n/7>{title}</a><br>June 1, 2001",
    ],
)
def test_what_names_the_story_elsewhere_is_no_headline(before: str) -> None:
    story = STORIES["en"]
    html = a_soup(story).replace("<div id=w>", f"<div>{before.format(title=story.title)}</div><div id=w>")
    page = read(html)
    assert (page.authors, str(page.published)) == (story.authors, story.published)


def test_a_site_s_title_over_a_menu_is_no_headline() -> None:
    story = STORIES["en"]
    menu = "".join(f"<a href=/{n}>Part {n}</a><br>" for n in range(14))
    html = (
        "<title>Courier of the Old Harbour</title><body><b>Courier of the Old Harbour</b><br>June 1, 2001<br>"
        f"{menu}<p>{story.text[0]}<p>{story.text[1]}"
    )
    assert read(html).published is None
