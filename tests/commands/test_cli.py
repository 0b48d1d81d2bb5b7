import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from typer.testing import CliRunner

import skdigits
from skdigits._commands import _demo
from skdigits.cli import app, main
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.persistence import export_onnx, inspect_model, load_model, save_model
from skdigits.reading import DigitReader
from skdigits.report import write_report

run = CliRunner().invoke


def test_help_and_version():
    shown = run(app, ["--help"])
    assert shown.exit_code == 0
    assert "demo" in shown.output
    assert run(app, ["--version"]).output == f"skdigits {skdigits.__version__}\n"
    assert "--train-size" in run(app, ["demo", "--help"]).output


def test_signs_that_the_terminal_lacks_are_no_failure(tmp_path, monkeypatch):
    X, y = load_digits(return_X_y=True)
    path = save_model(GaussianNB().fit(X, y), tmp_path / "bayes.skops")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "argv", ["skdigits", "evaluate", str(path)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    terminal.flush()
    assert b"\\xb7" in terminal.buffer.getvalue()


@pytest.fixture
def few_settings(monkeypatch):
    """One setting of each pipeline, and few trees."""
    candidates = _demo._candidates

    def few(seed):
        found = candidates(seed)
        found["Random forest"][0].set_params(clf__n_estimators=20)
        found["Random forest"][1].pop("clf__n_estimators")
        return {
            name: (pipeline, {key: values[:1] for key, values in grid.items()})
            for name, (pipeline, grid) in found.items()
        }

    monkeypatch.setattr(_demo, "_candidates", few)


@pytest.mark.tensorflow
@pytest.mark.usefixtures("few_settings")
def test_demo_compares_three_pipelines_and_saves_the_best(tmp_path):
    output = tmp_path / "new folder" / "best.skops"
    shown = run(app, ["demo", "--train-size", "400", "--output", str(output)])
    assert shown.exit_code == 0, shown.output
    assert "400 images to train on, 1,397 to test on" in shown.output
    rows = {
        line.split("│")[1].strip(): line.split("│")[2:6]
        for line in shown.output.splitlines()
        if line.startswith("│")
    }
    assert list(rows) == ["SVM", "Random forest", "CNN"]
    for accuracies in rows.values():
        assert all(float(cell.strip(" %")) > 85 for cell in accuracies[:2])
    X, y = load_digits(return_X_y=True)
    assert load_model(output).score(X, y) > 0.85


@pytest.mark.usefixtures("few_settings")
def test_ctrl_c_ends_the_demo(tmp_path, monkeypatch):
    """Also if a fit takes it for its own end."""

    def fit(search, X, y):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(_demo.GridSearchCV, "fit", fit)
    output = tmp_path / "best.skops"
    assert run(app, ["demo", "--output", str(output)]).exit_code == 130
    assert not output.exists()


@pytest.mark.tensorflow
@pytest.mark.slow
@pytest.mark.usefixtures("few_settings")
def test_demo_on_mnist(mnist_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    output = tmp_path / "best.skops"
    shown = run(
        app,
        ["demo", "--data", "mnist", "--train-size", "500", "--output", str(output)],
    )
    assert shown.exit_code == 0, shown.output
    assert "500 images to train on, 10,000 to test on" in shown.output
    X, y = fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)
    model = load_model(output)
    assert model.score(X[:1000], y[:1000]) > 0.8


@pytest.mark.tensorflow
def test_any_fitted_pipeline_can_be_saved(tmp_path):
    X, y = load_digits(return_X_y=True)
    for name, (pipeline, grid) in _demo._candidates(seed=0).items():
        pipeline.set_params(**{key: values[0] for key, values in grid.items()})
        pipeline.fit(X[:200], y[:200])
        path = tmp_path / f"{name}.skops"
        loaded = load_model(save_model(pipeline, path))
        np.testing.assert_array_equal(loaded.predict(X), pipeline.predict(X))


@pytest.mark.usefixtures("few_settings")
def test_demo_without_tensorflow_leaves_the_cnn_out(tmp_path, monkeypatch):
    monkeypatch.setattr(_demo, "find_spec", lambda name: None)
    output = str(tmp_path / "best.skops")
    shown = run(app, ["demo", "--train-size", "200", "--output", output])
    assert shown.exit_code == 0, shown.output
    assert 'pip install ".[tensorflow]"' in shown.output
    assert "│ CNN" not in shown.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--train-size", "5000"], "train_size=5000"),
        (["--data", "mnist"], "train-images-idx3-ubyte.gz"),
    ],
)
def test_errors_have_no_traceback(arguments, message, tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path / "empty"))
    monkeypatch.setattr("skdigits._mnist_files.MIRRORS", ())
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.chdir(tmp_path)
    shown = run(app, ["demo", *arguments])
    assert shown.exit_code == 1
    assert shown.stderr.startswith("skdigits demo: ")
    assert message in shown.stderr
    assert "Traceback" not in shown.output + shown.stderr
    assert list(Path(tmp_path).iterdir()) == []


