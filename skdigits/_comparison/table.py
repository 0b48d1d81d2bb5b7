"""The outcomes of a comparison, as a Bunch, as columns and as a DataFrame."""

from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skdigits._comparison.measure import Outcome, Scorer


def gather(
    names: list[str], outcomes: list[Outcome], scoring: str | Scorer | None
) -> Bunch:
    """Put what was measured together.

    Parameters
    ----------
    names : list of str
        Of the estimators.

    outcomes : list of Outcome
        Of each estimator.

    scoring : str, callable or None
        As of :func:`compare_classifiers`.

    Returns
    -------
    comparison : Bunch
        As :func:`compare_classifiers` returns it, without a `frame`.
    """

    def measured(attribute: str) -> list[list]:
        return [[getattr(fold, attribute) for fold in o.folds] for o in outcomes]

    def medians(attribute: str) -> np.ndarray:
        values = measured(attribute)
        return np.array([np.median(row) if row else np.nan for row in values])

    return Bunch(
        names=names,
        test_scores=[np.array(scores, float) for scores in measured("score")],
        fit_times=medians("fit_seconds"),
        predict_times=medians("seconds_per_image"),
        sizes=medians("n_bytes"),
        errors=[outcome.error for outcome in outcomes],
        size_errors=[next(filter(None, e), None) for e in measured("size_error")],
        scoring=_score_name(scoring),
    )


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
        "n_folds": [len(s) for s in scores],
        "mean_test_score": [float(s.mean()) if s.size else nothing for s in scores],
        "std_test_score": [float(s.std()) if s.size else nothing for s in scores],
        "fit_time": comparison.fit_times.tolist(),
        "predict_time": comparison.predict_times.tolist(),
        "size": comparison.sizes.tolist(),
        "error": comparison.errors,
        "size_error": comparison.size_errors,
    }


def comparison_frame(comparison: Bunch) -> Any:
    """Return the columns as a DataFrame, or None if pandas is not installed.

    Parameters
    ----------
    comparison : Bunch
        Of :func:`compare_classifiers`.

    Returns
    -------
    frame : DataFrame or None
        With a row for each estimator.
    """
    try:
        import pandas
    except ImportError:
        return None
    columns = comparison_columns(comparison)
    # As strings or floats, None would become NaN.
    texts = {
        name: pandas.Series(columns[name], dtype=object)
        for name in ("error", "size_error")
    }
    return pandas.DataFrame(columns | texts)


def _score_name(scoring: str | Scorer | None) -> str:
    if scoring is None:
        return "accuracy"
    return scoring if isinstance(scoring, str) else _callable_name(scoring)


def _callable_name(scorer: Scorer) -> str:
    function = getattr(scorer, "_score_func", scorer)  # what make_scorer was given
    return getattr(function, "__name__", type(function).__name__)
