"""Models that another version saved: what they lack, and what is said of them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import Parameter, signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from skdigits.persistence.skops._manifest import differing_versions

# Of an image that a model is tried out with.
MOST_FEATURES = 1_000_000


@contextmanager
def naming_versions(manifest: dict[str, Any]) -> Iterator[None]:
    """Let an error say that another version saved the model, if one did.

    Parameters
    ----------
    manifest : dict
        Of the file.

    Yields
    ------
    None

    Raises
    ------
    ValueError
        In the place of any error, which is then its cause, if versions differ.
    """
    try:
        yield
    except Exception as error:
        differing = differing_versions(manifest)
        if not differing:
            raise
        raise ValueError(
            f"it was saved with {differing}, and the installed versions cannot use it. "
            "Load it with those that saved it, or fit and save it again. The reason: "
            f"{error}"
        ) from error


def add_parameters(part: Any) -> None:
    """Give an estimator the parameters that it lacks, with their default values.

    If it was saved before a parameter came, it is used as it was then.

    Parameters
    ----------
    part : object
        Just built, by another version. Only estimators have parameters.
    """
    if not isinstance(part, BaseEstimator):
        return
    for name, parameter in signature(type(part)).parameters.items():
        has_default = parameter.default is not Parameter.empty
        if has_default and name not in vars(part):
            setattr(part, name, parameter.default)


def try_out(model: BaseEstimator) -> None:
    """Refuse a model that lacks what the installed version uses.

    Parameters
    ----------
    model : estimator
        Built and checked. If it is fitted, and no more than a million features lead
        into it, it is used for one image of zeros.

    Raises
    ------
    ValueError
        If it lacks an attribute.
    """
    method = next(
        (name for name in ("predict", "transform") if hasattr(model, name)), ""
    )
    n_features = getattr(model, "n_features_in_", 0)
    # The number is the file's: an image of it may fill the memory.
    if not method or not 0 < n_features <= MOST_FEATURES:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(model, method)(np.zeros((1, n_features)))
        except AttributeError as error:
            if not isinstance(error, NotFittedError):
                raise ValueError(f"{method} fails: {error}") from error
        except ValueError:
            # It wants other values, or columns by name: that says nothing of versions.
            return
