"""Any classifier, trained on images and on changed copies of them."""

from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, check_X_y, get_tags, indexable
from sklearn.utils.validation import check_is_fitted

from skdigits._images import check_same_shape, flatten_images
from skdigits._meta_estimators import RoutingClassifier
from skdigits._sklearn import (
    HasMethods,
    check_sample_weight,
    fit_context,
    raise_for_params,
    safe_indexing,
)
from skdigits._warnings import warn
from skdigits.augmentation._random_augmenter import RandomAugmenter


def _warn_of_splits(estimator: BaseEstimator, *, has_validation: bool) -> None:
    """Warn of estimators that would validate on copies of what they train on.

    Early stopping does not where it is given images to validate on.
    """
    parameters = estimator.get_params()
    splitting = [
        name
        for name, value in parameters.items()
        if (name.endswith("early_stopping") and value is True and not has_validation)
        or (name.split("__")[-1] == "cv" and value != "prefit")
    ]
    if splitting:
        warn(
            f"The estimator has the parameter {splitting[0]!r}: it splits its training "
            "data, with images on one side and copies of them on the other, so its own "
            "scores are too optimistic. Put AugmentedClassifier inside the search, set "
            "early_stopping=False, or pass X_val and y_val to fit."
        )


def _steps(estimator: BaseEstimator) -> list[BaseEstimator]:
    """Return the steps of a Pipeline, or the estimator."""
    steps = [estimator]
    while isinstance(steps[-1], Pipeline):
        steps += [step for _, step in steps.pop().steps]
    return steps


def _refuse_resampling(estimator: BaseEstimator) -> None:
    *before, _ = _steps(estimator)
    resampling = [step for step in before if hasattr(step, "fit_resample")]
    if resampling:
        raise TypeError(
            f"The step {type(resampling[0]).__name__} resamples images, so "
            "support_vectors_only=True cannot tell which of them are support vectors. "
            "Set support_vectors_only=False, or resample before AugmentedClassifier."
        )


def _find_support(estimator: BaseEstimator) -> np.ndarray:
    """Return the indices of the support vectors among the training images."""
    last = _steps(estimator)[-1]
    # Selectors of features have support_, too.
    if not hasattr(last, "support_") or not hasattr(last, "support_vectors_"):
        raise TypeError(
            f"{type(last).__name__} has no support vectors, which "
            "support_vectors_only=True needs. Expected an estimator with support_ and "
            "support_vectors_, such as SVC, or a Pipeline that ends in one. For "
            "others, set support_vectors_only=False."
        )
    return last.support_


