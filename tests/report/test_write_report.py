import base64
import html
import io
import json
import re
import sys
import time
from importlib import metadata

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scipy.stats import binomtest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_blobs
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits._evaluation.calibration import calibration_error
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.inspection import MisclassifiedDisplay
from skdigits.model_selection import find_label_errors
from skdigits.preprocessing import PixelScaler
from skdigits.report import _figures, _sprite, checksum, write_report


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
    probabilities = model.predict_proba(X)
    # Many losses of a k-NN are infinite; of those the surest mistake is the worst.
    of_truth = probabilities[np.arange(len(y)), y]
    order = np.lexsort((-probabilities.max(axis=1), of_truth))
    mistakes = order[(model.predict(X) != y)[order]]
    assert "log loss" in text
    display = MisclassifiedDisplay.from_estimator(model, X, y, n_images=24)
    assert display.indices.tolist() == mistakes[:24].tolist()
    assert re.findall(r"#(\d+)", text) == mistakes[:24].astype(str).tolist()


def test_suspected_labels(write, digits):
    model, X, y = digits
    y = y.copy()
    y[[7, 400]] = 0  # they show a 5 and a 3
    errors = find_label_errors(FrozenEstimator(model), X, y)
    text = section(write(model, X, y), "labels")
    assert f"{len(errors.indices)} labels of the test images are probably" in text
    assert "; the worst 24 are shown. Below" in text
    shown = re.findall(r"(\d) → (\d) #(\d+)", text)
    columns = errors.given, errors.suggested, errors.indices
    worst = np.stack(columns, axis=1)[:24].astype(str).tolist()
    assert [list(row) for row in shown] == worst
    assert {"7", "400"} <= {row[2] for row in shown}
    assert 'href="#labels"' in write(model, X, y)


def test_suspected_labels_of_unsorted_and_unknown_labels(write):
    model, X, y = planted([2, 0, 1, 2, 2, 5], [0, 0, 0, 0, 0, 0])
    model.classes_ = np.array([2, 0, 1])
    model.predict_proba = lambda X: np.array(
        [[0.9, 0.1, 0], [0, 1, 0], [0, 0, 1], [0.9, 0.1, 0], [0, 0, 1], [0, 0, 1]]
    )
    text = section(write(model, X, y), "labels")
    assert re.findall(r"(\d) → (\d) #(\d+)", text) == [("2", "1", "4")]


def test_no_suspected_labels(write, digits):
    model, X, y = digits
    page = write(model, X[:20], model.predict(X[:20]))
    assert "No label of the test images is suspected" in section(page, "labels")
    page = write(SVC().fit(X, y), X, y)
    assert 'id="labels"' not in page
    assert 'href="#labels"' not in page


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


@pytest.mark.parametrize("n_classes", [3, 10])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda e: e,
        lambda e: make_pipeline(PixelScaler(), e),
        lambda e: GridSearchCV(e, {"decision_function_shape": ["ovo"]}, cv=2),
        FrozenEstimator,
    ],
    ids=["plain", "pipeline", "search", "frozen"],
)
def test_scores_of_pairs_are_not_taken_for_scores_of_labels(
    write, digits, wrap, n_classes
):
    _, X, y = digits
    X, y = X[y < n_classes], y[y < n_classes]
    svm = SVC(C=0.001, decision_function_shape="ovo").fit(X[:99], y[:99])
    model = wrap(svm).fit(X[:99], y[:99])
    text = section(write(model, X, y), "mistakes")
    mistakes = np.flatnonzero(model.predict(X) != y)
    assert "order of the data" in text
    assert re.findall(r"#(\d+)", text) == mistakes[:24].astype(str).tolist()
    display = MisclassifiedDisplay.from_estimator(model, X, y, n_images=24)
    assert display.margins is None
    assert display.indices.tolist() == mistakes[:24].tolist()


def test_scores_of_three_labels_are_used(write, digits):
    _, X, y = digits
    X, y = X[y < 3], y[y < 3]
    model = SVC(C=0.001).fit(X[:99], y[:99])
    assert "margin" in section(write(model, X, y), "mistakes")
    assert MisclassifiedDisplay.from_estimator(model, X, y).margins is not None


