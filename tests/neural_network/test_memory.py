"""Memory stays flat, in a process of its own."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.tensorflow

MANY_FITS_AND_PREDICTIONS = """
import gc
import numpy as np
import psutil
from skdigits.neural_network import KerasCNNClassifier

def megabytes():
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20

X = np.random.RandomState(0).rand(100, 64).astype("float32")
y = np.arange(100) % 10
cnn = KerasCNNClassifier(((8,),), (), max_epochs=1, random_state=0)

def work(n_fits, n_predictions):
    for _ in range(n_fits):
        cnn.fit(X, y)
    for row in range(n_predictions):
        cnn.predict_proba(X[row % 100][np.newaxis])

work(10, 1000)
before = megabytes()
work(100, 20_000)
print(megabytes() - before)
"""


@pytest.mark.slow
def test_fits_and_predictions_do_not_grow_the_process():
    done = subprocess.run(
        [sys.executable, "-c", MANY_FITS_AND_PREDICTIONS],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(done.stdout) < 20
