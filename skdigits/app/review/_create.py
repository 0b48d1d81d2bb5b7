"""The Flask application of the review page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from skdigits._server import LOCAL_HOSTS
from skdigits.app._flask import make_flask, send_file

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from skdigits.app.review._items import Item, Review
    from skdigits.app.review._journal import Journal, Labels

_NUMBER = re.compile("[0-9]{1,9}")
# All files that can be asked for; their types are not left to the operating system.
_FILES = {
    "/page.css": ("page/page.css", "text/css"),
    "/review.css": ("review/review.css", "text/css"),
    "/review.js": ("review/review.js", "text/javascript"),
    "/icon.svg": ("page/icon.svg", "image/svg+xml"),
}


def create_review_app(
    review: Review,
    journal: Journal,
    save: Callable[[], str],
    *,
    trusted_hosts: Iterable[str] = LOCAL_HOSTS,
) -> Flask:
    """Make a web application: a page on which people decide what images show.

    Parameters
    ----------
    review : Review
        The images.

    journal : Journal
        What was decided, and where decisions go.

    save : callable
        Writes the images with their labels, and returns a sentence that says where.

    trusted_hosts : iterable of str, default=("localhost", "127.0.0.1", "::1")
        As of :func:`~skdigits.app.create_app`.

    Returns
    -------
    app : flask.Flask
        ``GET /``, the page; ``GET /api/review``, all that it shows but the pictures;
        ``GET /api/images/0/seen`` and ``.../surroundings``; ``POST
        /api/decide``, ``/api/undo`` and ``/api/save``.

    Raises
    ------
    ImportError
        If Flask is not installed.
    ValueError
        If no host is trusted.
    """
    app = make_flask("skdigits.app.review", trusted_hosts, "The review page")
    from skdigits.app._page import read

    page = partial(send_file, read("review/review.html"), "text/html")
    app.add_url_rule("/", "page", page)
    for address, (path, kind) in _FILES.items():
        page = partial(send_file, read(path), kind)
        app.add_url_rule(address, path, page)
    views = _Views(review, journal, save)
    app.add_url_rule("/api/review", "review", views.review)
    app.add_url_rule("/api/images/<int:number>/seen", "seen", views.seen)
    app.add_url_rule(
        "/api/images/<int:number>/surroundings", "surroundings", views.surroundings
    )
    for view in (views.decide, views.undo, views.save):
        name = view.__name__
        app.add_url_rule(f"/api/{name}", name, view, methods=["POST"])
    app.register_error_handler(OSError, _not_written)
    return app


@dataclass(frozen=True)
class _Views:
    """What the addresses answer with."""

    of: Review
    journal: Journal
    write: Callable[[], str]

    def review(self) -> dict[str, Any]:
        return {
            "name": self.of.name,
            "labels": list(self.of.labels),
            "order": list(self.of.order),
            "items": [_describe(item) for item in self.of.items],
            "decisions": self.journal.labels,
        }

    def seen(self, number: int) -> Response:
        from io import BytesIO

        from PIL import Image

        self._item(number)
        file = BytesIO()
        Image.fromarray(self.of.grey(number)).save(file, "PNG")
        return send_file(file.getvalue(), "image/png")

    def surroundings(self, number: int) -> Response:
        from werkzeug.exceptions import NotFound

        picture = self._item(number).surroundings
        if picture is None:
            raise NotFound(f"Image {number} was not cut out of another.")
        return send_file(picture, "image/jpeg")

    def decide(self) -> dict[str, Any]:
        labels = self._parse(_json_body())
        self.journal.decide(labels)
        return {"decided": labels}

    def undo(self) -> dict[str, Any]:
        _json_body()
        undone = self.journal.undo()
        return {"undone": undone, "decisions": self.journal.labels}

    def save(self) -> dict[str, str]:
        _json_body()
        return {"message": self.write()}

    def _item(self, number: int) -> Item:
        from werkzeug.exceptions import NotFound

        if number >= len(self.of.items):
            raise NotFound(f"There are {len(self.of.items):,} images, from 0.")
        return self.of.items[number]

    def _parse(self, body: Any) -> Labels:
        """Check what a browser sent."""
        from werkzeug.exceptions import BadRequest

        n_images, known = len(self.of.items), [None, *self.of.labels]
        labels = body.get("labels") if isinstance(body, dict) else None
        if isinstance(labels, dict) and labels:
            are_numbers = all(
                _NUMBER.fullmatch(number) and int(number) < n_images
                for number in labels
            )
            if are_numbers and all(label in known for label in labels.values()):
                return {int(number): label for number, label in labels.items()}
        raise BadRequest(
            'The body must be {"labels": {"0": "7", ...}}: a label for each image, by '
            f"its number below {n_images}, or null for no digit. The labels are: "
            f"{', '.join(self.of.labels)}."
        )


def _describe(item: Item) -> dict[str, Any]:
    """Return what the page says of an image."""
    return {
        "name": item.name,
        "proposal": item.proposal,
        "confidence": None if item.confidence is None else round(item.confidence, 4),
        "given": item.given,
        "note": item.note,
        "has_surroundings": item.surroundings is not None,
    }


def _json_body() -> Any:
    """Return the body, which Flask refuses with 415 unless its type is JSON.

    Browsers send no JSON for another page, unless asked first: no CORS.
    """
    from flask import request
    from werkzeug.exceptions import BadRequest

    try:
        return request.get_json()
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error


def _not_written(error: OSError) -> tuple[dict[str, str], int]:
    """Say that the disk is full, or the like: the page shows it to who decides."""
    return {"error": f"It was not written: {error.strerror or error}."}, 507
