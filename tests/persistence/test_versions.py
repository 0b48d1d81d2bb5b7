"""Models that another version of scikit-learn or skdigits saved."""

import json

import numpy as np
import pytest
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

import skdigits
from skdigits.persistence import inspect_model, load_model
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X, y = X[:60].astype(np.float32), y[:60] % 3
EARLIER = {"scikit-learn": "1.2.3", "skdigits": skdigits.__version__}


@pytest.fixture
def write_earlier(write_unchecked, monkeypatch, tmp_path):
    """Write a file as an earlier version of scikit-learn would."""

    def write(model, change):
        def change_schema(members):
            schema = json.loads(members["schema.json"])
            change(schema["content"])
            members["schema.json"] = json.dumps(schema).encode()

        with monkeypatch.context() as patched:
            name = "skdigits.persistence.skops._manifest._versions"
            patched.setattr(name, lambda: EARLIER)
            return write_unchecked(model, tmp_path / "model.skops", change_schema)

    return write


def without(name):
    """Take an attribute away, and the type of its name with it."""

    def change(state):
        position = list(state["content"]).index(name)
        del state["content"][name]
        del state["key_types"]["content"][position]

    return change


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (LogisticRegression(max_iter=9, tol=1), "fit_intercept"),
        (MaxAbsScaler(), "copy"),
        (PixelScaler(), "method"),
    ],
)
def test_parameters_that_came_later_have_their_defaults(model, name, write_earlier):
    model.fit(X, y)
    path = write_earlier(model, without(name))
    with pytest.warns(UserWarning, match=r"saved with scikit-learn 1\.2\.3 \(here"):
        loaded = load_model(path)
    assert repr(loaded) == repr(model)
    method = "predict" if hasattr(model, "predict") else "transform"
    np.testing.assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))


def test_parameters_are_only_added_to_files_of_other_versions(
    write_unchecked, tmp_path
):
    model = LogisticRegression(max_iter=9, tol=1).fit(X, y)

    def change(members):
        schema = json.loads(members["schema.json"])
        without("C")(schema["content"])
        members["schema.json"] = json.dumps(schema).encode()

    path = write_unchecked(model, tmp_path / "model.skops", change)
    assert not hasattr(load_model(path), "C")


def assert_names_versions(error, path):
    text = str(error.value)
    assert str(path) in text
    assert f"saved with scikit-learn 1.2.3 (here {sklearn.__version__})" in text
    assert "Load it with those that saved it, or fit and save it again" in text
    assert "damaged" not in text


def test_types_that_moved(write_earlier):
    model = GradientBoostingClassifier(n_estimators=1, max_depth=1).fit(X, y)

    def change(state):
        loss = state["content"]["_loss"]["content"]
        loss["content"]["closs"]["__module__"] = "_loss"

    path = write_earlier(model, change)
    for function in (load_model, inspect_model):
        with pytest.raises(ValueError, match=r"_loss\.Cy") as error:
            function(path)
        assert_names_versions(error, path)


def test_attributes_that_came_later(write_earlier):
    model = GradientBoostingClassifier(n_estimators=1, max_depth=1).fit(X, y)
    path = write_earlier(model, without("init_"))
    with pytest.raises(ValueError, match="init_") as error:
        load_model(path)
    assert_names_versions(error, path)


def test_modules_that_moved(write_earlier):
    def change(state):
        [step] = state["content"]["steps"]["content"]
        step["content"][1]["__module__"] = "sklearn.gone"

    path = write_earlier(make_pipeline(LogisticRegression()), change)
    with pytest.raises(ValueError, match=r"sklearn\.gone") as error:
        load_model(path)
    assert_names_versions(error, path)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (SimpleImputer(), "statistics_"),
        pytest.param(
            SimpleImputer(),
            "_fill_dtype",
            marks=pytest.mark.skipif(
                not hasattr(SimpleImputer().fit(X), "_fill_dtype"),
                reason="scikit-learn 1.6 writes no _fill_dtype, and needs none",
            ),
        ),
        (LogisticRegression(max_iter=9, tol=1), "coef_"),
    ],
)
def test_models_that_could_not_be_used_are_refused(model, name, write_earlier):
    """In scikit-learn 1.7, `SimpleImputer` got an attribute that `transform` needs."""
    path = write_earlier(model.fit(X, y), without(name))
    with pytest.raises(ValueError, match=f"fails: .*{name}") as error:
        load_model(path)
    assert_names_versions(error, path)


def test_models_of_countless_features_are_not_tried_out(write_earlier):
    """An image of so many pixels has 8 TB."""
    model = MaxAbsScaler().fit(X)
    model.n_features_in_ = 10**12
    path = write_earlier(model, lambda state: None)
    with pytest.warns(UserWarning, match="saved with"):
        assert load_model(path).n_features_in_ == 10**12


def test_columns_by_name_are_no_reason_to_refuse_a_model(write_earlier):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=[f"pixel{k}" for k in range(64)])
    model = make_column_transformer(("passthrough", ["pixel3"])).fit(frame)
    path = write_earlier(model, lambda state: None)
    with pytest.warns(UserWarning, match="saved with"):
        assert load_model(path).transform(frame).shape == (60, 1)
