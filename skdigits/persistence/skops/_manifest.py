"""The description of a model that stands in its file: the manifest."""

import json
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from inspect import signature
from typing import Any

import numpy as np

from skdigits import __version__
from skdigits._parts import image_shape_of, walk
from skdigits._warnings import warn

MANIFEST = "skdigits.json"
FORMAT = 1
# A manifest of 1 MiB holds no more.
MAX_CLASSES = 500_000
FIELDS: dict[str, type | tuple[type, ...]] = {
    "saved": str,
    "versions": dict,
    "class": str,
    "parts": list,
    "classes": (list, type(None)),
    "n_features_in": (int, type(None)),
    "image_shape": (list, type(None)),
    "sha256": str,
    "metadata": dict,
}
MAX_VERSION = 50  # characters
# Those whose minor versions change what an estimator holds.
COMPARED = ("scikit-learn", "skdigits")


def make_manifest(estimator: Any, sha256: str, metadata: dict) -> bytes:
    """Describe a model.

    Parameters
    ----------
    estimator : estimator
        What is saved.

    sha256 : str
        Of all other members of the file.

    metadata : dict
        What the user wants to keep.

    Returns
    -------
    manifest : bytes
        JSON.

    Raises
    ------
    ValueError
        If the metadata cannot be written as JSON.
    """
    manifest = {
        "format": FORMAT,
        "saved": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "versions": _versions(),
        **describe(estimator),
        "parts": list(_parts(estimator)),
        "sha256": sha256,
        "metadata": metadata,
    }
    try:
        return json.dumps(manifest, indent=2, default=_plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"metadata must be of numbers, strings, lists and dicts: {error}"
        ) from error


def describe(estimator: Any) -> dict[str, Any]:
    """Say which images a model takes and which labels it gives.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    description : dict
        With "class", "classes", "n_features_in" and "image_shape"; None stands for
        what it does not have.
    """
    classes = getattr(estimator, "classes_", None)
    shape = image_shape_of(estimator)
    n_features = getattr(estimator, "n_features_in_", None)
    return {
        "class": _name(type(estimator)),
        "classes": None if classes is None else _labels(classes),
        "n_features_in": None if n_features is None else int(n_features),
        "image_shape": None if shape is None else list(shape),
    }


def check_manifest(manifest: Any) -> dict[str, Any]:
    """Refuse what is not a manifest.

    Parameters
    ----------
    manifest : object
        What the JSON was.

    Returns
    -------
    manifest : dict
        The same.

    Raises
    ------
    ValueError
        If it is something else, or of a later version of skdigits.
    """
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise ValueError(f"its {MANIFEST} is not a manifest")
    if manifest["format"] > FORMAT:
        raise ValueError(
            f"it is of format {manifest['format']}, and skdigits {__version__} reads "
            f"up to {FORMAT}: update skdigits"
        )
    wrong = [
        name
        for name, expected in FIELDS.items()
        if name not in manifest or not isinstance(manifest[name], expected)
    ]
    if wrong:
        raise ValueError(f"its {MANIFEST} lacks {wrong}")
    if not all(_is_part(part) for part in manifest["parts"]):
        raise ValueError(f"its {MANIFEST} describes parts that are no estimators")
    if not all(
        isinstance(version, str) and len(version) <= MAX_VERSION
        for version in manifest["versions"].values()
    ):
        raise ValueError(f"its {MANIFEST} names versions that are none")
    return manifest


def check_description(estimator: Any, manifest: dict[str, Any]) -> None:
    """Refuse a manifest that speaks of another model.

    Parameters
    ----------
    estimator : estimator
        What was loaded.

    manifest : dict
        What was with it.

    Raises
    ------
    ValueError
        If they differ.
    """
    # Before each is made a label: there may be millions.
    classes = getattr(estimator, "classes_", None)
    if classes is not None and len(classes) > MAX_CLASSES:
        raise ValueError(f"its model has more than {MAX_CLASSES:,} classes")
    for name, value in describe(estimator).items():
        if json.loads(json.dumps(value)) != manifest[name]:
            raise ValueError(
                f"its {MANIFEST} says {name}={manifest[name]!r}, but the model has "
                f"{value!r}"
            )


def warn_of_versions(manifest: dict[str, Any]) -> None:
    """Warn if the model was saved with another minor version.

    Parameters
    ----------
    manifest : dict
        Of the file.
    """
    if differing := differing_versions(manifest):
        warn(
            f"The model was saved with {differing}. It may predict otherwise: compare "
            "its score, or fit and save it again."
        )


def differing_versions(manifest: dict[str, Any]) -> str:
    """Name the versions that differ from those installed.

    Parameters
    ----------
    manifest : dict
        Of a file.

    Returns
    -------
    differing : str
        Such as "scikit-learn 1.6.1 (here 1.9.1)"; "" if there are none.
    """
    here = _versions()
    there = manifest["versions"]
    return " and ".join(
        f"{name} {there.get(name)} (here {here[name]})"
        for name in COMPARED
        if _minor(str(there.get(name))) != _minor(here[name])
    )


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": version("scikit-learn"),
        "skops": version("skops"),
        "skdigits": __version__,
    }


def _minor(full: str) -> list[str]:
    return full.split(".")[:2]


def _parts(estimator: Any) -> Iterator[dict[str, Any]]:
    """Name each estimator in an estimator, with the parameters that were set."""
    parts = {"": estimator, **estimator.get_params()}
    for name, part in parts.items():
        if _is_estimator(part):
            yield {
                "name": name,
                "class": _name(type(part)),
                "parameters": dict(_changed(part)),
            }


def _changed(part: Any) -> Iterator[tuple[str, str]]:
    defaults = signature(type(part)).parameters
    for name, value in part.get_params(deep=False).items():
        nested = any(_is_estimator(inner) for _, inner in walk(value))
        if not nested and repr(value) != repr(defaults[name].default):
            yield name, repr(value)


def _is_part(part: Any) -> bool:
    """Tell whether `_parts` could have written it."""
    return (
        isinstance(part, dict)
        and isinstance(part.get("name"), str)
        and isinstance(part.get("class"), str)
        and isinstance(part.get("parameters"), dict)
        and all(isinstance(value, str) for value in part["parameters"].values())
    )


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _labels(classes: Any) -> list:
    """Write labels as JSON can: those that it does not know as text."""
    plain = [np.asarray(label).tolist() for label in classes]
    known = str | int | float | bool | list
    return [label if isinstance(label, known) else str(label) for label in plain]


def _plain(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"got {value!r}")
