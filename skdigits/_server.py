"""The server of the drawing page: Waitress."""

from __future__ import annotations

import errno
import logging
import socket
from typing import TYPE_CHECKING, Any

from skdigits._hosts import url_host
from skdigits._require import require

if TYPE_CHECKING:
    from flask import Flask

# Names that browsers may ask this computer for, by its own.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# A body that the page sends is smaller by far.
MAX_BYTES = 10_000_000
# Most of them wait for one of few processes that read.
N_THREADS = 16
MAX_CONNECTIONS = 100
# In which a connection has to send all of a request; 10 MB at 2 Mbit/s take 40.
SECONDS_TO_SEND = 60
CLEANUP_SECONDS = 5


def listen(host: str, port: int) -> socket.socket:
    """Take a port, before anything that takes time is loaded.

    Parameters
    ----------
    host : str
        A name or an address of this computer, IPv6 with or without brackets.

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
    host = host.strip("[]")
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        # Of a name that stands for several, an address of IPv4.
        family, *_, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        # All addresses of IPv6 are to include those of IPv4.
        is_both = address[0] == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, dualstack_ipv6=is_both)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of {host} is in use; choose another by --port"
        else:
            reason = f"{url_host(host)}:{port} cannot be listened to: {error.strerror}"
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
    server : skdigits._connections.Server
        Its ``run`` serves until Ctrl-C, then lets go of what waits, and returns.

    Raises
    ------
    ImportError
        If Waitress is not installed.
    """
    require("waitress", "serve", "The server of the drawing page")
    from waitress.adjustments import Adjustments

    from skdigits._connections import Server

    # They would warn of each request that has to wait for a thread, and of each time
    # that all connections are taken.
    for name in ("waitress", "waitress.queue"):
        logging.getLogger(name).setLevel(logging.ERROR)
    options = Adjustments(
        sockets=[listener],
        threads=N_THREADS,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=SECONDS_TO_SEND,
        cleanup_interval=CLEANUP_SECONDS,
        max_request_body_size=MAX_BYTES,
        ident=None,
    )
    kind = listener.family, listener.type, listener.proto
    return Server(
        app,
        _sock=listener,
        adj=options,
        bind_socket=False,
        sockinfo=(*kind, listener.getsockname()),
    )
