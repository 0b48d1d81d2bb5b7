"""scikit-learn's own checks over every public estimator."""

import inspect
import re

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_get_feature_names_out_error,
    check_global_output_transform_pandas,
    check_global_set_output_transform_polars,
    check_inplace_ensure_writeable,
    check_param_validation,
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_set_output_transform_polars,
    check_transformer_get_feature_names_out,
    check_transformer_get_feature_names_out_pandas,
    parametrize_with_checks,
)

import skdigits

MINI_BATCHES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "mini-batches of weighted rows are not those of repeated rows, and the check "
        "compares at 1e-7; see test_weights_equal_repeated_rows for the full batch"
    )
}
AUGMENTATION = {
    "check_sample_weight_equivalence_on_dense_data": (
        "each image gets copies of its own: one of weight 2 has other copies than two "
        "of weight 1"
    )
}
EXPECTED_FAILURES = {
    "AugmentedClassifier": AUGMENTATION,
    "KerasCNNClassifier": MINI_BATCHES,
    "KerasClassifier": MINI_BATCHES,
    "KerasMLPClassifier": MINI_BATCHES,
}


def build(image_shape, n_classes):
    from keras import layers

    return [
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(n_classes),
    ]


# What constructors ask for.
REQUIRED = {
    "AugmentedClassifier": {"estimator": LogisticRegression()},
    "AugmentedPredictionClassifier": {
        "estimator": LogisticRegression(solver="newton-cholesky")
    },
    "KerasClassifier": {"build": build},
    "RejectClassifier": {
        "estimator": LogisticRegression(solver="newton-cholesky"),
        "coverage": 0.9,
        "cv": 2,
    },
}
# Tags that make scikit-learn leave checks out.
TAGS_THAT_HIDE = ("poor_score", "non_deterministic", "no_validation", "_skip_test")


def public_estimators():
    for package in map(skdigits.__getattr__, skdigits._SUBPACKAGES):
        for name in package.__all__:
            member = getattr(package, name)
            # A DigitReader has parameters, but learns nothing.
            if inspect.isclass(member) and hasattr(member, "fit"):
                yield member(**REQUIRED.get(name, {}))


ESTIMATORS = list(public_estimators())
# Their training pixels decide on the scale.
SCALING = skdigits.neural_network.KerasMLPClassifier(white_level="auto")
SUPPORT_VECTORS = skdigits.augmentation.AugmentedClassifier(
    SVC(), support_vectors_only=True
)
TRANSFORMERS = [est for est in ESTIMATORS if hasattr(est, "transform")]


def name_of(estimator):
    return type(estimator).__name__


def each_once(checks):
    """Leave out the second of two equal checks, which scikit-learn 1.6 lists."""
    names, cases = checks.args

    def ids(value):
        # Processes of pytest-xdist must agree on the names, which hold addresses.
        return re.sub(r"at0x\w+", "", checks.kwargs["ids"](value))

    # Cases that are expected to fail come as `pytest.param`, which has values.
    by_id = {tuple(map(ids, getattr(case, "values", case))): case for case in cases}
    return pytest.mark.parametrize(names, by_id.values(), ids=ids)


@each_once(
    parametrize_with_checks(
        [*ESTIMATORS, SCALING, SUPPORT_VECTORS],
        expected_failed_checks=lambda est: EXPECTED_FAILURES.get(name_of(est), {}),
    )
)
def test_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)
def test_no_tag_hides_a_check(estimator):
    tags = estimator.__sklearn_tags__()
    assert tags.input_tags.two_d_array
    assert not any(getattr(tags, tag, False) for tag in TAGS_THAT_HIDE)
    if tags.classifier_tags is not None:
        assert not tags.classifier_tags.poor_score


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)
@pytest.mark.parametrize(
    "check",
    [
        check_dataframe_column_names_consistency,
        check_inplace_ensure_writeable,
        check_param_validation,
    ],
)
def test_checks_that_sklearn_runs_by_hand(estimator, check):
    check(name_of(estimator), estimator)


@pytest.mark.parametrize("estimator", TRANSFORMERS, ids=name_of)
@pytest.mark.parametrize(
    "check",
    [
        check_get_feature_names_out_error,
        check_global_output_transform_pandas,
        check_global_set_output_transform_polars,
        check_set_output_transform,
        check_set_output_transform_pandas,
        check_set_output_transform_polars,
        check_transformer_get_feature_names_out,
        check_transformer_get_feature_names_out_pandas,
    ],
)
@pytest.mark.filterwarnings(  # the checks mix frames and arrays on purpose
    "ignore:X (has|does not have valid) feature names:UserWarning"
)
def test_transformer_checks_that_sklearn_runs_by_hand(estimator, check):
    check(name_of(estimator), estimator)
