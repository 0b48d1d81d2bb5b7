"""Files: when others appear, and what is no file."""

import errno
import os
import subprocess
import sys

import pytest

from skdigits._files import check_not_endless, replacing

# A process of its own, which may write files of so many bytes only. Python ignores
# the signal of that limit, so it is told as a full disk is: by an error without a name.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from pathlib import Path
from skdigits._files import replacing
try:
    with replacing(Path(sys.argv[1])) as temporary:
        with temporary.open("wb") as file:
            file.write(bytes(2000))
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_full_disk_names_the_file_and_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, path],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said.stdout.strip() == f"[Errno 27] File too large: '{path}'"
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_errors_of_other_files_keep_their_names(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"no such\.txt"),
        replacing(tmp_path / "a.bin"),
    ):
        (tmp_path / "no such.txt").read_text()
    with (
        pytest.raises(FileNotFoundError) as info,
        replacing(tmp_path / "nowhere" / "a.bin"),
    ):
        pass
    assert info.value.errno == errno.ENOENT
    assert info.value.filename == str(tmp_path / "nowhere" / "a.bin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipes_and_devices_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", os.devnull):
        with pytest.raises(OSError, match=f"'{path}' is a pipe or a device"):
            check_not_endless(path)
    (tmp_path / "file").touch()
    check_not_endless(tmp_path / "file")
    check_not_endless(tmp_path)
    with pytest.raises(FileNotFoundError):
        check_not_endless(tmp_path / "nothing")
