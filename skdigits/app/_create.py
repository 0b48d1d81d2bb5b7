"""The Flask application of the drawing page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from joblib import effective_n_jobs

from skdigits._server import LOCAL_HOSTS
from skdigits._threads import n_threads
from skdigits.app._flask import make_flask, send_file

if TYPE_CHECKING:
    from flask import Flask

    from skdigits.app._queues import Queue

# All files that can be asked for; their types are not left to the operating system.
_FILES = {
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/pen.js": ("pen.js", "text/javascript"),
    "/reading.js": ("reading.js", "text/javascript"),
    "/sheet.js": ("sheet.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/api/schema": ("reading.schema.json", "application/schema+json"),
}


def create_app(
    model: Any = None,
    *,
    trusted_hosts: Iterable[str] = LOCAL_HOSTS,
    n_jobs: int | None = None,
) -> Flask:
    """Create a web application: a page to draw digits on, and a JSON API.

    ``skdigits serve`` serves it on this computer. You can use any other WSGI server
    that limits the number of threads and the size of bodies. Images are read in memory
    and not stored. Nothing else is taken from a request.

    Parameters
    ----------
    model : estimator or DigitReader, default=None
        A reader, or a fitted classifier for a reader, with ``predict_proba``, for
        images of 28x28 pixels from 0 to 255. Several threads use it at once. None means
        ``load_pretrained("mnist")``.

    trusted_hosts : iterable of str, default=("localhost", "127.0.0.1", "::1")
        Host names and addresses of the page, in upper or lower case. A name that starts
        with a dot matches all names that end in it. Requests for other hosts are
        answered with 400, which prevents DNS rebinding.

    n_jobs : int, default=None
        Number of processes that read images. One more is started: it works while
        another gets its next image, and while a photo is read, which is an image of
        more than a million pixels. None means threads of this process, as many as it
        has cores. -1 means one process per core. Photos are read one at a time.
        Requests are answered with 503 if more than three photos or a hundred drawings
        are waiting.

    Returns
    -------
    app : flask.Flask
        Application with ``GET /``, the page; ``POST /api/read``, which takes a PNG or
        JPEG image and returns its reading as JSON; ``GET /api/schema``, the JSON schema
        of readings; ``GET /healthz``.

    Raises
    ------
    ImportError
        If Flask is not installed.
    ValueError
        If the model is unsuitable for a reader, if no host is trusted, or if `n_jobs`
        is 0.
    RuntimeError
        If the processes cannot be started.

    See Also
    --------
    skdigits.reading.DigitReader : Read digits from images.

    Examples
    --------
    >>> from io import BytesIO
    >>> from PIL import Image
    >>> from skdigits.app import create_app
    >>> from skdigits.datasets import make_numbers
    >>> numbers = make_numbers(1, n_digits=3, random_state=0)
    >>> body = BytesIO()
    >>> Image.fromarray(numbers.images[0]).save(body, "PNG")
    >>> client = create_app().test_client()
    >>> answer = client.post(
    ...     "/api/read", data=body.getvalue(), content_type="image/png"
    ... )
    >>> answer.json["text"] == numbers.target[0]
    True
    """
    app = make_flask("skdigits.app", trusted_hosts, "The drawing page")
    from skdigits.app._bodies import answer as read_and_answer
    from skdigits.app._bodies import warm_up
    from skdigits.app._page import read as read_file
    from skdigits.app._page import render
    from skdigits.app._queues import DRAWINGS_WAITING, PHOTOS_WAITING, Queue
    from skdigits.reading import DigitReader

    reader = model if isinstance(model, DigitReader) else DigitReader(model)
    warm_up(reader)
    if n_jobs is None:
        n_at_work = n_threads()
        answer = partial(read_and_answer, reader)
    else:
        from skdigits.app._processes import Processes

        n_at_work = effective_n_jobs(n_jobs) + 1
        answer = Processes(reader, n_at_work).answer
    drawings, photos = Queue(n_at_work, DRAWINGS_WAITING), Queue(1, PHOTOS_WAITING)

    app.add_url_rule("/", "page", partial(send_file, render(), "text/html"))
    for address, (name, kind) in _FILES.items():
        content = read_file(f"page/{name}")
        app.add_url_rule(address, name, partial(send_file, content, kind))
    app.add_url_rule("/healthz", "healthz", _healthz)
    read = partial(_read, answer, drawings, photos)
    app.add_url_rule("/api/read", "read", read, methods=["POST"])
    return app


def _healthz() -> dict[str, str]:
    from skdigits import __version__

    return {"status": "ok", "version": __version__}


def _read(
    answer: Callable[[bytes], dict[str, Any]], drawings: Queue, photos: Queue
) -> dict[str, Any]:
    from flask import request
    from werkzeug.exceptions import UnsupportedMediaType

    from skdigits.app._bodies import TYPES, count_pixels
    from skdigits.app._queues import LARGEST_DRAWING

    # Browsers send neither of these for another page, unless asked first: no CORS.
    if request.mimetype not in TYPES:
        raise UnsupportedMediaType(
            f"The Content-Type must be one of: {', '.join(TYPES)}."
        )
    body = request.get_data(cache=False)
    queue = photos if count_pixels(body) > LARGEST_DRAWING else drawings
    with queue.turn():
        return answer(body)
