"""Many requests at once: queues that are bounded, and processes that read."""

import multiprocessing
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from PIL import Image
from werkzeug.exceptions import ServiceUnavailable

from skdigits.app import create_app
from skdigits.app._queues import Queue
from skdigits.reading import DigitReader


def post(app, body):
    return app.test_client().post("/api/read", data=body, content_type="image/png")


def end_processes():
    for process in multiprocessing.active_children():
        process.kill()


class SlowReader(DigitReader):
    """Reads photos only when it is told to go on."""

    def __init__(self, classifier=None, *, min_confidence=0.5):
        super().__init__(classifier, min_confidence=min_confidence)
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()

    def read(self, image):
        if getattr(image, "width", 0) > 1000:
            self.begun.release()
            assert self.go_on.wait(60)
        return super().read(image)


def test_a_queue_lets_so_many_in():
    queue = Queue(1, 1)
    entered, leave = threading.Event(), threading.Event()

    def work():
        with queue.turn():
            entered.set()
            assert leave.wait(60)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(work)
        assert entered.wait(60)
        entered.clear()
        second = pool.submit(work)  # waits
        while queue._room._value:
            time.sleep(0.01)
        assert not entered.is_set()
        with pytest.raises(ServiceUnavailable), queue.turn():
            pass
        leave.set()
        first.result(), second.result()
    with queue.turn():  # room again, after a refusal, too
        pass


def test_who_came_first_is_first():
    queue, order = Queue(1, 5), []

    def work(name):
        with queue.turn():
            order.append(name)

    with ThreadPoolExecutor(5) as pool:
        with queue.turn():
            for name in range(5):
                pool.submit(work, name)
                while len(queue._waiting) <= name:
                    time.sleep(0.001)
        # The one who comes as another leaves has no turn before those who wait.
        with queue.turn():
            order.append("late")
    assert order == [0, 1, 2, 3, 4, "late"]


def test_photos_wait_for_each_other_and_do_not_hold_up_drawings(picture, encode):
    reader = SlowReader()
    app = create_app(reader)
    photo, drawing = encode(picture("71", (1200, 900))), encode(picture("17"))
    with ThreadPoolExecutor(5) as pool:
        try:
            first = [pool.submit(post, app, photo) for _ in range(5)]
            # Four fit in; the one that does not is answered at once.
            [refused], waiting = wait(first, timeout=60, return_when=FIRST_COMPLETED)
            assert reader.begun.acquire(timeout=60)
            assert post(app, drawing).json["text"] == "17"
            assert not reader.begun.acquire(blocking=False)
        finally:
            reader.go_on.set()
    refused = refused.result()
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "Send this one again" in refused.json["error"]
    assert [one.result().json["text"] for one in waiting] == ["71"] * 4


@pytest.fixture(scope="module")
def app_of_processes():
    yield create_app(n_jobs=1)
    end_processes()


def test_processes_answer_as_threads_do(app, app_of_processes, picture, encode):
    for body in (encode(picture("17")), b"no image", encode(Image.new("L", (9, 9)))):
        expected, answer = post(app, body), post(app_of_processes, body)
        assert answer.status_code == expected.status_code
        assert answer.json == expected.json


def test_a_process_that_ends_is_replaced(app_of_processes, picture, encode):
    end_processes()
    body = encode(picture("17"))
    answer = post(app_of_processes, body)
    assert answer.status_code == 500
    assert "has ended" in answer.json["error"]
    assert post(app_of_processes, body).json["text"] == "17"


def test_a_process_ends_with_its_parent(tmp_path):
    """However that was ended."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import os\n"
        "from multiprocessing import get_context\n"
        "from skdigits.app._processes import _end_with_parent\n"
        "if __name__ == '__main__':\n"
        "    child = get_context('spawn').Process(target=_end_with_parent)\n"
        "    child.start()\n"
        "    os._exit(0)\n"
    )
    # The child holds this pipe, so that its end is that of the child.
    done = subprocess.run([sys.executable, script], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
