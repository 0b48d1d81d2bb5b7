"""Predictions of exported pipelines on MNIST's test images, beside scikit-learn.

python -m benchmarks.check_onnx_exports [--only NAME ...] [--dtypes DTYPE ...]

Each pipeline is fitted to the first 2,000 training images and exported for pixels of
each type; both sides predict the 10,000 test images.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from skdigits._onnxruntime import onnxruntime
from skdigits.augmentation import (
    AugmentedClassifier,
    AugmentedPredictionClassifier,
    RandomAugmenter,
)
from skdigits.datasets import fetch_mnist
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)
from skdigits.persistence import export_onnx
from skdigits.preprocessing import Deskewer, PCAFeatures, PixelScaler

N_TRAINING, N_ROWS = 2_000, 500
ALLOWED = 1e-5


def pipelines() -> dict[str, ClassifierMixin]:
    """Return pipelines that are not fitted, of all that can be exported."""
    seed = {"random_state": 0}
    forest = RandomForestClassifier(100, n_jobs=2, **seed)
    logistic = LogisticRegression(C=0.1, max_iter=300)
    cnn = KerasCNNClassifier(max_epochs=2, **seed)
    deskewed = Deskewer(), PCAFeatures(50)
    svm = SVC(C=10, gamma=0.03)
    steps = {
        "PixelScaler + SVC": (PixelScaler(), SVC(C=10)),
        "PixelScaler + SVC(linear)": (PixelScaler(), SVC(kernel="linear", C=0.1)),
        "PixelScaler + SVC(poly)": (PixelScaler(), SVC(kernel="poly", coef0=1, C=10)),
        "PixelScaler + SVC(sigmoid)": (PixelScaler(), SVC(kernel="sigmoid", coef0=-1)),
        "PixelScaler + LinearSVC": (PixelScaler(), LinearSVC(C=0.01)),
        "Deskewer + PCAFeatures + SVC": (*deskewed, svm),
        "Deskewer + PCAFeatures(whiten) + SVC": (
            Deskewer(),
            PCAFeatures(50, whiten=True),
            SVC(C=10),
        ),
        "StandardScaler + PCA(whiten) + SVC": (
            StandardScaler(),
            PCA(50, whiten=True, **seed),
            SVC(C=10),
        ),
        "Deskewer + PCAFeatures + calibrated SVC": (
            *deskewed,
            CalibratedClassifierCV(svm, ensemble=False),
        ),
        "SVC, calibrated by isotonic regression": (
            *deskewed,
            CalibratedClassifierCV(svm, method="isotonic", cv=3),
        ),
        "Random forest": (forest,),
        "Deskewer + forest": (Deskewer(), forest),
        "PixelScaler + forest": (PixelScaler("standard"), forest),
        "StandardScaler + extra trees": (
            StandardScaler(),
            ExtraTreesClassifier(100, max_depth=9, **seed),
        ),
        "PCAFeatures + forest": (PCAFeatures(50), forest),
        "PCA + forest": (PCA(50, **seed), forest),
        "k-NN": (KNeighborsClassifier(),),
        "PixelScaler + 3-NN by distance": (
            PixelScaler(),
            KNeighborsClassifier(3, weights="distance"),
        ),
        "Deskewer + PCAFeatures + 3-NN": (*deskewed, KNeighborsClassifier(3)),
        "PixelScaler + logistic regression": (PixelScaler(), logistic),
        "PixelScaler(minmax) + logistic": (PixelScaler("minmax"), logistic),
        "MinMaxScaler + logistic": (MinMaxScaler(), logistic),
        "Deskewer + PixelScaler(standard) + MLP": (
            Deskewer(),
            PixelScaler("standard"),
            MLPClassifier(max_iter=30, **seed),
        ),
        "PixelScaler + NumpyMLP": (PixelScaler(), NumpyMLPClassifier((64,), **seed)),
        "PixelScaler + RandomFeatures": (
            PixelScaler(),
            RandomFeaturesClassifier(500, **seed),
        ),
        "PixelScaler + KerasMLP": (
            PixelScaler(),
            KerasMLPClassifier(max_epochs=2, **seed),
        ),
        "PixelScaler + CNN": (PixelScaler(), cnn),
        "Deskewer + PixelScaler + CNN": (Deskewer(), PixelScaler(), cnn),
    }
    made = {name: make_pipeline(*parts) for name, parts in steps.items()}
    scaled_logistic = made["PixelScaler + logistic regression"]
    augmenter = RandomAugmenter(rotation=10, **seed)
    members = [("svm", made["Deskewer + PCAFeatures + calibrated SVC"])]
    members += [("cnn", made["PixelScaler + CNN"]), ("logistic", scaled_logistic)]
    made["AugmentedClassifier"] = AugmentedClassifier(scaled_logistic, augmenter)
    made["AugmentedPredictionClassifier"] = AugmentedPredictionClassifier(
        made["Deskewer + PCAFeatures + SVC"], **seed
    )
    made["VotingClassifier(soft)"] = VotingClassifier(members, voting="soft")
    made["VotingClassifier(hard)"] = VotingClassifier(members)
    made["GridSearchCV"] = GridSearchCV(
        make_pipeline(Deskewer(), PCAFeatures(), svm),
        {"pcafeatures__n_components": [20, 40]},
        cv=2,
    )
    return made


def compare(classifier: ClassifierMixin, X: np.ndarray) -> tuple[int, float]:
    """Return how many labels differ, and the largest difference of scores."""
    with tempfile.TemporaryDirectory() as folder:
        path = export_onnx(
            classifier, Path(folder, "model.onnx"), input_dtype=X.dtype.name
        )
        session = onnxruntime.InferenceSession(path)
    blocks = [
        session.run(None, {"images": X[first : first + N_ROWS]})
        for first in range(0, len(X), N_ROWS)
    ]
    labels, *scores = (np.concatenate(output) for output in zip(*blocks, strict=True))
    n_differing = int((labels != classifier.predict(X)).sum())
    if not scores:
        return n_differing, 0.0
    has_probabilities = hasattr(classifier, "predict_proba")
    method = "predict_proba" if has_probabilities else "decision_function"
    return n_differing, float(np.abs(scores[0] - getattr(classifier, method)(X)).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of names")
    parser.add_argument("--dtypes", nargs="+", default=["uint8", "float32"])
    options = parser.parse_args()
    X, y = fetch_mnist(subset="train", return_X_y=True)
    X_test, _ = fetch_mnist(subset="test", return_X_y=True)
    print(f"{'pipeline':40} {'pixels':8} other labels  largest difference")
    n_failed = 0
    for name, classifier in pipelines().items():
        if not any(part in name for part in options.only):
            continue
        classifier.fit(X[:N_TRAINING], y[:N_TRAINING])
        for dtype in options.dtypes:
            n_differing, largest = compare(classifier, X_test.astype(dtype))
            failed = n_differing > 0 or largest > ALLOWED
            n_failed += failed
            mark = " !" if failed else ""
            print(
                f"{name:40} {dtype:8} {n_differing:12}  {largest:18.1e}{mark}",
                flush=True,
            )
    print(f"{n_failed} rows with other labels, or differences above {ALLOWED:.0e}")


if __name__ == "__main__":
    main()
