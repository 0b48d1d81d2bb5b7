"""Keras networks, loaded where TensorFlow was never installed."""

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from packaging.requirements import Requirement
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

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
