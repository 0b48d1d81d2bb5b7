"""How honest the probabilities of classifiers are, and how well they reject.

python -m benchmarks.bench_confidence [--quick] [--only SECTION ...]
"""

from collections.abc import Iterator

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from benchmarks._pipelines import N_COMPONENTS, SVM, forest
from benchmarks._result import Goal, Result
from benchmarks._running import main

N_BINS = 15
COVERAGE = 0.99
PRETRAINED = "the pretrained network"


def calibration_error(
    is_right: np.ndarray, confidence: np.ndarray, *, equal_count: bool = False
) -> float:
    """Return the expected calibration error of the predicted labels [1]_.

    The mean distance of the confidence from the accuracy over 15 bins, each with the
    weight of its images: 0 if of the images with a confidence of 90 %, 90 % are read
    rightly, and so on.

    Parameters
    ----------
    is_right : ndarray of bool of shape (n,)
        Whether the predicted label is the true one.

    confidence : ndarray of shape (n,)
        The probability of the predicted label.

    equal_count : bool, default=False
        Whether the bins hold the same number of images, instead of having the same
        width. Of a good classifier, nearly all images are in the last bin of 15
        equally wide ones.

    Returns
    -------
    error : float
        From 0 to 1.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.
    """
    if equal_count:
        bins = np.empty(len(confidence), dtype=int)
        order = np.argsort(confidence, kind="stable")
        bins[order] = np.arange(len(confidence)) * N_BINS // len(confidence)
    else:
        bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    excess = np.bincount(bins, confidence - is_right, N_BINS)
    return float(np.abs(excess).sum() / len(confidence))


