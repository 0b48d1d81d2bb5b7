"""Models into files."""

import io
import json
import os
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from skdigits._files import check_destination, replacing
from skdigits._model_files import check_suffix, is_pickle
from skdigits._parts import children, walk
from skdigits.persistence.skops._archive import MAX_MANIFEST_BYTES, digest_of
from skdigits.persistence.skops._builds import without_builds
from skdigits.persistence.skops._callbacks import without_callbacks
from skdigits.persistence.skops._distributions import with_named_distributions
from skdigits.persistence.skops._load import load_checked
from skdigits.persistence.skops._manifest import MANIFEST, make_manifest
from skdigits.persistence.skops._schema import SCHEMA


def save_model(
    estimator: Any,
    path: str | os.PathLike,
    *,
    overwrite: bool = False,
    metadata: dict[str, Any] | None = None,
) -> Path:
    """Save a model in one file that contains no code.

    Loading the model runs no code from the file and needs no TensorFlow. The new file
    is loaded once as a check, and then replaces an existing one. If the process is
    killed, the old file remains. You can then delete a folder ".skdigits-..." next to
    it.

    Parameters
    ----------
    estimator : estimator
        Estimator of skdigits or scikit-learn, fitted or not, such as a pipeline, search
        or ensemble. The function `build` of a KerasClassifier is not saved, because
        only training needs it.

    path : str or path-like
        Path of the file. ``~`` is expanded. The suffix ".skops" selects the safe
        format. The suffixes ".joblib", ".pickle" and ".pkl" select a pickle, which can
        hold any object but can run any code when it is loaded.

    overwrite : bool, default=False
        Whether to replace an existing file.

    metadata : dict, default=None
        Additional information to save, such as scores, data or authors: numbers,
        strings, lists and dicts. Supported by the .skops format only.

    Returns
    -------
    path : pathlib.Path
        The file.

    Raises
    ------
    FileExistsError
        If the file exists and `overwrite` is False.
    OSError
        If the folder does not exist or is not writable.
    TypeError
        If `estimator` is not an estimator or `metadata` not a dict.
    ValueError
        If the suffix is unknown, or if a part of the model cannot be saved. The message
        names that part. An existing file is kept.

    See Also
    --------
    load_model : Load the model.
    inspect_model : Describe a saved model.
    export_onnx : Export a model that predicts without Python.

    Notes
    -----
    The file has the format of skops [1]_: a zip archive of JSON and arrays in NumPy's
    format, with a description of the model. Callbacks set by `set_callbacks` are not
    saved.

    References
    ----------
    .. [1] https://skops.readthedocs.io/en/stable/persistence.html

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> from skdigits.persistence import load_model, save_model
    >>> from skdigits.preprocessing import PixelScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> model = make_pipeline(PixelScaler(), SVC()).fit(X, y)
    >>> with TemporaryDirectory() as folder:
    ...     path = save_model(model, Path(folder, "svm.skops"), metadata={"C": 1.0})
    ...     load_model(path)
    Pipeline(steps=[('pixelscaler', PixelScaler()), ('svc', SVC())])
    """
    path = Path(path).expanduser()
    check_suffix(path)
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise TypeError(f"save_model saves estimators; got {estimator!r}.")
    if metadata is not None and not isinstance(metadata, dict):
        raise TypeError(f"metadata must be a dict; got {metadata!r}.")
    if metadata and is_pickle(path):
        raise ValueError(f"A pickle cannot hold metadata; got '{path}'.")
    check_destination(path, overwrite=overwrite, example="model.skops")
    with replacing(path) as temporary:
        if is_pickle(path):
            import joblib

            joblib.dump(estimator, temporary)
        else:
            _write(estimator, temporary, metadata or {})
    return path


def _write(estimator: Any, path: Path, metadata: dict[str, Any]) -> None:
    named = with_named_distributions(without_builds(without_callbacks(estimator)))
    members = _dump(named)
    manifest = make_manifest(named, digest_of(members), metadata)
    if len(manifest) > MAX_MANIFEST_BYTES:
        raise ValueError(
            f"metadata and classes take {len(manifest):,} bytes; at most "
            f"{MAX_MANIFEST_BYTES:,} can be saved."
        )
    with ZipFile(path, "w", ZIP_STORED) as archive:
        archive.writestr(MANIFEST, manifest)
        for name, content in members.items():
            archive.writestr(name, content)
    del members
    with path.open("r+b") as file:
        try:
            load_checked(file)
        except Exception as error:
            raise ValueError(
                f"This {type(estimator).__name__} cannot be saved as .skops: {error}"
            ) from error
        os.fsync(file.fileno())


def _dump(estimator: Any) -> dict[str, bytes]:
    """Return the members of the file that skops would write, without its spaces."""
    from skops.io import dump

    buffer = io.BytesIO()
    try:
        dump(estimator, buffer)
    # Whatever the methods of foreign objects raise.
    except Exception as error:
        raise ValueError(
            _explain_keras(estimator)
            or f"model{_culprit(estimator)} cannot be saved as .skops: {error}"
        ) from error
    with ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members[SCHEMA])
    members[SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    return members


def _explain_keras(estimator: Any) -> str:
    """Say what to do with a live Keras network; nothing where there is none."""
    for path, part in walk(estimator):
        if type(part).__module__.partition(".")[0] in ("keras", "scikeras"):
            return (
                f"model{path} is a {type(part).__name__} of Keras, which cannot be "
                "saved as .skops. Train a KerasClassifier of skdigits.neural_network "
                "instead, whose build returns the same layers, or save a pickle, in a "
                "file named *.joblib."
            )
    return ""


def _culprit(value: Any) -> str:
    """Find the innermost part of a model that skops cannot save."""
    from skops.io import dump

    for name, child in children(value):
        try:
            dump(child, io.BytesIO())
        except RecursionError:
            return name
        except Exception:
            return name + _culprit(child)
    return ""
