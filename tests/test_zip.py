"""The package in a zip archive, from which Python imports it, too."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import skdigits

PACKAGE = Path(skdigits.__file__).parent

IN_A_ZIP = """
import sys
sys.path.insert(0, "skdigits.zip")
from skdigits.app import create_app
from skdigits.datasets import load_digits, make_numbers
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer
from skdigits.reading import DigitReader
from skdigits.report import write_report

assert "skdigits.zip" in sys.modules["skdigits.app"].__file__
client = create_app().test_client()
for address in ("/", "/page.css", "/page.js", "/reading.js", "/sheet.js", "/icon.svg"):
    assert client.get(address).status_code == 200, address
numbers = make_numbers(1, n_digits=3, random_state=0)
assert DigitReader().read(255 - numbers.images[0]).text == numbers.target[0]
X, y = load_digits(return_X_y=True)
framed = DigitNormalizer(polarity="bright").fit_transform(X[:50])
print(write_report(load_pretrained(), framed, y[:50], "report.html").stat().st_size)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zipped")
    with ZipFile(folder / "skdigits.zip", "w") as archive:
        for path in PACKAGE.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(PACKAGE.parent))
    return folder


def test_page_reader_and_report_work(folder):
    done = subprocess.run(
        [sys.executable, "-c", IN_A_ZIP],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "NUMBA_OPT": "0"},  # kernels of a new archive are compiled
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10_000
