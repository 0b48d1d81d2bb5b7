import gzip
import hashlib
import re

import pytest
from typer.testing import CliRunner

from skdigits import _mnist_files
from skdigits._remote_files import RemoteFile
from skdigits.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["datasets", *map(str, arguments)])


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    monkeypatch.setattr(_mnist_files, "MIRRORS", ())
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def mnist(mnist_home, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    return mnist_home / "mnist"


@pytest.fixture
def altered(mnist, tmp_path):
    """A home in which one file is altered, one missing and one a stranger."""
    (tmp_path / "mnist").mkdir()
    for path in mnist.iterdir():
        (tmp_path / "mnist" / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    (tmp_path / "mnist" / "train-labels-idx1-ubyte.gz").unlink()
    (tmp_path / "mnist" / "tmp1234").write_bytes(b"half")
    return tmp_path


def test_path(monkeypatch, tmp_path):
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path))
    assert run("path").output == f"{tmp_path}\n"
    assert run("path", "--data-home", tmp_path / "x").output == f"{tmp_path / 'x'}\n"


def test_list(mnist, altered, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("list")
    assert shown.exit_code == 0
    assert "CC BY-SA 3.0" in shown.output
    assert f"kept in '{mnist.parent}'" in shown.output
    assert "not fetched" in run("list", "--data-home", "no").output
    assert "3 of 4 files" in run("list", "--data-home", altered).output


def test_fetch(mnist):
    shown = run("fetch", "mnist")
    assert shown.output == f"70,000 images of mnist are in '{mnist}'.\n"
    assert run("fetch", "letters").exit_code == 2


def test_fetch_without_network(tmp_path):
    shown = run("fetch", "mnist", "--data-home", tmp_path)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("skdigits datasets fetch: ")
    assert "no mirror delivered it" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_verify(mnist, altered, tmp_path):
    shown = run("verify")
    assert shown.exit_code == 0
    assert shown.output.count("is as it must be") == 4
    shown = run("verify", "--data-home", altered)
    assert shown.exit_code == 1
    assert shown.output.count("is as it must be") == 2
    assert "t10k-labels-idx1-ubyte.gz' is damaged or another file" in shown.output
    assert "train-labels-idx1-ubyte.gz' is missing" in shown.output
    assert "tmp1234' is not used by skdigits" in shown.output
    assert "--repair" in shown.output
    shown = run("verify", "--data-home", tmp_path / "absent")
    assert shown.exit_code == 1
    assert shown.output.count("' is missing") == 4


def test_repair(mnist, altered, monkeypatch):
    def download(file, folder, *_, **__):
        (folder / file.name).write_bytes((mnist / file.name).read_bytes())

    monkeypatch.setattr("skdigits._remote_files._download", download)
    shown = run("verify", "--repair", "--data-home", altered)
    assert shown.exit_code == 0, shown.output
    assert "Repaired" in shown.output
    assert run("verify", "--data-home", altered).exit_code == 0


def test_repair_that_fails(altered):
    shown = run("verify", "--repair", "--data-home", altered)
    assert shown.exit_code == 1
    assert "no mirror delivered it" in shown.stderr
    assert "Repaired" not in shown.output


def test_verify_without_mnist(monkeypatch, tmp_path):
    """The same with files that need no MNIST."""
    file = RemoteFile("small", 3, hashlib.sha256(b"abc").hexdigest())
    monkeypatch.setattr(_mnist_files, "FILES", {"train": (file,)})
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "small").write_bytes(b"abc")
    assert run("verify", "--data-home", tmp_path).exit_code == 0
    (tmp_path / "mnist" / "small").write_bytes(b"abd")
    assert run("verify", "--data-home", tmp_path).exit_code == 1


def test_unpacked_files(mnist_home, tmp_path):
    (tmp_path / "mnist").mkdir()
    for path in (mnist_home / "mnist").glob("*.gz"):
        content = gzip.decompress(path.read_bytes())
        (tmp_path / "mnist" / path.stem).write_bytes(content)
    shown = run("list", "--data-home", tmp_path)
    assert re.search("mnist .* fetched", shown.stdout)
    shown = run("verify", "--data-home", tmp_path)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.count("-ubyte' is as it must be") == 4
    assert "not used" not in shown.stdout
    shown = run("fetch", "mnist", "--data-home", tmp_path)
    assert shown.exit_code == 0, shown.output
    assert not list(tmp_path.rglob("*.gz"))
