"""A fitted classifier as one ONNX file."""

import os
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.validation import check_is_fitted

from skdigits._files import check_destination, replacing
from skdigits._sklearn import StrOptions, validate_params


@validate_params(
    {
        "estimator": "no_validation",
        "path": [str, os.PathLike],
        "input_dtype": [StrOptions({"uint8", "float32", "float64"})],
        "overwrite": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def export_onnx(
    estimator: BaseEstimator,
    path: str | os.PathLike[str],
    *,
    input_dtype: str = "float32",
    overwrite: bool = False,
) -> Path:
    """Export a fitted classifier or pipeline as one ONNX file.

    Any runtime of ONNX [1]_ can predict with it, such as ONNX Runtime in Python, C,
    Java or JavaScript. Prediction needs neither scikit-learn nor this package.

    Parameters
    ----------
    estimator : classifier
        A fitted classifier, such as a network, a pipeline or a search. See Notes.

    path : str or path-like
        Path of the file. ``~`` is expanded.

    input_dtype : {"float32", "uint8", "float64"}, default="float32"
        Type of the pixels passed to the model. It computes like the estimator with
        images of this type.

    overwrite : bool, default=False
        Whether to replace an existing file.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    FileExistsError
        If the file exists and `overwrite` is False.
    FileNotFoundError
        If the folder of `path` does not exist.
    ImportError
        If skl2onnx is not installed but needed for an estimator of scikit-learn.
    IsADirectoryError
        If `path` is a folder.
    NotFittedError
        If the estimator, or one inside it, is not fitted.
    TypeError
        If parts of the estimator cannot be exported. The message names them all, and no
        file is written.
    ValueError
        If the estimator is not a classifier, or if a parameter is invalid.

    See Also
    --------
    skl2onnx.convert_sklearn : Convert other estimators of scikit-learn.

    Notes
    -----
    The model has one input, "images", of shape ``(n, h * w)`` for any n. Reshape images
    of shape ``(n, h, w)``. Its outputs are

    - "label", of shape (n,): int64 or strings, as `predict` gives them, and
    - "probabilities", float32 of shape (n, n_classes), as `predict_proba` gives them.
      Classifiers without `predict_proba`, such as support vector machines, have
      "decisions" instead, as `decision_function` gives them, of shape (n,) for two
      classes. A VotingClassifier with hard voting has neither.

    The metadata of the file hold the labels ("classes") and the height and width
    ("image_shape"), both as JSON. They also hold the versions of this package and of
    scikit-learn, and the repr of the estimator. The model does not validate images: NaN
    and pixels of another scale are not refused.

    These can be exported, in pipelines and alone, and inside searches,
    AugmentedClassifier, AugmentedPredictionClassifier, VotingClassifier,
    CalibratedClassifierCV and FrozenEstimator:

    - Deskewer, PCAFeatures and PixelScaler; PCA, MaxAbsScaler, MinMaxScaler,
      RobustScaler and StandardScaler of scikit-learn;
    - KerasCNNClassifier, KerasClassifier, KerasMLPClassifier, NumpyMLPClassifier and
      RandomFeaturesClassifier;
      DecisionTreeClassifier, ExtraTreesClassifier, KNeighborsClassifier (Euclidean),
      LinearSVC, LogisticRegression, MLPClassifier, NuSVC, RandomForestClassifier and
      SVC of scikit-learn, by [2]_ where that is exact enough.

    The model computes in float64 where scikit-learn does. Probabilities differ by
    rounding errors below 1e-5. Some estimators amplify such errors:

    - Trees on scikit-learn's PCA of float32 images, which is computed in float32. If a
      feature lies on a threshold, a tree may vote for another label. PCAFeatures are
      computed in float64.
    - Isotonic calibration, where it is steep.
    - k nearest neighbours, if several training images are equally far away, as among
      images of few pixels. scikit-learn's choice among them is arbitrary.

    A KNeighborsClassifier compares all images of a call with all training images at
    once, which takes 8 bytes per pair. An AugmentedPredictionClassifier processes all
    copies of the images of a call at once. Pass a few hundred images at a time.

    References
    ----------
    .. [1] ONNX, "Open Neural Network Exchange", https://onnx.ai.
    .. [2] sklearn-onnx, "Convert scikit-learn models to ONNX",
       https://onnx.ai/sklearn-onnx.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import onnxruntime
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.persistence import export_onnx
    >>> from skdigits.preprocessing import PixelScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> pipeline = make_pipeline(PixelScaler(), LogisticRegression()).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = export_onnx(pipeline, Path(folder, "digits.onnx"))
    ...     session = onnxruntime.InferenceSession(path)
    >>> images = X[:5].astype("float32")
    >>> labels, probabilities = session.run(None, {"images": images})
    >>> labels.tolist(), probabilities.shape
    ([0, 1, 2, 3, 4], (5, 10))
    """
    path = check_destination(path, overwrite=overwrite, example="model.onnx")
    _check_estimator(estimator)
    from skdigits.persistence.onnx._model import to_model

    model = to_model(estimator, np.dtype(input_dtype))
    with replacing(path) as temporary:
        temporary.write_bytes(model.SerializeToString())
    return path


def _check_estimator(estimator: BaseEstimator) -> None:
    """Refuse what cannot be exported, all of it at once."""
    from skdigits.persistence.onnx._estimators import find_problems

    if not is_classifier(estimator):
        raise ValueError(
            f"export_onnx takes classifiers; got {estimator!r}. Give it a pipeline "
            "that ends in one."
        )
    check_is_fitted(estimator)
    problems = list(find_problems(estimator))
    if problems:
        lines = "\n".join(f"- {problem}." for problem in problems)
        raise TypeError(
            f"This {type(estimator).__name__} cannot be exported to ONNX:\n{lines}"
        )
    if np.asarray(estimator.classes_).dtype.kind not in "biufUSO":
        raise TypeError(f"Labels must be numbers or strings; got {estimator.classes_}.")
