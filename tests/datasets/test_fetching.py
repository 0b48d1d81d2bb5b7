"""Every way in which a download goes wrong, against a real server on this machine.

It serves the files of MNIST where they are, and generated ones of the same form
everywhere.
"""

import dataclasses
import errno
import gzip
import hashlib
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest

from skdigits import _mnist_files, _remote_files
from skdigits._remote_files import RemoteFile
from skdigits.datasets import clear_data_home, fetch_mnist

HTML = b"<!DOCTYPE html><title>Please log in</title>"
TRAIN_IMAGES, TRAIN_LABELS = (file.name for file in _mnist_files.FILES["train"])
TEST_IMAGES, TEST_LABELS = (file.name for file in _mnist_files.FILES["test"])
NAMES = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS]


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Without mirrors nothing is requested; tests of downloads set their own."""
    monkeypatch.setattr(_mnist_files, "MIRRORS", ())
    monkeypatch.setenv("NO_PROXY", "*")


def generated_contents():
    rng = np.random.default_rng(0)
    contents = {}
    for name, shape in zip(NAMES, [(6, 28, 28), (6,), (4, 28, 28), (4,)], strict=True):
        values = rng.integers(0, 10, shape, np.uint8)
        header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
        contents[name] = gzip.compress(header + values.tobytes(), mtime=0)
    return contents


@pytest.fixture(scope="module", params=["generated", "mnist"])
def contents(request):
    """What the four files contain."""
    if request.param == "generated":
        return generated_contents()
    folder = request.getfixturevalue("mnist_home") / "mnist"
    return {name: (folder / name).read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def arrays(contents):
    """The arrays in the files, read without skdigits."""
    n_header = {IMAGES: 16 for IMAGES in (TRAIN_IMAGES, TEST_IMAGES)}
    return {
        name: np.frombuffer(
            gzip.decompress(content), np.uint8, -1, n_header.get(name, 8)
        )
        for name, content in contents.items()
    }


@pytest.fixture(autouse=True)
def pinned(contents, monkeypatch):
    """Pin the sums of what is served; those of MNIST itself stay as they are."""
    files = [
        RemoteFile(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    ]
    if files == [file for pair in _mnist_files.FILES.values() for file in pair]:
        return
    monkeypatch.setattr(
        _mnist_files, "FILES", {"train": tuple(files[:2]), "test": tuple(files[2:])}
    )


@pytest.fixture
def home(contents, tmp_path):
    """A data home with the four files."""
    (tmp_path / "mnist").mkdir()
    for name, content in contents.items():
        (tmp_path / "mnist" / name).write_bytes(content)
    return tmp_path


class Handler(BaseHTTPRequestHandler):
    """Answers what `server.answers` holds for a path."""

    timeout = 10  # seconds after which a client counts as gone

    def do_GET(self):
        self.server.requests.append(self.path)
        answer = self.server.answers.get(self.path, {"status": 404})
        if answer.get("stall") == "before":
            self.server.closing.wait()
            return
        content = answer.get("content", b"")
        self.send_response(answer.get("status", 200))
        self.send_header("Content-Length", str(answer.get("length", len(content))))
        self.end_headers()
        stalls = answer.get("stall") == "within"
        # The other side may leave at any time.
        with suppress(ConnectionError, TimeoutError):
            self.wfile.write(content[: len(content) // 2] if stalls else content)
        if stalls:
            self.server.closing.wait()

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the answers that are being given


@pytest.fixture
def server():
    """A web server; `requests` are the paths it was asked for."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.answers, server.requests = {}, []
        server.closing = threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def mirrors(server, contents, monkeypatch):
    """Two mirrors on that server, of which the second has the files."""
    mirrors = [f"{server.url}first/", f"{server.url}second/"]
    for name, content in contents.items():
        server.answers[f"/second/{name}"] = {"content": content}
    monkeypatch.setattr(_mnist_files, "MIRRORS", mirrors)
    return mirrors


