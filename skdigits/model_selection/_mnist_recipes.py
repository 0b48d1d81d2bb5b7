"""Classifiers for MNIST, from seconds of training to minutes."""

from typing import Any

import numpy as np
from numpy.random import RandomState
from sklearn.base import ClassifierMixin, clone
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer
from sklearn.utils import check_random_state

from skdigits._sklearn import validate_params
from skdigits.augmentation import AugmentedPredictionClassifier, RandomAugmenter
from skdigits.neural_network import KerasCNNClassifier, RandomFeaturesClassifier
from skdigits.preprocessing import Deskewer, PCAFilterFeatures

# Parameters of KerasCNNClassifier. A first kernel of 5x5 leaves 24x24 pixels, which two
# poolings halve to 12x12 and 6x6, and a third to 3x3.
_NETWORK = {
    "stem_padding": "valid",
    "global_pooling": True,
    "dense_units": (),
    "batch_norm": True,
    "learning_rate": 1e-2,
    "white_level": "auto",
}
_COPIES = RandomAugmenter(rotation=8, shift=0.06, zoom=0.08, shear=8, elastic=0.015)
_LONG = {
    **_NETWORK,
    "dropout": 0.3,
    "weight_decay": 0.1,
    "prune_fraction": 0.7,
    "augmenter": _COPIES,
}
_CNN_PARAMETERS: dict[str, dict[str, Any]] = {
    "fast": {
        **_NETWORK,
        "conv_blocks": ((16,), (32,), (80,)),
        "kernel_size": (5, 3, 3),
        "max_epochs": 2,
        "learning_rate": 2e-2,
        "weight_decay": 0.1,
        "prune_fraction": 0.8,
        "label_smoothing": 0.05,
        "augmenter": RandomAugmenter(rotation=5, shift=0.03, zoom=0.05, shear=5),
    },
    "default": {
        **_LONG,
        "conv_blocks": ((32,), (48,), (96, 96), (128,)),
        "kernel_size": (5, 3, 3, 3),
        "max_epochs": 10,
        "prune_fraction": 0.75,
    },
    "accurate": {
        **_LONG,
        "conv_blocks": ((32,), (64, 64), (128, 128), (256,)),
        "max_epochs": 25,
    },
    "smallest": {
        **_NETWORK,
        "conv_blocks": ((8,), (16, 16), (24,)),
        "kernel_size": (5, 3, 3),
        "max_epochs": 60,
        "weight_decay": 0.02,
        "prune_fraction": 0.5,
        "augmenter": RandomAugmenter(rotation=8, shift=0.05, zoom=0.08, shear=8),
    },
}


