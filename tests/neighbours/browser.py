"""A real browser: Debian's Chromium, driven by its own driver, with a profile of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from selenium import webdriver

from tests.neighbours.programs import needs

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1180,900",
)


@contextmanager
def browsing() -> Iterator[webdriver.Chrome]:
    """A browser with a fresh profile; skips where it is not installed."""
    chromium, driver = needs("chromium"), needs("chromedriver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(chromium)
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(driver)))
        try:
            yield browser
        finally:
            browser.quit()


def set_scheme(browser: webdriver.Chrome, scheme: str) -> None:
    """Prefer `light` or `dark`, as a reader's system would say."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def set_phone(browser: webdriver.Chrome) -> None:
    """A phone's screen of 360 by 740 px."""
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