@pytest.fixture
def dead_mirror():
    """An address at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def everywhere(server, name, **answer):
    """Let both mirrors give the same answer."""
    for mirror in ("first", "second"):
        server.answers[f"/{mirror}/{name}"] = answer


def files_in(home):
    return sorted(path.name for path in (home / "mnist").iterdir())


def fetch(home, **kwargs):
    return fetch_mnist(data_home=home, **{"n_retries": 0, "delay": 0, **kwargs})


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def cut_off(content):
    return content[:-3]


def altered(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def emptied(content):
    return b""


@pytest.mark.parametrize("subset", ["all", "train", "test"])
def test_download_into_an_empty_home(
    mirrors, server, contents, arrays, tmp_path, subset
):
    home = tmp_path / "not" / "yet"
    mnist = fetch(home, subset=subset)
    names = {"all": NAMES, "train": NAMES[:2], "test": NAMES[2:]}[subset]
    images = np.concatenate([arrays[name] for name in names[::2]])
    np.testing.assert_array_equal(mnist.images.ravel(), images)
    labels = np.concatenate([arrays[name] for name in names[1::2]])
    np.testing.assert_array_equal(mnist.target, labels)
    assert files_in(home) == sorted(names)
    for name in names:
        assert (home / "mnist" / name).read_bytes() == contents[name]
    # The second time nothing is asked for.
    server.requests.clear()
    np.testing.assert_array_equal(fetch(home, subset=subset).data, mnist.data)
    assert server.requests == []


def test_default_home(mirrors, monkeypatch, tmp_path):
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path))
    fetch_mnist(subset="test", n_retries=0)
    assert files_in(tmp_path) == sorted(NAMES[2:])


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_downloaded_files_have_the_permissions_that_the_user_wants(mirrors, tmp_path):
    before = os.umask(0o027)
    try:
        fetch(tmp_path, subset="test")
    finally:
        os.umask(before)
    mode = (tmp_path / "mnist" / TEST_LABELS).stat().st_mode
    assert stat.S_IMODE(mode) == 0o640


def test_as_frame(home):
    mnist = fetch(home, subset="test", as_frame=True)
    assert list(mnist.data) == [f"pixel{i}" for i in range(784)]
    assert (mnist.data.dtypes == np.uint8).all()
    assert mnist.target.name == "target"
    assert mnist.target.dtype == np.int64
    assert list(mnist.frame) == [*mnist.data, "target"]
    pd.testing.assert_frame_equal(mnist.frame.iloc[:, :-1], mnist.data)
    assert np.shares_memory(mnist.images, mnist.data.to_numpy())


def test_cached_files_are_only_read(home):
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    home_mode = home.stat().st_mode
    for path in before:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        fetch(home)
    finally:
        (home / "mnist").chmod(home_mode)
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_missing_and_not_to_be_downloaded(mirrors, contents, server, tmp_path):
    with pytest.raises(OSError, match="download_if_missing=False") as info:
        fetch(tmp_path, download_if_missing=False)
    message = str(info.value)
    assert str(tmp_path / "mnist") in message
    for name, content in contents.items():
        assert name in message
        assert sha256(content) in message
    assert all(mirror in message for mirror in mirrors)
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_one_of_four_missing(home):
    (home / "mnist" / TEST_LABELS).unlink()
    with pytest.raises(FileNotFoundError, match=TEST_LABELS) as info:
        fetch(home, download_if_missing=False)
    assert TEST_IMAGES not in str(info.value)
    fetch(home, subset="train", download_if_missing=False)


@pytest.mark.parametrize("damage", [cut_off, altered, emptied])
@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
def test_damaged_and_not_to_be_downloaded(
    home, contents, mirrors, server, damage, name
):
    path = home / "mnist" / name
    path.write_bytes(damage(contents[name]))
    with pytest.raises(OSError, match="damaged") as info:
        fetch(home, download_if_missing=False)
    message = str(info.value)
    assert f"'{path}'" in message
    assert f"is {sha256(path.read_bytes())}" in message
    assert f"expected {sha256(contents[name])}" in message
    assert "Delete it" in message
    assert all(mirror in message for mirror in mirrors)
    assert server.requests == []


def test_altered_file_is_downloaded_again_once(home, contents, arrays, mirrors, server):
    path = home / "mnist" / TEST_IMAGES
    path.write_bytes(altered(contents[TEST_IMAGES]))
    with pytest.warns(UserWarning, match="downloaded again") as record:
        mnist = fetch_mnist(subset="test", data_home=home, n_retries=0)
    assert [str(path) in str(warning.message) for warning in record] == [True]
    assert record[0].filename == __file__
    assert path.read_bytes() == contents[TEST_IMAGES]
    np.testing.assert_array_equal(mnist.images.ravel(), arrays[TEST_IMAGES])
    assert server.requests == [f"/first/{TEST_IMAGES}", f"/second/{TEST_IMAGES}"]
    fetch(home)


def test_altered_file_that_no_mirror_has(home, contents, mirrors, server):
    wrong = altered(contents[TEST_IMAGES])
    everywhere(server, TEST_IMAGES, content=wrong)
    path = home / "mnist" / TEST_IMAGES
    path.write_bytes(wrong)
    with (
        pytest.warns(UserWarning, match="downloaded again"),
        pytest.raises(OSError, match="no mirror") as info,
    ):
        fetch(home)
    message = str(info.value)
    assert f"'{path}'" in message
    assert f"is {sha256(wrong)}, expected {sha256(contents[TEST_IMAGES])}" in message
    assert "delete the one that is there" in message
    # Nothing is lost, and nothing is left over.
    assert path.read_bytes() == wrong
    assert files_in(home) == sorted(contents)


def test_dead_mirror_then_good_one(dead_mirror, mirrors, monkeypatch, tmp_path):
    monkeypatch.setattr(_mnist_files, "MIRRORS", [dead_mirror, mirrors[1]])
    fetch(tmp_path)
    assert files_in(tmp_path) == sorted(NAMES)


@pytest.mark.parametrize("stall", ["before", "within"])
def test_stalled_connection_is_given_up(
    server, mirrors, contents, monkeypatch, tmp_path, stall
):
    monkeypatch.setattr(_remote_files, "_TIMEOUT", 0.1)
    answer = {"content": contents[TEST_IMAGES], "stall": stall}
    server.answers[f"/first/{TEST_IMAGES}"] = answer
    fetch(tmp_path, subset="test")  # from the second mirror
    (tmp_path / "mnist" / TEST_IMAGES).unlink()
    everywhere(server, TEST_IMAGES, **answer)
    with pytest.raises(OSError, match="no mirror delivered it") as info:
        fetch(tmp_path, subset="test")
    assert str(info.value).lower().count("timed out") == len(mirrors)
    assert files_in(tmp_path) == [TEST_LABELS]


def test_every_mirror_fails(dead_mirror, mirrors, monkeypatch, tmp_path):
    monkeypatch.setattr(_mnist_files, "MIRRORS", [mirrors[0], dead_mirror])
    with pytest.raises(OSError, match="no mirror delivered it") as info:
        fetch(tmp_path)
    message = str(info.value)
    assert f"{mirrors[0]}: 404" in message
    assert f"{dead_mirror}: " in message
    assert "refused" in message
    assert f"'{tmp_path / 'mnist'}'" in message
    assert TRAIN_IMAGES in message
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 404}, "404"),
        ({"status": 503}, "503"),
        ({"content": HTML}, "does not match"),
        ({"content": HTML * 50_000}, "more bytes than"),
        ({"content": HTML, "length": 1000}, "IncompleteRead"),
    ],
    ids=["404", "503", "html", "endless", "truncated"],
)
def test_wrong_answers(server, mirrors, contents, tmp_path, answer, reason):
    everywhere(server, TEST_IMAGES, **answer)
    with pytest.raises(OSError, match="no mirror delivered it") as info:
        fetch(tmp_path, subset="test")
    assert str(info.value).count(reason) >= len(mirrors)
    assert files_in(tmp_path) == []
    # With one good mirror none of this matters.
    server.answers[f"/second/{TEST_IMAGES}"] = {"content": contents[TEST_IMAGES]}
    fetch(tmp_path, subset="test")


def test_wrong_bytes_of_the_right_length(server, mirrors, contents, tmp_path):
    wrong = altered(contents[TEST_LABELS])
    server.answers[f"/first/{TEST_LABELS}"] = {"content": wrong}
    fetch(tmp_path, subset="test")
    path = tmp_path / "mnist" / TEST_LABELS
    assert path.read_bytes() == contents[TEST_LABELS]
    path.unlink()
    server.answers[f"/second/{TEST_LABELS}"] = {"content": wrong}
    with pytest.raises(OSError, match=sha256(wrong)):
        fetch(tmp_path, subset="test")
    assert not path.exists()


def test_retries_all_mirrors_with_growing_delays(
    server, mirrors, monkeypatch, tmp_path
):
    server.answers.clear()
    delays = []
    monkeypatch.setattr(_remote_files.time, "sleep", delays.append)
    with pytest.raises(OSError, match="no mirror"):
        fetch(tmp_path, subset="test", n_retries=3, delay=0.5)
    assert server.requests == [f"/first/{TEST_IMAGES}", f"/second/{TEST_IMAGES}"] * 4
    assert delays == [0.5, 1, 2]


def test_unavailable_then_success(server, mirrors, contents, monkeypatch, tmp_path):
    everywhere(server, TEST_IMAGES, status=503)

    def recover(seconds):
        server.answers[f"/second/{TEST_IMAGES}"] = {"content": contents[TEST_IMAGES]}

    monkeypatch.setattr(_remote_files.time, "sleep", recover)
    fetch(tmp_path, subset="test", n_retries=1)
    assert files_in(tmp_path) == sorted(NAMES[2:])


@pytest.mark.parametrize("kind", ["file in its place", "read-only file system"])
def test_home_that_cannot_be_written_to(mirrors, server, tmp_path, kind):
    # Both stop even the super-user, whom permissions do not.
    home = tmp_path / "file"
    home.write_bytes(b"")
    if kind == "read-only file system":
        home = Path("/proc/skdigits")
        if not home.parent.is_dir():
            pytest.skip("there is no /proc on this system")
    with pytest.raises(OSError, match="cannot be written to") as info:
        fetch(home)
    assert str(home / "mnist") in str(info.value)
    assert "SKDIGITS_DATA" in str(info.value)
    assert all(mirror in str(info.value) for mirror in mirrors)
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk(mirrors, monkeypatch, tmp_path):
    """The system itself says that nothing fits onto this device."""

    def open_on_full_disk(path, mode):
        Path(path).write_bytes(b"half")
        return open("/dev/full", mode, buffering=0)

    monkeypatch.setattr(_remote_files, "open", open_on_full_disk, raising=False)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as info:
        fetch(tmp_path)
    assert f"'{tmp_path / 'mnist'}' cannot be written to" in str(info.value)
    assert "Name another folder" in str(info.value)
    assert files_in(tmp_path) == []


def test_progress_bar_on_terminals(monkeypatch):
    bars = []
    monkeypatch.setattr(
        pooch, "HTTPDownloader", lambda **kwargs: bars.append(kwargs["progressbar"])
    )
    for terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda is_it=terminal: is_it)
        _remote_files._downloader(1)
    assert bars == [False, True]


def test_progress_bar_is_drawn(mirrors, contents, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch(tmp_path, subset="test")
    assert "100%" in capsys.readouterr().err


# What takes processes of its own.


@pytest.fixture
def start(mirrors, tmp_path):
    """Start a process that fetches the same files from the same mirrors."""
    files = {
        subset: [(file.name, file.n_bytes, file.sha256) for file in pair]
        for subset, pair in _mnist_files.FILES.items()
    }
    preparation = f"""
