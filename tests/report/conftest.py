"""A real browser that shows a report."""

import pytest


class ReportBrowser:
    """The browser, and what it finds in a report."""

    def __init__(self, browser):
        self._browser = browser

    def __getattr__(self, name):
        return getattr(self._browser, name)

    def cell(self, true, predicted):
        return self.find(f"[data-true='{true}'][data-predicted='{predicted}']")

    def indices(self, selector):
        """Return the numbers of the digits inside an element, in their order."""
        script = (
            "return [...document.querySelectorAll(arguments[0] + ' .digit')]"
            ".map(digit => Number(digit.dataset.index))"
        )
        return self.run(script, selector)

    @property
    def viewer_is_open(self):
        return self.run("return document.getElementById('viewer').open")


@pytest.fixture(scope="session")
def browser(browser):
    return ReportBrowser(browser)
