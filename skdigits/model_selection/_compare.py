"""Comparison of classifiers: scores, times and sizes."""

from numbers import Integral, Real
from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer_names
from sklearn.utils import Bunch

from skdigits._comparison.iterate import iterate_comparison
from skdigits._comparison.measure import Scorer
from skdigits._comparison.table import comparison_frame
from skdigits._sklearn import Interval, StrOptions, validate_params
from skdigits._warnings import warn


@validate_params(
    {
        "estimators": [dict, list, tuple],
        "y": ["array-like"],
        "cv": ["cv_object"],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "time_limit": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
        "verbose": ["boolean"],
    },
    prefer_skip_nested_validation=False,  # the estimators' parameters are not valid yet
)
def compare_classifiers(
    estimators: dict[str, BaseEstimator]
    | list[tuple[str, BaseEstimator]]
    | list[BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    cv: Any = 5,
    scoring: str | Scorer | None = None,
    time_limit: float | None = None,
    n_jobs: int | None = None,
    verbose: bool = True,
) -> Bunch:
    """Compare classifiers by cross-validated score, time and size.

    All classifiers get the same folds. By default they are fitted one after the other,
    so that measured times are comparable. Set `n_jobs` if you only need scores. If a
    classifier fails or calls ``sys.exit``, its row contains the error, and the
    comparison continues.

    Ctrl-C, or the stop button of a notebook, ends the comparison with a warning and
    returns the results so far. KeyboardInterrupt is raised only if there are none.

    Parameters
    ----------
    estimators : dict, list of (str, estimator) tuples, or list of estimators
        Classifiers or pipelines, with their names. In a plain list they are named by
        their classes. They are cloned, and the originals stay unfitted.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Images, or other data that the estimators accept.

    y : array-like of shape (n,)
        Labels.

    cv : int, cross-validation generator or an iterable, default=5
        Cross-validation splitting strategy, as in
        :func:`sklearn.model_selection.cross_val_score`. An int is the number of
        stratified folds, without shuffling. Pass ``StratifiedKFold(5, shuffle=True)``
        if the order of rows is not random. All estimators get the same folds.

    scoring : str or callable, default=None
        Name of a scorer, or a callable ``scoring(estimator, X, y)`` that returns a
        number. None means accuracy.

    time_limit : float, default=None
        Maximum time in seconds for all folds of an estimator. The estimator runs in a
        separate process, which is killed at the limit with all processes that it
        started. Folds finished by then are kept. The start of the process does not
        count. None means no limit and no separate process.

    n_jobs : int, default=None
        Number of classifiers to fit in parallel. ``None`` means 1 unless in a
        :class:`joblib.parallel_config` context. ``-1`` means using all processors. With
        ``joblib.parallel_config(backend="dask")`` they run on other machines. Scores do
        not change, but times are those of processes that share the machine. With a
        `time_limit`, Dask's workers must be allowed to start processes
        (``distributed.worker.daemon: false``).

    verbose : bool, default=True
        Whether to show progress on the standard error, if it is a terminal or a
        notebook.

    Returns
    -------
    comparison : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes, in the order of
        `estimators`. After an interruption, it contains the estimators that had begun.

        names : list of str
            Names of the estimators.
        test_scores : list of ndarray of shape (n_folds,)
            Score on each finished fold. If an estimator failed, there may be fewer
            folds, or none. The same applies to all entries below.
        fit_times : ndarray of shape (n_estimators,)
            Median time of a fit in seconds. NaN without a finished fold. With three or
            more folds, imports in the first fit, such as that of TensorFlow, do not
            count.
        predict_times : ndarray of shape (n_estimators,)
            Median prediction time per image in seconds, for all images of a fold at
            once. NaN without a finished fold.
        sizes : ndarray of shape (n_estimators,)
            Median size of the fitted and pickled estimator in bytes. NaN without a
            finished fold, or if it cannot be pickled.
        errors : list of str or None
            Error message of each estimator that failed, with the fold. None for the
            others.
        size_errors : list of str or None
            Error message of each estimator that cannot be pickled. None for the others.
        scoring : str
            Name of a scorer, or a callable ``scoring(estimator, X, y)`` that returns a
            number. None means accuracy.
        frame : DataFrame or None
            One row per estimator, with the columns "name", "n_folds" (finished folds),
            "mean_test_score", "std_test_score" (standard deviation over these folds),
            "fit_time", "predict_time", "size", "error" and "size_error". None if pandas
            is not installed.

    Raises
    ------
    ValueError
        If there are no estimators, if names occur twice, if X and y differ in length,
        or if `cv` cannot split them.
    TypeError
        If an estimator has no `fit` or `predict`, or if a name is not a string.

    See Also
    --------
    digit_classifiers : Return classifiers suited to digits.
    sklearn.model_selection.cross_validate : Compute scores and times of one estimator.

    Notes
    -----
    With a `time_limit`, estimators and data are pickled by cloudpickle, which supports
    classes and functions defined in a notebook. If an estimator's process dies, for
    instance for lack of memory, only that estimator fails. Without a `time_limit`, the
    comparison would end. Processes started by an estimator are killed with it. On
    Windows, they are not found if the estimator's process died.

    Each estimator uses its usual number of cores (`n_jobs`, BLAS, TensorFlow), also in
    a separate process.

    The best of many cross-validated scores is too optimistic [1]_. Evaluate the
    selected classifier on held-out images.

    References
    ----------
    .. [1] G. C. Cawley and N. L. C. Talbot, "On over-fitting in model selection and
       subsequent selection bias in performance evaluation", Journal of Machine Learning
       Research 11, 2010.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.model_selection import compare_classifiers
    >>> X, y = load_digits(return_X_y=True)
    >>> comparison = compare_classifiers([GaussianNB(), KNeighborsClassifier()], X, y)
    >>> for name, scores in zip(comparison.names, comparison.test_scores):
    ...     print(f"{name}: {scores.mean():.3f}")
    GaussianNB: 0.807
    KNeighborsClassifier: 0.963
    """
    comparison: Any = None
    try:
        for so_far in iterate_comparison(
            estimators,
            X,
            y,
            cv=cv,
            scoring=scoring,
            time_limit=time_limit,
            n_jobs=n_jobs,
            verbose=verbose,
        ):
            comparison = so_far
    except KeyboardInterrupt:
        if comparison is None:
            raise
        warn(
            f"Interrupted: {len(comparison.names)} of {len(estimators)} estimators are "
            "in the comparison."
        )
    comparison.frame = comparison_frame(comparison)
    return comparison