def _with_positive_weights(
    X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[ArrayLike, ...]:
    """Leave out images without positive weight.

    SVC does so, too, and its `support_` counts the other images only.
    """
    if sample_weight is None:
        return tuple(indexable(X, y))
    arrays = indexable(X, y, check_sample_weight(sample_weight, X))
    kept = np.flatnonzero(arrays[-1] > 0)
    return tuple(safe_indexing(array, kept) for array in arrays)


class AugmentedClassifier(RoutingClassifier):
    """Classifier trained on images and augmented copies of them.

    The copies are made inside `fit`, from the training images only. In cross-validation
    and searches, copies of held-out images are therefore neither trained on nor
    predicted.

    Parameters
    ----------
    estimator : classifier
        Classifier to train, or a Pipeline that ends in one. It is cloned.

    augmenter : RandomAugmenter, default=None
        Augmenter that makes the copies: a `RandomAugmenter`, or another estimator with
        ``fit_resample``, such as a sampler of imbalanced-learn. It is cloned. None
        means ``RandomAugmenter()``. Pass one explicitly to search over its parameters,
        such as ``augmenter__rotation``.

    support_vectors_only : bool, default=False
        If True, the estimator is fitted twice: to the original images, and then to its
        support vectors and their augmented copies, the "virtual support vectors" of
        [2]_. Images far from the boundaries between classes hardly influence them, so
        this is nearly as accurate as copies of all images, and faster. The estimator
        must have `support_` and `support_vectors_`, as :class:`~sklearn.svm.SVC` has,
        or be a Pipeline that ends in such an estimator.

        .. versionadded:: 0.3

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the copies. Pass an int for reproducible output
        across calls. None means the `random_state` of the augmenter.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.

    augmenter_ : RandomAugmenter
        Augmenter that made the copies.

    classes_ : ndarray of shape (n_classes,)
        Class labels.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    RandomAugmenter : Make augmented copies of images.

    Notes
    -----
    `fit` warns if the estimator splits its training data, as searches and
    `early_stopping` do. Copies of validation images would be among the training images,
    and scores would be too optimistic. Put the search around this classifier. Give the
    networks of this package their own `augmenter`, or pass validation images: with
    metadata routing, `fit` passes `X_val` and `y_val` on.

    `predict_proba`, `predict_log_proba` and `decision_function` exist if the estimator
    has them. The estimator gets images as rows of pixels.

    ``SVC(probability=True)`` also splits the training data. For probabilities, put
    :class:`~sklearn.calibration.CalibratedClassifierCV` around this classifier.

    Transformed copies of training images are the "virtual examples" of [1]_.

    References
    ----------
    .. [1] D. Decoste and B. Schölkopf, "Training invariant support vector machines",
       Machine Learning 46, 2002.
    .. [2] B. Schölkopf, C. Burges and V. Vapnik, "Incorporating invariances in support
       vector learning machines", ICANN 1996.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.svm import SVC
    >>> from skdigits.augmentation import AugmentedClassifier, RandomAugmenter
    >>> from skdigits.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> classifier = AugmentedClassifier(
    ...     SVC(), RandomAugmenter(shift=0.05, n_copies=2), random_state=0
    ... )
    >>> print(f"{classifier.fit(X_train, y_train).score(X_test, y_test):.2f}")
    0.99
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "estimator": [HasMethods(["fit", "predict"])],
        "augmenter": [HasMethods("fit_resample"), None],
        "support_vectors_only": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        augmenter: RandomAugmenter | None = None,
        *,
        support_vectors_only: bool = False,
        random_state: int | RandomState | None = None,
    ):
        self.estimator = estimator
        self.augmenter = augmenter
        self.support_vectors_only = support_vectors_only
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
        """Augment the images and train on originals and copies.

        With ``support_vectors_only=True``, train on the originals first.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : array-like of shape (n,)
            Class labels.

        sample_weight : array-like of shape (n,), default=None
            Sample weights. Each copy has the weight of its image. Weights are passed to
            the estimator, or to the last step of a Pipeline, only if they are given.
            With metadata routing, the estimator must have requested them.

        **fit_params : dict
            Other metadata that `fit` of the estimator requests, such as the validation
            images `X_val` and `y_val`. They are passed on unchanged, without augmented
            copies. Needs ``sklearn.set_config(enable_metadata_routing=True)``.

        Returns
        -------
        self : AugmentedClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or an argument is invalid, if there are `fit_params` without
            metadata routing, or if a class has no support vectors.
        TypeError
            If X holds strings, if the estimator does not support `sample_weight`, if it
            has not requested something in `fit_params`, or if it has no support vectors
            with ``support_vectors_only=True``.

        Warns
        -----
        UserWarning
            If the estimator splits its training data.
        """
        raise_for_params(fit_params, self, "fit")
        _warn_of_splits(self.estimator, has_validation="X_val" in fit_params)
        augmenter = RandomAugmenter() if self.augmenter is None else self.augmenter
        augmenter = clone(augmenter)
        if self.random_state is not None:
            augmenter.set_params(random_state=self.random_state)
        weights = [] if sample_weight is None else [sample_weight]
        if self.support_vectors_only:
            X, y, *weights = self._support_vectors(X, y, sample_weight, fit_params)
        X, y, *weights = augmenter.fit_resample(X, y, *weights)
        estimator = self._fit_estimator(X, y, weights, fit_params)
        self.augmenter_, self.estimator_ = augmenter, estimator
        return self

    def _support_vectors(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        fit_params: dict[str, Any],
    ) -> list[ArrayLike]:
        """Select the support vectors of a fit to the original images.

        Returns X, in its shape, y and perhaps weights.
        """
        _refuse_resampling(self.estimator)
        rows, image_shape = flatten_images(X)
        check_X_y(rows, y, estimator=self)
        rows, y_used, *weights = _with_positive_weights(rows, y, sample_weight)
        fitted = self._fit_estimator(rows, y_used, weights, fit_params)
        support = _find_support(fitted)
        rows, y_support, *weights = (
            safe_indexing(array, support) for array in (rows, y_used, *weights)
        )
        lost = np.setdiff1d(np.asarray(y), np.asarray(y_support))
        if lost.size:
            raise ValueError(
                f"The classes {lost.tolist()} have no support vectors; weights of 0 "
                "may be the reason. Give them weights, or set "
                "support_vectors_only=False."
            )
        images = rows if image_shape is None else rows.reshape(-1, *image_shape)
        return [images, y_support, *weights]

    def _ask(self, method: str, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        X, given = flatten_images(X, getattr(self.augmenter_, "n_features_in_", None))
        expected: Any = getattr(self.augmenter_, "image_shape_", given)
        check_same_shape(given, expected)
        return getattr(self.estimator_, method)(X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags = get_tags(self.estimator).classifier_tags
        return tags
