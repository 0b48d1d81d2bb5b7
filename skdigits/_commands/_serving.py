"""Serving a page on this computer: the options of the commands that do it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from socket import socket
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flask import Flask

# By what name this computer asks itself when all its addresses are served.
EVERYWHERE = {"0.0.0.0": "localhost", "::": "::1"}

HostOption = Annotated[
    str,
    typer.Option(
        help="Host name or address to listen on. For requests from other computers, "
        "set an address of this computer in the network."
    ),
]
PortOption = Annotated[
    int,
    typer.Option(min=0, max=65535, help="Port to listen on. 0 means any free port."),
]
TrustedHostOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Another host name of the page, such as that of a proxy. A name that "
        "starts with a dot matches all names that end in it. You can repeat this "
        "option."
    ),
]
OpenOption = Annotated[
    bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
]


def serve_page(
    app: Flask, listener: socket, names: Sequence[str], what: str, open_page: bool
) -> None:
    """Serve an application until Ctrl-C.

    Parameters
    ----------
    app : flask.Flask
        What is served.

    listener : socket.socket
        Where.

    names : sequence of str
        The host that was named, and others that are trusted.

    what : str
        What one does on the page, in words.

    open_page : bool
        Whether to open it in a browser.
    """
    from skdigits._hosts import url_host
    from skdigits._server import make_server

    address, port = listener.getsockname()[:2]
    server = make_server(app, listener)
    if not ip_address(address).is_loopback:
        typer.echo(
            f"Warning: all who reach {address} over the network can use this page. "
            "It has no password and no encryption. It answers requests for "
            f"{', '.join(names)} and localhost only.",
            err=True,
        )
    name = EVERYWHERE.get(address, names[0].strip("[]"))
    url = f"http://{url_host(name)}:{port}/"
    typer.echo(f"{what} on {url} (Ctrl-C ends it).")
    if open_page:
        typer.launch(url)
    server.run()
