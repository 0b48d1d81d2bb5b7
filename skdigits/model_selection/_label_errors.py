"""Which labels of a data set are probably wrong."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_predict
from sklearn.utils import (
    Bunch,
    Tags,
    assert_all_finite,
    column_or_1d,
    get_tags,
    indexable,
)
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skdigits._evaluation.label_errors import RANKINGS, LabelErrors, label_errors
from skdigits._evaluation.labels import number_labels
from skdigits._meta_estimators import EstimatorClassifier
from skdigits._sklearn import HasMethods, Interval, StrOptions, validate_params
from skdigits._targets import check_targets


@validate_params(
    {
        "estimator": [HasMethods(["fit"])],
        "groups": ["array-like", None],
        "cv": ["cv_object"],
        "ranking": [StrOptions(set(RANKINGS))],
        "n_errors": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": [Integral, None],
        "params": [dict, None],
    },
    prefer_skip_nested_validation=False,  # the estimator's parameters are its own
)
def find_label_errors(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    cv: Any = 5,
    ranking: str = "normalized_margin",
    n_errors: int | None = None,
    n_jobs: int | None = None,
    params: dict[str, Any] | None = None,
) -> Bunch:
    """Find labels that are probably wrong.

    Cross-validation predicts the probabilities of each image with a classifier that was
    not trained on it. Confident learning [1]_ compares them with the given labels and
    estimates the number of wrong labels. As many labels are suspected: those with the
    lowest scores.

    Parameters
    ----------
    estimator : classifier
        Classifier with `predict_proba`, or a Pipeline that ends in one. It is cloned.
        Pass a fitted classifier as ``FrozenEstimator(classifier)``. Then X must not
        contain its training images, and `cv` is not used.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Images, as the classifier takes them.

    y : array-like of shape (n,)
        Given labels, numbers or strings.

    groups : array-like of shape (n,), default=None
        Group labels of the images, such as writers. A cross-validator keeps groups
        together.

    cv : int, cross-validation generator or an iterable, default=5
        Cross-validation splitting strategy, as in
        :func:`sklearn.model_selection.cross_val_predict`. An int is the number of
        stratified folds.

    ranking : {"normalized_margin", "self_confidence"}, default="normalized_margin"
        Score of a label. "self_confidence" is its probability, from 0 to 1.
        "normalized_margin" is its probability minus the largest probability of another
        label, from -1 to 1.

    n_errors : int, default=None
        Number of labels to suspect. None means the estimated number of errors.

    n_jobs : int, default=None
        Number of folds to fit in parallel. ``None`` means 1 unless in a
        :class:`joblib.parallel_config` context. ``-1`` means using all processors.

    params : dict, default=None
        Parameters to pass to the estimator's `fit` and the cross-validator, as in
        :func:`sklearn.model_selection.cross_val_predict`, for instance
        ``{"sample_weight": weights}``.

    Returns
    -------
    errors : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes, where `k` is the number of
        classes.

        indices : ndarray of int of shape (n_errors,)
            Rows of the suspected images, in order of increasing score.
        given : ndarray of shape (n_errors,)
            Given labels of the suspected images.
        suggested : ndarray of shape (n_errors,)
            Most probable other label of each suspected image.
        scores : ndarray of shape (n_errors,)
            Scores of the suspected images.
        all_scores : ndarray of shape (n,)
            Score of every image. Low scores indicate wrong labels.
        probabilities : ndarray of shape (n, k)
            Probabilities of every image, predicted by a classifier that was not trained
            on the image.
        classes : ndarray of shape (k,)
            Labels that the columns belong to.
        thresholds : ndarray of shape (k,)
            Mean probability of each class among the images with that label.
        confident_joint : ndarray of int of shape (k, k)
            Number of images by given label (row) and by the label that exceeds its
            threshold (column).
        joint : ndarray of shape (k, k)
            Estimated fraction of images by given label (row) and true label (column).
        frame : DataFrame or None
            One row per suspected image, with the columns "index", "given", "suggested",
            "score", "probability_given" and "probability_suggested". None if pandas is
            not installed.

    Raises
    ------
    NotFittedError
        If a frozen classifier is not fitted.
    TypeError
        If the estimator has no `predict_proba`.
    ValueError
        If X and y differ in length, if y does not have one label per image, or if all
        labels are equal. If all images of a label are in one fold, if a frozen
        classifier was not trained on a label, or if a parameter is invalid.

    See Also
    --------
    skdigits.inspection.LabelErrorsDisplay : Plot the images.
    sklearn.model_selection.cross_val_predict : Predict held-out images.

    Notes
    -----
    The classifier would give each suspected image another label. Some of these images
    are only hard to recognize: look at them before you change labels.

    The estimated number of errors is the sum of `joint` off its diagonal, times n.
    Images whose given label is the most probable one are left out. The estimate is low
    for classifiers with probabilities near 0 and 1, such as accurate networks. To look
    at more images, set `n_errors` or sort `all_scores`.

    References
    ----------
    .. [1] C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating
       uncertainty in dataset labels", Journal of Artificial Intelligence Research 70,
       2021.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.model_selection import find_label_errors
    >>> X, y = load_digits(return_X_y=True)
    >>> y[[100, 300]] = 0  # they show a 4 and a 7
    >>> errors = find_label_errors(KNeighborsClassifier(10), X, y)
    >>> errors.indices[:2], errors.suggested[:2]
    (array([100, 300]), array([4, 7]))
    """
    _check_probabilistic(estimator)
    check_targets(y)
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    X, y, groups = indexable(X, y, groups)
    if isinstance(estimator, FrozenEstimator):
        check_is_fitted(estimator)
        classes = estimator.classes_
        given = _number_known(classes, y)
        probabilities = estimator.predict_proba(X)
    else:
        classes, given = np.unique(y, return_inverse=True)
        if len(classes) == 1:
            raise ValueError(
                f"All images have the label {classes.tolist()[0]!r}, so that no other "
                "can be suggested. Give images of at least two labels."
            )
        probabilities = cross_val_predict(
            _LabelledClassifier(estimator, classes),
            X,
            given,
            groups=groups,
            cv=cv,
            n_jobs=n_jobs,
            params=params,
            method="predict_proba",
        )
    probabilities = np.asarray(probabilities)
    if not (probabilities >= 0).all():
        raise ValueError(
            f"{type(estimator).__name__} gave negative or undefined (NaN) "
            "probabilities. Choose another classifier, or look for constant pixels."
        )
    found = label_errors(given, probabilities, ranking, n_errors)
    return _as_bunch(y, classes, given, probabilities, found)


def _check_probabilistic(estimator: BaseEstimator) -> None:
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(
            f"{type(estimator).__name__} has no predict_proba, which "
            "find_label_errors needs. Pass another classifier, or "
            "CalibratedClassifierCV(classifier, ensemble=False) from "
            "sklearn.calibration."
        )


def _number_known(classes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the place of each label among the classes of a fitted classifier."""
    _, (known, given) = number_labels(classes_=classes, y=y)
    places = np.searchsorted(known, given).clip(max=len(known) - 1)
    unknown = y[known[places] != given]
    if len(unknown):
        raise ValueError(
            f"The classifier was not trained on the label {unknown.tolist()[0]!r}, "
            f"which {len(unknown):,} images have; expected {classes.tolist()}. Remove "
            "these images, or pass a classifier that is not frozen."
        )
    return places


