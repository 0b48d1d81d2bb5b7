"""Any classifier, trained on images and on changed copies of them."""

from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted

from skdigits._images import check_same_shape, flatten_images
from skdigits._meta_estimators import EstimatorClassifier, fit_clone
from skdigits._sklearn import HasMethods, fit_context, raise_for_params
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
            f"The estimator has the parameter {splitting[0]!r}: it splits what it is "
            "fitted to, with images on one side and copies of them on the other, so "
            "the scores that it finds by itself are too good. Put AugmentedClassifier "
            "inside the search, switch early_stopping off, or pass X_val and y_val to "
            "fit."
        )


class AugmentedClassifier(EstimatorClassifier):
    """Train a classifier on images and on randomly changed copies of them.

    The copies are drawn inside `fit`, from the images that `fit` is given. So when a
    cross-validation or a search fits this classifier, no copy of an image that is held
    out is ever trained on, and none is ever predicted.

    Parameters
    ----------
    estimator : classifier
        What is trained: any classifier, or a Pipeline that ends in one. It is cloned.

    augmenter : RandomAugmenter, default=None
        Draws the copies: this, or another estimator that has ``fit_resample``, as the
        samplers of imbalanced-learn have. It is cloned. None means
        ``RandomAugmenter()``; give one to search its parameters, as in
        ``augmenter__rotation``.

    random_state : int, RandomState instance or None, default=None
        Draws the copies. None means the `random_state` of the augmenter.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.

    augmenter_ : RandomAugmenter
        The augmenter that drew the copies.

    classes_ : ndarray of shape (n_classes,)
        The labels.

    n_features_in_ : int
        Number of pixels in an image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels, if X had names that are all strings.

    See Also
    --------
    RandomAugmenter : What can change in a copy.

    Notes
    -----
    A classifier that splits what it is fitted to, as a search or `early_stopping` does,
    would have images on one side and copies of them on the other, and find scores that
    are too good; `fit` warns of that. Put the search around this classifier, and give
    the networks of this package their own `augmenter`, or images to validate on: with
    metadata routing, `fit` hands on `X_val` and `y_val`.

    `predict_proba`, `predict_log_proba` and `decision_function` exist if the classifier
    has them. Images are given to it as rows of pixels.

    Enlarging the training set by transformed copies, "virtual examples", is as old as
    support vector machines for digits [1]_.

    References
    ----------
    .. [1] D. Decoste and B. Schölkopf, "Training invariant support vector machines",
       Machine Learning 46, 2002.

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
        """Draw the copies and train on them and on the images.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : array-like of shape (n,)
            Their labels.

        sample_weight : array-like of shape (n,), default=None
            Their weights, which their copies have, too. They are given to the
            estimator, or to the last step of a Pipeline, only if they are given here.
            With metadata routing, the estimator must have requested them.

        **fit_params : dict
            What else the `fit` of the estimator requests, such as the validation images
            `X_val` and `y_val`. They are handed on as they are, without copies. Needs
            ``sklearn.set_config(enable_metadata_routing=True)``.

        Returns
        -------
        self : AugmentedClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or an argument is not as described, or if there are
            `fit_params` without metadata routing.
        TypeError
            If X holds strings, if the estimator takes no `sample_weight`, or if it has
            not requested something in `fit_params`.

        Warns
        -----
        UserWarning
            If the estimator splits what it is fitted to.
        """
        raise_for_params(fit_params, self, "fit")
        _warn_of_splits(self.estimator, has_validation="X_val" in fit_params)
        augmenter = RandomAugmenter() if self.augmenter is None else self.augmenter
        augmenter = clone(augmenter)
        if self.random_state is not None:
            augmenter.set_params(random_state=self.random_state)
        given = () if sample_weight is None else (sample_weight,)
        X, y, *weights = augmenter.fit_resample(X, y, *given)
        if get_config()["enable_metadata_routing"]:
            if weights:
                fit_params["sample_weight"] = weights[0]
            routed = process_routing(self, "fit", **fit_params)
            estimator = clone(self.estimator).fit(X, y, **routed["estimator"]["fit"])
        else:
            estimator = fit_clone(self.estimator, X, y, weights[0] if weights else None)
        self.augmenter_, self.estimator_ = augmenter, estimator
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return what `fit` takes, and what of it goes to the estimator.

        Returns
        -------
        routing : MetadataRouter
            As :func:`sklearn.utils.metadata_routing.process_routing` reads it.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=mapping)

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
