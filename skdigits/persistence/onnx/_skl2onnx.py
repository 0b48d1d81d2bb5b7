"""Estimators of scikit-learn as ONNX models, by skl2onnx."""

import warnings

import onnx
from sklearn.base import BaseEstimator

from skdigits._onnx_graph import OPSETS
from skdigits._require import require


def convert(estimator: BaseEstimator, **options: bool) -> onnx.ModelProto:
    """Convert one estimator that computes in float64.

    Parameters
    ----------
    estimator : estimator
        A fitted one, without others inside.

    **options : bool
        What skl2onnx calls options.

    Returns
    -------
    model : onnx.ModelProto
        Takes float64 rows. A transformer gives rows, a classifier labels and scores.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    """
    require("skl2onnx", "onnx", f"export_onnx of {type(estimator).__name__}")
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType

    with warnings.catch_warnings():
        # scikit-learn's deprecations of what skl2onnx reads.
        warnings.simplefilter("ignore", FutureWarning)
        return convert_sklearn(
            estimator,
            initial_types=[("X", DoubleTensorType([None, estimator.n_features_in_]))],
            target_opset=OPSETS,
            options={id(estimator): options} if options else None,
        )
