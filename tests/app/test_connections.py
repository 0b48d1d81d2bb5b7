"""Clients that keep connections open, before a server that others need."""

import socket
import threading
import time
from contextlib import ExitStack

import pytest
import requests

from skdigits import _connections, _server
from skdigits._server import MAX_CONNECTIONS, listen, make_server

HALF = b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"


def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def address():
    """Where a server of this process listens, until the process ends."""
    server = make_server(application, listen("127.0.0.1", 0))
    threading.Thread(target=server.run, daemon=True).start()
    return server.effective_host, int(server.effective_port)


@pytest.fixture
def short_times(monkeypatch):
    for name in ("SECONDS_TO_SEND", "CLEANUP_SECONDS"):
        monkeypatch.setattr(_server, name, 1)


def open_half(address, n_connections):
    clients = [socket.create_connection(address) for _ in range(n_connections)]
    for client in clients:
        client.sendall(HALF)
    return clients


def get(address):
    host, port = address
    return requests.get(f"http://{host}:{port}/", timeout=20)


def test_requests_that_are_sent_by_half_do_not_keep_others_out(address):
    clients = open_half(address, MAX_CONNECTIONS + 30)
    start = time.perf_counter()
    for _ in range(3):
        assert get(address).text == "ok"
    assert time.perf_counter() - start < 10
    for client in clients:
        client.close()


def channel(last_activity, n_requests=0, n_bytes=0):
    found = object.__new__(_connections.Channel)
    found.last_activity, found.requests = last_activity, [None] * n_requests
    found.total_outbufs_len = n_bytes
    return found


@pytest.mark.parametrize("first", range(5))
def test_which_connection_is_closed_for_the_next(first):
    """In turn; the fourth reads an answer, and the last waits for one."""
    waiting = [channel(3), channel(4), channel(5), channel(1, n_bytes=9)]
    channels = [*waiting, channel(0, n_requests=1)]
    server = object.__new__(_connections.Server)
    server.active_channels = dict(enumerate(channels[first:]))
    for _ in range(2):  # once it is to be closed, no other one is
        server._make_room()
        closed = [found.will_close for found in channels[first:]]
        assert closed == [first < 4, *[False] * (4 - first)][: len(closed)]


def test_a_byte_now_and_then_is_not_enough(short_times, address):
    with socket.create_connection(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        client.settimeout(0.2)
        for _ in range(100):
            try:
                client.sendall(b"x")
                assert client.recv(1) == b""
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                pass
            return
    pytest.fail("the connection stayed open")


def test_an_upload_goes_on_while_others_are_idle(address):
    with ExitStack() as clients:

        def connect():
            return clients.enter_context(socket.create_connection(address, timeout=20))

        uploading = connect()
        uploading.sendall(HALF.replace(b"Length: 9", b"Length: 25"))
        for _ in range(MAX_CONNECTIONS - 10):
            connect()
        time.sleep(1)  # until all are accepted
        uploading.sendall(b"x")
        for _ in range(19):  # the server becomes full
            connect()
            time.sleep(0.05)
            uploading.sendall(b"x")
        uploading.sendall(b"x")
        assert uploading.recv(99).startswith(b"HTTP/1.1 200 OK")
