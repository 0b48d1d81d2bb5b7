"""The page, served, and in a real browser."""

import threading
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

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