@validate_params({"random_state": ["random_state"]}, prefer_skip_nested_validation=True)
def mnist_recipes(
    *, random_state: int | RandomState | None = None
) -> dict[str, ClassifierMixin]:
    """Return classifiers for MNIST that train in seconds to minutes.

    The classifiers are not fitted. They expect rows of 28x28 pixels, bright on dark, as
    :func:`~skdigits.datasets.fetch_mnist` returns. You can change them with
    `set_params`.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the classifiers. Pass an int for reproducible output
        across calls.

    Returns
    -------
    recipes : dict of str to classifier
        "fast"
            A small network, trained for two epochs, in seconds.
        "default"
            A network, trained on augmented images, in a minute. Its predictions are
            averaged over each image and eight augmented copies, by an
            :class:`~skdigits.augmentation.AugmentedPredictionClassifier`.
        "accurate"
            A :class:`~sklearn.ensemble.VotingClassifier` of two larger networks, in
            eight minutes. One is trained on the images, the other on deskewed images.
            Predictions are averaged as those of "default".
        "ensemble"
            A :class:`~sklearn.ensemble.VotingClassifier` of six such networks, in 23
            minutes. Their first kernels have 3x3, 5x5 and 7x7 pixels.
        "smallest"
            A network with fewer than 8,000 weights, in two minutes. Its predictions are
            averaged as those of "default".
        "pca_filters"
            Filters learnt as principal components
            (:class:`~skdigits.preprocessing.PCAFilterFeatures`), random features [1]_
            and ridge regression [2]_
            (:class:`~skdigits.neural_network.RandomFeaturesClassifier`). It needs
            linear algebra only, no TensorFlow. Fitting 60,000 images takes 1 GB of
            memory. It has no ONNX export.

        Fitting the networks needs TensorFlow. Times are for two cores of an AMD EPYC,
        and for networks in bfloat16 (`precision` of
        :class:`~skdigits.neural_network.KerasCNNClassifier`).

        .. versionchanged:: 0.3
            The networks scale the pixels themselves, by `white_level`. Before, they
            were pipelines of a :class:`~skdigits.preprocessing.PixelScaler`, "scale",
            and the network, "clf". The predictions of all networks but "fast" are
            averaged over augmented copies. "accurate" has two networks instead of one,
            and "ensemble" six instead of three.

    Raises
    ------
    ValueError
        If `random_state` is invalid.

    See Also
    --------
    digit_classifiers : Return classifiers for images of any size.
    skdigits.persistence.load_pretrained : Load a trained network.

    Notes
    -----
    The :ref:`benchmarks <benchmarks>` show accuracy and training time of each recipe
    over several seeds, next to other libraries.

    References
    ----------
    .. [1] A. Rahimi and B. Recht, "Random features for large-scale kernel machines",
       NeurIPS 2007.
    .. [2] M. D. McDonnell and T. Vladusich, "Enhanced image classification with a
       fast-learning shallow convolutional neural network", IJCNN 2015.

    Examples
    --------
    >>> from skdigits.model_selection import mnist_recipes
    >>> recipes = mnist_recipes(random_state=0)
    >>> list(recipes)
    ['fast', 'default', 'accurate', 'ensemble', 'smallest', 'pca_filters']
    >>> recipes["default"].estimator.max_epochs
    10
    """
    return {
        "fast": _network("fast", random_state),
        "default": _averaged(_network("default", random_state), random_state),
        "accurate": _vote((5,), random_state),
        "ensemble": _vote((3, 5, 7), random_state),
        "smallest": _averaged(_network("smallest", random_state), random_state),
        "pca_filters": _pca_filters(random_state),
    }


def _network(name: str, random_state: int | RandomState | None) -> KerasCNNClassifier:
    # A clone has an augmenter of its own, which may be changed.
    network = clone(KerasCNNClassifier(**_CNN_PARAMETERS[name]))
    return network.set_params(random_state=random_state)


def _averaged(
    classifier: ClassifierMixin, random_state: int | RandomState | None
) -> AugmentedPredictionClassifier:
    return AugmentedPredictionClassifier(classifier, random_state=random_state)


def _vote(
    sizes: tuple[int, ...], random_state: int | RandomState | None
) -> VotingClassifier:
    """Combine networks that make different mistakes.

    They differ in the size of their first kernels, which see borders of different
    widths, and half of them see deskewed images.
    """
    n_members = 2 * len(sizes)
    seeds: list[int | None] = [None] * n_members
    if random_state is not None:  # equal seeds would draw equal augmented copies
        seeds = check_random_state(random_state).randint(2**31, size=n_members).tolist()
    members: list[tuple[str, ClassifierMixin]] = []
    for k, seed in enumerate(seeds):
        size = sizes[k // 2]
        name = f"stem_{size}x{size}"
        classifier: ClassifierMixin = _network("accurate", seed)
        classifier.set_params(kernel_size=(size, 3, 3, 3))
        if k % 2:
            name += "_deskewed"
            classifier = Pipeline([("deskew", Deskewer()), ("clf", classifier)])
        members.append((name, _averaged(classifier, seed)))
    return VotingClassifier(members, voting="soft")


def _pca_filters(random_state: int | RandomState | None) -> Pipeline:
    clf = RandomFeaturesClassifier(
        8000, gamma=1.8, alpha=3e-3, random_state=random_state
    )
    return Pipeline(
        [
            ("deskew", Deskewer()),
            ("filter", PCAFilterFeatures(filter_size=7)),
            # Hellinger's kernel: weak responses count, and thin strokes as thick ones.
            ("root", FunctionTransformer(np.sqrt)),
            ("norm", Normalizer(copy=False)),
            ("pca", PCA(100, svd_solver="covariance_eigh")),
            ("clf", clf),
        ]
    )
