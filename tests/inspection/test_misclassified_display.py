import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC

from skdigits.datasets import fetch_mnist, load_digits
from skdigits.inspection import MisclassifiedDisplay
from skdigits.preprocessing import PixelScaler


def texts(display):
    return [text.get_text() for text in display.texts_]


def pixels(display):
    return [int(image.get_array()[0, 0]) for image in display.images_]


@pytest.fixture
def predictions(planted):
    return {
        "X": planted(6),
        "y_true": np.array(["a", "b", "c", "a", "b", "c"]),
        "y_pred": np.array(["a", "c", "b", "b", "c", "c"]),
    }


PROBABILITIES = np.array(
    [
        [1.0, 0.0, 0.0],
        [0.1, 0.3, 0.6],  # b read as c
        [0.1, 0.7, 0.2],  # c read as b
        [0.001, 0.999, 0.0],  # a read as b
        [0.0, 0.0, 1.0],  # b read as c
        [0.0, 0.0, 1.0],
    ]
)


def test_worst_loss_comes_first(predictions):
    display = MisclassifiedDisplay.from_predictions(
        **predictions, y_proba=PROBABILITIES
    )
    assert pixels(display) == [5, 4, 3, 2]
    assert texts(display) == [
        "b → c\n0% → 100%",
        "a → b\n<1% → >99%",
        "c → b\n20% → 70%",
        "b → c\n30% → 60%",
    ]
    title = "4 mistakes in 6 images, largest loss first"
    assert display.ax_.get_title() == title
    frame = display.frame()
    assert frame["index"].tolist() == [4, 3, 2, 1]
    assert frame["loss"].tolist() == pytest.approx(
        [np.inf, *-np.log([0.001, 0.2, 0.3])]
    )
    assert frame["probability_predicted"].tolist() == [1, 0.999, 0.7, 0.6]


def test_worst_margin_comes_first(predictions):
    display = MisclassifiedDisplay.from_predictions(
        **predictions, decision=10 * PROBABILITIES
    )
    assert pixels(display) == [5, 4, 3, 2]
    assert texts(display)[2] == "c → b\n-5.00"
    assert display.frame()["margin"].tolist() == pytest.approx([-10, -9.98, -5, -3])


def test_plain_order_without_scores(predictions):
    display = MisclassifiedDisplay.from_predictions(**predictions)
    assert pixels(display) == [2, 3, 4, 5]
    assert texts(display) == ["b → c", "c → b", "a → b", "b → c"]
    assert list(display.frame()) == ["index", "true", "predicted"]


def test_of_equal_losses_the_surer_mistake_is_worse(planted):
    y_proba = [[0, 0.6, 0.4], [0, 0.9, 0.1], [0, 0.7, 0.3]]
    display = MisclassifiedDisplay.from_predictions(
        *(planted(3), [0, 0, 0], [1, 1, 1]), y_proba=y_proba, classes=[0, 1, 2]
    )
    assert pixels(display) == [2, 3, 1]


def test_only_the_worst_are_shown_and_all_are_counted(predictions):
    display = MisclassifiedDisplay.from_predictions(
        **predictions, y_proba=PROBABILITIES, n_images=2
    )
    assert pixels(display) == [5, 4]
    assert display.ax_.get_title().startswith("2 of 4 mistakes in 6 images")


def test_pair_has_a_direction(predictions):
    display = MisclassifiedDisplay.from_predictions(
        **predictions, y_proba=PROBABILITIES, pair=("b", "c")
    )
    assert pixels(display) == [5, 2]
    title = "b classified as c: 2 in 6 images, largest loss first"
    assert display.ax_.get_title() == title
    display = MisclassifiedDisplay.from_predictions(**predictions, pair=("c", "b"))
    assert pixels(display) == [3]
    display = MisclassifiedDisplay.from_predictions(**predictions, pair=("b", "a"))
    assert display.ax_.texts[0].get_text() == "b classified as a: none in 6 images"


@pytest.mark.parametrize(
    "pair",
    [("a", "a"), ("a", "d"), ("a", "b", "c"), (0, 1), 4, "ab", (["a"], "b")],
)
def test_wrong_pair(predictions, pair):
    with pytest.raises(ValueError, match=r"pair must be two .* out of \['a', 'b', 'c'"):
        MisclassifiedDisplay.from_predictions(**predictions, pair=pair)


def test_no_mistakes(planted, assert_nothing_cut_off):
    display = MisclassifiedDisplay.from_predictions(planted(3), [1, 2, 3], [1, 2, 3])
    assert display.ax_.texts[0].get_text() == "No mistakes in 3 images"
    assert (display.images_, len(display.frame())) == ([], 0)
    assert_nothing_cut_off(display)
    X, y = load_digits(return_X_y=True)
    classifier = DummyClassifier().fit(X, np.zeros(len(y)))
    display = MisclassifiedDisplay.from_estimator(classifier, X, np.zeros(len(y)))
    assert display.n_mistakes == 0
    display = MisclassifiedDisplay.from_estimator(classifier, X[:0], y[:0])
    assert display.ax_.texts[0].get_text() == "No mistakes in 0 images"


def test_nan_comes_last_and_unknown_labels_have_probability_0(planted):
    display = MisclassifiedDisplay.from_predictions(
        *(planted(3), [0, 0, 5], [1, 1, 1]),
        y_proba=[[np.nan, np.nan], [0.4, 0.6], [0.2, 0.8]],
        classes=[0, 1],
    )
    assert pixels(display) == [3, 2, 1]
    assert texts(display) == [
        "5 → 1\n0% → 80%",
        "0 → 1\n40% → 60%",
        "0 → 1\nnan% → nan%",
    ]