def test_columns_of_scores_stand_in_the_order_of_classes_(write):
    """A classifier need not sort its classes."""
    model, X, y = planted([2, 0, 1, 2], [0, 0, 0, 0])
    model.classes_ = np.array([2, 0, 1])
    model.predict_proba = lambda X: np.array(
        [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.7, 0.1, 0.2], [0.9, 0.06, 0.04]]
    )
    page = write(model, X, y)
    assert viewer(page)["labels"] == ["0", "1", "2"]
    mistakes = section(page, "mistakes")
    assert re.findall(r"#(\d+) (\S+)", mistakes) == [("2", "1.61"), ("1", "1.2")]
    confidence = dict(
        zip(viewer(page)["rows"], viewer(page)["confidence"], strict=True)
    )
    assert confidence == {0: 0.5, 1: 0.6, 2: 0.7, 3: 0.9}


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
    assert "There are none: all 3 images are classified correctly." in section(
        page, "mistakes"
    )


def test_no_mistakes_with_probabilities(write, digits):
    _, X, y = digits
    model = RandomForestClassifier(10, bootstrap=False, random_state=0).fit(X, y)
    page = write(model, X, y)
    assert "There are none" in section(page, "mistakes")
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
    assert "did not occur in training" in section(page, "scores")
    assert section(page, "scores").split("misclassified: ")[1].startswith("0, 9.")
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
    assert "0 stands for -2 and 1 for 1." in section(write(model, X, y), "pixels")
    X = np.where(np.arange(16) == 0, X, 50)
    X[0, 5] = 80
    X = X + 0.0
    assert "0 stands for 0 and 1 for 80." in section(write(model, X, y), "pixels")
    X[:] = 0
    assert "0 to 0" in section(write(model, X, y), "data")


def test_large_images_are_reduced(write):
    X = np.zeros((3, 80, 40))
    X[1:, 0, 0] = 1
    page = write(Planted().fit(X, [0, 1, 1]), X, [0, 1, 1])
    assert "--tile-width: 32px" in page
    assert "--tile-height: 64px" in page
    assert "the middle part of the image" in section(page, "pixels")


