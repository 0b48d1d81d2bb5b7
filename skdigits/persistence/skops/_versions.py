"""Models that another version saved: what they lack, and what is said of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import Parameter, signature
from typing import Any

from sklearn.base import BaseEstimator

from skdigits.persistence.skops._manifest import differing_versions


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