import multiprocessing
from skdigits import _mnist_files
from skdigits.datasets import fetch_mnist
from skdigits._remote_files import RemoteFile

_mnist_files.MIRRORS = {_mnist_files.MIRRORS}
_mnist_files.FILES = {{
    subset: tuple(RemoteFile(*file) for file in pair)
    for subset, pair in {files}.items()
}}

def fetch():
    return int(fetch_mnist(data_home={str(tmp_path)!r}, n_retries=0).data.sum())
"""
    started = []

    def start(code):
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", preparation + code],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="forks, to start all at the same time")
def test_eight_processes_at_once(start, arrays, tmp_path):
    process = start("""
context = multiprocessing.get_context("fork")
barrier = context.Barrier(8)

def fetch_together(_):
    barrier.wait()
    return fetch()

with context.Pool(8) as pool:
    print(pool.map(fetch_together, range(8), chunksize=1))
""")
    output, errors = process.communicate(timeout=100)
    total = sum(int(arrays[name].sum()) for name in NAMES[::2])
    assert (process.returncode, output) == (0, f"{[total] * 8}\n"), errors
    assert files_in(tmp_path) == sorted(NAMES)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent in the way of POSIX")
def test_interruption_leaves_nothing_behind(start, server, contents, tmp_path):
    everywhere(server, TRAIN_IMAGES, content=contents[TRAIN_IMAGES], stall="within")
    process = start("fetch()")
    folder = tmp_path / "mnist"
    until = time.monotonic() + 60
    while not (server.requests and any(folder.glob("*"))):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert files_in(tmp_path) == []


def test_folder_in_the_place_of_a_file(home, mirrors, server):
    (home / "mnist" / TEST_LABELS).unlink()
    (home / "mnist" / TEST_LABELS).mkdir()
    with pytest.raises(OSError, match="in the place of a file; remove it"):
        fetch(home)
    assert server.requests == []


def test_clear_data_home(home):
    (home / "mnist" / "notes.txt").write_text("mine")
    clear_data_home(home)
    assert files_in(home) == ["notes.txt"]
    (home / "mnist" / "notes.txt").unlink()
    clear_data_home(str(home))
    assert list(home.iterdir()) == []
    clear_data_home(home / "absent")
    with pytest.raises(ValueError, match="'data_home' parameter"):
        clear_data_home(3)


# Files that someone unpacked.


@pytest.fixture
def unpacked_home(contents, tmp_path, monkeypatch):
    """A data home with the four files unpacked, whose sums are pinned."""
    (tmp_path / "mnist").mkdir()
    sums = {}
    for name, content in contents.items():
        content = gzip.decompress(content)
        (tmp_path / "mnist" / name.removesuffix(".gz")).write_bytes(content)
        sums[name] = hashlib.sha256(content).hexdigest()
    if any(
        file.unpacked_sha256 for pair in _mnist_files.FILES.values() for file in pair
    ):
        return tmp_path  # of MNIST itself, as they are
    files = {
        subset: tuple(
            dataclasses.replace(file, unpacked_sha256=sums[file.name]) for file in pair
        )
        for subset, pair in _mnist_files.FILES.items()
    }
    monkeypatch.setattr(_mnist_files, "FILES", files)
    return tmp_path


def assert_read(mnist, arrays):
    for values, names in ((mnist.images, NAMES[::2]), (mnist.target, NAMES[1::2])):
        expected = np.concatenate([arrays[name] for name in names])
        np.testing.assert_array_equal(values.ravel(), expected)


def test_unpacked_files_are_read(unpacked_home, arrays):
    before = files_in(unpacked_home)
    for download in (False, True):
        assert_read(fetch(unpacked_home, download_if_missing=download), arrays)
    assert files_in(unpacked_home) == before


def test_compressed_files_come_first(unpacked_home, contents, arrays):
    (unpacked_home / "mnist" / TEST_LABELS).write_bytes(contents[TEST_LABELS])
    (unpacked_home / "mnist" / TEST_LABELS.removesuffix(".gz")).write_bytes(b"wrong")
    assert_read(fetch(unpacked_home), arrays)


def test_unpacked_files_are_verified(unpacked_home):
    path = unpacked_home / "mnist" / TEST_IMAGES.removesuffix(".gz")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match="is damaged or another file") as told:
        fetch(unpacked_home, download_if_missing=False)
    assert f"'{path}'" in str(told.value)


def test_damaged_unpacked_file_is_downloaded(unpacked_home, mirrors, arrays):
    path = unpacked_home / "mnist" / TEST_IMAGES.removesuffix(".gz")
    path.write_bytes(b"wrong")
    with pytest.warns(UserWarning, match="is damaged.*downloaded again"):
        mnist = fetch(unpacked_home)
    assert_read(mnist, arrays)
    assert path.with_name(TEST_IMAGES).is_file()
