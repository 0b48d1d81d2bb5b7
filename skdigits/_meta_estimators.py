"""Classifiers that hold another estimator: fitting its clone, and its methods."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted


def estimator_has(name: str) -> Callable[[Any], bool]:
    """Make a check for :func:`sklearn.utils.metaestimators.available_if`.

    Parameters
    ----------
    name : str
        A method.

    Returns
    -------
    check : callable
        Tells whether the estimator within has it, the fitted one if there is one; if
        not, it raises AttributeError with the reason.
    """

    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


def fit_clone(
    estimator: BaseEstimator, X: ArrayLike, y: ArrayLike, weights: ArrayLike | None
) -> BaseEstimator:
    """Fit a clone of the estimator within.

    Parameters
    ----------
    estimator : estimator
        Perhaps a Pipeline, whose last step gets the weights.

    X, y : array-like of shape (n, ...)
        Images and labels.

    weights : array-like of shape (n,) or None
        Weights of the images; None means that `fit` is not given any.

    Returns
    -------
    fitted : estimator
        The clone.
    """
    given = {} if weights is None else {_name_of_weights(estimator): weights}
    return clone(estimator).fit(X, y, **given)


def _name_of_weights(estimator: BaseEstimator) -> str:
    """Return what `fit` calls them: "sample_weight", or "svc__sample_weight"."""
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return f"{name}__{_name_of_weights(last)}"
    return "sample_weight"


class EstimatorClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base of classifiers whose predictions are those of `estimator_`.

    Subclasses set `estimator_` in `fit`.
    """

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the class labels of images.

        Parameters
        ----------
        X : array-like of shape (n, ...)
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
        return self._ask("predict", X)

    @available_if(estimator_has("predict_proba"))
    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Images.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes)
            Probabilities. Columns are in the order of `classes_`.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        return self._ask("predict_proba", X)

    @available_if(estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Images.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            Log-probabilities. Columns are in the order of `classes_`.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        return self._ask("predict_log_proba", X)

    @available_if(estimator_has("decision_function"))
    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Compute the decision values of the estimator.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Images.

        Returns
        -------
        decisions : ndarray of shape (n,) or (n, n_classes)
            Decision values. Columns are in the order of `classes_`.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        return self._ask("decision_function", X)

    def _ask(self, method: str, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        return getattr(self.estimator_, method)(X)

    @property
    def classes_(self) -> np.ndarray:
        """Class labels, ndarray of shape (n_classes,)."""
        return self.estimator_.classes_

    @property
    def n_features_in_(self) -> int:
        """Number of pixels per image."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the pixels, ndarray of shape (`n_features_in_`,)."""
        return self.estimator_.feature_names_in_


class RoutingClassifier(EstimatorClassifier):
    """Base of those whose `fit` gives the estimator what it requests as metadata."""

    def _fit_estimator(
        self,
        X: ArrayLike,
        y: ArrayLike,
        weights: list[ArrayLike],
        fit_params: dict[str, Any],
    ) -> BaseEstimator:
        """Fit a clone of the estimator, with one array of weights or none."""
        if not get_config()["enable_metadata_routing"]:
            return fit_clone(self.estimator, X, y, weights[0] if weights else None)
        if weights:
            fit_params = {**fit_params, "sample_weight": weights[0]}
        routed = process_routing(self, "fit", **fit_params)
        return clone(self.estimator).fit(X, y, **routed["estimator"]["fit"])

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of this object.

        Returns
        -------
        routing : MetadataRouter
            Routing information for
            :func:`sklearn.utils.metadata_routing.process_routing`.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=mapping)
