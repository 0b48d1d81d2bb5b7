import html
import json
import re
import sys
import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_blobs
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.augmentation import AugmentedClassifier
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.preprocessing import PixelScaler
from skdigits.report import _figures, _sprite, _tables, write_report


class Planted(ClassifierMixin, BaseEstimator):
    """Predicts the first pixel, as a position in classes_; has no scores."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[np.asarray(X)[:, 0].astype(int)]


def planted(labels, predicted):
    """Return a classifier, images and labels with the given predictions."""
    X = np.random.default_rng(0).integers(0, 2, (len(labels), 16))
    X[:, 0] = predicted
    return Planted().fit(X, labels), X, np.asarray(labels)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return KNeighborsClassifier().fit(X[:200], y[:200]), X[200:], y[200:]


@pytest.fixture
def write(tmp_path):
    def write(*arguments, **options):
        path = write_report(*arguments, tmp_path / "report.html", **options)
        assert path == tmp_path / "report.html"
        assert list(tmp_path.iterdir()) == [path]
        return path.read_text(encoding="utf-8")

    return write


def viewer(page):
    found = re.search(r'id="viewer-data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found.group(1))


def section(page, name):
    """Return the text of a section, without tags."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL).group()
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", found)).split())


def counts(page):
    cells = re.findall(r'data-count="(\d+)"', page)
    return np.array(cells, int).reshape([round(len(cells) ** 0.5)] * 2)


def test_numbers_are_those_of_scikit_learn(write, digits):
    model, X, y = digits
    page = write(*digits)
    predicted = model.predict(X)
    np.testing.assert_array_equal(counts(page), confusion_matrix(y, predicted))
    expected = classification_report(y, predicted, output_dict=True)
    rows = re.findall(
        r"\b(\d) ([01]\.\d{4}) ([01]\.\d{4}) ([01]\.\d{4}) ([\d,]+)",
        section(page, "scores"),
    )
    assert [row[0] for row in rows] == list("0123456789")
    for label, *values, n_images in rows:
        names = "precision", "recall", "f1-score"
        assert values == [f"{expected[label][name]:.4f}" for name in names]
        assert int(n_images) == expected[label]["support"]
    n_correct = int((y == predicted).sum())
    interval = binomtest(n_correct, len(y)).proportion_ci(method="wilson")
    text = section(page, "scores").replace("\N{NO-BREAK SPACE}", " ")
    assert f"{n_correct / len(y):.2%}".replace("%", " %") in text
    low, high = (f"{100 * end:.2f} %" for end in (interval.low, interval.high))
    assert f"{low} to {high}" in text


def test_facts_on_the_data(write, digits):
    text = section(write(*digits), "data")
    assert "1,597 of 8 x 8 pixels" in text
    assert "ndarray of shape (1597, 64), uint8" in text
    assert "0 to 16" in text
    shares = [float(share) for share in re.findall(r"(\d+\.\d\d)\s%", text)]
    assert sum(shares) == pytest.approx(100, abs=0.1)


def test_pixels_of_the_first_digit_raw_and_scaled(write, digits):
    _, X, _ = digits
    tables = re.findall(r'<table class="pixels">.*?</table>', write(*digits), re.DOTALL)
    raw, scaled = (
        np.array(re.findall(r'--ink:[\d.]+">([\d.]+)<', table), float)
        for table in tables
    )
    np.testing.assert_array_equal(raw, X[0])
    np.testing.assert_allclose(scaled, X[0] / 16, atol=0.005)


def test_worst_mistakes_by_log_loss(write, digits):
    model, X, y = digits
    text = section(write(*digits), "mistakes")
    with np.errstate(divide="ignore"):
        loss = -np.log(model.predict_proba(X)[np.arange(len(y)), y])
    order = np.argsort(-loss, kind="stable")
    mistakes = order[(model.predict(X) != y)[order]]
    assert "log loss" in text
    assert re.findall(r"#(\d+)", text) == mistakes[:24].astype(str).tolist()


