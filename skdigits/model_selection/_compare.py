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
    """Compare classifiers by cross-validated score, by speed and by size.

    They are fitted one after the other, so that none slows another down, on the same
    folds; `n_jobs` is for those who want the scores sooner. One that fails, or calls
    ``sys.exit``, says why in its row, and the others go on.

    Ctrl-C, or the stop button of a notebook, ends the comparison and loses nothing: a
    warning says so, and what has been measured is returned. Only if that is nothing at
    all is KeyboardInterrupt raised.

    Parameters
    ----------
    estimators : dict, list of (str, estimator) tuples, or list of estimators
        Classifiers or pipelines, by name. Those of a plain list are named by their
        classes. Clones are fitted, never the given ones.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Images, or whatever else the estimators take.

    y : array-like of shape (n,)
        Labels.

    cv : int, cross-validation generator or an iterable, default=5
        How to split, as in :func:`sklearn.model_selection.cross_val_score`: an int is
        the number of stratified folds, in the order of the rows. Pass
        ``StratifiedKFold(5, shuffle=True)`` if the rows are in a telling order. All
        estimators get the same folds.

    scoring : str or callable, default=None
        Name of a scorer, or a callable ``scoring(estimator, X, y)`` that returns a
        number. None means accuracy.

    time_limit : float, default=None
        Seconds that each estimator may take for all of its folds. It is then run in a
        process of its own, which is killed at the limit, also in compiled code, with
        all that it started; folds that were finished by then are kept. The start of
        the process does not count. None means no limit, in this process.

    n_jobs : int, default=None
        How many classifiers are fitted at a time, as everywhere in scikit-learn, also
        on other machines: ``joblib.parallel_config(backend="dask")``. Scores are the
        same; times and limits are of processes that share the machine. With a
        `time_limit`, Dask's workers must be allowed to start processes
        (``distributed.worker.daemon: false``).

    verbose : bool, default=True
        Whether to show progress on the standard error, if that is a terminal or a
        notebook.

    Returns
    -------
    comparison : :class:`~sklearn.utils.Bunch`
        With these attributes, in the order of `estimators`; after an interruption, of
        those that had begun.

        names : list of str
            The names.
        test_scores : list of ndarray of shape (n_folds,)
            Score on each fold. Of an estimator that failed these are the folds that
            were finished before, perhaps none; so it is with all that follows.
        fit_times : ndarray of shape (n_estimators,)
            Median seconds of a fit; NaN without a finished fold. With three folds or
            more, what the first fit imports, such as TensorFlow, does not count.
        predict_times : ndarray of shape (n_estimators,)
            Median seconds per image, when the images of a fold are predicted at once;
            NaN without a finished fold.
        sizes : ndarray of shape (n_estimators,)
            Median bytes of the fitted and pickled estimators; NaN without a finished
            fold, or if they cannot be pickled.
        errors : list of str or None
            Why an estimator failed, and in which fold; None where it did not.
        size_errors : list of str or None
            Why an estimator cannot be pickled; None where it can.
        scoring : str
            Name of the score.
        frame : DataFrame or None
            A row for each estimator, with the columns "name", "n_folds" (finished
            ones), "mean_test_score", "std_test_score" (standard deviation over these
            folds), "fit_time", "predict_time", "size", "error" and "size_error"; None
            if pandas is not installed.

    Raises
    ------
    ValueError
        If there are no estimators, if names are given twice, if X and y differ in
        length, or if `cv` cannot split them.
    TypeError
        If what should be an estimator cannot be fitted or cannot predict, or a name is
        not a string.

    See Also
    --------
    digit_classifiers : Classifiers that suit digits.
    sklearn.model_selection.cross_validate : Scores and times of one estimator.

    Notes
    -----
    With a `time_limit`, estimators and data are pickled, by cloudpickle, which also
    takes classes and functions of a notebook. What ends its process, such as a lack of
    memory, is a failure of that estimator only; without one it ends the comparison.
    Processes that the estimator started are killed with its own, even if that died by
    itself. Windows cannot find those that a dead process left behind.

    Each estimator uses as many cores as it always does (`n_jobs`, BLAS, TensorFlow), in
    a process of its own too.

    Choosing among many classifiers by their cross-validated score makes the score of
    the best optimistic [1]_: judge the chosen one on images that took no part.

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