def test_margin_of_two_classes_and_of_unknown_labels(planted):
    display = MisclassifiedDisplay.from_predictions(
        *(planted(3), [0, 1, 7], [1, 0, 0]), decision=[2.0, -3, -1], classes=[0, 1]
    )
    assert display.margins.tolist() == pytest.approx([-np.inf, -3, -2])
    assert pixels(display) == [3, 2, 1]


def test_wrong_scores(predictions):
    make = MisclassifiedDisplay.from_predictions
    with pytest.raises(ValueError, match="not both"):
        make(**predictions, y_proba=PROBABILITIES, decision=PROBABILITIES)
    with pytest.raises(
        ValueError, match=r"y_proba must have a column .* got 2 columns"
    ):
        make(**predictions, y_proba=PROBABILITIES[:, :2])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make(**predictions, y_proba=PROBABILITIES[:2])
    with pytest.raises(ValueError, match="n_images == 0, must be >= 1"):
        make(**predictions, n_images=0)
    for wrong in (0, -1):
        with pytest.raises(ValueError, match=f"n_columns == {wrong}, must be >= 1"):
            make(**predictions, n_columns=wrong)
    with pytest.raises(TypeError, match="n_columns must be an instance of"):
        make(**predictions, n_columns=2.5)


@pytest.mark.parametrize("classifier", [LogisticRegression(), LinearSVC()])
def test_classifiers_agree_with_their_own_methods(classifier, assert_nothing_cut_off):
    X, y = load_digits(return_X_y=True)
    y = np.array([f"digit {label}" for label in y])
    model = make_pipeline(PixelScaler(), classifier).fit(X[:600], y[:600])
    X, y = X[600:], y[600:]
    display = MisclassifiedDisplay.from_estimator(model, X, y)
    assert display.n_mistakes == (model.predict(X) != y).sum() > 30
    for image, index in zip(display.images_, display.indices, strict=True):
        np.testing.assert_array_equal(image.get_array(), X[index].reshape(8, 8))
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(X)[display.indices]
        columns = np.searchsorted(model.classes_, display.y_true)
        expected = probabilities[np.arange(30), columns]
        np.testing.assert_allclose(display.probabilities[:, 0], expected)
        assert (np.diff(expected) >= 0).all()
    else:
        assert (display.margins < 0).all()
        assert (np.diff(display.margins) >= 0).all()
    assert_nothing_cut_off(display)


@pytest.mark.parametrize("n_classes", [3, 10])
def test_decision_values_of_pairs_of_classes_are_not_used(n_classes):
    """Three classes have three pairs, so that counting columns does not tell them."""
    X, y = load_digits(return_X_y=True)
    X, y = X[y < n_classes], y[y < n_classes]
    svm = SVC(C=0.001, decision_function_shape="ovo").fit(X[:99], y[:99])
    display = MisclassifiedDisplay.from_estimator(svm, X, y)
    wrong = np.flatnonzero(svm.predict(X) != y)
    assert display.indices.tolist() == wrong[:30].tolist()
    assert display.margins is None
    svm.set_params(decision_function_shape="ovr")
    display = MisclassifiedDisplay.from_estimator(svm, X, y)
    decision = svm.decision_function(X[display.indices])
    of_truth = decision[np.arange(len(decision)), display.y_true]
    np.put_along_axis(decision, display.y_true[:, np.newaxis], -np.inf, axis=1)
    np.testing.assert_allclose(display.margins, of_truth - decision.max(axis=1))


def test_labels_of_another_type_are_refused():
    """Otherwise every image would be a mistake."""
    X, y = load_digits(return_X_y=True)
    model = LogisticRegression(tol=0.1).fit(X[:200] / 16, y[:200])
    for strings in (y.astype(str), y.astype(str).tolist(), y.astype(str).astype("O")):
        with pytest.raises(ValueError, match="y holds labels such as '0', classes_ ho"):
            MisclassifiedDisplay.from_estimator(model, X / 16, strings)
    make = MisclassifiedDisplay.from_predictions
    with pytest.raises(ValueError, match="y_true holds labels such as '0', y_pred hol"):
        make(X, y.astype(str), y)
    with pytest.raises(ValueError, match=r"Labels of different.*classes holds labels"):
        make(X, y, y, y_proba=np.eye(10)[y], classes=list("0123456789"))
    assert make(X, y, y.astype(float)).n_mistakes == 0


def test_estimators_without_scores_keep_the_order():
    class Plain:
        def predict(self, X):
            return np.zeros(len(X), dtype=int)

    X, y = load_digits(return_X_y=True)
    display = MisclassifiedDisplay.from_estimator(Plain(), X, y, n_images=5)
    assert display.indices.tolist() == [1, 2, 3, 4, 5]


def test_mnist(mnist_home, assert_nothing_cut_off):
    X, y = fetch_mnist(data_home=mnist_home, subset="test", return_X_y=True)
    model = make_pipeline(PixelScaler(), LogisticRegression(max_iter=50, tol=0.1))
    model.fit(X[:1000], y[:1000])
    display = MisclassifiedDisplay.from_estimator(model, X[1000:], y[1000:])
    assert_nothing_cut_off(display)
    np.testing.assert_array_equal(display.y_true, y[1000:][display.indices])
    np.testing.assert_array_equal(
        display.images, X[1000:][display.indices].reshape(-1, 28, 28)
    )
