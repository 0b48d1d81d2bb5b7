"""Scores, times and sizes of one classifier."""

import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from joblib.externals.loky.backend.reduction import dumps
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score
from sklearn.utils.parallel import Parallel, delayed

from skdigits._interrupts import noting_interrupts
from skdigits._own_process import describe, iterate_in_own_process
from skdigits._sklearn import num_samples, safe_indexing

Scorer = Callable[[BaseEstimator, Any, Any], float]
Split = tuple[np.ndarray, np.ndarray]
Work = tuple[BaseEstimator, Any, np.ndarray, list[Split], Scorer | None]


@dataclass(frozen=True)
class Fold:
    """Score, times and size of one estimator on one fold."""

    score: float
    fit_seconds: float
    seconds_per_image: float
    n_bytes: float
    size_error: str | None


@dataclass
class Outcome:
    """The finished folds of one estimator, and why it failed."""

    folds: list[Fold] = field(default_factory=list)
    error: str | None = None


def measure(
    work: Work, time_limit: float | None, outcome: Outcome, advance: Callable[[], None]
) -> None:
    """Note what all folds tell, or those before a failure.

    Parameters
    ----------
    work : tuple (estimator, X, y, splits, scorer)
        Estimators, data and scorer.

    time_limit : float or None
        Seconds that it may take, in a process of its own; None means in this one.

    outcome : Outcome
        The results are added to it.

    advance : callable
        Called without arguments after each fold.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C, when it has been noted.
    """
    with noting_interrupts() as interrupts, closing(_start(work, time_limit)) as folds:
        try:
            for fold in folds:
                if interrupts:
                    raise KeyboardInterrupt
                outcome.folds.append(fold)
                advance()
        # A failure of an estimator belongs into its row, and so does an interruption.
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            ctrl_c = interrupts or isinstance(error, KeyboardInterrupt)
            reason = "interrupted" if ctrl_c else describe(error)
            where = f"in fold {len(outcome.folds) + 1} of {len(work[3])}"
            outcome.error = f"{reason} ({where})"
            if ctrl_c:
                raise KeyboardInterrupt from error


def measure_together(
    works: list[Work], time_limit: float | None, n_jobs: int | None
) -> Iterator[tuple[int, Outcome]]:
    """Measure several estimators at a time.

    Parameters
    ----------
    works : list of tuple (estimator, X, y, splits, scorer)
        Estimators, data and scorer.

    time_limit : float or None
        As of :func:`measure`.

    n_jobs : int or None
        As of joblib.

    Yields
    ------
    place : int
        Which of the works is done, the quickest first where joblib can tell.

    outcome : Outcome
        Its results.
    """
    missing = set(range(len(works)))
    for place, (estimator, *_) in enumerate(works):
        try:
            dumps(estimator)
        except Exception as error:  # whatever an object's __reduce__ raises
            missing.remove(place)
            yield place, Outcome(error=f"cannot be pickled: {describe(error)}")
    tasks = (
        delayed(_measure_there)(place, works[place], time_limit)
        for place in sorted(missing)
    )
    try:
        for place, outcome in _parallel(n_jobs)(tasks):
            missing.remove(place)
            yield place, outcome
    except Exception as error:  # of a process that died, or of the cluster
        for place in sorted(missing):
            yield place, Outcome(error=describe(error))


def _parallel(n_jobs: int | None) -> Parallel:
    try:
        return Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:  # this backend of joblib's returns all at the end
        return Parallel(n_jobs=n_jobs)


def _measure_there(
    place: int, work: Work, time_limit: float | None
) -> tuple[int, Outcome]:
    outcome = Outcome()
    measure(work, time_limit, outcome, lambda: None)
    return place, outcome


def _start(work: Work, time_limit: float | None) -> Generator[Fold, None, None]:
    if time_limit is None:
        return _folds(*work)
    return iterate_in_own_process(_folds, *work, time_limit=time_limit)


def _folds(
    estimator: BaseEstimator,
    X: Any,
    y: np.ndarray,
    splits: list[Split],
    scorer: Scorer | None,
) -> Generator[Fold, None, None]:
    """Fit and score an estimator on one fold after the other."""
    for train, test in splits:
        fitted = clone(estimator)
        X_train, X_test = safe_indexing(X, train), safe_indexing(X, test)
        start = perf_counter()
        fitted.fit(X_train, y[train])
        fit_seconds = perf_counter() - start
        size = _size(fitted)
        start = perf_counter()
        predicted = fitted.predict(X_test)
        seconds_per_image = (perf_counter() - start) / num_samples(X_test)
        score = (
            accuracy_score(y[test], predicted)
            if scorer is None
            else scorer(fitted, X_test, y[test])
        )
        yield Fold(float(score), fit_seconds, seconds_per_image, *size)


def _size(fitted: BaseEstimator) -> tuple[float, str | None]:
    """Return the bytes of a pickled estimator, or NaN and why it has none."""
    try:
        return float(len(pickle.dumps(fitted))), None
    except Exception as error:  # whatever an object's __reduce__ raises
        return float("nan"), f"cannot be pickled: {describe(error)}"
