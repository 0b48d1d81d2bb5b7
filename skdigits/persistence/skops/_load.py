"""Models from files."""

import os
import warnings
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO, Any

from skdigits._files import check_not_endless
from skdigits._model_files import is_pickle
from skdigits._parts import walk
from skdigits.persistence.skops._archive import Contents, check_archive
from skdigits.persistence.skops._manifest import (
    check_description,
    differing_versions,
    warn_of_versions,
)
from skdigits.persistence.skops._trusted import STAND_INS, TRUSTED_TYPES

# Characters of a reason, which may cite what is in the file.
MAX_TEXT = 1_500


def load_model(path: str | os.PathLike, *, allow_pickle: bool = False) -> Any:
    """Load a model saved by :func:`save_model`, without running code from the file.

    Untrusted files are safe to load. An error is raised for types that are not part of
    scikit-learn or skdigits, for damaged files, for files that would take too much
    memory, and for numbers that would crash compiled code. The predictions of an
    untrusted model can still be wrong on purpose.

    Some parameters of all parts are reset to their defaults: ``memory`` (a folder with
    pickles), ``n_jobs`` and ``pre_dispatch`` (processes), ``input`` (names of files)
    and ``build`` (the function of a network). Set them again with ``set_params`` if you
    need them.

    Parameters
    ----------
    path : str or path-like
        Path of the file. ``~`` is expanded. With the suffix ".joblib", ".pickle" or
        ".pkl", it is loaded as a pickle, otherwise as a .skops file.

    allow_pickle : bool, default=False
        Whether to load pickles, which can run any code. Load a pickle only if you made
        it.

    Returns
    -------
    estimator : estimator
        The loaded model.

    Raises
    ------
    OSError
        If the file does not exist, or if it is a pipe or a device.
    ValueError
        If the file is refused. The message gives the reason. This includes an installed
        scikit-learn that is too new for skdigits to check the model.

    Warns
    -----
    UserWarning
        If another minor version of scikit-learn or skdigits saved it.

    See Also
    --------
    save_model : Save a model.
    inspect_model : Describe a saved model without building it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from skdigits.persistence import load_model, save_model
    >>> X, y = load_digits(return_X_y=True)
    >>> with TemporaryDirectory() as folder:
    ...     path = save_model(SVC().fit(X, y), Path(folder, "svm.skops"))
    ...     model = load_model(path)
    >>> model.predict(X[:3])
    array([0, 1, 2])
    """
    path = Path(path).expanduser()
    if is_pickle(path):
        if not allow_pickle:
            raise ValueError(
                f"'{path}' is a pickle: loading it runs whatever its author wants. If "
                "you made it yourself, set allow_pickle=True."
            )
        import joblib

        return joblib.load(path)
    check_not_endless(path)
    with path.open("rb") as file:
        try:
            model, contents = load_checked(file)
        # Whatever a hostile file makes zipfile, NumPy, skops or scikit-learn raise.
        except Exception as error:
            raise _refusal(f"'{path}' cannot be loaded", error) from _cause(error)
    warn_of_versions(contents.manifest)
    return model


def inspect_model(path: str | os.PathLike) -> dict[str, Any]:
    """Describe a saved model without building it.

    Parameters
    ----------
    path : str or path-like
        Path of a .skops file of :func:`save_model`. ``~`` is expanded.

    Returns
    -------
    summary : dict
        "class"; "parts", the estimators in the model and their non-default parameters;
        "classes"; "n_features_in" and "image_shape"; "versions"; "saved", the time in
        UTC; "sha256", the verified checksum of the content; "metadata", as passed to
        :func:`save_model`; "n_values" and "n_bytes" of all arrays; "file_bytes". All
        but the last three are statements of the file.

    Raises
    ------
    OSError
        If the file does not exist, or if it is a pipe or a device.
    ValueError
        If the file is damaged, or if :func:`load_model` would refuse it.

    See Also
    --------
    load_model : Load the model.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits.persistence import inspect_model, save_model
    >>> from skdigits.preprocessing import PixelScaler
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "scaler.skops")
    ...     _ = save_model(PixelScaler(), path, metadata={"for": "MNIST"})
    ...     inspect_model(path)["metadata"]
    {'for': 'MNIST'}
    """
    from skdigits.persistence.skops._versions import naming_versions

    path = Path(path).expanduser()
    check_not_endless(path)
    with path.open("rb") as file:
        try:
            contents = check_archive(file)
            with naming_versions(contents.manifest):
                check_types(file, contents)
        except Exception as error:
            raise _refusal(f"'{path}' is refused", error) from _cause(error)
    return {
        **contents.manifest,
        "n_values": contents.n_values,
        "n_bytes": contents.n_bytes,
        "file_bytes": path.stat().st_size,
    }


