"""Hostile files, and what they do to a process of limited memory and time."""

import json
import os
import subprocess
import sys
from zipfile import ZipFile

import pytest

from skdigits.persistence.skops._archive import digest_of
from skdigits.persistence.skops._manifest import make_manifest
from skdigits.persistence.skops._save import _dump

# Of each file a process of its own: it loads the model and, if it is not refused, uses
# it. Processes are forked, so that they do not import everything anew.
USE_EACH = """
import json, os, re, resource, signal, sys, time, warnings
from pathlib import Path
import numpy as np
from sklearn.datasets import load_digits
import sklearn.ensemble
from skdigits.persistence import load_model
from skdigits.persistence.skops import _compiled, _resets, _states
import skops.io
warnings.simplefilter("ignore")

X = load_digits().data[:5].astype(np.float32)
SECONDS, MEGABYTES = 10, 1000

def peak():
    # In kilobytes. ru_maxrss begins with that of the process that started this one.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])


def use(path, how):
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + (MEGABYTES << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    start = time.process_time()
    before = peak()
    try:
        model = load_model(path)
        outcome = "loaded"
    except ValueError as error:
        outcome = str(error)
    seconds = time.process_time() - start
    megabytes = (peak() - before) / 1024
    print(json.dumps([path, outcome, seconds, megabytes]), flush=True)
    if outcome == "loaded":
        try:
            exec(how, {"model": model, "X": X, "np": np})
            outcome = "used"
        except BaseException as error:
            outcome = f"used: {error!r:.200}"
        print(json.dumps([path, outcome, seconds, megabytes]), flush=True)

for path, how in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        use(path, how)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        print(json.dumps([path, f"ended by {name}", 0, 0]), flush=True)
"""


@pytest.fixture(scope="session")
def write_unchecked():
    """Write a model as `save_model` does, without looking at it."""

    def write(model, path, change=lambda members: None):
        members = _dump(model)
        change(members)
        manifest = make_manifest(model, digest_of(members), {})
        with ZipFile(path, "w") as archive:
            for name, content in {"skdigits.json": manifest, **members}.items():
                archive.writestr(name, content)
        return path

    return write


@pytest.fixture(scope="session")
def use_each():
    """Load and use files, each in a process with limits; return what was said last.

    That is the reason of a refusal, "used", or the signal that ended the process, with
    the seconds and megabytes of loading.
    """
    if sys.platform != "linux":
        pytest.skip("limits the memory as Linux does")

    def use(uses):
        pairs = [(str(path), how) for path, how in uses.items()]
        done = subprocess.run(
            [sys.executable, "-c", USE_EACH, json.dumps(pairs)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        lines = map(json.loads, done.stdout.splitlines())
        return {path: told for path, *told in lines}

    return use
