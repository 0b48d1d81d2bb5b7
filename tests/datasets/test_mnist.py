import gzip
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pooch
import pytest

from skdigits.datasets import _mnist, _remote, fetch_mnist
from skdigits.datasets._remote import RemoteFile

HTML = b"<!DOCTYPE html><title>Please log in</title>"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Without mirrors nothing is requested; tests of downloads set their own."""
    monkeypatch.setattr(_mnist, "MIRRORS", ())
    monkeypatch.setenv("NO_PROXY", "*")


# The real MNIST, where there is one.


@pytest.fixture(scope="module")
def mnist(mnist_home):
    return fetch_mnist(data_home=mnist_home, download_if_missing=False)


def test_form(mnist):
    assert mnist.data.shape == (70_000, 784)
    assert mnist.images.shape == (70_000, 28, 28)
    assert mnist.data.dtype == mnist.images.dtype == np.uint8
    assert mnist.target.shape == (70_000,)
    assert mnist.target.dtype == np.int64
    np.testing.assert_array_equal(mnist.target_names, range(10))
    assert mnist.feature_names == [f"pixel{i}" for i in range(784)]
    assert mnist.frame is None
    assert "CC BY-SA 3.0" in mnist.DESCR
    assert "LeCun" in mnist.DESCR


def test_images_are_a_view_of_data(mnist):
    assert np.shares_memory(mnist.images, mnist.data)
    np.testing.assert_array_equal(mnist.images[5, 14], mnist.data[5, 392:420])


def test_known_sums(mnist):
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist.target[:60_000]).tolist() == counts
    assert mnist.target[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.target[60_000:60_005].tolist() == [7, 2, 1, 0, 4]
    # The mean that everybody uses to standardize the training images.
    assert mnist.data[:60_000].mean() / 255 == pytest.approx(0.1307, abs=5e-5)


def test_images_are_not_held_twice_while_loading(mnist_home):
    tracemalloc.start()
    try:
        mnist = fetch_mnist(data_home=mnist_home)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * mnist.data.nbytes


@pytest.mark.parametrize(
    ("subset", "rows"),
    [("train", slice(None, 60_000)), ("test", slice(60_000, None))],
)
def test_all_is_train_then_test(mnist, mnist_home, subset, rows):
    X, y = fetch_mnist(subset=subset, data_home=mnist_home, return_X_y=True)
    np.testing.assert_array_equal(X, mnist.data[rows])
    np.testing.assert_array_equal(y, mnist.target[rows])


def test_download_of_the_real_files(mnist_home, monkeypatch, tmp_path, server):
    for path in (mnist_home / "mnist").glob("t10k-*"):
        server.put(path.name, path.read_bytes())
    monkeypatch.setattr(_mnist, "MIRRORS", [server.url])
    assert fetch_mnist(subset="test", data_home=tmp_path).data.shape == (10_000, 784)


def test_pinned_sizes(mnist_home):
    for files in _mnist.FILES.values():
        for file in files:
            assert (mnist_home / "mnist" / file.name).stat().st_size == file.n_bytes


def test_cached_files_need_neither_pooch_nor_requests(mnist_home):
    code = (
        "import sys; from skdigits.datasets import fetch_mnist; "
        "fetch_mnist(subset='test'); "
        "sys.exit(bool({'pooch', 'requests'} & set(sys.modules)))"
    )
    environment = {**os.environ, "SKDIGITS_DATA": str(mnist_home)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


# A small stand-in, so that all that follows runs everywhere.


@pytest.fixture(scope="session")
def small():
    """What the files contain, and the arrays in them."""
    rng = np.random.default_rng(0)
    arrays = {
        "train-images": rng.integers(0, 256, (6, 28, 28), np.uint8),
        "train-labels": rng.integers(0, 10, 6, np.uint8),
        "test-images": rng.integers(0, 256, (4, 28, 28), np.uint8),
        "test-labels": rng.integers(0, 10, 4, np.uint8),
    }
    contents = {}
    for name, array in arrays.items():
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        contents[name] = gzip.compress(header + array.tobytes(), mtime=0)
    return SimpleNamespace(arrays=arrays, contents=contents)


@pytest.fixture
def small_mnist(monkeypatch, small):
    def remote_file(name):
        content = small.contents[name]
        sha256 = hashlib.sha256(content).hexdigest()
        return RemoteFile(name, n_bytes=len(content), sha256=sha256)

    files = {
        subset: (remote_file(f"{subset}-images"), remote_file(f"{subset}-labels"))
        for subset in ("train", "test")
    }
    monkeypatch.setattr(_mnist, "FILES", files)
    return small


@pytest.fixture
def home(small_mnist, tmp_path):
    """A data home with the four small files."""
    (tmp_path / "mnist").mkdir()
    for name, content in small_mnist.contents.items():
        (tmp_path / "mnist" / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def server():
    """A web server; `requests` are the paths it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web.requests.append(self.path)
            status, length, content = web.answers.get(self.path, (404, 0, b""))
            web.hang.wait()
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    def put(path, content, status=200, length=None):
        length = len(content) if length is None else length
        web.answers[f"/{path}"] = status, length, content

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        web = SimpleNamespace(answers={}, requests=[], hang=threading.Event(), put=put)
        web.hang.set()
        web.url = f"http://127.0.0.1:{httpd.server_port}/"
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        yield web
        web.hang.set()
        httpd.shutdown()
        thread.join()


