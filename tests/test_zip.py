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
from skdigits.app import create_app, export_page
from skdigits.datasets import load_digits, make_numbers
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer
from skdigits.reading import DigitReader
from skdigits.report import write_report

assert "skdigits.zip" in sys.modules["skdigits.app"].__file__
client = create_app().test_client()
for address in ("/", "/page.css", "/page.js", "/pen.js", "/sheet.js", "/icon.svg"):
    assert client.get(address).status_code == 200, address
assert export_page(None, "page.html").stat().st_size > 1_000_000
numbers = make_numbers(1, n_digits=3, random_state=0)
assert DigitReader().read(255 - numbers.images[0]).text == numbers.target[0]
X, y = load_digits(return_X_y=True)
framed = DigitNormalizer(polarity="bright").fit_transform(X[:50])
print(write_report(load_pretrained(), framed, y[:50], "report.html").stat().st_size)
"""

DESKEW_IN_A_ZIP = """
import sys
sys.path.insert(0, "skdigits.zip")
from skdigits.preprocessing import Deskewer
from skdigits.preprocessing._moments import sum_moments

assert "skdigits.zip" in sys.modules["skdigits.preprocessing"].__file__
Deskewer().fit_transform([[[0.0, 1.0], [1.0, 1.0]]])
print(len(sum_moments.signatures))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zipped")
    with ZipFile(folder / "skdigits.zip", "w") as archive:
        for path in PACKAGE.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(PACKAGE.parent))
    return folder


def run(folder, code, **variables):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | variables,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_page_reader_and_report_work(folder):
    """All their kernels would be compiled for the new archive; one is, below."""
    assert int(run(folder, IN_A_ZIP, NUMBA_DISABLE_JIT="1")) > 10_000


def test_kernels_are_compiled(folder):
    assert run(folder, DESKEW_IN_A_ZIP) == "1\n"
