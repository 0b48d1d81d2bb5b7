"""The private names of scikit-learn that skdigits is built on, in one place.

scikit-learn may rename them in any version. Here, and in the checks of loaded models
(`skdigits.persistence.skops._compiled`), is all that would have to follow; everything
else takes them from here, under names without an underscore.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEWEST_TESTED = "1.9"  # of scikit-learn; `.ci/versions` prints what it found


@contextmanager
def private_names(user: str) -> Iterator[None]:
    """Say which private name the installed scikit-learn lacks, and what to do.

    Parameters
    ----------
    user : str
        What needs the names that are imported under ``with``, such as "skdigits".

    Yields
    ------
    None

    Raises
    ------
    ImportError
        If scikit-learn lacks a name or a module of its own.
    """
    try:
        yield
    except ImportError as error:
        if not (error.name or "").startswith("sklearn."):
            raise
        import sklearn

        raise ImportError(
            f"{user} needs a private name that scikit-learn {sklearn.__version__} "
            f"does not have: {error}. Install the newest version of scikit-learn that "
            "this version of skdigits is tested with: "
            f'python -m pip install "scikit-learn=={NEWEST_TESTED}.*"',
            name=error.name,
            path=error.path,
        ) from error


with private_names("skdigits"):
    from sklearn.base import _fit_context as fit_context
    from sklearn.utils import _safe_indexing as safe_indexing
    from sklearn.utils._metadata_requests import _raise_for_params as raise_for_params
    from sklearn.utils._param_validation import (
        HasMethods,
        Interval,
        Options,
        RealNotInt,
        StrOptions,
        validate_parameter_constraints,
        validate_params,
    )
    from sklearn.utils.multiclass import (
        _check_partial_fit_first_call as check_partial_fit_first_call,
    )
    from sklearn.utils.validation import (
        _check_feature_names_in as check_feature_names_in,
    )
    from sklearn.utils.validation import _check_sample_weight as check_sample_weight
    from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "HasMethods",
    "Interval",
    "Options",
    "RealNotInt",
    "StrOptions",
    "check_feature_names_in",
    "check_partial_fit_first_call",
    "check_sample_weight",
    "fit_context",
    "is_search",
    "num_samples",
    "private_names",
    "raise_for_params",
    "safe_indexing",
    "validate_parameter_constraints",
    "validate_params",
]


def is_search(estimator: Any) -> bool:
    """Tell whether an estimator is a GridSearchCV or a relative of it.

    Parameters
    ----------
    estimator : object
        Any.

    Returns
    -------
    is_search : bool
        True if it searches over parameters with cross-validation.
    """
    # Searches and all that they import take longer to import than all of the above.
    with private_names("Exporting a model to ONNX"):
        from sklearn.model_selection._search import BaseSearchCV
    return isinstance(estimator, BaseSearchCV)
