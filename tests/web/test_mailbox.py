from pathlib import Path

import pytest

from syndicate.model.site import Site
from syndicate.store.database import Database
from syndicate.web.mailbox import link_urls
from tests.web.conftest import Running, a_site

NAME = "20260301T120000000000-1"
MAIL = b"""From: Harbour Courier <news@courier.example>\r
To: mina@example.org\r
Subject: =?utf-8?b?2K7YqNix?=\r
Date: Sun, 01 Mar 2026 12:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=x\r
\r
--x\r
Content-Type: text/plain; charset=utf-8\r
\r
Confirm: http://127.0.0.1:1/confirm/abc <b>not bold</b>\r
--x\r
Content-Type: text/html; charset=utf-8\r
\r
<html><head><title>x</title></head><body><script>alert(1)</script><a href="http://127.0.0.1:1/">x</a></body></html>\r
--x--\r
"""


@pytest.fixture
def letters(site: Running) -> Running:
    folder = site.serving.mailbox_dir
    assert folder is not None
    (folder / "envelopes").mkdir(parents=True)
    (folder / f"{NAME}.eml").write_bytes(MAIL)
    return site


async def test_the_mailbox_lists_its_mails(letters: Running) -> None:
    answer = await letters.get("/mailbox")
    assert answer.status == 200
    assert "خبر" in answer.text
    assert f'href="/mailbox/{NAME}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_mail_is_shown_as_text_with_links_and_as_html_in_a_sandbox(letters: Running) -> None:
    text = (await letters.get(f"/mailbox/{NAME}")).text
    assert '<a href="http://127.0.0.1:1/confirm/abc">' in text
    assert "&lt;b&gt;not bold" in text
    assert f'src="/mailbox/{NAME}/html"' in text
    assert "sandbox=" in text
    assert "<script" not in text


async def test_the_html_of_a_mail_can_run_nothing(letters: Running) -> None:
    answer = await letters.get(f"/mailbox/{NAME}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<head><base target="_blank">' in answer.text


async def test_the_source_of_a_mail_is_its_bytes(letters: Running) -> None:
    answer = await letters.get(f"/mailbox/{NAME}/source")
    assert answer.body == MAIL
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_an_empty_mailbox_says_so(site: Running) -> None:
    assert "No mail yet." in (await site.get("/mailbox")).text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "198.51.100.7"},
        {"Forwarded": "for=198.51.100.7"},
        {"X-Real-IP": "198.51.100.7"},
        {"Via": "1.1 proxy"},
        {"X-Forwarded-Host": "courier.example"},
        {"X-Forwarded-Proto": "https"},
        {"Host": "evil.example"},
        {"Host": "[::1"},
        {"Host": "127.0.0.1.evil.example:8080"},
    ],
)
async def test_nobody_else_learns_that_there_is_a_mailbox(letters: Running, headers: dict[str, str]) -> None:
    for path in ("/mailbox", f"/mailbox/{NAME}", f"/mailbox/{NAME}/html", f"/mailbox/{NAME}/source"):
        answer = await letters.ask("GET", path, headers=headers)
        assert answer.status == 404
        assert "There is nothing here" in answer.text


async def test_there_is_no_mailbox_beside_a_real_relay(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path, mailbox_dir=None) as site:
        assert (await site.get("/mailbox")).status == 404


async def test_there_is_no_mailbox_where_the_site_is_public(sqlite_db: Database, tmp_path: Path) -> None:
    public = {"site": Site(name="Harbour Courier", base_url="https://courier.example", contact="d@c.example")}
    async with a_site(sqlite_db, tmp_path, catalogue=public) as site:
        assert (await site.get("/mailbox")).status == 404


@pytest.mark.parametrize("name", ["none", "..%2f..%2fsecret", "envelopes"])
async def test_a_mail_that_is_not_there_is_a_404(letters: Running, name: str) -> None:
    assert (await letters.get(f"/mailbox/{name}")).status == 404


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("See https://a.example/x?y=1&z=2.", 'See <a href="https://a.example/x?y=1&amp;z=2">'),
        ("(https://a.example/)", '(<a href="https://a.example/">https://a.example/</a>)'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ('https://a.example/"onclick=x', '<a href="https://a.example/">'),
        ("<https://a.example/>", '&lt;<a href="https://a.example/">https://a.example/</a>&gt;'),
    ],
)
def test_urls_in_a_text_become_links(text: str, html: str) -> None:
    assert html in link_urls(text)
