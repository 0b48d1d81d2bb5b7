"""scikit-learn's callback API, where it is there."""

import signal

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skdigits import _callbacks
from skdigits.neural_network import KerasMLPClassifier
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
