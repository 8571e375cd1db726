"""A real browser, without a screen and without a network, that notes what it asks for."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

OPTIONS = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"]
OPTIONS += ["disable-background-networking", "disable-component-update", "disable-sync"]
OPTIONS += ["disable-dev-shm-usage", "window-size=1600,1000"]
# No name is found, and an address without a name meets a proxy that is not there.
OPTIONS += ["host-resolver-rules=MAP * ~NOTFOUND", "proxy-server=127.0.0.1:9"]
OPTIONS += ["proxy-bypass-list=<-loopback>"]


class Browser(webdriver.Chrome):
    """Chromium, driven by what its driver offers; selectors are CSS."""

    def open(self, path: Path) -> None:
        self.get(path.as_uri())

    def wait(self, condition):
        """What `condition` gives as soon as it is true; fails after a minute."""
        return WebDriverWait(self, 60).until(lambda _: condition())

    def all(self, selector: str, within=None) -> list:
        return (within or self).find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str, within=None):
        return self.wait(lambda: self.all(selector, within))[0]

    def click(self, find) -> None:
        """Click what `find` gives, as soon as it has come to rest: menus slide into place."""
        moving = [ElementClickInterceptedException, StaleElementReferenceException, IndexError]
        wait = WebDriverWait(self, 60, ignored_exceptions=moving)
        wait.until(lambda _: find().click() or True)

    def follow(self, text: str) -> None:
        """Click what a reader would call `text`."""
        self.click(lambda: self.find_elements(By.LINK_TEXT, text)[0])

    def requests(self) -> list[str]:
        """The addresses that it has asked for since the last time."""
        events = [json.loads(entry["message"])["message"] for entry in self.get_log("performance")]
        asked = [event for event in events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in asked]

    def complaints(self) -> list[str]:
        """Errors that pages have raised since the last time."""
        entries = self.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]


@contextmanager
def start_browser(profile: Path):
    """A browser with the fresh folder `profile`. Skips the test where there is none."""
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(paths):
        pytest.skip("no chromium and chromedriver here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = paths[0]
    for option in [*OPTIONS, f"user-data-dir={profile}"]:
        options.add_argument(f"--{option}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = Browser(options=options, service=Service(paths[1]))
    try:
        yield browser
    finally:
        browser.quit()
