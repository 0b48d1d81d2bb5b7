"""What the applications of this package have in common: hosts, headers and errors."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from skdigits._hosts import canonical, is_trusted
from skdigits._require import require
from skdigits._server import MAX_BYTES

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as BaseResponse

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def make_flask(name: str, trusted_hosts: Iterable[str], caller: str) -> Flask:
    """Make an application without addresses.

    Parameters
    ----------
    name : str
        The package that it belongs to.

    trusted_hosts : iterable of str
        Names and addresses under which browsers may ask for it.

    caller : str
        What needs Flask, as the first words of the message.

    Returns
    -------
    app : flask.Flask
        It refuses requests for other hosts, bounds bodies, answers errors as JSON, and
        sends headers that keep other pages out.

    Raises
    ------
    ImportError
        If Flask is not installed.
    ValueError
        If no host is trusted.
    """
    require("flask", "serve", caller)
    from flask import Flask
    from werkzeug.exceptions import HTTPException

    hosts = [canonical(host) for host in trusted_hosts]
    if not hosts or isinstance(trusted_hosts, str):
        raise ValueError(
            "trusted_hosts must be a list of at least one name or address; got "
            f"{trusted_hosts!r}."
        )
    app = Flask(name, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BYTES)
    # As the answers have them; type: Flask's own provider has it.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(partial(_check_host, hosts))
    app.register_error_handler(HTTPException, _error_as_json)
    app.after_request(_add_headers)
    return app


def send_file(content: str | bytes, kind: str) -> BaseResponse:
    """Answer with a file.

    Parameters
    ----------
    content : str or bytes
        All of it.

    kind : str
        Its media type.

    Returns
    -------
    response : werkzeug.wrappers.Response
        Without the file if the browser has it already.
    """
    from flask import Response, request

    response = Response(content, mimetype=kind)
    # Browsers ask whether it is still the same, so releases do not mix.
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _check_host(trusted: list[str]) -> None:
    """Refuse requests for another host.

    Flask's own TRUSTED_HOSTS knows neither upper case nor IPv6.
    """
    from flask import request
    from werkzeug.exceptions import BadRequest

    if not is_trusted(request.headers.get("Host"), trusted):
        raise BadRequest(
            "The page does not answer under this name. The one who serves it can add "
            "the name: --trusted-host NAME of the command, or trusted_hosts of "
            "create_app."
        )


def _error_as_json(error: HTTPException) -> BaseResponse:
    from flask import jsonify

    response = error.get_response()
    response.data = jsonify(error=error.description).data
    response.content_type = "application/json"
    return response


def _add_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if response.mimetype == "application/json":
        response.headers["Cache-Control"] = "no-store"
    return response