def test_worst_mistakes_by_margin(write, digits):
    _, X, y = digits
    model = SVC(C=0.01).fit(X[:200], y[:200])
    scores = model.decision_function(X)
    truth = scores[np.arange(len(y)), y].copy()
    scores[np.arange(len(y)), y] = -np.inf
    order = np.argsort(truth - scores.max(axis=1), kind="stable")
    mistakes = order[(model.predict(X) != y)[order]]
    page = write(model, X, y)
    text = section(page, "mistakes")
    assert "margin" in text
    assert re.findall(r"#(\d+)", text) == mistakes[:24].astype(str).tolist()
    assert 'id="calibration"' not in page
    assert viewer(page)["confidence"] is None


def test_scores_of_pairs_are_not_taken_for_scores_of_labels(write, digits):
    _, X, y = digits
    model = SVC(C=0.01, decision_function_shape="ovo").fit(X[:200], y[:200])
    assert "order of the data" in section(write(model, X, y), "mistakes")


def test_two_classes_have_one_column_of_scores(write, digits):
    _, X, y = digits
    model = SVC(C=0.001).fit(X[:100], y[:100] == 2)
    page = write(model, X, y == 2)
    assert viewer(page)["labels"] == ["False", "True"]
    mistakes = re.findall(r"#(\d+)", section(page, "mistakes"))
    scores = model.decision_function(X[np.array(mistakes, int)])
    assert (np.diff(np.abs(scores)) <= 0).all()


def test_without_any_scores_the_order_is_that_of_the_data(write):
    page = write(*planted([0, 0, 1, 1, 2, 2], [0, 1, 1, 0, 0, 2]))
    text = section(page, "mistakes")
    assert "order of the data" in text
    assert re.findall(r"#(\d+)", text) == ["1", "3", "4"]


def test_no_mistakes(write):
    page = write(*planted([0, 1, 2], [0, 1, 2]))
    assert "There is none: all 3 images were recognized." in section(page, "mistakes")


def test_no_mistakes_with_probabilities(write, digits):
    _, X, y = digits
    model = RandomForestClassifier(10, bootstrap=False, random_state=0).fit(X, y)
    page = write(model, X, y)
    assert "There is none" in section(page, "mistakes")
    assert 'id="calibration"' in page


def test_one_class(write):
    X = np.eye(4)
    y = ["seven"] * 4
    model = DummyClassifier().fit(X, y)
    page = write(model, X, y)
    np.testing.assert_array_equal(counts(page), [[4]])


def test_20_classes(write):
    X, y = make_blobs(200, 16, centers=20, random_state=0)
    page = write(KNeighborsClassifier().fit(X, y), X, y)
    assert counts(page).shape == (20, 20)
    assert np.trace(counts(page)) == 200


def test_text_labels(write):
    page = write(*planted(["two", "two", "one", "one"], [1, 0, 0, 0]))
    assert viewer(page)["labels"] == ["one", "two"]
    np.testing.assert_array_equal(counts(page), [[2, 0], [1, 1]])


def test_labels_that_the_classifier_never_saw(write):
    X = np.eye(6)
    y = np.array([1, 1, 3, 3, 9, 0])
    model = KNeighborsClassifier(1).fit(X[:4], y[:4])
    page = write(model, X, y)
    assert viewer(page)["labels"] == ["0", "1", "3", "9"]
    assert counts(page).sum(axis=1).tolist() == [1, 2, 2, 1]
    assert "never saw these labels" in section(page, "scores")
    assert section(page, "scores").split("a mistake: ")[1].startswith("0, 9.")
    assert "inf" in section(page, "mistakes")
    model = SVC().fit(X[:4], y[:4])
    assert re.findall(r"#(\d+)", section(write(model, X, y), "mistakes"))[:2] == [
        "4",
        "5",
    ]


def test_labels_that_are_not_in_the_data(write):
    model, X, y = planted([0, 0, 1, 1, 2], [0, 0, 1, 1, 2])
    page = write(model, X[:4], y[:4])
    assert counts(page).sum(axis=1).tolist() == [2, 2, 0]
    assert "2 \N{EN DASH} \N{EN DASH} \N{EN DASH} 0" in section(page, "scores")


