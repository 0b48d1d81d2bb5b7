"""SciPy's distributions, as a randomised search draws from, without their state.

Loading that state would execute text in it. The name of a distribution and its
numbers are enough to make it again.
"""

from copy import deepcopy
from numbers import Real
from types import ModuleType
from typing import Any

from skdigits._parts import walk

# What `scipy.stats.loguniform(1, 10)` and `scipy.stats.randint(9)` return. By name: to
# import scipy.stats takes longer than to load a model.
FROZEN = "rv_continuous_frozen", "rv_discrete_frozen"
# SciPy takes a millisecond to make each.
MAX_DISTRIBUTIONS = 200


class NamedDistribution:
    """Name and numbers that stand in a file for a distribution of SciPy.

    Parameters
    ----------
    name : str
        Under which SciPy has it.

    args, kwds : tuple, dict
        Its numbers.
    """

    def __init__(self, name: str, args: tuple, kwds: dict[str, Any]):
        self.name, self.args, self.kwds = name, args, kwds

    def __repr__(self) -> str:
        numbers = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwds.items())]
        return f"{self.name}({', '.join(numbers)})"


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
    found = [part for _, part in walk(model) if type(part).__name__ in FROZEN]
    # What deepcopy finds in its memo it takes in the place of a copy.
    return (
        deepcopy(model, {id(part): _named(part) for part in found}) if found else model
    )


def restore_distributions(model: Any) -> None:
    """Put SciPy's objects back in their places.

    Not by a copy: methods that a file put into its objects could lead that astray.

    Parameters
    ----------
    model : estimator
        Just built.

    Raises
    ------
    ValueError
        If there is no such distribution, or too many are asked for, or one stands where
        none can be put. Others may come of wrong arguments.
    """
    parts = [part for _, part in walk(model)]
    found = [part for part in parts if isinstance(part, NamedDistribution)]
    if not found:
        return
    if len(found) > MAX_DISTRIBUTIONS:
        raise ValueError(f"it has more than {MAX_DISTRIBUTIONS} distributions")
    made = {id(named): _frozen(named) for named in found}
    for part in parts:
        _replace_children(part, made)
    if any(isinstance(part, NamedDistribution) for _, part in walk(model)):
        raise ValueError("it has a distribution where none can be put")


def _replace_children(part: Any, made: dict[int, Any]) -> None:
    if isinstance(part, list):
        holder, places = part, range(len(part))
    elif isinstance(part, dict):
        holder, places = part, list(part)
    elif hasattr(part, "__dict__") and not isinstance(part, type | ModuleType):
        holder, places = vars(part), list(vars(part))
    else:
        return
    for place in places:
        if id(holder[place]) in made:
            holder[place] = made[id(holder[place])]


def _named(frozen: Any) -> Any:
    from scipy import stats

    named = NamedDistribution(frozen.dist.name, frozen.args, frozen.kwds)
    is_known = type(getattr(stats, named.name, None)) is type(frozen.dist)
    # A distribution of the user's own, or of arrays, is left for skops to refuse.
    if not (is_known and _has_numbers_only(named)):
        return frozen
    return named if _frozen(named).support() == frozen.support() else frozen


def _frozen(named: NamedDistribution) -> Any:
    from scipy import stats

    distribution: Any = getattr(stats, named.name, None)
    is_known = isinstance(distribution, stats.rv_continuous | stats.rv_discrete)
    if not (is_known and _has_numbers_only(named)):
        raise ValueError(f"SciPy has no distribution {named.name!r} of such arguments")
    return distribution(*named.args, **named.kwds)


def _has_numbers_only(named: NamedDistribution) -> bool:
    return all(isinstance(n, Real) for n in (*named.args, *named.kwds.values()))
