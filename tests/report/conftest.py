"""What the tests of the explorer share: its pages, and a Chromium to open them."""

import pytest

from tests.report.browser import start_browser
from tests.report.explorers import write_explorers


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The folder of the explorers, and by name what each shows: (Explored, nets by name)."""
    return write_explorers(tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    with start_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def nothing_complained(browser):
    """Whatever a test does, the console stays empty and nothing is asked of the network."""
    yield
    assert browser.complaints() == []
    assert not [url for url in browser.requests() if url.split(":")[0] in ("http", "https")]
