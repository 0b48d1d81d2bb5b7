"""Functions of tests are nested, so that the processes need not import pytest."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest

from skdigits._own_process import OwnProcessError, iterate_in_own_process

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no sessions")


def gone(pid, seconds=10.0):
    """Wait until a process has ended, be it that nobody asks for its exit code."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_items_come_as_they_are_made():
    def count(n):
        for i in range(n):
            yield {"i": i, "pid": os.getpid()}

    items = list(iterate_in_own_process(count, 3, time_limit=60))
    assert [item["i"] for item in items] == [0, 1, 2]
    (pid,) = {item["pid"] for item in items}
    assert pid != os.getpid()
    assert gone(pid)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("raise", "ValueError: no\nway"),
        ("exit", "its process ended with exit code 7"),
        ("sys.exit", "its process ended with exit code 8"),
        ("crash", "its process was killed by SIGKILL"),
    ],
)
@posix
def test_reasons(ending, reason):
    def end():
        yield "before"
        if ending == "raise":
            raise ValueError("no\nway")
        if ending == "sys.exit":
            sys.exit(8)
        if ending == "exit":
            os._exit(7)
        os.kill(os.getpid(), signal.SIGKILL)

    iterator = iterate_in_own_process(end, time_limit=60)
    assert next(iterator) == "before"
    with pytest.raises(OwnProcessError) as caught:
        next(iterator)
    assert str(caught.value).startswith(reason)


def test_limit_holds_in_compiled_code():
    def search():
        yield os.getpid()
        import re

        # One call that keeps the interpreter's lock.
        re.match("(a+)+$", "a" * 60 + "b")

    iterator = iterate_in_own_process(search, time_limit=0.5)
    pid = next(iterator)
    with pytest.raises(OwnProcessError, match=r"stopped at the time limit of 0\.5 s"):
        next(iterator)
    assert gone(pid)


def test_what_cannot_be_pickled():
    with pytest.raises(OwnProcessError, match="cannot be pickled: TypeError"):
        next(iterate_in_own_process(iter, threading.Lock(), time_limit=60))


@pytest.mark.parametrize("ending", ["done", "dead", "limit", "given up"])
@posix
def test_what_the_work_started_ends_with_it(ending):
    def start():
        command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
        spawned = subprocess.Popen(command).pid
        forked = os.fork()
        if forked == 0:
            time.sleep(60)
        yield os.getpid(), spawned, forked
        if ending == "dead":
            os._exit(7)
        if ending in ("limit", "given up"):
            time.sleep(60)

    limit = 0.5 if ending == "limit" else 60
    iterator = iterate_in_own_process(start, time_limit=limit)
    pids = next(iterator)
    started = time.monotonic()
    if ending == "given up":
        iterator.close()
    elif ending == "done":
        assert list(iterator) == []
    else:
        reason = "exit code 7" if ending == "dead" else "time limit"
        with pytest.raises(OwnProcessError, match=reason):
            next(iterator)
    # A forked child keeps the files of its dead parent open, but nobody waits for it.
    assert time.monotonic() - started < 4
    assert [gone(pid) for pid in pids] == [True, True, True]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@posix
def test_nothing_outlives_the_parent(number, tmp_path):
    script = tmp_path / "script.py"
    # No guard of __main__, and a function that only the script knows.
    script.write_text(
        textwrap.dedent(
            """
            import os, subprocess, sys, time
            from skdigits._own_process import iterate_in_own_process

            def start():
                command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
                yield os.getpid(), subprocess.Popen(command).pid
                time.sleep(60)

            for pids in iterate_in_own_process(start, time_limit=60):
                print(*pids, flush=True)
            """
        )
    )
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2
        process.send_signal(number)
        assert process.wait(timeout=30) == -number
    assert [gone(pid) for pid in pids] == [True, True]