def judge(model: ClassifierMixin, X: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return how well the probabilities of a classifier serve, in numbers."""
    from skdigits._evaluation.coverage_risk import coverage_risk_curve

    probabilities = model.predict_proba(X).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    confidence = probabilities.max(axis=1)
    is_right = model.classes_[probabilities.argmax(axis=1)] == y
    curve = coverage_risk_curve(~is_right, confidence)
    place = np.searchsorted(curve.coverage, COVERAGE)
    return {
        "accuracy": float(is_right.mean()),
        "error at 99 % coverage": float(curve.risk[place]),
        "AURC": float(np.diff(curve.coverage, prepend=0) @ curve.risk),
        "calibration error": calibration_error(is_right, confidence),
        "same, bins of equal count": calibration_error(
            is_right, confidence, equal_count=True
        ),
        "log loss": float(log_loss(y, probabilities)),
    }


def classical_models() -> Iterator[tuple[str, ClassifierMixin]]:
    """Yield the classifiers that are trained here, unfitted, by name."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    from skdigits.preprocessing import Deskewer, PCAFeatures

    def calibrated(classifier: ClassifierMixin, method: str) -> ClassifierMixin:
        return CalibratedClassifierCV(classifier, method=method, cv=3, ensemble=False)

    def behind_features(classifier: ClassifierMixin) -> ClassifierMixin:
        return make_pipeline(Deskewer(), PCAFeatures(N_COMPONENTS), classifier)

    svm = SVC(**SVM)
    one_by_one = OneVsRestClassifier(svm, n_jobs=-1)
    yield "SVC, sigmoid", behind_features(calibrated(svm, "sigmoid"))
    yield "SVC, isotonic", behind_features(calibrated(svm, "isotonic"))
    yield "SVC, temperature", behind_features(calibrated(svm, "temperature"))
    yield "one-vs-rest SVC, sigmoid", behind_features(calibrated(one_by_one, "sigmoid"))
    yield (
        "one-vs-rest SVC, temperature",
        behind_features(calibrated(one_by_one, "temperature")),
    )
    yield "forest as it is", forest()
    yield "forest, temperature", calibrated(forest(), "temperature")


def trained_network(
    X: np.ndarray, y: np.ndarray, X_held_out: np.ndarray, y_held_out: np.ndarray
) -> Iterator[tuple[str, ClassifierMixin]]:
    """Yield a network with default settings, as it is and calibrated."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import make_pipeline

    from skdigits.neural_network import KerasCNNClassifier
    from skdigits.preprocessing import PixelScaler

    network = make_pipeline(PixelScaler(), KerasCNNClassifier(random_state=0))
    network.fit(X, y)
    yield "KerasCNNClassifier as it is", network
    calibrated = CalibratedClassifierCV(
        FrozenEstimator(network), method="temperature", ensemble=False
    )
    yield (
        "KerasCNNClassifier, temperature on images held out",
        calibrated.fit(X_held_out, y_held_out),
    )


def as_columns(rows: dict[str, dict]) -> dict[str, dict]:
    """Turn the figures of each side into the sides of each figure."""
    return {
        name: {side: figures[name] for side, figures in rows.items()}
        for name in next(iter(rows.values()))
    }


def probabilities(quick: bool) -> Result:
    """Honesty of probabilities, on MNIST's test set."""
    from benchmarks.train_pretrained import split_training_images
    from skdigits.datasets import fetch_mnist
    from skdigits.persistence import load_pretrained

    X_test, y_test = fetch_mnist(subset="test", return_X_y=True)
    X, X_held_out, y, y_held_out = split_training_images()
    found = {PRETRAINED: judge(load_pretrained(), X_test, y_test)}
    n_images = 1_000 if quick else 10_000
    X_few, _, y_few, _ = train_test_split(
        X, y, train_size=n_images, stratify=y, random_state=0
    )
    for name, model in classical_models():
        found[name] = judge(model.fit(X_few, y_few), X_test, y_test)
    if not quick:
        for name, model in trained_network(X, y, X_held_out, y_held_out):
            found[name] = judge(model, X_test, y_test)
    pretrained = found[PRETRAINED]
    return Result(
        "MNIST's test images; the pretrained network and KerasCNNClassifier learnt "
        f"from 54,000 training images, the others from {n_images:,}",
        columns=as_columns(found),
        goals=[
            Goal(
                "misclassified at 99 % coverage",
                pretrained["error at 99 % coverage"],
                at_most=0.0015,
            ),
            Goal(
                "expected calibration error",
                pretrained["calibration error"],
                at_most=0.003,
            ),
        ],
    )


def rejecting(quick: bool) -> Result:
    """Thresholds from training images that were held out, kept on the test set."""
    from sklearn.frozen import FrozenEstimator

    from benchmarks.train_pretrained import split_training_images
    from skdigits.datasets import fetch_mnist
    from skdigits.model_selection import RejectClassifier
    from skdigits.persistence import load_pretrained

    X_test, y_test = fetch_mnist(subset="test", return_X_y=True)
    _, X, _, y = split_training_images()
    network = FrozenEstimator(load_pretrained())
    found = {}
    for goal in (
        {"coverage": 0.99},
        {"coverage": 0.98},
        {"risk": 0.002},
        {"risk": 0.001, "delta": None},
    ):
        model = RejectClassifier(network, **goal).fit(X, y)
        accepted = model.accepts(X_test)
        error = float((model.predict(X_test) != y_test)[accepted].mean())
        side = ", ".join(f"{name}={value}" for name, value in goal.items())
        found[side] = {
            "threshold": model.threshold_,
            "coverage on images held out": model.coverage_,
            "risk on images held out": model.risk_,
            "coverage on the test set": float(accepted.mean()),
            "risk on the test set": error,
        }
    at_99 = found["coverage=0.99"]
    return Result(
        "RejectClassifier around the pretrained network, its threshold set on 6,000 "
        "training images of MNIST that the network has not seen",
        columns=as_columns(found),
        goals=[
            Goal(
                "distance of the coverage from 99 %",
                abs(at_99["coverage on the test set"] - 0.99),
                at_most=0.005,
            ),
            Goal(
                "risk with risk=0.002",
                found["risk=0.002"]["risk on the test set"],
                at_most=0.002,
            ),
        ],
    )


SECTIONS = {section.__name__: section for section in (probabilities, rejecting)}


if __name__ == "__main__":
    main("confidence", SECTIONS, __doc__)
