"""
=====================================
Save, load and export a model to ONNX
=====================================

You learn to save a fitted model in a file that is safe to load, to use it in a program
without TensorFlow, and to export a pipeline to ONNX, which runs without scikit-learn.
"""

# %%
# A model
# -------
# A pipeline with a network, trained by TensorFlow. The fitted model is only numbers:
# the scale and the weights.

import tempfile
from pathlib import Path

from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits.datasets import load_digits
from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = make_pipeline(PixelScaler(), KerasCNNClassifier(random_state=0))
model.fit(X_train, y_train)
accuracy = model.score(X_test, y_test)
print(f"accuracy {accuracy:.3f}")

# %%
# Save the model
# --------------
# :func:`~skdigits.persistence.save_model` writes the model with metadata of your
# choice. A ``.skops`` file holds numbers and names, and no code. Use a folder of your
# own instead of the temporary one.

from skdigits.persistence import inspect_model, load_model, save_model

folder = tempfile.TemporaryDirectory()
path = save_model(
    model, Path(folder.name, "digits.skops"), metadata={"accuracy": accuracy}
)
print(f"{path.name}: {path.stat().st_size:,} bytes")

# %%
# :func:`~skdigits.persistence.inspect_model` describes a file without building the
# model:

summary = inspect_model(path)
for key in ("class", "classes", "image_shape", "metadata", "n_values"):
    print(f"{key}: {summary[key]}")

# %%
# Load it in another program
# --------------------------
# :func:`~skdigits.persistence.load_model` restores the same model, to the last bit.
# This program runs in another process, and imports no module of TensorFlow. It also
# runs where TensorFlow is not installed.

import subprocess
import sys

program = """
import sys
from skdigits.datasets import load_digits
from skdigits.persistence import load_model

model = load_model(sys.argv[1])
print("labels:", model.predict(load_digits().data[-10:]))
imported = [name for name in sys.modules if name.split(".")[0] == "tensorflow"]
print("modules of TensorFlow:", len(imported))
"""
answer = subprocess.run(
    [sys.executable, "-c", program, str(path)],
    capture_output=True,
    text=True,
    check=True,
)
print(answer.stdout)

loaded = load_model(path)
difference = abs(loaded.predict_proba(X_test) - model.predict_proba(X_test)).max()
print(f"largest difference of a probability: {difference}")

# %%
# Files from strangers
# --------------------
# A pickle can run any code when it is loaded. Pickles are therefore refused, unless you
# state that you trust the file. Truncated or altered ``.skops`` files are refused, too.

pickled = save_model(model, Path(folder.name, "digits.pkl"))
damaged = Path(folder.name, "damaged.skops")
damaged.write_bytes(path.read_bytes()[:-1000])
for file in (pickled, damaged):
    try:
        load_model(file)
    except ValueError as error:
        print(str(error).replace(folder.name, "...")[:100])

# %%
# Export to ONNX
# --------------
# :func:`~skdigits.persistence.export_onnx` writes the scaling and the network as one
# graph. ONNX Runtime runs it in Python, C, Java or a browser. The graph takes the
# pixels as they are.

import numpy as np
import onnxruntime

from skdigits.persistence import export_onnx

onnx_path = export_onnx(model, Path(folder.name, "digits.onnx"), input_dtype="uint8")
session = onnxruntime.InferenceSession(onnx_path)
labels, probabilities = session.run(None, {"images": X_test})
print("labels that differ:", np.count_nonzero(labels != model.predict(X_test)))
np.testing.assert_allclose(probabilities, model.predict_proba(X_test), atol=1e-5)

# %%
# Compare size and latency
# ------------------------
# The same for other classifiers: the size of the file, and the latency for one image,
# as in an interactive application.

from statistics import median
from time import perf_counter

import matplotlib.pyplot as plt
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC


def microseconds(read, *arguments):
    """Return the median time of a call."""
    times = []
    for _ in range(20):
        start = perf_counter()
        read(*arguments)
        times.append(perf_counter() - start)
    return 1e6 * median(times)


models = {
    "CNN": model,
    "SVM": make_pipeline(PixelScaler(), SVC(C=10)).fit(X_train, y_train),
    "forest": RandomForestClassifier(50, random_state=0).fit(X_train, y_train),
}
sizes, times = [], []
for name, classifier in models.items():
    skops_file = save_model(classifier, Path(folder.name, f"{name}.skops"))
    onnx_file = export_onnx(classifier, Path(folder.name, f"{name}.onnx"))
    onnx_session = onnxruntime.InferenceSession(onnx_file)
    image = X_test[:1].astype(np.float32)
    sizes.append([file.stat().st_size / 1000 for file in (skops_file, onnx_file)])
    times.append(
        [
            microseconds(classifier.predict, image),
            microseconds(onnx_session.run, None, {"images": image}),
        ]
    )

figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for ax, values, title in (
    (axes[0], sizes, "Size of the file, kB"),
    (axes[1], times, "One image, µs"),
):
    for shift, label, column in ((-0.2, "skops", 0), (0.2, "ONNX", 1)):
        heights = [row[column] for row in values]
        bars = ax.bar(np.arange(3) + shift, heights, 0.4, label=label)
        ax.bar_label(bars, fmt="{:,.0f}")
    ax.set_xticks(range(3), models)
    ax.set(title=title, yscale="log")
    ax.margins(y=0.15)
axes[0].legend()
plt.show()

folder.cleanup()

# %%
# Save a model with skops if Python loads it again. Export it to ONNX if it runs
# elsewhere. Neither needs TensorFlow. :ref:`saving` describes both formats.