def test_results_come_first_and_pixel_values_are_folded(write, digits):
    page = write(*digits)
    names = re.findall(r'<section id="(\w+)"', page)
    assert names[:3] == ["scores", "confusion", "mistakes"]
    assert re.findall(r'href="#(\w+)"', page) == names
    before, inside, after = re.split("</?details>", page)
    assert inside.count('class="pixels"') == 2
    assert 'class="pixels"' not in before + after


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
    assert calibration_error(is_correct, confidence) == pytest.approx(
        (0.5 * abs(1 - 0.96)) + 0.5 * abs(0.5 - 0.58)
    )


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved."""
    figures, savefig = [], Figure.savefig

    def spy(figure, *arguments, **options):
        figures.append(figure)
        savefig(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", spy)
    return figures


def test_calibration_figure(drawn):
    """Two bins: of 4 sure images 3 are right, of 2 unsure ones 1."""
    is_correct = np.array([True, True, True, False, True, False])
    confidence = np.array([0.99, 0.98, 0.97, 0.98, 0.55, 0.57])
    url = _figures.calibration_figure(is_correct, confidence)
    assert url.startswith("data:image/svg+xml;base64,")
    (axes,) = drawn[0].axes
    diagonal, curve = axes.lines
    np.testing.assert_array_equal(diagonal.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_allclose(curve.get_xydata(), [[0.56, 0.5], [0.98, 0.75]])
    numbers = {text.get_text(): text.xy for text in axes.texts}
    assert numbers["2"] == pytest.approx((0.56, 0.5))
    assert numbers["4"] == pytest.approx((0.98, 0.75))


def trained(losses, scores=None):
    """A classifier that says it was trained like that, with images and labels."""
    model, X, y = planted([0, 1], [0, 1])
    model.loss_curve_, model.validation_scores_ = losses, scores
    model.best_validation_score_ = None if scores is None else max(scores)
    return model, X, y


def lines(figure):
    """The points of the lines of a figure, by their names in the legend."""
    return {
        line.get_label(): np.ma.filled(line.get_xydata(), np.nan).tolist()
        for axes in figure.axes
        for line in axes.lines
    }


def test_history_figure(write, drawn):
    model, X, y = trained([0.9, 0.5, 0.4], [0.6, 0.8, 0.7])
    assert 'id="history"' in write(make_pipeline(PixelScaler().fit(X), model), X, y)
    assert lines(drawn[-1]) == {
        "loss": [[1, 0.9], [2, 0.5], [3, 0.4]],
        "validation score": [[1, 0.6], [2, 0.8], [3, 0.7]],
        "best epoch: 2 (score 0.8)": [[2, 0.8]],
    }
    axes = drawn[-1].axes
    legend = axes[1].get_legend().get_window_extent()
    assert legend.y0 >= axes[0].get_window_extent().y1  # it covers no curve
    assert legend.y1 <= drawn[-1].bbox.y1


def test_history_of_a_training_that_went_on(write, drawn):
    """Only its last epochs have scores."""
    write(*trained([0.9, 0.5, 0.4, 0.3], [0.8, 0.7]))
    scores = lines(drawn[-1])["validation score"]
    np.testing.assert_array_equal(scores[2:], [[3, 0.8], [4, 0.7]])
    assert np.isnan(scores)[:2, 1].all()


def test_history_in_arrays_and_no_history(write, drawn):
    write(*trained(np.array([0.9, 0.5])))
    assert lines(drawn[-1]) == {"loss": [[1, 0.9], [2, 0.5]]}
    for losses in ([], None, np.array([])):
        assert 'id="history"' not in write(*trained(losses))


def test_parameters_and_versions(write, digits):
    _, X, y = digits
    model = make_pipeline(PixelScaler(), SVC(C=12.5)).fit(X, y)
    page = write(model, X, y)
    assert "svc__C 12.5" in section(page, "model").replace("__ ", "__")
    assert re.search(r"scikit-learn \d+\.\d+", section(page, "sums"))
    assert f"Python {sys.version_info.major}." in section(page, "sums")


def test_versions_of_what_networks_run_on(write, digits, monkeypatch):
    """Those that are installed, none of which is imported for that."""
    known = {"tensorflow": "2.99", "onnxruntime": "1.98", "scikit-learn": "1.97"}

    def version(name):
        if name not in known:
            raise metadata.PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr("skdigits.report._tables.version", version)
    for name in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, name, None)  # then importing it fails
    text = section(write(*digits), "sums")
    assert "tensorflow 2.99" in text
    assert "onnxruntime 1.98" in text
    assert "scikit-learn 1.97" in text
    assert "keras" not in text
    monkeypatch.undo()
    assert f"onnxruntime {metadata.version('onnxruntime')}" in section(
        write(*digits), "sums"
    )


def test_reports_differ_in_the_date_only(write, digits):
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    first = write(*digits)
    assert re.search(when, first)
    assert re.sub(when, "", first) == re.sub(when, "", write(*digits))


def test_sums_can_be_recomputed(write, digits):
    model, X, y = digits
    text = section(write(model, X.reshape(-1, 8, 8).copy("F"), y), "sums")
    assert f"X, an array of shape (1597, 64), uint8 {checksum(X)}" in text
    assert f"y, an array {checksum(y)}" in text
    assert f"Model, parameters and fitted state {checksum(model)}" in text


class Stateless:
    def __reduce__(self):
        raise ValueError("no state")


def test_models_without_a_sum(write):
    model, X, y = planted([0, 1], [0, 1])
    model.lines_ = iter("a generator" for _ in range(2))
    text = section(write(model, X, y), "sums")
    assert "none, because of TypeError: cannot pickle 'generator' object" in text
    model.lines_ = Stateless()
    assert "because of ValueError: no state" in section(write(model, X, y), "sums")
    model.lines_ = []
    for _ in range(sys.getrecursionlimit()):
        model.lines_ = [model.lines_]
    assert "because of RecursionError" in section(write(model, X, y), "sums")


def test_halves_of_surrogate_pairs(write):
    """A file cannot hold them; a name of a file in another encoding has them."""
    labels = np.array(["\udc80", "b", "\udc81"], dtype=object)
    page = write(*planted(labels, [0, 0, 2]), title="from \ud800")
    assert "<h1>from \\ud800</h1>" in page
    assert viewer(page)["labels"] == ["b", "\udc80", "\udc81"]
    assert "\\udc80 → b" in section(page, "mistakes")


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
    for other in ({"C": 1}, SVC, None):
        with pytest.raises(ValueError, match="needs a classifier"):
            write_report(other, X, y, path)
    with pytest.raises(ValueError, match="y holds labels such as '1'"):
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
    with pytest.raises(ImportError, match=rf'needs {missing}.*install "\.\[report\]"'):
        write_report(*digits, tmp_path / "report.html")


def decode(page):
    """The images on a page, in their order, of the height and width given there."""
    data = viewer(page)
    url = re.search(r'url\("data:image/png;base64,(.*?)"\)', page).group(1)
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url))).convert("L"))
    width = picture.shape[1] // data["columns"]
    tile = re.search(r"--tile-width: (\d+)px;\s*--tile-height: (\d+)px", page)
    height = width * int(tile.group(2)) // int(tile.group(1))
    tiles = picture.reshape(-1, height, data["columns"], width).swapaxes(1, 2)
    return tiles.reshape(-1, height, width)[: len(data["rows"])]


@pytest.mark.parametrize("shape", [(3, 5), (7, 2), (1, 64), (6, 6)])
def test_pixels_of_images_that_are_not_square(write, shape):
    labels = np.arange(23) % 4
    X = np.random.default_rng(0).integers(0, 256, (23, *shape))
    X[:, 0, 0] = labels
    X[0, -1, -1], X[1, -1, -1] = 0, 255
    model = Planted().fit(X, labels)
    page = write(model, X.reshape(23, -1), labels, image_shape=shape)
    expected = X[viewer(page)["rows"]]
    if shape == (1, 64):  # then reduced
        expected = expected.reshape(23, 1, 32, 2).mean(axis=-1)
    np.testing.assert_allclose(decode(page), expected, atol=0.5)


def test_10_000_noisy_images_make_a_small_file_too(write):
    """Noise cannot be compressed, so it has fewer greys; every image is there."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (10_000, 28 * 28), dtype=np.uint8)
    y = np.arange(10_000) % 10
    model = DummyClassifier(strategy="stratified", random_state=0).fit(X, y)
    page = write(model, X, y)
    assert len(page.encode()) < 5e6
    assert sorted(viewer(page)["rows"]) == list(range(10_000))
    assert "in 4 shades of grey" in section(page, "data")
    shown, expected = decode(page), X[viewer(page)["rows"]].reshape(-1, 28, 28)
    assert np.abs(shown.astype(int) - expected).max() <= 255 // 3 // 2 + 1
    np.testing.assert_array_equal(np.unique(shown), [0, 85, 170, 255])


def test_greys_are_as_many_as_fit(monkeypatch):
    picture = np.random.default_rng(0).integers(0, 256, (200, 200)).astype(np.uint8)
    sizes = []
    for expected, limit in [(256, 50_000), (16, 30_000), (4, 15_000), (4, 0)]:
        monkeypatch.setattr(_sprite, "MAX_BYTES", limit)
        png, n_greys = _sprite._encode(picture)
        assert n_greys == expected
        assert len(png) <= limit or limit == 0
        sizes.append(len(png))
        shown = np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(int)
        assert np.abs(shown - picture).max() <= 255 // (n_greys - 1) // 2 + 1
    assert sizes[0] > sizes[1] > sizes[2] == sizes[3]


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
