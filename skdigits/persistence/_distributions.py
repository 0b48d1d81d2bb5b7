"""SciPy's distributions, as a randomised search draws from, without their state.

Loading that state would execute text in it. The name of a distribution and its
numbers are enough to make it again.
"""

from collections.abc import Callable
from copy import deepcopy
from numbers import Real
from typing import Any

from skdigits.persistence._parts import walk

# What `scipy.stats.loguniform(1, 10)` and `scipy.stats.randint(9)` return. By name: to
# import scipy.stats takes longer than to load a model.
FROZEN = "rv_continuous_frozen", "rv_discrete_frozen"
# SciPy takes a millisecond to make each.
MAX_DISTRIBUTIONS = 200


class NamedDistribution:
    """What stands in a file for a distribution of SciPy.

    Parameters
    ----------
    name : str
        Under which SciPy has it.

    args, kwds : tuple, dict
        Its numbers.
    """

    def __init__(self, name: str, args: tuple, kwds: dict[str, Any]):
        self.name, self.args, self.kwds = name, args, kwds


def with_named_distributions(model: Any) -> Any:
    """Return a model as it is saved.

    Parameters
    ----------
    model : estimator
        Any.

    Returns
    -------
    model : estimator
        The same, or a copy without SciPy's objects.
    """
    return _replace(model, FROZEN, _named)


def with_scipy_distributions(model: Any) -> Any:
    """Return a model as it was before it was saved.

    Parameters
    ----------
    model : estimator
        Just built.

    Returns
    -------
    model : estimator
        The same, or a copy with SciPy's objects.

    Raises
    ------
    ValueError
        If there is no such distribution, or too many are asked for. Others may come of
        wrong arguments.
    """
    return _replace(model, (NamedDistribution.__name__,), _frozen)


def _replace(model: Any, types: tuple[str, ...], function: Callable[[Any], Any]) -> Any:
    found = [part for _, part in walk(model) if type(part).__name__ in types]
    if len(found) > MAX_DISTRIBUTIONS:
        raise ValueError(f"it has more than {MAX_DISTRIBUTIONS} distributions")
    # What deepcopy finds in its memo it takes in the place of a copy.
    replacements = {id(part): function(part) for part in found}
    return deepcopy(model, replacements) if replacements else model


def _named(frozen: Any) -> Any:
    from scipy import stats

    named = NamedDistribution(frozen.dist.name, frozen.args, frozen.kwds)
    is_known = type(getattr(stats, named.name, None)) is type(frozen.dist)
    # A distribution of the user's own, or of arrays, is left for skops to refuse.
    return named if is_known and _has_numbers_only(named) else frozen


def _frozen(named: NamedDistribution) -> Any:
    from scipy import stats

    distribution = getattr(stats, named.name, None)
    is_known = isinstance(distribution, stats.rv_continuous | stats.rv_discrete)
    if not (is_known and _has_numbers_only(named)):
        raise ValueError(f"SciPy has no distribution {named.name!r} of such arguments")
    return distribution(*named.args, **named.kwds)


def _has_numbers_only(named: NamedDistribution) -> bool:
    return all(isinstance(n, Real) for n in (*named.args, *named.kwds.values()))
