"""The state of skdigits' own estimators, which each of them checks itself.

The networks do so before, in ``__setstate__``: `skdigits.neural_network._saved_state`.
"""

from typing import Any

from skdigits._images import resolve_image_shape
from skdigits._parts import Path


def check_state(path: Path, part: Any) -> None:
    """Refuse what an estimator of skdigits says is not its own.

    Parameters
    ----------
    path : Path
        How Python reaches it from the model, for the message.

    part : object
        Just built; any but skdigits' own pass.

    Raises
    ------
    ValueError
        If it is refused. Others may come of attributes that are not there.
    """
    kind = type(part)
    if not kind.__module__.startswith("skdigits."):
        return
    try:
        if hasattr(part, "image_shape_") and hasattr(part, "n_features_in_"):
            resolve_image_shape(part.image_shape_, part.n_features_in_, None)
        # By the class: what a file says must not stand in for the method.
        if hasattr(kind, "_check_state"):
            kind._check_state(part)
    except ValueError as error:
        raise ValueError(f"model{path}, a {kind.__name__}: {error}") from error