def load_shipped(path: Traversable) -> Any:
    """Load a model that ships with skdigits.

    Other versions of scikit-learn are not warned of: tests compare what it predicts.

    Parameters
    ----------
    path : Traversable
        Of `importlib.resources`: the package may be in a zip archive.

    Returns
    -------
    model : estimator
        Another object with each call.
    """
    with path.open("rb") as file:
        model, _ = load_checked(file)
    return model


def load_checked(file: IO[bytes]) -> tuple[Any, Contents]:
    """Check a file, build the model, and check that.

    Parameters
    ----------
    file : binary file
        Read, not closed.

    Returns
    -------
    model : estimator
        What is in it.

    contents : Contents
        What is known of it.

    Raises
    ------
    Exception
        Of whatever kind a hostile file brings about.
    """
    from skdigits.persistence.skops._versions import naming_versions

    contents = check_archive(file)
    with naming_versions(contents.manifest):
        model = _build(file, contents)
    return model, contents


def _build(file: IO[bytes], contents: Contents) -> Any:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import InconsistentVersionWarning
    from skops.io import load
    from skops.io.exceptions import UntrustedTypesFoundException

    from skdigits.persistence.skops._compiled import check_compiled
    from skdigits.persistence.skops._distributions import restore_distributions
    from skdigits.persistence.skops._resets import reset_parameters
    from skdigits.persistence.skops._states import check_state
    from skdigits.persistence.skops._versions import add_parameters, try_out

    # The fewer names, the quicker: skops keeps a list of them for each object.
    trusted = [name for name in TRUSTED_TYPES if name in contents.types]
    with warnings.catch_warnings():
        # One for each estimator in the model; here is one for all.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        try:
            model = load(file, trusted=trusted)
        except UntrustedTypesFoundException:
            check_types(file, contents)  # which says where they are
            raise
    if not isinstance(model, BaseEstimator):
        raise ValueError(f"it holds a {type(model).__name__}, not an estimator")
    is_of_others = bool(differing_versions(contents.manifest))
    for path, part in walk(model):
        if is_of_others:
            add_parameters(part)
        reset_parameters(path, part)
        check_compiled(path, part)
        check_state(path, part)
    check_description(model, contents.manifest)
    if any(name in contents.types for name in STAND_INS):
        restore_distributions(model)
    if is_of_others:
        try_out(model)
    return model


def check_types(file: IO[bytes], contents: Contents) -> None:
    """Refuse types that are not trusted, and say where they are.

    Parameters
    ----------
    file : binary file
        Read, not closed.

    contents : Contents
        What is known of it.

    Raises
    ------
    ValueError
        If there are any.
    """
    from skops.io import get_untrusted_types

    strange = set(get_untrusted_types(file=file)) - set(TRUSTED_TYPES)
    if strange:
        found = [f"{name!r} ({_where(name, contents)})" for name in sorted(strange)]
        raise ValueError(
            "it holds what is neither scikit-learn's nor skdigits' own, or could run "
            f"code: {', '.join(found)}"
        )


def _where(name: str, contents: Contents) -> str:
    # A method is reported with its name behind that of its class.
    return contents.types.get(name) or contents.types.get(name.rpartition(".")[0], "?")


def _refusal(what: str, error: Exception) -> ValueError:
    # An ImportError is of a check: that of what a file names is a ModuleNotFoundError.
    said = type(error) in (ValueError, ImportError)
    return ValueError(f"{what}: {_shortened(error) if said else _damage(error)}")


def _damage(error: Exception) -> str:
    return f"damaged, {type(error).__name__}: {_shortened(error)}"


def _shortened(error: Exception) -> str:
    """Return what an error says, without the middle of a text that a file makes long.

    What to do stands at the end.
    """
    text = str(error)
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[: MAX_TEXT // 2]} [...] {text[-MAX_TEXT // 2 :]}"


def _cause(error: Exception) -> Exception | None:
    """Return an error that a traceback is to show: none whose text is too long."""
    return error if len(str(error)) <= MAX_TEXT else None
