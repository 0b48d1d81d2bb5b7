"""The whole ONNX model of a classifier: graph, inputs, outputs and facts."""

import json

import numpy as np
import onnx
import sklearn
from sklearn.base import BaseEstimator

from skdigits import __version__
from skdigits._images import ImageShape, resolve_image_shape
from skdigits._onnx_graph import Graph, tensor_info
from skdigits.persistence.onnx._estimators import parts, predict
from skdigits.persistence.onnx._tensors import Pixels

INPUT, LABEL = "images", "label"
# The names of the other output, by the method that it stands for.
OUTPUTS = {"predict_proba": "probabilities", "decision_function": "decisions"}


def to_model(classifier: BaseEstimator, dtype: np.dtype) -> onnx.ModelProto:
    """Convert a classifier that can be exported.

    Parameters
    ----------
    classifier : classifier
        A fitted classifier.

    dtype : dtype
        Type of the pixels that it will be given.

    Returns
    -------
    model : onnx.ModelProto
        Complete, in memory.
    """
    method = next((name for name in OUTPUTS if hasattr(classifier, name)), None)
    classes = _portable(np.asarray(classifier.classes_))
    graph = Graph()
    prediction = predict(graph, classifier, Pixels(INPUT, dtype), method)
    graph.name_output(graph("Gather", classes, prediction.label), LABEL)
    inputs = [tensor_info(INPUT, dtype, ["n", _n_features(classifier)])]
    outputs = [tensor_info(LABEL, classes.dtype, ["n"])]
    if method is not None:
        output = OUTPUTS[method]
        graph.name_output(graph.cast(prediction.scores, np.float32), output)
        is_single = method == "decision_function" and len(classes) == 2
        shape: list[int | str] = ["n"] if is_single else ["n", len(classes)]
        outputs.append(tensor_info(output, np.dtype(np.float32), shape))
    model = graph.model(inputs, outputs)
    model.producer_name, model.producer_version = "skdigits", __version__
    onnx.helper.set_model_props(model, _facts(classifier, classes))
    return model


def _portable(classes: np.ndarray) -> np.ndarray:
    """Give labels a type that ONNX has: int64, float64, bool or strings."""
    if classes.dtype.kind in "iu":
        return classes.astype(np.int64)
    return classes.astype(object) if classes.dtype.kind == "U" else classes


def _facts(classifier: BaseEstimator, classes: np.ndarray) -> dict[str, str]:
    return {
        "classes": json.dumps(classes.tolist()),
        "estimator": repr(classifier),
        "image_shape": json.dumps(_image_shape(classifier)),
        "scikit-learn_version": sklearn.__version__,
        "skdigits_version": __version__,
    }


def _image_shape(classifier: BaseEstimator) -> ImageShape:
    """Return the image shape of the first estimator that knows one."""
    # The parts of a classifier with an augmenter see rows of pixels.
    knowing = (getattr(part, "augmenter_", part) for part in parts(classifier))
    shapes = (getattr(part, "image_shape_", None) for part in knowing)
    known = next((shape for shape in shapes if shape is not None), None)
    return known or resolve_image_shape(None, _n_features(classifier), None)


def _n_features(classifier: BaseEstimator) -> int:
    # A pipeline whose first step is "passthrough" does not know it.
    return next(
        part.n_features_in_
        for part in parts(classifier)
        if hasattr(part, "n_features_in_")
    )
