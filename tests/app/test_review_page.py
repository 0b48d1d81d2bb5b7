"""The review page as someone who decides sees it."""

import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from skdigits._server import listen, make_server
from skdigits.app.review import Item, Review, create_review_app, open_journal
from skdigits.datasets import load_digits, load_image_folder

ROOT = Path(__file__).parents[2]
N_ITEMS = 1_200


def make_review():
    """A review of 1,200 images, of which the first are no digits."""
    digits = load_digits()
    items = [
        Item(
            f"#{row}",
            digits.images[row].astype(np.uint8),
            None if row < 5 else str(digits.target[row]),
            None if row < 5 else 0.2 + row / 2_000,
            given="9" if row == 7 else None,
            note="not read surely enough" if row < 5 else "",
        )
        for row in range(N_ITEMS)
    ]
    labels = [str(label) for label in range(10)]
    return Review("the bundled digits", items, range(N_ITEMS), labels, 16)


class Page:
    def __init__(self, browser, url, width=1280):
        self.browser = browser
        browser.open(url, width)
        self.wait_for_count(0)

    def wait_until(self, holds):
        WebDriverWait(self.browser.driver, 20, 0.02).until(lambda _: holds())

    def wait_for_count(self, n):
        pattern = rf"{n:,} of [\d,]+ decided"
        self.wait_until(lambda: re.fullmatch(pattern, self.text("count")))

    def text(self, name):
        return self.browser.find(f"#{name}").text

    def press(self, key):
        ActionChains(self.browser.driver).send_keys(key).perform()

    def click(self, selector):
        self.browser.find(selector).click()


@pytest.fixture
def journal(tmp_path):
    review = make_review()
    with open_journal(tmp_path / "journal", review.source) as journal:
        app = create_review_app(review, journal, lambda: "It is written.")
        server = make_server(app, listen("127.0.0.1", 0))
        journal.url = f"http://127.0.0.1:{server.effective_port}/"
        threading.Thread(target=server.run, daemon=True).start()
        yield journal


@pytest.fixture
def page(browser, journal):
    page = Page(browser, journal.url)
    yield page
    assert browser.errors() == []
    assert all(address.startswith(journal.url) for address in browser.requests())


def test_keys_decide_one_by_one(page, journal):
    assert page.text("proposal") == "no digit"
    assert page.text("sure") == "not read surely enough"
    keys = [" ", "x", "3", "X", " ", "5", " ", "4"]
    for n, key in enumerate(keys, 1):
        page.press(key)
        page.wait_for_count(n)
        # It is written before the next image shows.
        assert len(journal.labels) == n
    target = [str(label) for label in load_digits().target]
    expected = [None, None, "3", None, None, "5", target[6], "4"]
    assert journal.labels == dict(enumerate(expected))
    assert page.text("proposal") == target[8]
    assert page.text("sure") == "20.4 % sure"
    page.press("z")
    page.wait_for_count(7)
    # The image that was decided last shows again, with the label that it had.
    assert page.text("name") == "#7"
    assert page.text("given") == "Labelled 9"
    assert journal.labels == dict(enumerate(expected[:7]))
    page.press("q")
    page.press(Keys.ENTER)
    assert page.text("count").startswith("7 of 1,200 ")


def test_buttons_decide_for_those_without_keys(page, journal):
    page.click("#keypad button:nth-child(10)")
    page.wait_for_count(1)
    page.press(" ")  # not the button that was clicked
    page.wait_for_count(2)
    page.click("#keypad .none")
    page.wait_for_count(3)
    assert journal.labels == {0: "7", 1: None, 2: None}
    # With the focus on a button, the space bar is for that button.
    page.browser.run("document.querySelector('#keypad button:nth-child(3)').focus()")
    page.press(" ")
    page.wait_for_count(4)
    assert journal.labels[3] == "0"
    page.click("#undo")
    page.wait_for_count(3)
    page.click("#save")
    page.wait_until(lambda: page.text("message") == "It is written.")


def test_many_at_once_only_the_wrong_ones_are_clicked(page, journal):
    page.click("#show-grid")
    page.click("#classes button:nth-child(8)")
    target = load_digits().target[:N_ITEMS]
    sevens = [int(row) for row in np.flatnonzero(target == 7) if row >= 5]
    tiles = page.browser.find_all("#tiles button")
    assert [int(tile.get_attribute("data-number")) for tile in tiles] == sevens
    for k in (1, 3, 3):  # the second is right after all
        tiles[k].click()
    n = len(sevens) - 1
    assert page.text("accept") == f"Accept {n} as 7"
    page.click("#accept")
    page.wait_for_count(n)
    assert journal.labels == {row: "7" for row in sevens if row != sevens[1]}
    # What was wrong is decided one by one.
    page.wait_until(lambda: page.text("name") == f"#{sevens[1]}")
    page.press("1")
    page.wait_for_count(n + 1)
    assert page.text("name") == "#0"
    for count in (n, 0):
        page.press("z")
        page.wait_for_count(count)
    assert journal.labels == {}


