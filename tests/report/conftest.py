"""A real browser, without a screen."""

import json
import shutil

import pytest
from selenium import webdriver

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """Chromium, and what it logged."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, width=1280):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        # What the page before, or Chromium's own first one, still asks for is not ours.
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # empties it
        self.driver.get(path.as_uri())

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector):
        return self.driver.find_elements("css selector", selector)

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

    def requests(self):
        """Return the addresses of what was asked for, the page included."""
        messages = [
            json.loads(entry["message"])["message"]
            for entry in self.driver.get_log("performance")
        ]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
            and not message["params"]["request"]["url"].startswith("chrome://")
        ]

    def errors(self):
        return self.driver.get_log("browser")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and chromedriver):
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    service = webdriver.ChromeService(executable_path=chromedriver)
    driver = webdriver.Chrome(options=options, service=service)
    yield Browser(driver)
    driver.quit()
