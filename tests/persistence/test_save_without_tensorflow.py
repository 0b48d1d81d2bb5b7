"""Keras networks, loaded where TensorFlow was never installed."""

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from packaging.requirements import Requirement
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

import skdigits
from skdigits.neural_network import KerasClassifier, KerasCNNClassifier
from skdigits.persistence import save_model
from skdigits.preprocessing import PixelScaler

PREDICT = """
import sys
from importlib.util import find_spec
import numpy as np
from skdigits.persistence import load_model

assert find_spec("tensorflow") is None and find_spec("keras") is None
for name in ("cnn", "built"):
    model = load_model(f"{name}.skops")
    np.save(f"{name}.npy", model.predict_proba(np.load("X.npy")))
"""


# Importing one of the packages named first fails, as if it were broken.
BLOCK = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise AssertionError(f"{{name}} was imported")

sys.meta_path.insert(0, Blocker())
"""
EXPORT = """
import numpy as np
from skdigits.persistence import export_onnx, load_model

model = load_model("search.skops")
X = np.load("X.npy")
np.savez("loaded.npz", labels=model.predict(X), probabilities=model.predict_proba(X))
export_onnx(model, "search.onnx")
"""
RUN = """
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("search.onnx")
labels, probabilities = session.run(None, {"images": np.load("X.npy")})
np.savez("exported.npz", labels=labels, probabilities=probabilities)
"""


def needed(requirements):
    """Distributions that an installation without extras has."""
    found, remaining = {}, list(requirements)
    while remaining:
        requirement = Requirement(remaining.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        extras = requirement.extras or {""}
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if name not in found:
            found[name] = distribution(requirement.name)
            for inner in found[name].requires or []:
                if "extra ==" not in inner:
                    remaining.append(inner)
    return found


def environment_with(distributions, folder):
    """Make a virtual environment that borrows these and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    site = Path(paths["purelib"])
    for found in distributions:
        for top in {file.parts[0] for file in found.files} - {".."}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(found.locate_file(top)).resolve())
    (site / "skdigits").symlink_to(Path(skdigits.__file__).parent)
    return folder / "bin" / "python"


def build(image_shape, n_classes):
    from keras import layers

    return [
        layers.SeparableConv2D(2, 3),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(n_classes),
    ]


def residual(image_shape, n_classes, filters):
    from keras import Input, Model, layers

    images = Input((*image_shape, 1))
    maps = layers.SeparableConv2D(filters, 3, strides=2, padding="same")(images)
    inner = layers.BatchNormalization()(layers.Activation("relu")(maps))
    inner = layers.SeparableConv2D(filters, 3, padding="same")(inner)
    maps = layers.Flatten()(layers.Add()([maps, inner]))
    return Model(images, layers.Dense(n_classes)(maps))


@pytest.mark.tensorflow
@pytest.mark.slow
def test_from_a_search_to_onnx_runtime_alone(tmp_path):
    """Searched in two processes, saved, loaded and exported without TensorFlow."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:300].astype(np.float32), np.array([f"digit {k}" for k in y[:300]])
    network = KerasClassifier(residual, max_epochs=3, random_state=0)
    search = GridSearchCV(
        Pipeline([("scale", PixelScaler()), ("network", network)]),
        {"network__build_params__filters": [2, 6]},
        cv=2,
        n_jobs=2,
    ).fit(X, y)
    save_model(search, tmp_path / "search.skops")
    np.save(tmp_path / "X.npy", X)
    keras = {"keras", "tensorflow", "tf2onnx"}
    for blocked, script in (
        (keras, EXPORT),
        (keras | {"joblib", "scipy", "skdigits", "sklearn", "skops"}, RUN),
    ):
        code = BLOCK.format(blocked=blocked) + script
        subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    for name in ("loaded", "exported"):
        found = np.load(tmp_path / f"{name}.npz", allow_pickle=name == "exported")
        assert_array_equal(found["labels"], search.predict(X))
        expected = search.predict_proba(X)
        assert_allclose(found["probabilities"], expected, atol=1e-5, rtol=0)


@pytest.mark.tensorflow
@pytest.mark.slow
def test_an_environment_without_tensorflow_predicts_the_same(tmp_path):
    X, y = load_digits(return_X_y=True)
    networks = {
        "cnn": KerasCNNClassifier(((2,),), (), max_epochs=1, random_state=0),
        "built": KerasClassifier(build, max_epochs=1, random_state=0),
    }
    models = {
        name: make_pipeline(PixelScaler(), network).fit(X[:200], y[:200])
        for name, network in networks.items()
    }
    for name, model in models.items():
        save_model(model, tmp_path / f"{name}.skops")
    np.save(tmp_path / "X.npy", X)
    requirements = [
        text for text in distribution("skdigits").requires if "extra ==" not in text
    ]
    interpreter = environment_with(needed(requirements).values(), tmp_path / "env")
    subprocess.run(
        [interpreter, "-W", "error", "-c", PREDICT], cwd=tmp_path, check=True
    )
    for name, model in models.items():
        found = np.load(tmp_path / f"{name}.npy")
        assert_array_equal(found, model.predict_proba(X))
