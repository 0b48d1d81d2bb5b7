"""Comparison of classifiers: scores, times and sizes."""

import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score, get_scorer, get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, _safe_indexing, indexable
from sklearn.utils._param_validation import Interval, StrOptions, validate_params
from sklearn.utils.validation import _num_samples, column_or_1d

from skdigits.model_selection._own_process import describe, iterate_in_own_process

Scorer = Callable[[BaseEstimator, Any, Any], float]
Split = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Fold:
    """What one fold tells of one estimator."""

    score: float
    fit_seconds: float
    seconds_per_image: float
    n_bytes: float


@validate_params(
    {
        "estimators": [dict, list, tuple],
        "y": ["array-like"],
        "cv": ["cv_object"],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "time_limit": [Interval(Real, 0, None, closed="neither"), None],
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
    verbose: bool = True,
) -> Bunch:
    """Compare classifiers by cross-validated score, by speed and by size.

    They are fitted one after the other, so that none slows another down, on the same
    folds. One that fails says why in its row, and the others go on.

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
        process of its own, which is killed at the limit, also in compiled code; the
        start of the process does not count. None means no limit, in this process.

    verbose : bool, default=True
        Whether to show progress on the standard error, if that is a terminal or a
        notebook.

    Returns
    -------
    comparison : :class:`~sklearn.utils.Bunch`
        With these attributes, in the order of `estimators`.

        names : list of str
            The names.
        test_scores : list of ndarray of shape (n_folds,)
            Score on each fold; of shape (0,) where an estimator failed.
        fit_times : ndarray of shape (n_estimators,)
            Median seconds of a fit; NaN where an estimator failed. With three folds or
            more, what the first fit imports, such as TensorFlow, does not count.
        predict_times : ndarray of shape (n_estimators,)
            Median seconds per image, when the images of a fold are predicted at once;
            NaN where an estimator failed.
        sizes : ndarray of shape (n_estimators,)
            Median bytes of the fitted and pickled estimators; NaN where an estimator
            failed or cannot be pickled.
        errors : list of str or None
            Why an estimator failed; None where it did not.
        scoring : str
            Name of the score.
        frame : DataFrame or None
            A row for each estimator, with the columns "name", "mean_test_score",
            "std_test_score", "fit_time", "predict_time", "size" and "error"; None if
            pandas is not installed.

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
    named = _check_estimators(estimators)
    X, y = indexable(X, column_or_1d(y))
    splits = list(check_cv(cv, y, classifier=True).split(X, y))
    scorer = get_scorer(scoring) if isinstance(scoring, str) else scoring
    outcomes = []
    with _progress(named, len(splits), verbose) as (begin, advance, end):
        for name, estimator in named.items():
            begin(name)
            work = (_folds, estimator, X, y, splits, scorer)
            outcomes.append(_evaluate(work, len(splits), time_limit, advance))
            end(outcomes[-1])
    return _comparison(list(named), outcomes, _score_name(scoring))


def comparison_columns(comparison: Bunch) -> dict[str, list]:
    """Return the columns of the table of a comparison.

    Parameters
    ----------
    comparison : Bunch
        Of :func:`compare_classifiers`.

    Returns
    -------
    columns : dict
        Lists with an entry for each estimator, by the names that `frame` has.
    """
    scores = comparison.test_scores
    nothing = float("nan")
    return {
        "name": comparison.names,
        "mean_test_score": [float(s.mean()) if s.size else nothing for s in scores],
        "std_test_score": [float(s.std()) if s.size else nothing for s in scores],
        "fit_time": comparison.fit_times.tolist(),
        "predict_time": comparison.predict_times.tolist(),
        "size": comparison.sizes.tolist(),
        "error": comparison.errors,
    }


def _check_estimators(estimators: Any) -> dict[str, BaseEstimator]:
    if isinstance(estimators, dict):
        pairs = list(estimators.items())
    elif all(isinstance(entry, tuple) and len(entry) == 2 for entry in estimators):
        pairs = list(estimators)
    else:
        pairs = _name_by_class(estimators)
    if not pairs:
        raise ValueError("compare_classifiers needs at least one estimator.")
    for name, estimator in pairs:
        if not isinstance(name, str):
            raise TypeError(f"Names of estimators must be strings; got {name!r}.")
        methods = (getattr(estimator, method, None) for method in ("fit", "predict"))
        if isinstance(estimator, type) or not all(map(callable, methods)):
            raise TypeError(
                f"{name!r} must be an estimator with the methods fit and predict, such "
                f"as SVC() or a Pipeline; got {estimator!r}."
            )
    twice = [name for name, n in Counter(name for name, _ in pairs).items() if n > 1]
    if twice:
        raise ValueError(f"Names of estimators must differ; given twice: {twice}.")
    return dict(pairs)


def _name_by_class(estimators: Iterable[Any]) -> list[tuple[str, Any]]:
    """Name each by its class, with a number where there are several of a class."""
    classes = [type(estimator).__name__ for estimator in estimators]
    seen: Counter = Counter()
    names = []
    for name in classes:
        seen[name] += 1
        names.append(f"{name}-{seen[name]}" if classes.count(name) > 1 else name)
    return list(zip(names, estimators, strict=True))


def _folds(
    estimator: BaseEstimator,
    X: Any,
    y: np.ndarray,
    splits: list[Split],
    scorer: Scorer | None,
) -> Iterator[Fold]:
    """Fit and score an estimator on one fold after the other."""
    for train, test in splits:
        fitted = clone(estimator)
        X_train, X_test = _safe_indexing(X, train), _safe_indexing(X, test)
        start = perf_counter()
        fitted.fit(X_train, y[train])
        fit_seconds = perf_counter() - start
        n_bytes = _n_bytes(fitted)
        start = perf_counter()
        predicted = fitted.predict(X_test)
        seconds_per_image = (perf_counter() - start) / _num_samples(X_test)
        score = (
            accuracy_score(y[test], predicted)
            if scorer is None
            else scorer(fitted, X_test, y[test])
        )
        yield Fold(float(score), fit_seconds, seconds_per_image, n_bytes)


def _n_bytes(fitted: BaseEstimator) -> float:
    try:
        return float(len(pickle.dumps(fitted)))
    except (pickle.PicklingError, AttributeError, TypeError):
        return float("nan")  # a lambda, a lock, a class of a function: no size to tell


def _evaluate(
    work: tuple, n_folds: int, time_limit: float | None, advance: Callable[[], None]
) -> list[Fold] | str:
    """Return what all folds told, or why there was a failure."""
    function, *args = work
    folds: list[Fold] = []
    iterator = (
        function(*args)
        if time_limit is None
        else iterate_in_own_process(function, *args, time_limit=time_limit)
    )
    try:
        for fold in iterator:
            folds.append(fold)
            advance()
    except Exception as error:  # any failure of an estimator belongs into its row
        return f"{describe(error)} (in fold {len(folds) + 1} of {n_folds})"
    return folds


def _score_name(scoring: str | Scorer | None) -> str:
    if scoring is None:
        return "accuracy"
    return scoring if isinstance(scoring, str) else _callable_name(scoring)


def _callable_name(scorer: Scorer) -> str:
    function = getattr(scorer, "_score_func", scorer)  # what make_scorer was given
    return getattr(function, "__name__", type(function).__name__)


def _comparison(
    names: list[str], outcomes: list[list[Fold] | str], scoring: str
) -> Bunch:
    succeeded = [[] if isinstance(outcome, str) else outcome for outcome in outcomes]

    def medians(attribute: str) -> np.ndarray:
        values = [[getattr(fold, attribute) for fold in folds] for folds in succeeded]
        return np.array([np.median(row) if row else np.nan for row in values])

    comparison = Bunch(
        names=names,
        test_scores=[np.array([fold.score for fold in folds]) for folds in succeeded],
        fit_times=medians("fit_seconds"),
        predict_times=medians("seconds_per_image"),
        sizes=medians("n_bytes"),
        errors=[outcome if isinstance(outcome, str) else None for outcome in outcomes],
        scoring=scoring,
    )
    comparison.frame = _frame(comparison)
    return comparison


def _frame(comparison: Bunch) -> Any:
    try:
        import pandas
    except ImportError:
        return None
    columns = comparison_columns(comparison)
    # As strings or floats, None would become NaN.
    errors = pandas.Series(comparison.errors, dtype=object)
    return pandas.DataFrame(columns | {"error": errors})


@contextmanager
def _progress(
    names: Iterable[str], n_folds: int, verbose: bool
) -> Iterator[tuple[Callable, Callable, Callable]]:
    """Show a bar for each estimator: functions to begin, advance and end one."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    shown = verbose and (console.is_terminal or console.is_jupyter)
    width = max(map(len, names))
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[outcome]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not shown) as progress:

        def begin(name: str) -> None:
            progress.add_task(f"{name:<{width}}", total=n_folds, outcome="")

        def advance() -> None:
            progress.advance(progress.task_ids[-1])

        def end(outcome: list[Fold] | str) -> None:
            task = progress.task_ids[-1]
            if isinstance(outcome, str):
                progress.stop_task(task)
                text = outcome.splitlines()[0]
            else:
                text = f"{np.mean([fold.score for fold in outcome]):.4f}"
            progress.update(task, outcome=text)

        yield begin, advance, end
