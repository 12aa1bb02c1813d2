"""What is an archive notice, and what only sounds like one."""

import pytest

from syndicate.extract.metadata.credit import as_credit
from syndicate.extract.notice.take import is_notice, named


@pytest.mark.parametrize(
    "text",
    [
        "You are viewing a page from the old site of the Courier, which is no longer updated.",
        "This page has been archived and is no longer updated.",
        "You are on the former website of the Town Gazette. It is no longer maintained.",
        "This article is from the old site of the Tide Post and is not updated any more.",
        "Diese Seite ist archiviert und wird nicht mehr aktualisiert.",
        "Sie sehen eine Seite unserer alten Website, die nicht mehr gepflegt wird.",
        "Cette page n’est plus mise à jour.",
        "Vous consultez l'ancien site du Courrier, qui n'est plus mis à jour.",
        "Esta página pertenece al antiguo sitio y ya no se actualiza.",
        "هذه الصفحة من الموقع القديم ولم يعد يتم تحديثها.",
        "هذا الموقع لم يعد يُحدَّث",
        "این صفحه از سایت قدیمی پیک بندر است که دیگر به‌روز نمی‌شود.",
        "این وبسایت آرشیو شده و دیگر بروزرسانی نمی‌شود.",
    ],
)
def test_notices_are_known_in_six_languages(text: str) -> None:
    assert is_notice(text)


@pytest.mark.parametrize(
    "text",
    [
        "The museum's old site is no longer updated, the council said on Tuesday.",
        "This page was last updated on 3 May.",
        "This story has been updated.",
        "The market has moved to the old harbour.",
        "Read this article on our site.",
        "سایت قدیمی شهرداری دیگر به‌روز نمی‌شود.",
        "",
    ],
)
def test_other_sentences_are_none(text: str) -> None:
    assert not is_notice(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Visit courier.example for news.", "https://courier.example"),
        ("Visit Courier.Example/fa.", "https://courier.example/fa"),
        ("Visit http://courier.example/en/ now", "http://courier.example/en/"),
        ("Write to desk@courier.example or open index.html", ""),
        ("The price rose by 3.5 per cent.", ""),
    ],
)
def test_a_bare_domain_becomes_an_address(text: str, url: str) -> None:
    assert named(text) == url


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("With reporting by Estuary News Pool", "With reporting by Estuary News Pool"),
        ("(Additional reporting by North Shore Radio)", "Additional reporting by North Shore Radio"),
        ("با گزارش خبرگزاری خور", "با گزارش خبرگزاری خور"),
        ("Mit Material von Küstenfunk", "Mit Material von Küstenfunk"),
        ("Avec des informations de Radio Rivage", "Avec des informations de Radio Rivage"),
        ("Con información de Radio Ribera", "Con información de Radio Ribera"),
        ("المصدر: إذاعة الساحل", "المصدر: إذاعة الساحل"),
        ("به گزارش خبرگزاری خور، کشتی رسید.", ""),
        ("The radio has been reporting by night since May.", ""),
    ],
)
def test_credit_lines_are_known_by_how_they_begin(text: str, credit: str) -> None:
    assert as_credit(text) == credit
