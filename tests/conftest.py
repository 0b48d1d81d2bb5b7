"""Fixtures of the tests of several packages."""

import json
import os
import shutil
from pathlib import Path

import pytest

# Doctests would be looked for in them, as in modules that all have the same name.
collect_ignore_glob = ["conftest.py", "*/conftest.py"]
# A program, for systems with limits on memory.
collect_ignore_glob += ["fuzz_models.py"]

CHROMIUM_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def mnist_home() -> Path:
    """A data home with the four files of MNIST, perhaps read-only."""
    beside_project = Path(__file__).parents[2] / "shared" / "data"
    home = Path(os.environ.get("SKDIGITS_DATA") or beside_project)
    if not (home / "mnist").is_dir():
        pytest.skip(f"MNIST is not in '{home}'; set SKDIGITS_DATA to a folder with it")
    return home


class Browser:
    """Chromium without a screen, and what it logged."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, page, width=1280):
        """Open a file, or an address, anew."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        # What the page before, or Chromium's own first one, still asks for is not ours.
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # empties it
        self.driver.get(page.as_uri() if isinstance(page, Path) else page)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector):
        return self.driver.find_elements("css selector", selector)

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
    from selenium import webdriver

    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and chromedriver):
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in CHROMIUM_ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    service = webdriver.ChromeService(executable_path=chromedriver)
    driver = webdriver.Chrome(options=options, service=service)
    yield Browser(driver)
    driver.quit()
