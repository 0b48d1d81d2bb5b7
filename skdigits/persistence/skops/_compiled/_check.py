"""All checks of a part of a model that was just built."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from skdigits._parts import Path
from skdigits.persistence.skops._compiled._rooms import rooms_of

# Of a part of a model. A ValueError says what is wrong where that may be no attack.
Check = Callable[[Any], bool]


def check_compiled(path: Path, part: Any) -> None:
    """Refuse a part of a model that would lead compiled code astray.

    Parameters
    ----------
    path : Path
        How Python reaches it from the model, for the message.

    part : object
        Just built, and not used yet.

    Raises
    ------
    ValueError
        If it is refused. Others may come of attributes that are not there.

    ImportError
        If the installed scikit-learn lacks a private name without which a part of the
        model cannot be checked.
    """
    # mypy does not see that every type has a hash.
    for types, check in _checks_of(type(part)):  # type: ignore[arg-type]
        if not isinstance(part, types):
            continue
        try:
            is_sound = check(part)
        except ValueError as error:
            raise ValueError(
                f"model{path}, a {type(part).__name__}: {error}"
            ) from error
        if not is_sound:
            raise ValueError(
                f"model{path}, a {type(part).__name__}, holds indices, numbers or "
                "shapes that lead out of its arrays, or is of a form not looked at"
            )


@cache
def _checks_of(kind: type) -> list[tuple[tuple[type, ...], Check]]:
    rooms = [import_module(f"{__package__}._{room}") for room in rooms_of(kind)]
    return [check for room in rooms for check in room.CHECKS.items()]
