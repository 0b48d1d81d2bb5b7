"""The command ``skdigits serve``, in this process and in one of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import requests
import typer
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from typer.testing import CliRunner

from skdigits import _server
from skdigits._commands._serve import serve
from skdigits.app import _processes
from skdigits.app._bodies import STROKE
from skdigits.datasets import load_digits
from skdigits.persistence import save_model
from skdigits.reading import DigitReader

ROOT = Path(__file__).parents[2]
# Refuses to write, as a container whose root can only be read does; /dev is memory.
READ_ONLY = """
import builtins, errno, io, os

def refuse(path, *_, **__):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

def open_to_read(path, mode="r", *arguments, open=open, **options):
    may_write = isinstance(path, int) or str(path).startswith("/dev/")
    if set(mode) & set("wax+") and not may_write:
        refuse(path)
    return open(path, mode, *arguments, **options)

builtins.open = io.open = open_to_read
os.mkdir = os.rename = os.replace = refuse
"""
RUN = "import typer; from skdigits._commands._serve import serve; typer.run(serve)"


def run(*arguments):
    app = typer.Typer()
    app.command()(serve)
    return CliRunner().invoke(app, [*map(str, arguments)])


def digit_as_png():
    file = BytesIO()
    Image.fromarray(STROKE).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def no_serving(monkeypatch):
    """Servers that return at once, in a list."""
    servers = []
    make_server = _server.make_server

    def make(app, listener):
        server = make_server(app, listener)
        server.run = server.close
        servers.append((app, server))
        return server

    monkeypatch.setattr(_server, "make_server", make)
    # Three processes would start for each.
    monkeypatch.setattr(_processes, "Processes", lambda reader, n_processes: reader)
    monkeypatch.setattr(DigitReader, "answer", None, raising=False)
    return servers


def test_an_empty_host_is_not_all_addresses(no_serving):
    shown = run("--host", "", "--port", 0)
    assert shown.exit_code == 1
    assert "the host is empty" in shown.stderr
    assert no_serving == []


@pytest.fixture
def away(tmp_path):
    """The environment of a process that can write nothing."""
    # All processes import it when they start.
    (tmp_path / "sitecustomize.py").write_text(READ_ONLY, encoding="utf-8")
    places = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *places]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/dev/null",
        "XDG_CACHE_HOME": "/dev/null",
    }


# All kernels are compiled in the same way.
DESKEW = """
from skdigits.preprocessing import Deskewer
from skdigits.preprocessing._moments import sum_moments
Deskewer().fit_transform([[[0.0, 1.0], [1.0, 1.0]]])
print(len(sum_moments.signatures), sum_moments.stats.cache_path)
"""


def test_kernels_are_compiled_where_nothing_can_be_written(away):
    done = subprocess.run(
        [sys.executable, "-c", DESKEW],
        cwd=ROOT.anchor,
        env=away,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("1 None\n", "")


def test_it_serves_until_ctrl_c_where_nothing_can_be_written(away):
    # One process that reads, in which nothing is compiled: that is tested above.
    away |= {"LOKY_MAX_CPU_COUNT": "1", "NUMBA_DISABLE_JIT": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "--port", "0"],
        cwd=ROOT.anchor,
        env=away,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = process.stdout.readline()
            url = re.fullmatch(r"Draw digits on (\S+) \(Ctrl-C ends it\)\.\n", said)[1]
            assert url.startswith("http://127.0.0.1:")
            page = requests.get(url, timeout=10)
            assert "Draw a digit" in page.text
            assert "Server" not in page.headers
            assert requests.get(url + "healthz", timeout=10).json()["status"] == "ok"
            drawn = digit_as_png()
            read = requests.post(
                url + "api/read",
                data=drawn,
                headers={"Content-Type": "image/png"},
                timeout=60,
            )
            assert read.json()["text"] == "1"
            # The server's own limit, beside that of the application.
            large = requests.post(url + "api/read", data=bytes(10_000_001), timeout=10)
            assert large.status_code == 413
            refused = requests.get(url, headers={"Host": "example.org"}, timeout=10)
            assert refused.status_code == 400
        finally:
            process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "Stopped.\n", "")


def test_this_computer_only_by_default(no_serving):
    result = run("--port", 0)
    assert result.exit_code == 0, result.output
    assert "Warning" not in result.output
    ((app, server),) = no_serving
    assert server.effective_host == "127.0.0.1"
    assert not app.debug
    assert server.adj.threads == 16
    assert server.adj.connection_limit == 100
    assert server.adj.max_request_body_size == app.config["MAX_CONTENT_LENGTH"]


def test_another_name_is_trusted_on_demand(no_serving):
    result = run("--port", 0, "--trusted-host", "Digits.example.org")
    assert result.exit_code == 0, result.output
    ((app, _),) = no_serving
    client = app.test_client()
    assert client.get("/", headers={"Host": "digits.example.org"}).status_code == 200
    refused = client.get("/", headers={"Host": "example.org"})
    assert refused.status_code == 400
    assert "--trusted-host NAME" in refused.json["error"]


def test_all_addresses_with_a_warning(no_serving):
    result = run("--host", "0.0.0.0", "--port", 0)
    assert result.exit_code == 0, result.output
    assert "Warning: all who reach 0.0.0.0 over the network" in result.stderr
    assert "http://localhost:" in result.stdout
    ((app, _),) = no_serving
    client = app.test_client()
    assert client.get("/", headers={"Host": "localhost"}).status_code == 200
    assert client.get("/", headers={"Host": "192.168.1.5"}).status_code == 400


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")
@pytest.mark.parametrize("host", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_an_address_of_ipv6(no_serving, host):
    result = run("--host", host, "--port", 0)
    assert result.exit_code == 0, result.output
    assert "Warning" not in result.output
    assert re.search(r"http://\[(::1|0:0:0:0:0:0:0:1)\]:\d+/ ", result.stdout)
    ((app, server),) = no_serving
    assert server.effective_host == "::1"
    client = app.test_client()
    for name in ("[::1]", "[::1]:8000", "[0:0::1]", "LOCALHOST", "127.0.0.1"):
        assert client.get("/", headers={"Host": name}).status_code == 200


@pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")
def test_all_addresses_of_ipv6_with_a_warning(no_serving):
    result = run("--host", "::", "--port", 0)
    assert result.exit_code == 0, result.output
    assert "Warning: all who reach :: over the network" in result.stderr
    assert "http://[::1]:" in result.stdout


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs both in one socket")
def test_all_addresses_of_ipv6_include_those_of_ipv4():
    with _server.listen("::", 0) as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=10).close()


def test_a_model(no_serving, tmp_path):
    X, y = load_digits(return_X_y=True)
    X = X.repeat(13, axis=1)[:, :784]
    path = save_model(KNeighborsClassifier().fit(X, y), tmp_path / "m.skops")
    assert run(path, "--port", 0).exit_code == 0
    assert len(no_serving) == 1


def test_models_that_cannot_be_served(no_serving, tmp_path):
    X, y = load_digits(return_X_y=True)
    path = save_model(KNeighborsClassifier().fit(X, y), tmp_path / "m.skops")
    for model, message in (
        (path, "takes 8x8 pixels from 0 to 255; photos need a model of MNIST's form"),
        (tmp_path / "none.skops", "There is no file or folder"),
        (tmp_path / "model.pkl", "is a pickle"),
    ):
        result = run(model, "--port", 0)
        assert result.exit_code == 1
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
    assert no_serving == []


def test_a_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("--port", port)
    assert result.exit_code == 1
    assert result.stderr == (
        f"serve: port {port} of 127.0.0.1 is in use; choose another by --port\n"
    )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "2001:db8::1"])
def test_hosts_that_are_not_this_computer(host):
    result = run("--host", host)
    assert result.exit_code == 1
    shown = f"[{host}]" if ":" in host else host
    assert f"{shown}:8000 cannot be listened to: " in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_page_is_opened_on_demand(no_serving, monkeypatch):
    opened = []
    monkeypatch.setattr(typer, "launch", opened.append)
    run("--port", 0)
    assert opened == []
    result = run("--port", 0, "--open")
    assert len(opened) == 1
    assert opened[0] in result.output


def test_waitress_is_named_if_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "waitress", None)
    result = run("--port", 0)
    assert result.exit_code == 1
    assert 'pip install ".[serve]"' in result.stderr


# The page as one file.


def test_the_page_is_exported_in_place_of_serving(no_serving, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(typer, "launch", opened.append)
    path = tmp_path / "new" / "page.html"
    result = run("--export", path)
    assert result.exit_code == 0, result.output
    assert re.fullmatch(
        rf"Wrote '{re.escape(str(path))}' \(1\.\d MB\): open it in a browser\.\n",
        result.stdout,
    )
    assert "Draw a digit" in path.read_text(encoding="utf-8")
    assert opened == no_serving == []
    assert run("--export", path, "--open").exit_code == 0
    assert opened == [path.as_uri()]


def test_what_cannot_be_exported(tmp_path):
    X, y = load_digits(return_X_y=True)
    path = save_model(KNeighborsClassifier().fit(X, y), tmp_path / "m.skops")
    before = path.read_bytes()
    for target, message in (
        (path, "is read by this command"),
        (tmp_path / "page.html", "cannot export KNeighborsClassifier. It takes"),
    ):
        result = run(path, "--export", target)
        assert result.exit_code == 1
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
    assert run("--export", tmp_path).exit_code == 2
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_bytes() == before
