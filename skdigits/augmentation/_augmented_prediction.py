"""Any classifier, asked about images and about changed copies of them."""

from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, check_random_state, gen_batches, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

from skdigits._images import check_same_shape, flatten_images, in_container_of
from skdigits._meta_estimators import RoutingClassifier, estimator_has
from skdigits._nested import compares_pairs
from skdigits._sklearn import HasMethods, fit_context, raise_for_params
from skdigits._state import check_floats
from skdigits._targets import check_targets
from skdigits._warp import warp
from skdigits.augmentation._random_augmenter import RandomAugmenter, as_pixels
from skdigits.augmentation._random_maps import draw_maps

# Copies that are held at a time.
_BLOCK = 10_000


class AugmentedPredictionClassifier(RoutingClassifier):
    """Classifier that averages predictions over augmented copies of each image.

    This is test-time augmentation [1]_. Averaging can correct mistakes that depend on
    the pose of a digit. Each prediction takes ``1 + n_copies`` times as long. The
    changes are drawn once, in `fit`, and are the same for every image. Predictions are
    therefore reproducible and independent of the other images.

    Parameters
    ----------
    estimator : classifier
        Classifier with `predict_proba` or `decision_function`, or a Pipeline that ends
        in one. It is cloned, and fitted to the original images.

    augmenter : RandomAugmenter, default=None
        Augmenter that sets the size of the changes and the number of copies. It is
        cloned. Its `elastic` must be 0. None means small changes: ``RandomAugmenter(5,
        shift=0.05, zoom=0.05, n_copies=8)``.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the changes. Pass an int for reproducible output
        across calls. None means the `random_state` of the augmenter.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.

    augmenter_ : RandomAugmenter
        Augmenter that made the changes.

    matrices_ : ndarray of shape (n_copies, 2, 2)
        Linear maps from positions in a copy to positions in the image.

    offsets_ : ndarray of shape (n_copies, 2)
        Offsets added to these positions, in pixels.

    classes_ : ndarray of shape (n_classes,)
        Class labels.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    AugmentedClassifier : Train on augmented copies.

    Notes
    -----
    The classifier should be trained with similar changes, as networks with an
    `augmenter` are. Copies of small images are blurred: on the 8x8 digits, a support
    vector machine becomes less accurate. Compare scores before use.

    Probabilities are averaged if the estimator predicts them, and decision values
    otherwise. `predict_proba`, `predict_log_proba` and `decision_function` exist if the
    estimator has them. The estimator gets images as rows of pixels.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet classification with
       deep convolutional neural networks", NeurIPS 2012, section 4.1.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skdigits.augmentation import AugmentedPredictionClassifier
    >>> from skdigits.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> nearest = KNeighborsClassifier(1).fit(X_train, y_train)
    >>> averaged = AugmentedPredictionClassifier(nearest, random_state=0)
    >>> averaged.fit(X_train, y_train).predict_proba(X_test[:1]).shape
    (1, 10)
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "estimator": [
            HasMethods(["fit", "predict", "predict_proba"]),
            HasMethods(["fit", "predict", "decision_function"]),
        ],
        "augmenter": [RandomAugmenter, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        augmenter: RandomAugmenter | None = None,
        *,
        random_state: int | RandomState | None = None,
    ):
        self.estimator = estimator
        self.augmenter = augmenter
        self.random_state = random_state

    # The parameters of the estimator are its own to validate.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **fit_params: Any,
    ) -> Self:
        """Train on the original images and draw the changes.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : array-like of shape (n,)
            Class labels.

        sample_weight : array-like of shape (n,), default=None
            Sample weights. They are passed to the estimator, or to the last step of a
            Pipeline, only if they are given. With metadata routing, the estimator must
            have requested them.

        **fit_params : dict
            Other metadata that `fit` of the estimator requests, such as the validation
            images `X_val` and `y_val`. Needs
            ``sklearn.set_config(enable_metadata_routing=True)``.

        Returns
        -------
        self : AugmentedPredictionClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or an argument is invalid, or if there are `fit_params`
            without metadata routing.
        TypeError
            If X holds strings, if the estimator does not support `sample_weight`, or if
            it has not requested something in `fit_params`.
        """
        raise_for_params(fit_params, self, "fit")
        augmenter = self.augmenter
        if augmenter is None:
            augmenter = RandomAugmenter(5, shift=0.05, zoom=0.05, n_copies=8)
        elif augmenter.elastic:
            raise ValueError(
                f"The augmenter of {type(self).__name__} must have elastic=0; got "
                f"{augmenter.elastic!r}."
            )
        augmenter = clone(augmenter)
        if self.random_state is not None:
            augmenter.set_params(random_state=self.random_state)
        augmenter.fit(X)
        X, _ = flatten_images(X)
        check_targets(y)
        y = column_or_1d(y, warn=True)
        weights = [] if sample_weight is None else [sample_weight]
        estimator = self._fit_estimator(X, y, weights, fit_params)
        self.matrices_, self.offsets_ = draw_maps(
            augmenter.n_copies,
            augmenter.image_shape_,
            check_random_state(augmenter.random_state),
            rotation=augmenter.rotation,
            shift=augmenter.shift,
            zoom=augmenter.zoom,
            shear=augmenter.shear,
        )
        self.augmenter_, self.estimator_ = augmenter, estimator
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the class labels of images.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        Returns
        -------
        y : ndarray of shape (n,)
            Predicted labels.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        check_is_fitted(self)
        has_probabilities = hasattr(self.estimator_, "predict_proba")
        scores = self._ask(
            "predict_proba" if has_probabilities else "decision_function", X
        )
        if scores.ndim == 1:
            return self.classes_[(scores > 0).astype(int)]
        return self.classes_[scores.argmax(axis=1)]

    @available_if(estimator_has("predict_proba"))
    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithms of the probabilities of the labels.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            In the order of `classes_`.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        with np.errstate(divide="ignore"):  # of probabilities that are 0
            return np.log(self.predict_proba(X))

    def _ask(self, method: str, X: ArrayLike) -> np.ndarray:
        """Average what a method of the classifier says of images and of copies."""
        check_is_fitted(self)
        rows, given = flatten_images(X, self.augmenter_.n_features_in_)
        shape = self.augmenter_.image_shape_
        check_same_shape(given, shape)
        ask = getattr(self.estimator_, method)
        total = np.array(ask(rows), dtype=np.float64)
        if total.ndim == 2 and compares_pairs(self.estimator_, total.shape[1]):
            raise TypeError(
                f"{type(self.estimator).__name__} has decision values of pairs of "
                "classes. Expected a value for each class; an SVC has that with "
                'decision_function_shape="ovr".'
            )
        pixels = check_array(rows, estimator=self, ensure_all_finite=False)
        images = as_pixels(pixels).reshape(-1, *shape)
        n_copies = len(self.matrices_)
        if n_copies == 0:
            return total
        for block in gen_batches(len(images), max(1, _BLOCK // n_copies)):
            copies = self._copies(images[block])
            origins = np.repeat(np.arange(len(images))[block], n_copies)
            answers = np.asarray(ask(in_container_of(rows, copies, origins)))
            by_image = answers.reshape(-1, n_copies, *answers.shape[1:])
            total[block] += by_image.sum(axis=1, dtype=np.float64)
        return total / (1 + n_copies)

    def _copies(self, images: np.ndarray) -> np.ndarray:
        """Return the copies of the first image, then those of the second, and so on."""
        n_images, height, width = images.shape
        copies = warp(
            np.repeat(images, len(self.matrices_), axis=0),
            np.tile(self.matrices_, (n_images, 1, 1)),
            np.tile(self.offsets_, (n_images, 1)),
            mode="grid-constant",
        )
        return copies.reshape(-1, height * width)

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if hasattr(self, "offsets_"):
            if not isinstance(self.augmenter_, RandomAugmenter):
                raise ValueError("augmenter_ is not a RandomAugmenter")
            n_copies = self.augmenter_.n_copies
            check_floats("matrices_", self.matrices_, (n_copies, 2, 2))
            check_floats("offsets_", self.offsets_, (n_copies, 2))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        classifier_tags = get_tags(self.estimator).classifier_tags
        # It takes one label for each image, whatever the estimator takes.
        tags.classifier_tags.multi_class = getattr(classifier_tags, "multi_class", True)
        return tags
