"""The page, served, and in a real browser."""

import base64
import threading
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from skdigits._server import listen, make_server
from skdigits.app import create_app


@pytest.fixture(scope="session")
def app():
    """With the pretrained network."""
    return create_app()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="session")
def url(app):
    """Where the application is served, by the real server."""
    listener = listen("127.0.0.1", 0)
    server = make_server(app, listener)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


# Strokes of digits, in a square of 1 x 1.
STROKES = {
    "1": [(0.45, 0.0), (0.45, 1.0)],
    "7": [(0.0, 0.0), (0.7, 0.0), (0.3, 1.0)],
}


def strokes(text, left, top, height):
    """Return a stroke for each digit of a text, in pixels."""
    return [
        [
            (left + height * (x + 0.9 * k), top + height * y)
            for x, y in STROKES[character]
        ]
        for k, character in enumerate(text)
    ]


@pytest.fixture(scope="session")
def picture():
    """A function that draws a number as an image of Pillow's."""

    def draw(text, size=(400, 200)):
        image = Image.new("L", size, 235)
        for points in strokes(text, size[0] // 4, size[1] // 4, size[1] // 2):
            ImageDraw.Draw(image).line(points, 20, size[1] // 20, joint="curve")
        return image

    return draw


@pytest.fixture(scope="session")
def encode():
    """A function that writes an image as the bytes of a file."""

    def encode(image, kind="PNG", **options):
        file = BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    return encode


class Page:
    """What is on the page, and what one does there."""

    def __init__(self, browser, page, width=1280):
        self.browser = browser
        browser.open(page, width)

    def draw(self, *strokes, kind="mouse"):
        box = self.browser.run(
            "const b = document.getElementById('sheet').getBoundingClientRect();"
            "return [b.left, b.top, b.width, b.height]"
        )
        actions = ActionBuilder(
            self.browser.driver, mouse=PointerInput(kind, kind), duration=10
        )
        pointer = actions.pointer_action
        for stroke in strokes:
            points = [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in stroke]
            pointer.move_to_location(*points[0]).pointer_down()
            for point in points[1:]:
                pointer.move_to_location(*point)
            pointer.pointer_up()
        actions.perform()

    def press(self, *keys):
        chain = ActionChains(self.browser.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def undo_by_keys(self):
        chain = ActionChains(self.browser.driver).key_down(Keys.CONTROL)
        chain.send_keys("z").key_up(Keys.CONTROL).perform()

    def click(self, selector):
        self.browser.find(selector).click()

    @property
    def text(self):
        return self.browser.find("#text").text

    @property
    def summary(self):
        return self.browser.find("#summary").text

    def wait_until(self, holds):
        WebDriverWait(self.browser.driver, 10, 0.05).until(lambda _: holds())

    def wait_for(self, text):
        try:
            self.wait_until(lambda: self.text == text)
        except TimeoutException:
            pytest.fail(f"{self.text!r} ({self.summary}) instead of {text!r}")

    def bars(self):
        """Return the probabilities that are written beside the bars."""
        cells = "return [...document.querySelectorAll('#bars td:last-child')]"
        return self.browser.run(cells + ".map(cell => cell.textContent)")

    def seen(self):
        """Return the pixels of the image that the model saw."""
        kind, _, content = (
            self.browser.find("#seen").get_attribute("src").partition(",")
        )
        assert kind == "data:image/png;base64"
        return np.asarray(Image.open(BytesIO(base64.b64decode(content))))


@pytest.fixture(scope="session")
def open_page(browser):
    """A function that opens the page, of a file or at an address."""
    return partial(Page, browser)