@pytest.fixture
def mirrors(server, small_mnist, monkeypatch):
    """Two mirrors on that server, of which the second has the files."""
    mirrors = [f"{server.url}first/", f"{server.url}second/"]
    for name, content in small_mnist.contents.items():
        server.put(f"second/{name}", content)
    monkeypatch.setattr(_mnist, "MIRRORS", mirrors)
    return mirrors


@pytest.fixture
def dead_mirror():
    """An address at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def files_in(home):
    return sorted(path.name for path in (home / "mnist").iterdir())


def fetch(home, **kwargs):
    return fetch_mnist(data_home=home, **{"n_retries": 0, "delay": 0, **kwargs})


@pytest.mark.parametrize("subset", ["all", "train", "test"])
def test_download_into_an_empty_home(mirrors, server, small, tmp_path, subset):
    home = tmp_path / "not" / "yet"
    mnist = fetch(home, subset=subset)
    subsets = ["train", "test"] if subset == "all" else [subset]
    images = np.concatenate([small.arrays[f"{name}-images"] for name in subsets])
    labels = np.concatenate([small.arrays[f"{name}-labels"] for name in subsets])
    np.testing.assert_array_equal(mnist.images, images)
    np.testing.assert_array_equal(mnist.target, labels)
    needed = [name for name in small.contents if name.split("-")[0] in subsets]
    assert files_in(home) == sorted(needed)
    # The second time nothing is asked for.
    server.requests.clear()
    np.testing.assert_array_equal(fetch(home, subset=subset).data, mnist.data)
    assert server.requests == []


def test_default_home(mirrors, monkeypatch, tmp_path):
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path))
    fetch_mnist(subset="test", n_retries=0)
    assert files_in(tmp_path) == ["test-images", "test-labels"]


def test_downloaded_bytes_are_what_was_sent(mirrors, small, tmp_path):
    fetch(tmp_path)
    for name, content in small.contents.items():
        assert (tmp_path / "mnist" / name).read_bytes() == content


def test_as_frame(home, small):
    mnist = fetch(home, as_frame=True)
    assert mnist.data.shape == (10, 784)
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
        assert fetch(home).data.shape == (10, 784)
    finally:
        (home / "mnist").chmod(home_mode)
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_missing_and_not_to_be_downloaded(mirrors, small, server, tmp_path):
    with pytest.raises(OSError, match="download_if_missing=False") as info:
        fetch(tmp_path, download_if_missing=False)
    message = str(info.value)
    assert str(tmp_path / "mnist") in message
    for name, content in small.contents.items():
        assert name in message
        assert hashlib.sha256(content).hexdigest() in message
    assert all(mirror in message for mirror in mirrors)
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_one_of_four_missing(home, small):
    (home / "mnist" / "test-labels").unlink()
    with pytest.raises(FileNotFoundError, match="test-labels") as info:
        fetch(home, download_if_missing=False)
    assert "test-images" not in str(info.value)
    fetch(home, subset="train", download_if_missing=False)


def cut_off(content):
    return content[:-3]


def altered(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def emptied(content):
    return b""


@pytest.mark.parametrize("damage", [cut_off, altered, emptied])
@pytest.mark.parametrize("name", ["train-images", "test-labels"])
def test_damaged_and_not_to_be_downloaded(home, small, mirrors, server, damage, name):
    path = home / "mnist" / name
    path.write_bytes(damage(small.contents[name]))
    with pytest.raises(OSError, match="damaged") as info:
        fetch(home, download_if_missing=False)
    message = str(info.value)
    assert f"'{path}'" in message
    assert f"is {hashlib.sha256(path.read_bytes()).hexdigest()}" in message
    assert f"expected {hashlib.sha256(small.contents[name]).hexdigest()}" in message
    assert "Delete it" in message
    assert all(mirror in message for mirror in mirrors)
    assert server.requests == []


def test_damaged_file_is_downloaded_again(home, small, mirrors, server):
    path = home / "mnist" / "test-images"
    path.write_bytes(altered(small.contents["test-images"]))
    with pytest.warns(UserWarning, match="downloaded again") as record:
        mnist = fetch_mnist(data_home=home, n_retries=0)
    assert [str(path) in str(warning.message) for warning in record] == [True]
    assert record[0].filename == __file__
    assert path.read_bytes() == small.contents["test-images"]
    np.testing.assert_array_equal(mnist.images[6:], small.arrays["test-images"])
    assert server.requests == ["/first/test-images", "/second/test-images"]
    fetch(home)


def test_damaged_file_that_cannot_be_downloaded(home, small, mirrors, server):
    server.answers.clear()
    path = home / "mnist" / "test-images"
    path.write_bytes(altered(small.contents["test-images"]))
    with (
        pytest.warns(UserWarning, match="downloaded again"),
        pytest.raises(OSError, match="no mirror") as info,
    ):
        fetch(home)
    for content in (path.read_bytes(), small.contents["test-images"]):
        assert hashlib.sha256(content).hexdigest() in str(info.value)
    assert f"'{path}'" in str(info.value)
    assert files_in(home) == sorted(small.contents)


def test_dead_mirror_then_good_one(dead_mirror, mirrors, monkeypatch, tmp_path):
    monkeypatch.setattr(_mnist, "MIRRORS", [dead_mirror, mirrors[1]])
    assert fetch(tmp_path).data.shape == (10, 784)


def test_silent_mirror_is_given_up(server, mirrors, monkeypatch, tmp_path):
    monkeypatch.setattr(_remote, "_TIMEOUT", 0.1)
    server.hang.clear()
    with pytest.raises(OSError, match=r"read timeout=0\.1"):
        fetch(tmp_path)


def test_every_mirror_fails(dead_mirror, mirrors, monkeypatch, tmp_path):
    monkeypatch.setattr(_mnist, "MIRRORS", [mirrors[0], dead_mirror])
    with pytest.raises(OSError, match="no mirror delivered it") as info:
        fetch(tmp_path)
    message = str(info.value)
    assert f"{mirrors[0]}: 404" in message
    assert f"{dead_mirror}: " in message
    assert "refused" in message
    assert f"'{tmp_path / 'mnist'}'" in message
    assert "train-images" in message
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"content": b"", "status": 404}, "404"),
        ({"content": b"", "status": 503}, "503"),
        ({"content": HTML}, "does not match"),
        ({"content": HTML * 1000}, "more bytes than"),
        ({"content": HTML, "length": 1000}, "IncompleteRead"),
    ],
    ids=["404", "503", "html", "endless", "cut off"],
)
def test_wrong_answers(server, mirrors, tmp_path, answer, reason):
    server.put("first/test-images", **answer)
    server.put("second/test-images", **answer)
    with pytest.raises(OSError, match="no mirror delivered it") as info:
        fetch(tmp_path, subset="test")
    assert str(info.value).count(reason) >= len(mirrors)
    assert files_in(tmp_path) == []


def test_wrong_bytes_of_the_right_length(server, mirrors, small, tmp_path):
    wrong = altered(small.contents["test-labels"])
    server.put("first/test-labels", wrong)
    fetch(tmp_path, subset="test")
    path = tmp_path / "mnist" / "test-labels"
    assert path.read_bytes() == small.contents["test-labels"]
    path.unlink()
    server.put("second/test-labels", wrong)
    with pytest.raises(OSError, match=hashlib.sha256(wrong).hexdigest()):
        fetch(tmp_path, subset="test")
    assert not path.exists()


def test_retries_all_mirrors_with_growing_delays(
    server, mirrors, monkeypatch, tmp_path
):
    server.answers.clear()
    delays = []
    monkeypatch.setattr(_remote.time, "sleep", delays.append)
    with pytest.raises(OSError, match="no mirror"):
        fetch(tmp_path, subset="test", n_retries=3, delay=0.5)
    assert server.requests == ["/first/test-images", "/second/test-images"] * 4
    assert delays == [0.5, 1, 2]


def test_retry_succeeds(server, mirrors, small, monkeypatch, tmp_path):
    content = small.contents["test-images"]
    server.put("second/test-images", b"", status=503)
    monkeypatch.setattr(
        _remote.time, "sleep", lambda _: server.put("second/test-images", content)
    )
    assert fetch(tmp_path, subset="test", n_retries=1).data.shape == (4, 784)


def test_home_that_cannot_be_written_to(mirrors, server, tmp_path):
    # A file in the place of the folder stops even the super-user.
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="cannot be written to") as info:
        fetch(tmp_path / "file")
    assert str(tmp_path / "file" / "mnist") in str(info.value)
    assert "SKDIGITS_DATA" in str(info.value)
    assert all(mirror in str(info.value) for mirror in mirrors)
    assert server.requests == []


def test_interruption_leaves_nothing_behind(mirrors, monkeypatch, tmp_path):
    def interrupted(self, url, output_file, pooch):
        output_file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path)
    assert files_in(tmp_path) == []


def test_racing_downloads(mirrors, small, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        bunches = list(pool.map(lambda _: fetch(tmp_path), range(8)))
    for mnist in bunches:
        np.testing.assert_array_equal(mnist.images[:6], small.arrays["train-images"])
    assert files_in(tmp_path) == sorted(small.contents)


@pytest.mark.parametrize("tqdm", [None, "installed"])
@pytest.mark.parametrize("terminal", [False, True])
def test_progress_bar_on_terminals_that_have_tqdm(monkeypatch, terminal, tqdm):
    bars = []
    monkeypatch.setattr(
        pooch, "HTTPDownloader", lambda **kwargs: bars.append(kwargs["progressbar"])
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: tqdm)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    _remote._downloader(1)
    assert bars == [terminal and tqdm is not None]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"subset": "valid"},
        {"data_home": 3},
        {"download_if_missing": "no"},
        {"return_X_y": "yes"},
        {"as_frame": "yes"},
        {"n_retries": -1},
        {"delay": -1},
    ],
)
def test_refuses_wrong_parameters(kwargs):
    (name,) = kwargs
    with pytest.raises(ValueError, match=f"'{name}' parameter of fetch_mnist"):
        fetch_mnist(**kwargs)


def test_altered_real_file(mnist_home, tmp_path):
    (tmp_path / "mnist").mkdir()
    for path in (mnist_home / "mnist").iterdir():
        shutil.copyfile(path, tmp_path / "mnist" / path.name)
    path = tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(cut_off(path.read_bytes()))
    with pytest.raises(OSError, match="f7ae60f92e00ec6debd23a6088c31dbd2371eca3"):
        fetch_mnist(data_home=tmp_path, download_if_missing=False)
    fetch_mnist(subset="train", data_home=tmp_path, download_if_missing=False)
