"""Which arrays of a file are images and which are labels, by their names."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skdigits._mat_file import show_name

# "x_train" as Keras has it, "train_images", "testY", "X", "labels"; "fea" and "gnd" in
# sets for MATLAB, "patterns" in USPS.
_NAME = re.compile(
    r"(?:(?P<before>train|val|test)_?)?"
    r"(?:(?P<images>x|images?|imgs|data|fea|patterns)"
    r"|(?P<labels>y|labels?|targets?|gnd))"
    r"(?:_?(?P<after>train|val|test))?",
    re.IGNORECASE,
)
_ORDER = ("train", "val", "test", "")


def find_parts(
    path: Path, names: Sequence[str], advice: str
) -> dict[str, dict[str, str]]:
    """Find the images and the labels of each part of a file.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.

    names : sequence of str
        The names of its arrays.

    advice : str
        How to save only some of them.

    Returns
    -------
    parts : dict
        The names of "images" and, if there are any, "labels", by part: "train", "val"
        and "test", or "".

    Raises
    ------
    ValueError
        If there are no images, or several that may be meant.
    """
    parts: dict[str, dict[str, str]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match is None or (match["before"] and match["after"]):
            continue
        part = (match["before"] or match["after"] or "").lower()
        kind = "images" if match["images"] else "labels"
        others = parts.setdefault(part, {})
        if kind in others:
            raise ValueError(
                f"'{path}' has several arrays of {kind}: {show_name(others[kind])} and "
                f"{show_name(name)}. {advice}"
            )
        others[kind] = name
    parts = {part: kinds for part, kinds in parts.items() if "images" in kinds}
    if not parts or ("" in parts and len(parts) > 1):
        found = ", ".join(map(show_name, names[:8])) or "nothing"
        raise ValueError(
            f"'{path}' holds {found}; expected images called x or images, and labels "
            "called y or labels, or x_train, y_train, x_test and y_test."
        )
    return parts


def choose_parts(path: Path, parts: dict[str, Any], subset: str) -> list[Any]:
    """Choose parts, those for training first.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.

    parts : dict
        What belongs to each part.

    subset : {"all", "train", "val", "test"}
        Which of them.

    Returns
    -------
    chosen : list
        Those.

    Raises
    ------
    ValueError
        If there are none.
    """
    asked = _ORDER if subset == "all" else (subset,)
    if chosen := [parts[part] for part in asked if part in parts]:
        return chosen
    raise ValueError(
        f"'{path}' has no images of the subset {subset!r}; it has those of "
        f"{', '.join(repr(part) for part in parts)}."
    )


def join_parts(
    images: Sequence[np.ndarray], labels: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Join the images and labels of several parts.

    Parameters
    ----------
    images : sequence of ndarray of shape (n, h, w)
        The images of each part.

    labels : sequence of ndarray of shape (n,)
        Those of as many parts, or of none.

    Returns
    -------
    images : ndarray of shape (n, h, w)
        All images; of a single part, the same array.

    labels : ndarray of shape (n,) or None
        Their labels.

    Raises
    ------
    ValueError
        If sizes differ, or if only some have labels.
    """
    if (labels and len(labels) < len(images)) or len({i.shape[1:] for i in images}) > 1:
        raise ValueError(
            "images are of several sizes, or some without labels. Choose some by "
            'subset="train" or subset="test".'
        )
    if len(images) == 1:
        return images[0], labels[0] if labels else None
    return np.concatenate(images), np.concatenate(labels) if labels else None
