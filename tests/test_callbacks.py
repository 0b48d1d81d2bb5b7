"""scikit-learn's callback API, where it is there."""

import signal

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skdigits import _callbacks
from skdigits.neural_network import KerasMLPClassifier
from skdigits.persistence import load_model, save_model
from skdigits.preprocessing import PixelScaler

sklearn_callback = pytest.importorskip(
    "sklearn.callback", reason="needs scikit-learn 1.9"
)


class Recorder:
    """Notes the tasks, predicts at their ends, and asks to stop when told."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.events = []
        self.scores = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(f"begin {context.estimator_name} {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator):
        self.events.append(f"end {context.estimator_name} {context.task_name}")
        if fitted_estimator is not None and hasattr(fitted_estimator, "score"):
            self.scores.append(fitted_estimator.score(X, y))
        return context.task_name == "epoch" and context.task_id == self.stop_after


@pytest.fixture(scope="module")
def data():
    X, y = load_digits(return_X_y=True)
    return X[:300] / 16, y[:300]


@pytest.mark.tensorflow
def test_epochs_are_tasks(data):
    recorder = Recorder()
    mlp = KerasMLPClassifier(max_epochs=3, random_state=0).set_callbacks(recorder)
    mlp.fit(*data)
    name = "KerasMLPClassifier"
    epoch = [f"begin {name} epoch", f"end {name} epoch"]
    assert recorder.events == [
        "setup",
        f"begin {name} fit",
        *epoch * 3,
        f"end {name} fit",
        "teardown",
    ]
    *epochs, end = recorder.scores
    assert epochs[0] < epochs[-1] == end == mlp.score(*data)


@pytest.mark.tensorflow
def test_a_callback_can_end_the_fit(data):
    mlp = KerasMLPClassifier(max_epochs=5).set_callbacks(Recorder(stop_after=1))
    assert mlp.fit(*data).n_iter_ == 2


@pytest.mark.tensorflow
def test_callbacks_see_the_end_of_an_interrupted_fit(data):
    class CtrlC(Recorder):
        def on_fit_task_begin(self, estimator, context):
            super().on_fit_task_begin(estimator, context)
            if self.events.count("begin KerasMLPClassifier epoch") == 2:
                signal.raise_signal(signal.SIGINT)

    recorder = CtrlC()
    mlp = KerasMLPClassifier(max_epochs=5, random_state=0).set_callbacks(recorder)
    with pytest.warns(UserWarning, match="the result of 2 epochs is kept"):
        mlp.fit(*data)
    name = "KerasMLPClassifier"
    assert recorder.events[-3:] == [f"end {name} epoch", f"end {name} fit", "teardown"]
    assert recorder.scores[-1] == mlp.score(*data)


class Epochs(Recorder):
    """Hands the fitted estimator of each epoch to a function."""

    def __init__(self, take):
        super().__init__()
        self.take = take

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if context.task_name == "epoch":
            self.take(fitted_estimator)


@pytest.mark.tensorflow
@pytest.mark.parametrize("early_stopping", [False, True])
def test_fitted_estimator_is_as_if_the_fit_ended(data, early_stopping):
    params = {"random_state": 0, "schedule": "constant", "learning_rate": 0.1}
    seen = []
    mlp = KerasMLPClassifier(**params, early_stopping=early_stopping, max_epochs=4)
    mlp.set_callbacks(Epochs(seen.append)).fit(*data)
    for n_epochs, fitted in enumerate(seen, start=1):
        expected = KerasMLPClassifier(**params, early_stopping=early_stopping)
        expected.set_params(max_epochs=n_epochs).fit(*data)
        assert fitted.n_iter_ == n_epochs
        assert fitted.history_ == expected.history_
        assert fitted.best_epoch_ == expected.best_epoch_
        np.testing.assert_array_equal(fitted.weights_[0], expected.weights_[0])


@pytest.mark.tensorflow
def test_fitted_estimator_of_a_fit_of_another_network(data):
    X, y = data
    shapes = []
    mlp = KerasMLPClassifier((8,), max_epochs=1).fit(X, y)
    mlp.set_callbacks(
        Epochs(lambda fitted: shapes.append(fitted.predict_proba(X).shape))
    )
    mlp.fit(X[y < 3], y[y < 3])
    mlp.set_params(hidden_layer_sizes=(4,)).fit(X, y)
    assert shapes == [(300, 3), (300, 10)]


@pytest.mark.tensorflow
def test_an_epoch_is_saved_and_goes_on(data, tmp_path):
    def save(fitted):
        save_model(fitted, tmp_path / f"{fitted.n_iter_}.skops")

    params = {"schedule": "constant", "random_state": 0, "warm_start": True}
    mlp = KerasMLPClassifier(**params, max_epochs=3).set_callbacks(Epochs(save))
    mlp.fit(*data)
    goes_on = load_model(tmp_path / "1.skops").set_params(max_epochs=2).fit(*data)
    np.testing.assert_array_equal(goes_on.weights_[0], mlp.weights_[0])
    assert goes_on.history_ == mlp.history_
    pipeline = Pipeline([("scale", PixelScaler()), ("clf", mlp)])
    save_model(pipeline, tmp_path / "model.skops")
    assert len(mlp._skl_callbacks) == 1
    loaded = load_model(tmp_path / "model.skops")
    assert not hasattr(loaded[-1], "_skl_callbacks")


@pytest.mark.tensorflow
def test_callbacks_come_down_when_a_fit_fails(data):
    X, y = data
    recorder = Recorder()

    class TooSmall:
        def augment(self, images, random_state):
            return images[:, 1:]

    mlp = KerasMLPClassifier((8,), augmenter=TooSmall())
    with pytest.raises(ValueError, match="must keep the shape"):
        mlp.set_callbacks(recorder).fit(X, y)
    assert recorder.events[-1] == "teardown"


@pytest.mark.tensorflow
def test_epochs_are_reported_inside_a_search_over_a_pipeline(data, capfd):
    pipeline = Pipeline([("scale", PixelScaler()), ("clf", KerasMLPClassifier())])
    search = GridSearchCV(pipeline, {"clf__max_epochs": [2]}, cv=2)
    recorder = Recorder()
    bar = sklearn_callback.ProgressBar(max_propagation_depth=None)
    search.set_callbacks(recorder, bar).fit(*data)
    assert recorder.events.count("begin KerasMLPClassifier epoch") == 2 * 3
    assert recorder.events.count("begin PixelScaler fit") == 3
    assert "KerasMLPClassifier" in capfd.readouterr().out


def test_before_scikit_learn_1_9_there_are_none():
    class Estimator:
        pass

    with _callbacks.fit_task(Estimator(), np.ones((2, 2)), n_epochs=1) as task:
        task.begin_epoch()
        assert not task.end_epoch(dict)
