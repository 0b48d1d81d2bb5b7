"""Classifiers that suit digits, ready to be compared."""

from typing import Any

from numpy.random import RandomState
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skdigits._sklearn import validate_params
from skdigits.neural_network import KerasCNNClassifier, KerasMLPClassifier
from skdigits.preprocessing import PixelScaler


@validate_params({"random_state": ["random_state"]}, prefer_skip_nested_validation=True)
def digit_classifiers(
    *, random_state: int | RandomState | None = None
) -> dict[str, Pipeline]:
    """Return ten classifiers with settings suited to digits.

    Each is an unfitted pipeline of :class:`~skdigits.preprocessing.PixelScaler` and a
    classifier, for images of any size, bright on dark. The settings were chosen by
    cross-validation on the bundled 8x8 digits and on training images of MNIST.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the forest and the networks. Pass an int for
        reproducible output across calls.

    Returns
    -------
    classifiers : dict of str to Pipeline
        "Logistic regression", "k-NN", "SVM (linear)", "SVM (polynomial)", "SVM (RBF)",
        "SVM (sigmoid)", "Random forest", "MLP" (scikit-learn's), "Keras MLP" and "CNN".
        Fitting the last two needs TensorFlow.

    Raises
    ------
    ValueError
        If `random_state` is invalid.

    See Also
    --------
    compare_classifiers : Compare classifiers by score, time and size.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998; it
       compares most of these kinds on MNIST.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.model_selection import digit_classifiers
    >>> X, y = load_digits(return_X_y=True)
    >>> nearest = digit_classifiers()["k-NN"].fit(X[:1000], y[:1000])
    >>> round(nearest.score(X[1000:], y[1000:]), 2)
    0.96
    """
    seed: dict[str, Any] = {"random_state": random_state}
    classifiers = {
        "Logistic regression": LogisticRegression(C=0.3, tol=1e-3, max_iter=1000),
        "k-NN": KNeighborsClassifier(n_neighbors=3, weights="distance"),
        "SVM (linear)": SVC(kernel="linear", C=0.1),
        "SVM (polynomial)": SVC(kernel="poly", coef0=1, C=10),
        "SVM (RBF)": SVC(C=10),
        "SVM (sigmoid)": SVC(kernel="sigmoid", coef0=-1),
        "Random forest": RandomForestClassifier(200, n_jobs=-1, **seed),
        "MLP": MLPClassifier(
            alpha=1e-2, max_iter=500, n_iter_no_change=5, tol=1e-3, **seed
        ),
        "Keras MLP": KerasMLPClassifier((128,), learning_rate=5e-3, **seed),
        "CNN": KerasCNNClassifier(**seed),
    }
    return {
        name: Pipeline([("scale", PixelScaler(_scaling(name))), ("clf", classifier)])
        for name, classifier in classifiers.items()
    }


def _scaling(name: str) -> str:
    # The sigmoid is steep around 0 only, so its kernel wants centred pixels.
    return "standard" if name == "SVM (sigmoid)" else "unit"
