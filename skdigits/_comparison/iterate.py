"""Comparison of classifiers, one after the other or several at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, indexable
from sklearn.utils.validation import column_or_1d

from skdigits._comparison.measure import (
    Outcome,
    Scorer,
    Work,
    measure,
    measure_together,
)
from skdigits._comparison.progress import progress
from skdigits._comparison.table import gather


def iterate_comparison(
    estimators: Any,
    X: Any,
    y: Any,
    *,
    cv: Any = 5,
    scoring: str | Scorer | None = None,
    time_limit: float | None = None,
    n_jobs: int | None = None,
    verbose: bool = True,
) -> Iterator[Bunch]:
    """Compare classifiers, and yield what is known after each of them.

    Parameters
    ----------
    estimators, X, y, cv, scoring, time_limit, n_jobs, verbose : object
        Those of :func:`compare_classifiers`.

    Yields
    ------
    comparison : Bunch
        Of the estimators so far, without a `frame`.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C, after a last comparison, if there is anything in it.
    """
    named = _check_estimators(estimators)
    X, y = indexable(X, column_or_1d(y))
    splits = list(check_cv(cv, y, classifier=True).split(X, y))
    scorer = get_scorer(scoring) if isinstance(scoring, str) else scoring
    works = [(estimator, X, y, splits, scorer) for estimator in named.values()]
    names = list(named)
    outcomes: dict[int, Outcome] = {}

    def comparison() -> Bunch:
        places = sorted(outcomes)
        return gather(
            [names[place] for place in places],
            [outcomes[place] for place in places],
            scoring,
        )

    with progress(names, len(splits), verbose) as bars:
        if effective_n_jobs(n_jobs) == 1:
            finished = _measure_in_turn(names, works, time_limit, outcomes, bars)
        else:
            finished = _note(
                measure_together(works, time_limit, n_jobs), names, outcomes, bars
            )
        try:
            for _ in finished:
                yield comparison()
        except KeyboardInterrupt:
            if len(outcomes) > 1 or any(outcome.folds for outcome in outcomes.values()):
                yield comparison()
            raise


def _measure_in_turn(
    names: list[str],
    works: list[Work],
    time_limit: float | None,
    outcomes: dict[int, Outcome],
    bars: tuple[Callable, Callable, Callable],
) -> Iterator[None]:
    """Fill in the outcomes, one at each step; Ctrl-C leaves the last one partial."""
    begin, advance, end = bars
    for place, (name, work) in enumerate(zip(names, works, strict=True)):
        begin(name)
        outcomes[place] = Outcome()
        try:
            measure(work, time_limit, outcomes[place], advance)
        finally:
            end(outcomes[place])
        yield


def _note(
    measured: Iterator[tuple[int, Outcome]],
    names: list[str],
    outcomes: dict[int, Outcome],
    bars: tuple[Callable, Callable, Callable],
) -> Iterator[None]:
    """Fill in the outcomes as they come."""
    begin, _, end = bars
    for place, outcome in measured:
        begin(names[place])
        outcomes[place] = outcome
        end(outcome)
        yield


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
