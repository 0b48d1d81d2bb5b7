"""A lock that one process holds at a time."""

import os
import sys

import pytest

from skdigits._file_lock import LockedError, locked


def test_lock_is_held_once_and_gone_afterwards(tmp_path):
    path = tmp_path / "lock"
    with locked(path):
        with pytest.raises(LockedError, match=f"^{os.getpid()}$"), locked(path):
            pass
        assert path.exists()
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no open file can be deleted")
def test_lock_that_its_former_holder_deletes_just_now(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    fstat, calls = os.fstat, []

    def delete_first(number):
        calls.append(number)
        if len(calls) == 1:
            path.unlink()
        return fstat(number)

    monkeypatch.setattr(os, "fstat", delete_first)
    with locked(path):
        assert path.exists()
    assert len(calls) == 2