def test_demo_refuses_a_file_that_it_could_not_write_before_it_searches(tmp_path):
    shown = run(app, ["demo", "--output", str(tmp_path / "best.h5")])
    assert shown.exit_code == 1
    assert "named *.skops" in shown.stderr
    assert "images to train on" not in shown.output


ALL_COMMANDS = [
    [],
    ["train"],
    ["evaluate"],
    ["predict"],
    ["read"],
    ["report"],
    ["compare"],
    ["inspect"],
    ["serve"],
    ["demo"],
    ["datasets"],
    *(["datasets", name] for name in ("list", "fetch", "verify", "path")),
]


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=" ".join)
def test_flags_are_shown_without_a_type(command):
    shown = run(app, [*command, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "--help" in shown.output
    assert "bool" not in shown.output.lower()


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed, tmp_path):
    X, y = load_digits(return_X_y=True)
    save_model(GaussianNB().fit(X, y), tmp_path / "bayes.skops")
    command = f'"$0" -m skdigits evaluate bayes.skops {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    wrong = command.replace("bayes", "no")
    done = subprocess.run(["sh", "-c", wrong, sys.executable], cwd=tmp_path)
    assert done.returncode == 1


def test_streams_that_are_missing(monkeypatch):
    for name in ("stdin", "stdout", "stderr"):  # as under pythonw
        monkeypatch.setattr(sys, name, None)
    monkeypatch.setattr(sys, "argv", ["skdigits", "datasets", "path"])
    with pytest.raises(SystemExit) as end:
        main()
    for name in ("stdin", "stdout", "stderr"):
        getattr(sys, name).close()
    assert end.value.code == 0


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder with a model and an image, and another one to work in."""
    home = tmp_path / "home"
    home.mkdir()
    X, y = load_digits(return_X_y=True)
    save_model(GaussianNB(var_smoothing=0.1).fit(X, y), home / "bayes.skops")
    image = Image.fromarray(255 - load_digits().images[3] * 15)
    image.resize((80, 80)).save(home / "3.png")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(tmp_path)
    return home


@pytest.mark.parametrize(
    ("command", "made"),
    [
        ("inspect ~/bayes.skops", None),
        ("evaluate ~/bayes.skops", None),
        ("predict --model=~/bayes.skops ~/3.png --output=~/a.csv", "a.csv"),
        ("predict ~/3.png --contact-sheet ~/a.png", "a.png"),
        ("read ~/3.png --annotated ~/b.png", "b.png"),
        ("report ~/bayes.skops --output ~/a.html", "a.html"),
        ("train --model ~/bayes.skops --output ~/b.skops", "b.skops"),
        ("datasets list --data-home ~/data", None),
    ],
)
def test_home_folder_in_paths(command, made, home, tmp_path):
    shown = run(app, command.split(), env={"COLUMNS": "500"})
    assert shown.exit_code == 0, shown.output
    assert "~" not in shown.output
    if made is not None:
        assert (home / made).is_file()
    assert list(tmp_path.iterdir()) == [home]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("inspect ~", "is a folder; expected a file"),
        ("predict ~/3.png --output ~", "is a folder; expected a file"),
        ("predict ~/4.png", "There is no file or folder"),
        ("datasets path --data-home ~/3.png", "is a file; expected a folder"),
    ],
)
def test_paths_of_the_wrong_kind(command, reason, home):
    shown = run(app, command.split(), env={"COLUMNS": "500"})
    assert shown.exit_code == 2
    assert reason in shown.output
    assert str(home) in shown.output


@pytest.mark.parametrize("command", ["read", "predict", "inspect", "train --output"])
def test_an_empty_path_is_not_the_current_folder(command):
    shown = run(app, [*command.split(), ""], env={"COLUMNS": "500"})
    assert shown.exit_code == 2
    assert "The path is empty. Is a variable of the shell unset?" in shown.output


def test_home_folder_in_paths_of_functions(home):
    model = load_model("~/bayes.skops")
    assert save_model(model, "~/b.skops") == home / "b.skops"
    assert inspect_model("~/b.skops")["n_features_in"] == 64
    tree = DecisionTreeClassifier(max_depth=2).fit(*load_digits(return_X_y=True))
    assert export_onnx(tree, "~/a.onnx") == home / "a.onnx"
    X, y = load_digits(return_X_y=True)
    assert write_report(model, X[:50], y[:50], "~/a.html") == home / "a.html"
    assert DigitReader().read("~/3.png").text == "3"