class _LabelledClassifier(EstimatorClassifier):
    """Trains a classifier on labels of which cross-validation sees the numbers.

    So the classifier gets the labels that its parameters may name, and a training part
    without images of a label is an error, not a column of zeros.
    """

    def __init__(self, estimator: BaseEstimator, labels: np.ndarray):
        self.estimator = estimator
        self.labels = labels

    def fit(self, X: Any, y: np.ndarray, **params: Any) -> Self:
        missing = np.setdiff1d(np.arange(len(self.labels)), y)
        if len(missing):
            raise ValueError(
                f"All images of the label {self.labels.tolist()[missing[0]]!r} are in "
                "one fold, so that none is left to train on. Give at least two images "
                "of each label, and a cv that spreads them: an int, or a splitter that "
                "shuffles."
            )
        self.estimator_ = clone(self.estimator).fit(X, self.labels[y], **params)
        return self

    @property
    def classes_(self) -> np.ndarray:
        return np.arange(len(self.labels))

    def get_metadata_routing(self) -> Any:
        return get_routing_for_object(self.estimator)

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.estimator)


def _as_bunch(
    y: np.ndarray,
    classes: np.ndarray,
    given: np.ndarray,
    probabilities: np.ndarray,
    found: LabelErrors,
) -> Bunch:
    rows = found.indices
    errors = Bunch(
        indices=rows,
        given=y[rows],
        suggested=classes[found.suggested],
        scores=found.scores[rows],
        all_scores=found.scores,
        probabilities=probabilities,
        classes=classes,
        thresholds=found.thresholds,
        confident_joint=found.confident_joint,
        joint=found.joint,
    )
    columns = {
        "index": rows,
        "given": errors.given,
        "suggested": errors.suggested,
        "score": errors.scores,
        "probability_given": probabilities[rows, given[rows]],
        "probability_suggested": probabilities[rows, found.suggested],
    }
    try:
        import pandas
    except ImportError:
        errors.frame = None
    else:
        errors.frame = pandas.DataFrame(columns)
    return errors