def test_a_thousand_images_are_loaded_as_they_are_scrolled_to(
    browser, tmp_path, request
):
    items = [
        Item(f"#{row}", np.full((28, 28), row % 256, np.uint8), "7", 0.5)
        for row in range(N_ITEMS)
    ]
    review = Review("sevens", items, range(N_ITEMS), ["7"], 255)
    with open_journal(tmp_path / "journal", review.source) as journal:
        app = create_review_app(review, journal, str)
        server = make_server(app, listen("127.0.0.1", 0))
        threading.Thread(target=server.run, daemon=True).start()
        page = Page(browser, f"http://127.0.0.1:{server.effective_port}/")
        page.click("#show-grid")
        assert page.text("accept") == "Accept 1,000 as 7"
        pictures = "return [...document.querySelectorAll('#tiles img')]"
        page.wait_until(
            lambda: browser.run(pictures + ".slice(0, 40).every(i => i.naturalWidth)")
        )
        assert browser.run(pictures + ".length") == 1_000
        assert browser.run(pictures + ".filter(i => i.complete).length") < 900
        browser.run("scrollTo(0, document.body.scrollHeight)")
        page.wait_until(lambda: browser.run(pictures + ".at(-1).naturalWidth") == 28)
        page.click("#accept")
        page.wait_for_count(1_000)
        assert page.text("accept") == "Accept 200 as 7"
        page.click("#accept")
        page.wait_for_count(N_ITEMS)
        assert len(journal.labels) == N_ITEMS
        assert browser.errors() == []


def test_what_was_not_written_is_not_decided(page, journal, monkeypatch):
    def fail(labels):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "decide", fail)
    page.press("7")
    page.wait_until(lambda: "No space left on device" in page.text("message"))
    assert page.text("name") == "#0"
    assert page.text("count").startswith("0 of ")
    monkeypatch.undo()
    page.press("7")
    page.wait_for_count(1)
    assert page.text("message") == ""
    logged = page.browser.errors()  # Chromium notes answers that tell of an error
    assert ["507" in entry["message"] for entry in logged] == [True]


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_page_never_scrolls_sideways(browser, journal, width):
    page = Page(browser, journal.url, width)
    wide = "return document.documentElement.scrollWidth - innerWidth"
    assert browser.run(wide) <= 0
    small = (
        "return [...document.querySelectorAll('#keypad button')]"
        ".map(b => Math.min(b.offsetWidth, b.offsetHeight))"
    )
    assert min(browser.run(small)) >= 44  # for fingers
    page.click("#show-grid")
    assert browser.run(wide) <= 0
    assert len(browser.find_all("#tiles button")) > 100


def start(*arguments):
    """Start the command, and return its process and where the page is."""
    command = [sys.executable, "-m", "skdigits", "review", "--port", "0", *arguments]
    process = subprocess.Popen(
        [*map(str, command)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    shown = ""
    for line in process.stdout:
        shown += line
        if found := re.search(r"http://\S+/", line):
            return process, found[0], shown
    pytest.fail(f"{shown!r}")


@pytest.mark.slow
def test_sixty_decisions_survive_a_kill(browser, tmp_path):
    digits = load_digits()
    scans = tmp_path / "scans"
    scans.mkdir()
    for row in range(60):
        page = 255 - 15 * digits.images[row].astype(np.uint8)
        Image.fromarray(page).resize((40, 40)).save(scans / f"{row}.png")
    output = tmp_path / "corrected"
    truth = {f"{scans / str(row)}.png": str(digits.target[row]) for row in range(60)}

    def decide(page, n, total):
        for count in range(n, total):
            page.press(truth[page.text("name")])
            page.wait_for_count(count + 1)

    process, url, shown = start(scans, "--output", output)
    with process:
        assert shown.startswith(f"{scans}: 60 images to review.\n")
        decide(Page(browser, url), 0, 30)
        process.kill()
    lines = Path(f"{output}.journal").read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == 31
    assert not output.exists()
    process, url, shown = start(scans, "--output", output)
    with process:
        assert "60 images to review, 30 decided before." in shown
        browser.open(url)
        page = Page.__new__(Page)
        page.browser = browser
        page.wait_for_count(30)
        decide(page, 30, 60)
        assert browser.find("#done").is_displayed()
        process.send_signal(signal.SIGINT)
        assert "Wrote 60 images" in process.stdout.read()
    written = load_image_folder(output)
    # Under its number in the natural order of the files each has its own label.
    by_number = {
        Path(name).stem: label
        for name, label in zip(written.filenames, written.target, strict=True)
    }
    assert by_number == {f"{row:06}": digits.target[row] for row in range(60)}
