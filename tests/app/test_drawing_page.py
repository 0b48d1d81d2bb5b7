"""The page as someone who draws sees it."""

import base64

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

# Strokes, as shares of the sheet.
ONE = [(0.2, 0.25), (0.2, 0.5), (0.2, 0.8)]
SEVEN = [(0.4, 0.25), (0.5, 0.25), (0.6, 0.25), (0.55, 0.5), (0.5, 0.8)]


@pytest.fixture
def page(browser, url, open_page):
    page = open_page(url)
    yield page
    assert browser.errors() == []
    outside = [
        address
        for address in browser.requests()
        if not address.startswith((url, "data:image/png;base64,"))
    ]
    assert outside == []


@pytest.mark.parametrize("kind", ["mouse", "touch", "pen"])
def test_a_seven_is_read(page, kind):
    assert page.text == "No digit"
    page.draw(SEVEN, kind=kind)
    page.wait_for("7")
    assert page.summary.endswith("% sure.")
    bars = page.bars()
    assert len(bars) == 10
    assert float(bars[7].removesuffix(" %")) > 90
    assert sum(float(bar.removesuffix(" %")) for bar in bars) == pytest.approx(
        100, abs=0.5
    )
    assert page.browser.find("tr.largest th").text == "7"
    widths = page.browser.run(
        "document.getAnimations().forEach(one => one.finish());"  # bars grow slowly
        "return [...document.querySelectorAll('.bar')].map(b => b.offsetWidth)"
    )
    assert max(widths) == widths[7] > 100


def test_the_image_that_the_model_saw_is_the_seven(page):
    page.draw(SEVEN)
    page.wait_for("7")
    pixels = page.seen()
    assert pixels.shape == (28, 28)
    widths = (pixels > 100).sum(axis=1)
    inked = np.flatnonzero(widths)
    assert len(inked) >= 18
    assert widths[inked[:4]].max() > 6
    assert widths[inked[-8:]].max() < 6
    shown = page.browser.find("#seen").size
    assert shown["width"] == shown["height"] > 90


def test_an_empty_sheet_has_no_digit(page):
    assert (page.text, page.summary) == ("No digit", "The sheet is empty.")
    assert set(page.bars()) == {"\N{EN DASH}"}
    for selector in ("#undo", "#clear"):
        assert not page.browser.find(selector).is_enabled()
    assert page.browser.find("#hint").is_displayed()


def test_undo_and_clear(page):
    page.draw(ONE)
    page.wait_for("1")
    page.draw(SEVEN)
    page.wait_for("17")
    page.click("#undo")
    page.wait_for("1")
    page.click("#clear")
    page.wait_for("No digit")
    assert page.browser.find_all("#boxes div") == []
    page.click("#undo")  # clearing can be undone, too
    page.wait_for("1")
    page.undo_by_keys()
    page.wait_for("No digit")
    page.draw(SEVEN)
    page.wait_for("7")
    page.press(Keys.DELETE)
    page.wait_for("No digit")
    assert page.summary == "The sheet is empty."


def test_a_number_of_two_digits(page):
    page.draw(ONE, SEVEN)
    page.wait_for("17")
    assert page.summary.startswith("2 digits, each at least ")
    one, seven = page.browser.find_all("#findings button")
    assert one.text.split("\n")[0] == "1"
    assert one.get_attribute("aria-pressed") == "true"
    assert page.browser.find("tr.largest th").text == "1"
    seven.click()
    assert page.browser.find("tr.largest th").text == "7"
    sheet, *boxes = page.browser.run(
        "return [...document.querySelectorAll('#sheet, #boxes div')]"
        ".map(e => e.getBoundingClientRect()).map(b => [b.left, b.top, b.right])"
    )
    assert len(boxes) == 2
    for box, left in zip(boxes, (0.2, 0.4), strict=True):
        x = (box[0] - sheet[0]) / (sheet[2] - sheet[0])
        assert x == pytest.approx(left, abs=0.04)


def test_what_is_no_digit_is_left_out(page):
    scribble = [(0.7 if k % 2 else 0.2, 0.2 + 0.06 * k) for k in range(9)]
    page.draw(scribble)
    WebDriverWait(page.browser.driver, 10, 0.05).until(
        lambda _: page.summary.startswith("Left out: ")
    )
    assert page.text == "No digit"
    assert len(page.browser.find_all("#boxes .rejected")) >= 1


@pytest.fixture
def photo(picture, encode, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(picture("71", (2400, 1200)).convert("RGB"), "JPEG"))
    return path


def test_an_image_is_chosen(page, photo):
    page.browser.find("#file").send_keys(str(photo))
    page.wait_for("71")
    size = "const s = document.getElementById('sheet'); return [s.width, s.height]"
    assert page.browser.run(size) == [1600, 800]
    page.draw(SEVEN)  # not on images
    page.click("#undo")
    page.wait_for("No digit")
    assert page.browser.run(size) == [800, 600]


DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], "dropped", { type: arguments[1] }));
const [name, key] = arguments[2] === "drop"
  ? [DragEvent, "dataTransfer"] : [ClipboardEvent, "clipboardData"];
document.getElementById("hint").dispatchEvent(
  new name(arguments[2], { [key]: transfer, bubbles: true, cancelable: true }));
"""


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_an_image_is_dropped_or_pasted(page, photo, way):
    content = base64.b64encode(photo.read_bytes()).decode()
    page.browser.run(DROP, content, "image/jpeg", way)
    page.wait_for("71")


def test_a_file_that_is_no_image(page, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("7")
    page.browser.find("#file").send_keys(str(path))
    page.wait_for("Not read")
    assert page.summary == "This browser cannot open that file as an image."


def test_the_keyboard_alone(page):
    page.press(Keys.TAB)
    focused = "return document.activeElement.id"
    assert page.browser.run(focused) == "sheet"
    assert page.browser.find("#pen").is_displayed()
    page.press(Keys.SPACE, *[Keys.ARROW_DOWN] * 30, Keys.SPACE)
    page.wait_for("1")
    outline = "return getComputedStyle(arguments[0]).outlineStyle"
    for name in ("undo", "clear"):
        page.press(Keys.TAB)
        assert page.browser.run(focused) == name
        assert page.browser.run(outline, page.browser.find(f"#{name}")) == "solid"
    page.press(Keys.TAB)
    assert page.browser.run(focused) == "file"
    assert page.browser.run(outline, page.browser.find("label.button")) == "solid"
    chain = ActionChains(page.browser.driver)
    chain.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT)
    chain.send_keys(Keys.ENTER).perform()  # on Clear
    page.wait_for("No digit")


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_page_never_scrolls_sideways(browser, url, open_page, width):
    page = open_page(url, width)
    overflow = "return document.documentElement.scrollWidth - innerWidth"
    assert browser.run(overflow) <= 0
    page.draw(ONE, SEVEN)
    page.wait_for("17")
    assert browser.run(overflow) <= 0


def test_dark_mode(page, url):
    def colours(scheme):
        page.browser.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )
        return page.browser.run(
            "const style = getComputedStyle(document.body);"
            "return [style.backgroundColor, style.color]"
            ".map(c => c.match(/\\d+/g).map(Number)).map(c => Math.max(...c))"
        )

    light = colours("light")
    dark = colours("dark")
    try:
        assert light[0] > 200 > 100 > light[1]
        assert dark[0] < 100 < 200 < dark[1]
        page.draw(SEVEN)  # white on black, on the screen only
        page.wait_for("7")
    finally:
        colours("")


def test_the_answer_is_announced(page):
    answer = page.browser.find("#answer")
    assert answer.get_attribute("aria-live") == "polite"
    assert page.browser.find("#text").text in answer.text


def test_the_policy_forbids_other_scripts_styles_and_requests(browser, url):
    browser.open(url)
    browser.run(
        "const image = document.createElement('img');"
        "image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "const script = document.createElement('script');"
        "script.textContent = 'document.title = `owned`'; document.body.append(script)"
    )
    messages = "\n".join(entry["message"] for entry in browser.errors())
    assert "http://127.0.0.1:9/x.png" in messages
    assert messages.count("Content Security Policy") >= 2
    assert "owned" not in browser.driver.title


def test_a_foreign_page_cannot_send_images(browser, url, tmp_path):
    foreign = tmp_path / "foreign.html"
    foreign.write_text("<!DOCTYPE html><link rel=icon href=data:,>")
    browser.open(foreign)
    browser.errors()
    for mode in ("cors", "no-cors"):
        answer = browser.driver.execute_async_script(
            """
            const [address, mode, done] = arguments;
            fetch(address, { method: "POST", mode, body: "7",
                             headers: { "Content-Type": "image/png" } })
              .then(response => done(response.type), () => done("refused"));
            """,
            url + "api/read",
            mode,
        )
        assert answer == "refused"
    # It asked first and was not allowed; then it sent the body as text, and may not
    # see the answer.
    messages = "\n".join(entry["message"] for entry in browser.errors())
    assert "net::ERR_FAILED" in messages
    assert "net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin" in messages


def test_a_server_that_is_gone(browser, url, open_page):
    page = open_page(url)
    conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    try:
        browser.driver.execute_cdp_cmd("Network.enable", {})
        browser.driver.execute_cdp_cmd(
            "Network.emulateNetworkConditions", {"offline": True, **conditions}
        )
        page.draw(SEVEN)
        page.wait_for("Not read")
        assert page.summary == "The server does not answer. Is it still running?"
    finally:
        browser.driver.execute_cdp_cmd(
            "Network.emulateNetworkConditions", {"offline": False, **conditions}
        )
