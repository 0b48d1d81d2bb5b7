"""The pool of threads that the package shares."""

import subprocess
import sys
import threading

import pytest

from skdigits import _threads
from skdigits._threads import n_threads, run_in_threads


@pytest.mark.parametrize("starts", [[], [3], range(0, 100, 7)])
def test_every_start_is_run_once(starts):
    seen = []
    run_in_threads(seen.append, starts)
    assert sorted(seen) == list(starts)


def test_one_piece_stays_in_the_calling_thread():
    threads = []
    run_in_threads(lambda _: threads.append(threading.current_thread()), [0])
    assert threads == [threading.current_thread()]
    run_in_threads(lambda _: threads.append(threading.current_thread()), [0, 1])
    assert all(thread.name.startswith("skdigits") for thread in threads[1:])


@pytest.mark.parametrize("starts", [[0], [1, 0, 2]])
def test_errors_are_raised(starts):
    with pytest.raises(ZeroDivisionError):
        run_in_threads(lambda start: 1 / start, starts)


def test_share_of_the_cores(monkeypatch):
    monkeypatch.setattr(_threads.joblib, "cpu_count", lambda: 4)
    shares = {"": 4, "1": 1, "3": 3, "9": 4, "0": 4, "many": 4, "2,1": 2}
    for told, expected in shares.items():
        monkeypatch.setenv("OMP_NUM_THREADS", told)
        assert n_threads() == expected


def test_pool_has_as_many_threads_as_the_share():
    code = """
import threading
from skdigits._threads import run_in_threads
barrier = threading.Barrier(2)

def alone(_):
    try:
        barrier.wait(0.2)
    except threading.BrokenBarrierError:
        return
    raise AssertionError("two at the same time")

run_in_threads(alone, range(4))
"""
    environment = {"OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_work_goes_on_while_the_interpreter_ends():
    code = """
import threading, time
from skdigits._threads import run_in_threads

def work():
    threading.main_thread().join()
    time.sleep(0.1)
    run_in_threads(print, range(3))

threading.Thread(target=work).start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["0", "1", "2"], done.stderr
