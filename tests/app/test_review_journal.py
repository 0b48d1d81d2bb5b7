"""The journal of a review: nothing that was decided is lost, and nothing is made up."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skdigits.app.review import Item, Review, open_journal

SOURCE = {"input": "scans", "n_images": 40, "sha256": "0" * 64}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "corrected.csv.journal"


def test_decisions_are_there_again(path):
    with open_journal(path, SOURCE) as journal:
        journal.decide({3: "7"})
        journal.decide({1: "7", 2: None})
        journal.decide({3: "1"})
        assert journal.labels == {3: "1", 1: "7", 2: None}
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {3: "1", 1: "7", 2: None}
        # Also what was decided before can be taken back, as a whole.
        assert journal.undo() == [3]
        assert journal.labels == {3: "7", 1: "7", 2: None}
        assert journal.undo() == [1, 2]
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {3: "7"}
        assert journal.undo() == [3]
        assert journal.undo() == []
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == {"skdigits_review": 1, **SOURCE}
    # Nothing is ever taken out.
    assert len(lines) == 1 + 3 + 3


@pytest.mark.parametrize("length", range(1, 23, 3))
def test_a_last_line_that_is_not_complete_is_ignored(path, length):
    with open_journal(path, SOURCE) as journal:
        journal.decide({0: "1"})
        journal.decide({5: "2"})
    path.write_bytes(path.read_bytes()[:-length])
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {0: "1"}
        journal.decide({6: "3"})
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {0: "1", 6: "3"}


def test_a_journal_whose_first_line_is_not_complete_begins_anew(path):
    for content in (b"", b'{"skdi', b'{"skdigits_review": 1, "input": "sc'):
        path.write_bytes(content)
        with open_journal(path, SOURCE) as journal:
            assert journal.labels == {}
            journal.decide({0: None})
        with open_journal(path, SOURCE) as journal:
            assert journal.labels == {0: None}


def test_a_journal_of_other_images_is_refused(path):
    other = {"input": "photos", "n_images": 1200, "sha256": "1" * 64}
    with open_journal(path, other) as journal:
        journal.decide({1000: "7"})
    before = path.read_bytes()
    message = (
        r"holds decisions on 'photos' \(1,200 images\), not on 'scans' \(40 images\)\. "
        "Name another --output"
    )
    with pytest.raises(ValueError, match=message), open_journal(path, SOURCE):
        pass
    changed = {**other, "sha256": "2" * 64}
    with (
        pytest.raises(ValueError, match="not on the same, because its images have"),
        open_journal(path, changed),
    ):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("n_images", "message"),
    [
        ("40", "Line 1 of .* is no decision"),
        ([40], "Line 1 of .* is no decision"),
        (10**9, r"holds decisions on 'scans' \(1,000,000,000 images\), not on"),
    ],
)
def test_a_journal_of_other_numbers_of_images_is_refused(path, n_images, message):
    first = {"skdigits_review": 1, **SOURCE, "n_images": n_images}
    path.write_text(json.dumps(first) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message), open_journal(path, SOURCE):
        pass


@pytest.mark.parametrize("content", [b"label,pixel0\n7,0\n", b"{}\n", b"no line"])
def test_other_files_are_not_written_to(path, content):
    path.write_bytes(content)
    with (
        pytest.raises(ValueError, match="is no journal of skdigits review"),
        open_journal(path, SOURCE),
    ):
        pass
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "{}",
        "[]",
        "7",
        '{"undo": true}',
        '{"labels": {"40": "7"}}',
        '{"labels": {"-1": "7"}}',
        '{"labels": {"1": 7}}',
        '{"labels": ["1"]}',
        '{"labels": {"one": "7"}}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_line_that_is_no_decision_is_named(path, line):
    with open_journal(path, SOURCE):
        pass
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with (
        pytest.raises(ValueError, match=r"Line 2 of .* is no decision"),
        open_journal(path, SOURCE),
    ):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    with pytest.raises(OSError, match="is a pipe"), open_journal(path, SOURCE):
        pass


def test_a_decision_that_cannot_be_written_does_not_count(path):
    resource = pytest.importorskip("resource", reason="limits files on POSIX only")
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_journal(path, SOURCE) as journal:
        journal.decide({0: "1"})
        size = path.stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8, hard))
        try:
            with pytest.raises(OSError, match="too large"):
                journal.decide({1: "2"})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, handler)
        assert journal.labels == {0: "1"}
        assert path.stat().st_size == size
        journal.decide({2: "3"})
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {0: "1", 2: "3"}


def test_two_processes_do_not_write_at_once(path):
    # As another process has it: a lock of its own.
    with open_journal(path, SOURCE) as journal:
        journal.decide({0: "1"})
        before = path.read_bytes()
        with (
            pytest.raises(OSError, match=r"in another skdigits review \(process \d+\)"),
            open_journal(path, SOURCE),
        ):
            pass
        assert path.read_bytes() == before
        journal.decide({1: "2"})
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {0: "1", 1: "2"}
    assert list(path.parent.iterdir()) == [path]


PROGRAM = """
import sys
from pathlib import Path
from skdigits.app.review import open_journal
source = {"input": "scans", "n_images": 40, "sha256": "0" * 64}
with open_journal(Path(sys.argv[1]), source) as journal:
    for number in range(40):
        journal.decide({number: str(number % 10)})
        print(number, flush=True)
        if number == 29:
            sys.stdin.read()
"""


def test_what_was_decided_survives_a_kill(path):
    command = [sys.executable, "-c", PROGRAM, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        last = next(line for line in process.stdout if line == "29\n")
        message = rf"another skdigits review \(process {process.pid}\)\. Stop"
        with pytest.raises(OSError, match=message), open_journal(path, SOURCE):
            pass
        process.kill()
    assert last
    with open_journal(path, SOURCE) as journal:
        assert journal.labels == {n: str(n % 10) for n in range(30)}


def test_the_checksum_is_one_of_names_labels_and_pixels():
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    items = [Item("a", image, "1", 0.5), Item("b", image, "1", 0.5, given="2")]

    def checksum(*items):
        return Review("scans", items, [0, 1], ["1", "2"], 255).source["sha256"]

    same = [Item("a", image, "2", 0.9), Item("b", image, None, 0.1, given="2")]
    assert checksum(*same) == checksum(*items)
    for other in (
        Item("c", image, "1", 0.5),
        Item("a", image + 1, "1", 0.5),
        Item("a", image.T, "1", 0.5),
        Item("a", image, "1", 0.5, given="2"),
    ):
        assert checksum(other, items[1]) != checksum(*items)
