"""Warnings that name the line of the user, however deep they arise."""

import sys
import warnings
from types import FrameType

# They call each other in between, as scikit-learn's validation of parameters does.
_INSIDE = frozenset({"joblib", "skdigits", "sklearn"})


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is outside skdigits, scikit-learn and joblib.

    Parameters
    ----------
    message : str
        The text of the warning.

    category : type, default=UserWarning
        The class of the warning.
    """
    level = 1
    frame: FrameType | None = sys._getframe()
    while frame is not None and _package_of(frame) in _INSIDE:
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]
