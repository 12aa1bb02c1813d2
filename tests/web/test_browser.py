"""The public pages in Chromium: read, signed up, confirmed and left, and found accessible by axe-core."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.wait import WebDriverWait

from syndicate.app import App, open_app
from syndicate.config import load
from syndicate.schedule.engine import join
from syndicate.schedule.jobs import do_job
from syndicate.schedule.once import run_once
from syndicate.templating import shipped, words
from syndicate.web.routes import create_web
from tests.engines import Engine
from tests.neighbours.browser import browsing, set_phone, set_scheme
from tests.neighbours.loops import Beside, running_beside
from tests.web_sites import serving_beside, shown_pages

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with browsing() as chrome:
        yield chrome


def grave_findings(browser: Chrome) -> list[str]:
    """What axe-core finds serious or critical on the page that is open."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci --prefix tests")
    browser.execute_script(AXE.read_text("utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run(document).then(r => done(r.violations));"
    )
    return [
        f"{one['id']}: {node['html']}" for one in found if one["impact"] in GRAVE for node in one["nodes"]
    ]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_axe_finds_nothing_serious_on_any_page(browser: Chrome, tmp_path: Path, language: str) -> None:
    with serving_beside(tmp_path, language) as site:
        for name, path in shown_pages(site, language).items():
            browser.get(site.base_url + path)
            for scheme in ("light", "dark"):
                set_scheme(browser, scheme)
                assert grave_findings(browser) == [], f"{name} in {scheme}"


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """The whole program on the shipped sample, run in a loop beside the browser."""

    app: App
    beside: Beside
    base_url: str

    def send_outbox(self) -> None:
        self.beside.run(do_job(self.app, "outbox.send", {}))

    def do_what_is_due(self) -> None:
        done = self.beside.run(run_once(self.app, owner="test"))
        assert done.failed == []


@asynccontextmanager
async def a_service(folder: Path, engine: Engine) -> AsyncIterator[tuple[App, str]]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    environ = {"SYNDICATE_DATA_DIR": str(folder), "SYNDICATE_SITE__BASE_URL": base_url}
    environ |= engine.environ
    config = load(shipped("config") / "syndicate.toml", environ=environ)
    async with open_app(config, now=lambda: datetime.now(UTC), sends=True) as app:
        join(app)
        server = uvicorn.Server(
            uvicorn.Config(create_web(app), log_level="critical", lifespan="off", proxy_headers=False)
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield app, base_url
        finally:
            server.should_exit = True
            await task


@contextmanager
def a_newsroom(folder: Path, engine: Engine) -> Iterator[Newsroom]:
    with running_beside() as beside, beside.within(a_service(folder, engine)) as (app, base_url):
        yield Newsroom(app=app, beside=beside, base_url=base_url)


def waiting(browser: Chrome) -> WebDriverWait[Chrome]:
    """Asks again where the driver was asked between two documents, which it tells as errors of many kinds."""
    return WebDriverWait(browser, 30, ignored_exceptions=[WebDriverException])


def wait_for(browser: Chrome, text: str) -> None:
    waiting(browser).until(shown.text_to_be_present_in_element((By.TAG_NAME, "h1"), text))


def find(browser: Chrome, by: str, value: str) -> WebElement:
    """An element once it is there: a click may return before its page has come."""
    return waiting(browser).until(shown.element_to_be_clickable((by, value)))


def press(browser: Chrome) -> None:
    """Press the page's button by keyboard, as somebody without a mouse does."""
    # Keys that come before a new window is in front and its page whole are lost on a busy machine.
    browser.execute_cdp_cmd("Page.bringToFront", {})
    waiting(browser).until(is_ready)
    find(browser, By.CSS_SELECTOR, "main button").send_keys(Keys.ENTER)


def is_ready(browser: Chrome) -> bool:
    """Whether the page is whole and would get the keys."""
    return bool(browser.execute_script("return document.readyState == 'complete' && document.hasFocus()"))


def open_newest_mail(browser: Chrome, newsroom: Newsroom) -> None:
    browser.get(newsroom.base_url + "/mailbox")
    find(browser, By.CSS_SELECTOR, ".issues a").click()


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("newsletter", "language", "engine"),
    [("daily", "en", "embedded"), ("weekly", "fa", "procrastinate")],
    indirect=["engine"],
)
def test_a_reader_signs_up_confirms_reads_a_digest_and_leaves(
    browser: Chrome, tmp_path: Path, newsletter: str, language: str, engine: Engine
) -> None:
    said = words(language)
    with a_newsroom(tmp_path, engine) as newsroom:
        title = newsroom.app.catalogue.newsletters[newsletter].title
        browser.get(newsroom.base_url)
        field = find(browser, By.ID, f"address-{newsletter}")
        field.send_keys("reader@reader.example", Keys.ENTER)
        wait_for(browser, said["web_sent_title"])

        newsroom.send_outbox()
        open_newest_mail(browser, newsroom)
        find(browser, By.PARTIAL_LINK_TEXT, "/confirm/")
        assert grave_findings(browser) == []
        find(browser, By.PARTIAL_LINK_TEXT, "/confirm/").click()
        wait_for(browser, said["web_confirm_title"])
        press(browser)
        wait_for(browser, said["web_confirmed_title"])

        newsroom.do_what_is_due()
        open_newest_mail(browser, newsroom)
        waiting(browser).until(shown.frame_to_be_available_and_switch_to_it((By.TAG_NAME, "iframe")))
        find(browser, By.LINK_TEXT, said["unsubscribe"]).send_keys(Keys.ENTER)
        waiting(browser).until(shown.number_of_windows_to_be(2))
        browser.switch_to.window(browser.window_handles[-1])
        wait_for(browser, said["web_unsubscribe_title"].format(newsletter=title))
        press(browser)
        wait_for(browser, said["web_unsubscribed_title"])
        browser.close()
        browser.switch_to.window(browser.window_handles[0])


def test_the_front_page_leads_to_a_story_its_notice_and_a_feed(browser: Chrome, tmp_path: Path) -> None:
    with serving_beside(tmp_path) as site:
        browser.get(site.base_url)
        found = browser.find_elements(By.CSS_SELECTOR, "link[rel=alternate]")
        assert len(found) == 6
        find(browser, By.LINK_TEXT, "Ferry returns to the northern islands").click()
        wait_for(browser, "Ferry returns")
        notice = find(browser, By.CLASS_NAME, "archive-notice")
        assert notice.location["y"] < browser.find_element(By.TAG_NAME, "h1").location["y"]
        assert "3 May 2019" in browser.find_element(By.TAG_NAME, "main").text
        find(browser, By.LINK_TEXT, "Feeds").click()
        find(browser, By.LINK_TEXT, "All stories").click()
        wait_for(browser, "All stories")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_no_page_is_wider_than_a_phone(browser: Chrome, tmp_path: Path, language: str) -> None:
    set_phone(browser)
    try:
        with serving_beside(tmp_path, language) as site:
            for name, path in shown_pages(site, language).items():
                browser.get(site.base_url + path)
                width = browser.execute_script("return document.documentElement.scrollWidth")
                assert width <= 360, name
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_first_tab_stop_leads_past_the_header(browser: Chrome, tmp_path: Path) -> None:
    with serving_beside(tmp_path) as site:
        browser.get(site.base_url + "/feeds")
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        focused = browser.switch_to.active_element
        assert focused.text == "Skip to the text"
        assert focused.is_displayed()
