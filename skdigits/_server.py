"""The server of the drawing page: Waitress."""

from __future__ import annotations

import errno
import logging
import socket
from typing import TYPE_CHECKING, Any

from skdigits._require import require

if TYPE_CHECKING:
    from flask import Flask

# Names that browsers may ask this computer for, by its own.
LOCAL_HOSTS = ("localhost", "127.0.0.1")
# A body that the page sends is smaller by far.
MAX_BYTES = 10_000_000
N_THREADS = 4
# More wait in the operating system's queue.
MAX_CONNECTIONS = 100


def listen(host: str, port: int) -> socket.socket:
    """Take a port, before anything that takes time is loaded.

    Parameters
    ----------
    host : str
        A name or an IPv4 address of this computer.

    port : int
        0 means any that is free.

    Returns
    -------
    listener : socket.socket
        Bound, and perhaps connected to already.

    Raises
    ------
    OSError
        If the port is in use or not allowed, or the host is not this computer.
    ValueError
        If the host is empty, which would stand for all addresses.
    """
    if not host:
        raise ValueError("the host is empty; for all addresses, give 0.0.0.0")
    try:
        return socket.create_server((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of {host} is in use; choose another by --port"
        else:
            reason = f"{host}:{port} cannot be listened to: {error.strerror}"
        raise OSError(reason) from error


def make_server(app: Flask, listener: socket.socket) -> Any:
    """Make a server with few threads and bounded queues.

    Parameters
    ----------
    app : flask.Flask
        What it serves.

    listener : socket.socket
        Where.

    Returns
    -------
    server : waitress.server.TcpWSGIServer
        Its ``run`` serves until Ctrl-C, then lets go of what waits, and returns.

    Raises
    ------
    ImportError
        If Waitress is not installed.
    """
    require("waitress", "serve", "The server of the drawing page")
    from waitress.server import create_server

    # It would warn of each request that has to wait for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    return create_server(
        app,
        sockets=[listener],
        threads=N_THREADS,
        connection_limit=MAX_CONNECTIONS,
        max_request_body_size=MAX_BYTES,
        ident=None,
    )
