"""The pool of threads that the package shares."""

import subprocess
import sys
import threading

import pytest

from skdigits import _threads
from skdigits._threads import n_threads, run_in_blocks


@pytest.mark.parametrize("n_rows", [0, 3, 7, 8, 100])
@pytest.mark.parametrize("block_size", [0, 1, 7])
def test_every_row_is_in_one_block(n_rows, block_size):
    blocks = []
    run_in_blocks(blocks.append, n_rows, block_size)
    rows = [row for block in blocks for row in range(block.start, block.stop)]
    assert sorted(rows) == list(range(n_rows))
    sizes = [block.stop - block.start for block in blocks]
    assert max(sizes, default=0) <= max(1, block_size)


def test_one_block_stays_in_the_calling_thread():
    threads = []
    run_in_blocks(lambda _: threads.append(threading.current_thread()), 1, 1)
    assert threads == [threading.current_thread()]
    run_in_blocks(lambda _: threads.append(threading.current_thread()), 2, 1)
    assert all(thread.name.startswith("skdigits") for thread in threads[1:])


@pytest.mark.parametrize("n_rows", [1, 3])
def test_errors_are_raised(n_rows):
    with pytest.raises(ZeroDivisionError):
        run_in_blocks(lambda block: 1 / block.start, n_rows, 1)


def test_share_of_the_cores(monkeypatch):
    monkeypatch.setattr(_threads.joblib, "cpu_count", lambda: 4)
    shares = {"": 4, "1": 1, "3": 3, "9": 4, "0": 4, "many": 4, "2,1": 2}
    for told, expected in shares.items():
        monkeypatch.setenv("OMP_NUM_THREADS", told)
        assert n_threads() == expected


def test_pool_has_as_many_threads_as_the_share():
    code = """
import threading
from skdigits._threads import run_in_blocks
barrier = threading.Barrier(2)

def alone(_):
    try:
        barrier.wait(0.2)
    except threading.BrokenBarrierError:
        return
    raise AssertionError("two at the same time")

run_in_blocks(alone, 4, 1)
"""
    environment = {"OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_work_goes_on_while_the_interpreter_ends():
    code = """
import threading, time
from skdigits._threads import run_in_blocks

def work():
    threading.main_thread().join()
    time.sleep(0.1)
    run_in_blocks(lambda block: print(block.start), 3, 1)

threading.Thread(target=work).start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["0", "1", "2"], done.stderr