@pytest.mark.parametrize(
    "form",
    [
        lambda X: X.reshape(-1, 8, 8),
        lambda X: X.reshape(-1, 8, 8, 1),
        lambda X: X.astype(np.float32),
        lambda X: X.tolist(),
        lambda X: list(X.reshape(-1, 8, 8)),
        np.asfortranarray,
    ],
    ids=["3 axes", "4 axes", "float32", "list", "list of images", "Fortran order"],
)
def test_forms_of_images(write, digits, form):
    model, X, y = digits
    plain = viewer(write(model, X[:90], y[:90]))
    assert viewer(write(model, form(X[:90]), y[:90])) == plain


def test_frames(write, digits):
    _, X, y = digits
    X = pd.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    y = pd.Series(y, name="target")
    model = KNeighborsClassifier().fit(X[:200], y[:200])  # warns without the names
    page = write(model, X[200:], y[200:])
    assert "DataFrame of shape (1397, 64), uint8" in section(page, "data")


def test_shape_of_images(write, digits):
    model, X, y = digits
    assert "16 x 4 pixels" in section(write(model, X, y, image_shape=(16, 4)), "data")
    with pytest.raises(ValueError, match=r"image_shape=\(9, 9\) has 81 pixels"):
        write_report(model, X, y, "never.html", image_shape=(9, 9))


def test_strange_pixels(write):
    model, X, y = planted([0, 1, 1], [0, 1, 0])
    X = X.astype(float)
    X[0, 3:6] = np.nan, np.inf, -np.inf
    X[1, 7] = -2
    text = section(write(model, X, y), "data")
    assert "3 pixels" in text
    assert "-2 as black, 1 as white" in text
    assert "-2 to 1" in text
    X[:] = 0
    assert "0 to 0" in section(write(model, X, y), "data")


def test_large_images_are_reduced(write):
    X = np.zeros((3, 80, 40))
    X[1:, 0, 0] = 1
    page = write(Planted().fit(X, [0, 1, 1]), X, [0, 1, 1])
    assert "--tile-width: 32px" in page
    assert "--tile-height: 64px" in page
    assert "its middle part" in section(page, "pixels")


def test_more_images_than_are_shown(write, digits, monkeypatch):
    monkeypatch.setattr(_sprite, "MAX_IMAGES", 450)
    model, X, y = digits
    page = write(*digits)
    predicted = model.predict(X)
    np.testing.assert_array_equal(counts(page), confusion_matrix(y, predicted))
    assert "shows 450 of the 1,597 images" in section(page, "data")
    shown = viewer(page)["rows"]
    assert len(shown) == len(set(shown)) == 450
    mistakes = np.flatnonzero(y != predicted)
    assert len(mistakes) < 300
    assert set(mistakes) < set(shown)
    for label in range(10):
        assert set(np.flatnonzero(y == label)[:8]) < set(shown)
    n_recognized = np.bincount(y[shown][y[shown] == predicted[shown]])
    assert np.ptp(n_recognized) <= 8  # of each label about equally many


def test_more_mistakes_than_are_shown(write, monkeypatch):
    monkeypatch.setattr(_sprite, "MAX_IMAGES", 50)
    labels = np.arange(300) % 3
    page = write(*planted(labels, (labels + 1) % 3))
    assert len(viewer(page)["rows"]) == 50
    assert "24 of 300" in section(page, "mistakes")


def test_calibration_error():
    """Worked by hand: bins (.9, 1] and (.5, .6] with two images each."""
    is_correct = np.array([True, True, True, False])
    confidence = np.array([1.0, 0.92, 0.6, 0.56])
    assert _figures.calibration_error(is_correct, confidence) == pytest.approx(
        (0.5 * abs(1 - 0.96)) + 0.5 * abs(0.5 - 0.58)
    )


