"""An error that a server sends as a page is none; an article about one is."""

import pytest

from syndicate.extract.error_page import Told, is_error_page, told_by
from syndicate.extract.page import extract
from syndicate.extract.probe.look import Sight, look

URL = "https://old.courier.example/news/ferry.html"
APACHE = (
    "<html><head><title>500 Internal Server Error</title></head><body><h1>Internal Server "
    "Error</h1><p>The server encountered an internal error or misconfiguration and was unable to "
    "complete your "
    "request.</p><p>Please contact the server administrator at keeper@old.courier.example to inform "
    "them of the "
    "time this error occurred, and the actions you performed just before this error.</p><p>More "
    "information about "
    "this error may be available in the server error log.</p><hr><address>Apache/2.2.15 (CentOS) Server at "
    "old.courier.example Port 80</address></body></html>"
)
ABOUT_ONE = (
    "<html><head><title>Internal server error – Harbour Courier</title></head><body><article>"
    "<h1>Internal server error</h1><p>By Wren Tidewater</p><p>4 March 2013</p>"
    "<p>The server encountered an internal error on Monday, the words said on every screen of the ferry "
    "office, and not one ticket was sold before the evening boat had left without its passengers.</p>"
    "<p>Engineers found that a gull had pecked through the cable behind the ticket hall some time at "
    "night.</p>"
    "</article></body></html>"
)


@pytest.mark.parametrize(
    ("title", "text", "told"),
    [
        ("404 Not Found", "", Told.MISSING),
        ("404", "nginx/1.14.0", Told.MISSING),
        ("Page not found – Harbour Courier", "Try the search instead.", Told.MISSING),
        ("Harbour Courier: page not found", "", Told.MISSING),
        ("Oops!", "The page you are looking for could not be found.", Told.MISSING),
        ("Harbour Courier", "The requested URL /a.html was not found on this server.", Told.MISSING),
        ("Access denied", "You don't have permission to access this page.", Told.FAILING),
        ("403 Forbidden", "", Told.FAILING),
        ("Just a moment...", "Checking your browser before accessing courier.example.", Told.FAILING),
        ("Service unavailable", "The server is temporarily unable to service your request.", Told.FAILING),
        ("HTTP Error 503: Service Unavailable", "", Told.FAILING),
        ("502 Bad Gateway", "cloudflare", Told.FAILING),
        ("Seite nicht gefunden", "Die angeforderte Seite ist nicht vorhanden.", Told.MISSING),
        ("Interner Serverfehler", "", Told.FAILING),
        ("Page introuvable", "La page que vous recherchez n’existe pas.", Told.MISSING),
        ("Accès refusé", "Vous n’avez pas les droits pour voir cette page.", Told.FAILING),
        ("Página no encontrada", "La página que busca no existe.", Told.MISSING),
        ("Error interno del servidor", "", Told.FAILING),
        ("Страница не найдена", "К сожалению, запрашиваемая страница не существует.", Told.MISSING),
        ("Внутренняя ошибка сервера", "", Told.FAILING),
        ("Sayfa bulunamadı", "Aradığınız sayfa bulunamadı.", Told.MISSING),
        ("Sunucu hatası", "", Told.FAILING),
        ("صفحه یافت نشد", "صفحهٔ مورد نظر شما پیدا نشد.", Told.MISSING),
        ("خطای داخلی سرور", "", Told.FAILING),
        ("الصفحة غير موجودة", "عذراً، الصفحة المطلوبة غير موجودة.", Told.MISSING),
        ("خطأ داخلي في الخادم", "", Told.FAILING),
    ],
)
def test_an_error_says_so_and_little_else(title: str, text: str, told: Told) -> None:
    assert told_by([title], text) is told


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("404 passengers stranded on the quay", ""),
        ("Forbidden", "The keepers closed it."),
        ("Forbidden island opens to ferries", ""),
        ("Not found guilty, the skipper sails again", ""),
        ("Error in the harbour's tide table corrected", ""),
        ("Service unavailable on the northern line", ""),
        (
            "Server error halts the ferries",
            "The server encountered trouble, the keeper said, and stopped. " * 4,
        ),
        (
            "Access denied",
            "Anglers may no longer walk the old pier, whose planks have rotted since the spring. " * 2,
        ),
        (
            "Internal server error",
            "The ferry office sold no ticket on Monday, as its cable was cut at night. " * 12,
        ),
        ("", ""),
    ],
)
def test_a_story_is_no_error(title: str, text: str) -> None:
    assert told_by([title], text) is None


def test_an_error_page_is_told_and_nothing_to_collect() -> None:
    page = extract(APACHE.encode(), url=URL)
    assert is_error_page(page)
    assert "this reads like an error page" in page.warnings
    seen = look(APACHE.encode(), url=URL)
    assert (seen.sight, seen.sure) == (Sight.NOTHING, 0.9)


def test_a_signed_story_of_an_error_is_a_story() -> None:
    page = extract(ABOUT_ONE.encode(), url=URL)
    assert page.authors
    assert not is_error_page(page)
    assert not page.warnings
    assert look(ABOUT_ONE.encode(), url=URL).sight is Sight.ARTICLE


def test_a_plain_text_error_is_one() -> None:
    page = extract(b"404 Not Found\n\nThe requested URL /a.txt was not found on this server.\n", url=URL)
    assert page.kind == "text"
    assert is_error_page(page)
    assert look(b"404 Not Found\n", url=URL).sight is Sight.NOTHING
