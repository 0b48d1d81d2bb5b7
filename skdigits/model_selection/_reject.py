"""A classifier that may say that it is not sure."""

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator, check_cv
from sklearn.utils import Tags, assert_all_finite, column_or_1d, get_tags, indexable
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skdigits._evaluation.confidence import confidences
from skdigits._evaluation.coverage_risk import coverage_risk_curve
from skdigits._meta_estimators import EstimatorClassifier, fit_clone
from skdigits._sklearn import (
    HasMethods,
    Interval,
    check_sample_weight,
    fit_context,
    num_samples,
    safe_indexing,
)
from skdigits.model_selection._thresholds import lowest_threshold


class RejectClassifier(EstimatorClassifier):
    """Classifier that rejects uncertain predictions.

    Images are accepted if the confidence of their prediction reaches a threshold. `fit`
    chooses the threshold on held-out images, for a given coverage or for a maximum
    error among accepted images. Confidence is the largest probability. For a classifier
    without probabilities, it is the largest decision value minus the second largest.

    `predict` returns a label for every image, so that scores, searches and pipelines
    work as usual. `accepts` returns whether each image is accepted. `predict_or_reject`
    combines both.

    Parameters
    ----------
    estimator : classifier
        Classifier with `predict_proba` or `decision_function`, or a Pipeline that ends
        in one. It is cloned. Pass a fitted classifier as
        ``FrozenEstimator(classifier)``. Then the images passed to `fit` must differ
        from its training images.

    coverage : float, default=None
        Fraction of images to accept, above 0 and at most 1. Set either this or `risk`.

    risk : float, default=None
        Maximum error among the accepted images, from 0 to below 1. The coverage becomes
        as large as this error allows. Set either this or `coverage`.

    delta : float, default=0.05
        Probability that the error on new images exceeds `risk` [1]_. None uses the
        error on the held-out images directly. The error on new images then exceeds
        `risk` in about half of all cases. Not used with `coverage`.

    cv : int, cross-validation generator or iterable, default=5
        Cross-validation splitting strategy that holds images out. An int is the number
        of stratified folds. Other values are as in
        :func:`sklearn.model_selection.check_cv`. ``StratifiedShuffleSplit(1,
        test_size=0.2)`` trains the classifier twice instead of six times.

    n_jobs : int, default=None
        Number of folds to fit in parallel. ``None`` means 1 unless in a
        :class:`joblib.parallel_config` context. ``-1`` means using all processors.

    Attributes
    ----------
    estimator_ : classifier
        The classifier, fitted to all images.

    threshold_ : float
        Minimum confidence of accepted images.

    coverage_ : float
        Fraction of the held-out images that are accepted.

    risk_ : float
        Fraction of the accepted held-out images that are misclassified.

    classes_ : ndarray of shape (n_classes,)
        Class labels.

    n_features_in_ : int
        Number of pixels per image. Defined only if the classifier defines it.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if the classifier defines it.

    See Also
    --------
    skdigits.inspection.CoverageRiskDisplay : Plot the error for every coverage.
    sklearn.calibration.CalibratedClassifierCV : Calibrate probabilities.
    sklearn.model_selection.TunedThresholdClassifierCV : Tune a binary classifier.

    Notes
    -----
    Rejecting the images with the lowest maximum probability is optimal if the
    probabilities are the true ones [2]_. The coverage-risk curve shows how well a
    classifier ranks its errors [3]_.

    With `delta`, the error is replaced by the upper Clopper-Pearson bound of a binomial
    proportion, at each threshold that a bisection tries. This needs many images:
    ``log(steps / delta) / risk`` even without an error, for about ten steps. The bound
    holds for images from the same source and for a fixed classifier, given as
    `FrozenEstimator`. With folds it is approximate, because the classifiers of the
    folds were trained on fewer images.

    `predict_proba`, `predict_log_proba` and `decision_function` exist if the estimator
    has them.

    References
    ----------
    .. [1] Y. Geifman and R. El-Yaniv, "Selective classification for deep neural
       networks", NeurIPS 2017.
    .. [2] C. K. Chow, "On optimum recognition error and reject tradeoff", IEEE
       Transactions on Information Theory 16(1), 1970.
    .. [3] R. El-Yaniv and Y. Wiener, "On the foundations of noise-free selective
       classification", Journal of Machine Learning Research 11, 2010.

    Examples
    --------
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> from sklearn.svm import SVC
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.model_selection import RejectClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> svm = OneVsRestClassifier(SVC())
    >>> classifier = RejectClassifier(svm, coverage=0.95).fit(X_train, y_train)
    >>> print(f"{1 - classifier.score(X_test, y_test):.3f} of all are misclassified")
    0.013 of all are misclassified
    >>> accepted = classifier.accepts(X_test)
    >>> error = 1 - classifier.score(X_test[accepted], y_test[accepted])
    >>> print(f"{error:.3f} of the {accepted.mean():.2f} that are accepted")
    0.002 of the 0.95 that are accepted
    >>> classifier.predict_or_reject(X_test)[-10:]
    array([ 2,  1,  6,  2,  1,  7,  5,  5, -1,  9])
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "estimator": [
            HasMethods(["fit", "predict", "predict_proba"]),
            HasMethods(["fit", "predict", "decision_function"]),
        ],
        "coverage": [Interval(Real, 0, 1, closed="right"), None],
        "risk": [Interval(Real, 0, 1, closed="left"), None],
        "delta": [Interval(Real, 0, 1, closed="neither"), None],
        "cv": ["cv_object"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        coverage: float | None = None,
        risk: float | None = None,
        delta: float | None = 0.05,
        cv: int | BaseCrossValidator | Iterator | None = 5,
        n_jobs: int | None = None,
    ):
        self.estimator = estimator
        self.coverage = coverage
        self.risk = risk
        self.delta = delta
        self.cv = cv
        self.n_jobs = n_jobs

    # The parameters of the estimator are its own to validate.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Choose the threshold on held-out images, then train on all images.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Training images.

        y : array-like of shape (n,)
            Class labels.

        sample_weight : array-like of shape (n,), default=None
            Sample weights, for training and for the fractions of images. They are
            passed to the estimator, or to the last step of a Pipeline, only if they are
            given. With `risk`, `delta` must be None.

        Returns
        -------
        self : RejectClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or an argument is invalid, or if no threshold keeps the risk.
        TypeError
            If the estimator does not support `sample_weight`, or has decision values
            for pairs of classes.
        """
        self._check_goal(sample_weight)
        X, y, weights = _check_rows(X, y, sample_weight)
        splits = check_cv(self.cv, y, classifier=True).split(X, y)
        held_out = Parallel(n_jobs=self.n_jobs)(
            delayed(_try_held_out)(self.estimator, X, y, weights, *split)
            for split in splits
        )
        is_wrong, confidence, *of_held_out = map(
            np.concatenate, zip(*held_out, strict=True)
        )
        curve = coverage_risk_curve(is_wrong, confidence, *of_held_out)
        if self.coverage is not None:
            best = np.searchsorted(curve.coverage, self.coverage)
        elif self.risk is not None:
            best = lowest_threshold(curve, len(is_wrong), self.risk, self.delta)
        self.estimator_ = fit_clone(self.estimator, X, y, weights)
        self.threshold_ = float(curve.thresholds[best])
        self.coverage_ = float(curve.coverage[best])
        self.risk_ = float(curve.risk[best])
        return self

    def _check_goal(self, sample_weight: ArrayLike | None) -> None:
        if (self.coverage is None) == (self.risk is None):
            raise ValueError(
                "RejectClassifier needs either coverage or risk; got "
                f"coverage={self.coverage!r} and risk={self.risk!r}."
            )
        if not (self.risk is None or self.delta is None or sample_weight is None):
            raise ValueError(
                "delta does not support sample_weight. Set delta=None to use "
                "sample_weight with risk."
            )

    def predict_or_reject(self, X: ArrayLike, *, reject_label: Any = -1) -> np.ndarray:
        """Predict class labels, and a special label for rejected images.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Images.

        reject_label : object, default=-1
            Label of the rejected images. It must differ from all classes.

        Returns
        -------
        y : ndarray of shape (n,)
            Predicted labels. The dtype is object if `reject_label` is of another kind
            than the labels.

        Raises
        ------
        ValueError
            If `reject_label` is one of the classes.
        """
        check_is_fitted(self)
        if reject_label in self.classes_.tolist():
            raise ValueError(
                f"reject_label must be none of the classes {self.classes_.tolist()}; "
                f"got {reject_label!r}."
            )
        rejected = np.asarray(reject_label)
        kinds = {self.classes_.dtype.kind, rejected.dtype.kind}
        is_mixed = len(kinds) > 1 and not kinds <= {"i", "u", "f"}
        dtype = object if is_mixed else np.result_type(self.classes_, rejected)
        accepted = np.flatnonzero(self.accepts(X))
        labels = np.full(num_samples(X), reject_label, dtype)
        # Not the label of the largest probability, which SVC and classifiers with a
        # threshold of their own do not always predict.
        if len(accepted):
            labels[accepted] = self.predict(safe_indexing(X, accepted))
        return labels

    def accepts(self, X: ArrayLike) -> np.ndarray:
        """Return whether each image is accepted.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Images.

        Returns
        -------
        accepted : ndarray of bool of shape (n,)
            Whether the confidence is at least ``threshold_``.
        """
        return self.confidence(X) >= self.threshold_

    def confidence(self, X: ArrayLike) -> np.ndarray:
        """Compute the confidence of the predictions.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Images.

        Returns
        -------
        confidence : ndarray of shape (n,)
            Largest probability, or largest decision value minus the second largest.
        """
        check_is_fitted(self)
        return confidences(self.estimator_, X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        of_estimator = get_tags(self.estimator)
        classifier_tags = of_estimator.classifier_tags
        # It takes one label for each image, whatever the estimator takes.
        tags.classifier_tags.multi_class = getattr(classifier_tags, "multi_class", True)
        tags.input_tags.sparse = of_estimator.input_tags.sparse
        tags.input_tags.allow_nan = of_estimator.input_tags.allow_nan
        return tags


def _check_rows(
    X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[ArrayLike, np.ndarray, np.ndarray | None]:
    """Check what the splits rely on; the pixels are the estimator's own to check."""
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    X, y = indexable(X, y)
    if sample_weight is None:
        return X, y, None
    return X, y, check_sample_weight(sample_weight, y, ensure_non_negative=True)


def _try_held_out(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: np.ndarray,
    weights: np.ndarray | None,
    train: np.ndarray,
    test: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return mistakes, confidences and, if there are any, weights of one fold."""
    of_train = None if weights is None else weights[train]
    fitted = fit_clone(estimator, safe_indexing(X, train), y[train], of_train)
    X_test = safe_indexing(X, test)
    result = (fitted.predict(X_test) != y[test], confidences(fitted, X_test))
    return result if weights is None else (*result, weights[test])