def test_history_is_found_inside(digits):
    _, X, y = digits
    mlp = MLPClassifier((4,), max_iter=2, random_state=0)
    search = GridSearchCV(make_pipeline(PixelScaler(), mlp), {}, cv=2)
    with pytest.warns(ConvergenceWarning):
        search.fit(X, y)
    losses, scores = _tables.training_history(search)
    assert losses == search.best_estimator_[-1].loss_curve_
    assert scores is None
    with pytest.warns(ConvergenceWarning):
        augmented = AugmentedClassifier(mlp).fit(X[:99], y[:99])
    assert _tables.training_history(augmented)[0] == augmented.estimator_.loss_curve_
    assert _tables.training_history(digits[0]) is None
    forest = RandomForestClassifier(3).fit(X, y)
    assert _tables.final_estimator(forest) is forest


def test_parameters_and_versions(write, digits):
    _, X, y = digits
    model = make_pipeline(PixelScaler(), SVC(C=12.5)).fit(X, y)
    page = write(model, X, y)
    assert "svc__C 12.5" in section(page, "model").replace("__ ", "__")
    assert re.search(r"scikit-learn \d+\.\d+", section(page, "sums"))
    assert f"Python {sys.version_info.major}." in section(page, "sums")


def test_reports_differ_in_the_date_only(write, digits):
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    first = write(*digits)
    assert re.search(when, first)
    assert re.sub(when, "", first) == re.sub(when, "", write(*digits))


def test_models_that_cannot_be_pickled(write):
    model, X, y = planted([0, 1], [0, 1])
    model.lines_ = iter("a generator" for _ in range(2))
    assert "cannot be pickled" in section(write(model, X, y), "sums")


def test_title(write, digits):
    assert "<h1>KNeighborsClassifier on 1,597 images</h1>" in write(*digits)
    assert "<title>Mine</title>" in write(*digits, title="Mine")


def test_what_cannot_be_reported_on(digits, tmp_path):
    model, X, y = digits
    path = tmp_path / "report.html"
    with pytest.raises(NotFittedError):
        write_report(SVC(), X, y, path)
    with pytest.raises(ValueError, match="needs a classifier; got LinearRegression"):
        write_report(LinearRegression().fit(X, y), X, y, path)
    with pytest.raises(ValueError, match="labels such as '1', but"):
        write_report(model, X, y.astype(str).astype(object), path)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        write_report(model, X, y[:-1], path)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        write_report(model, X, y + 0.5, path)
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        write_report(model, X[:0], y[:0], path)
    assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_be_written(digits, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*absent'.*Make it first"):
        write_report(*digits, tmp_path / "absent" / "report.html")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        write_report(*digits, tmp_path)


def test_a_former_report_is_replaced_at_the_end(digits, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("former")

    def fail(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(OSError, match="disk full"):
            write_report(*digits, path)
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]
    write_report(*digits, str(path))
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib"])
def test_missing_extra(digits, monkeypatch, tmp_path, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"needs {missing}.*\"skdigits\[report\]\""):
        write_report(*digits, tmp_path / "report.html")


def test_10_000_images_make_a_small_file_soon(write, mnist_home):
    X, y = fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)
    model = DummyClassifier(strategy="stratified", random_state=0).fit(X, y)
    start = time.perf_counter()
    page = write(model, X, y)
    assert time.perf_counter() - start < 20
    assert len(page.encode()) < 5e6
    assert len(viewer(page)["rows"]) == 10_000


class Undefined(ClassifierMixin, BaseEstimator):
    """Knows nothing of the first image."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))

    def predict_proba(self, X):
        probabilities = np.full((len(X), len(self.classes_)), 1 / len(self.classes_))
        probabilities[0, 0] = np.nan
        return probabilities


def test_undefined_probabilities_are_refused(tmp_path):
    X, y = load_digits(return_X_y=True)
    model = Undefined().fit(X, y)
    with pytest.raises(ValueError, match=r"\(NaN\) probabilities for 1 of 1,797"):
        write_report(model, X, y, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []
