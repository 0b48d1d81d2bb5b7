"""No file and no connection: what ONNX Runtime's telemetry would begin with."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import requests
from no_connections import CAN_WATCH
from PIL import Image

pytestmark = pytest.mark.skipif(os.name != "posix", reason="HOME is of POSIX")

ROOT = Path(__file__).parents[1]

# Telemetry looks for its server about nine seconds after the import.
SECONDS = 12
PREDICT = """
import numpy as np
from skdigits.persistence import load_pretrained
def predict(i):
    return load_pretrained().predict(np.zeros((100, 784), np.uint8))
predict(0)
"""
PREDICT_IN_WORKERS = f"""{PREDICT}
import joblib, time
def predict_and_wait(i):
    predict(i)
    time.sleep({SECONDS})
joblib.Parallel(n_jobs=2)(joblib.delayed(predict_and_wait)(i) for i in range(2))
"""
COMMAND = "from skdigits.cli import main; main()"
WAIT = f"import time; time.sleep({SECONDS})"


@pytest.fixture
def start(tmp_path):
    """Start Python in an empty home, where it must open no connection."""
    # No sign of continuous integration, where there is no telemetry.
    kept = ("PATH", "LD_LIBRARY_PATH", "NUMBA_CACHE_DIR")
    home = tmp_path / "home"
    home.mkdir()

    def start(code, *arguments, **variables):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        if CAN_WATCH:
            watch = Path(__file__).parent / "no_connections.py"
            command = [sys.executable, str(watch), *command]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={name: os.environ[name] for name in kept if name in os.environ}
            | {"HOME": str(home), **variables},
        )
        processes.append(process)
        return process

    processes = []
    start.home = home
    yield start
    for process in processes:
        with process:  # closes its pipes
            process.kill()


def assert_ends_well(process):
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


@pytest.fixture
def picture(tmp_path):
    pixels = np.full((60, 60), 230, np.uint8)
    pixels[10:50, 28:33] = 20
    Image.fromarray(pixels).save(tmp_path / "one.png")
    return tmp_path / "one.png"


@pytest.mark.slow
def test_nothing_is_written_or_asked_for(start, picture):
    processes = [
        start(PREDICT_IN_WORKERS),  # which predicts itself, too
        start(f"try: {COMMAND}\nfinally: {WAIT}", "read", picture),
    ]
    server = start(COMMAND, "serve", "--port", 0, LOKY_MAX_CPU_COUNT="1")
    url = re.search(r"http://\S+", server.stdout.readline())[0]
    answer = requests.post(
        url + "api/read",
        data=picture.read_bytes(),
        headers={"Content-Type": "image/png"},
        timeout=60,
    )
    assert answer.json()["text"] == "1"
    for process in processes:
        assert_ends_well(process)
    server.send_signal(signal.SIGINT)
    assert_ends_well(server)
    assert list(start.home.iterdir()) == []


def test_the_choice_of_a_user_stands(start):
    """And what is asserted above is not true of any process."""
    assert_ends_well(start(PREDICT, ORT_DISABLE_TELEMETRY="0"))
    library = Path(onnxruntime.__file__).parent
    knows = any(
        b"ORT_DISABLE_TELEMETRY" in path.read_bytes()
        for path in library.glob("capi/*.so*")
    )
    assert any(start.home.rglob("deviceid")) == knows


@pytest.mark.skipif(not CAN_WATCH, reason="system calls are filtered on Linux only")
def test_connections_are_seen(start):
    process = start("import socket; socket.getaddrinfo('example.org', 80)")
    process.communicate()
    assert process.returncode == -signal.SIGSYS


def test_one_module_imports_onnx_runtime():
    importing = {
        str(path.relative_to(ROOT))
        for folder in ("skdigits", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"^\s*(import|from) onnxruntime", path.read_text("utf-8"), re.M)
    }
    assert importing == {"skdigits/_onnxruntime.py"}
