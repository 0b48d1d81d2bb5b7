"""The pool of threads that the package shares."""

import threading

import pytest

from skdigits._threads import run_in_threads


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
