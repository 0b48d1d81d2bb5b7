import contextlib
import gzip
import json
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits._commands import _model_option, _train, _training_recipes
from skdigits.augmentation import AugmentedClassifier
from skdigits.cli import app
from skdigits.datasets import load_digits, write_idx
from skdigits.model_selection import digit_classifiers
from skdigits.neural_network import NumpyMLPClassifier, _numpy_mlp
from skdigits.persistence import inspect_model, load_model, save_model

KINDS = {
    "svm": "SVM (RBF)",
    "forest": "Random forest",
    "knn": "k-NN",
    "logistic": "Logistic regression",
    "mlp": "MLP",
}


def run(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.fixture
def output(tmp_path):
    return tmp_path / "new folder" / "model.skops"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_on_the_digits(kind, output):
    shown = run("--model", kind, "--train-size", 100, "--output", output, "--seed", 3)
    assert shown.exit_code == 0, shown.output
    assert "digits: 100 images to train on, 450 to test on." in shown.output
    model, metadata = load_model(output), inspect_model(output)["metadata"]
    ready = digit_classifiers(random_state=3)[KINDS[kind]]
    assert type(model[-1]) is type(ready[-1])
    assert metadata["test_accuracy"] > 0.7
    assert f"held out: {metadata['test_accuracy']:.2%} (95 % interval" in shown.output
    assert (metadata["model"], metadata["n_train"], metadata["seed"]) == (kind, 100, 3)
    assert (metadata["box_size"], metadata["white_level"]) == (8, 16)


def test_json(output):
    options = "--model", "logistic", "--train-size", 99, "--json"
    shown = run(*options, "--output", output)
    result = json.loads(shown.stdout)
    assert result.pop("file") == str(output)
    assert result == inspect_model(output)["metadata"]
    assert f"Saved as '{output}' (" in shown.stderr
    assert "kB" in shown.stderr


def test_one_seed_gives_one_model(tmp_path):
    X, _ = load_digits(return_X_y=True)
    paths = [tmp_path / f"{i}.skops" for i in range(3)]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        run("--model", "logistic", "--train-size", 99, "--seed", seed, "--output", path)
    one, same, other = (load_model(path).predict_proba(X) for path in paths)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_test_images_are_no_training_images(output, monkeypatch):
    seen = {}

    def fit(estimator, training, name):
        seen["training"] = training
        estimator.fit(training.X, training.y)
        return 0.0

    def test(estimator, testing, say):
        seen["testing"] = testing
        return 0.5

    monkeypatch.setattr(_train, "_fit", fit)
    monkeypatch.setattr(_train, "_test", test)
    shown = run("--model", "knn", "--test-size", 0.4, "--output", output)
    assert shown.exit_code == 0, shown.output
    rows = [{row.tobytes() for row in part.X} for part in seen.values()]
    assert len(seen["training"].X) == 1078
    assert len(seen["testing"].X) == 719
    assert rows[0].isdisjoint(rows[1])


def test_search(output, monkeypatch):
    # None is the value without a search.
    grid = {"clf__n_neighbors": [5, 7]}
    monkeypatch.setitem(_training_recipes.GRIDS, "knn", grid)
    options = ["--search", "--train-size", 150, "--output", output]
    shown = run("--model", "knn", *options)
    assert shown.exit_code == 0, shown.output
    found = inspect_model(output)["metadata"]["search"]
    assert found["best_params"]["n_neighbors"] in (5, 7)
    best = found["best_params"]["n_neighbors"]
    assert load_model(output)[-1].n_neighbors == best
    assert "Best of 2 settings" in shown.output
    assert f"n_neighbors={best}." in shown.output


def test_search_and_augment_together(output):
    options = ["--search", "--augment", "--train-size", 300, "--output", output]
    shown = run("--model", "knn", *options)
    assert shown.exit_code == 0, shown.output
    model = load_model(output)
    assert isinstance(model, AugmentedClassifier)
    found = inspect_model(output)["metadata"]["search"]
    assert model.estimator[-1].n_neighbors == found["best_params"]["n_neighbors"]


def test_a_saved_model_is_trained_anew(tmp_path, output):
    X, y = load_digits(return_X_y=True)
    saved = tmp_path / "saved.skops"
    save_model(SVC(C=7).fit(X[:20], y[:20]), saved)
    shown = run("--model", saved, "--output", output)
    assert shown.exit_code == 0, shown.output
    model = load_model(output)
    assert model.C == 7
    assert model.n_support_.sum() > 20
    assert inspect_model(output)["metadata"]["model"] == "saved.skops"
    shown = run("--model", saved, "--search", "--output", output, "--force")
    assert shown.exit_code == 1
    assert "--search knows no settings" in shown.stderr


def test_a_pipeline_that_was_never_fitted_is_trained(tmp_path, output):
    saved = save_model(SVC(C=7), tmp_path / "saved.skops")
    shown = run("--model", saved, "--train-size", 200, "--output", output)
    assert shown.exit_code == 0, shown.output
    assert load_model(output).C == 7


def test_large_images_are_deskewed(mnist_home, output, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    options = ["--test-size", 0.02, "--train-size", 500, "--output", output]
    shown = run("--data", "mnist", "--model", "svm", *options)
    assert shown.exit_code == 0, shown.output
    # Held out of the training images: those for testing were not asked for.
    assert "mnist: 500 images to train on, 1,200 to test on." in shown.output
    assert [name for name, _ in load_model(output).steps] == [
        "scale",
        "deskew",
        "pca",
        "clf",
    ]
    metadata = inspect_model(output)["metadata"]
    assert (metadata["box_size"], metadata["white_level"]) == (20, 255)
    assert metadata["test_accuracy"] > 0.9


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same 400 digits in every form."""
    folder = tmp_path_factory.mktemp("data")
    digits = load_digits()
    images, labels = digits.images[:400], digits.target[:400].astype(np.uint8)
    narrow = images[:, :, 1:7].reshape(400, -1)
    header = ",".join(["label", *(f"pixel{i}" for i in range(48))])
    np.savetxt(
        folder / "narrow.csv",
        np.column_stack([labels, narrow]),
        fmt="%d",
        delimiter=",",
        header=header,
        comments="",
    )
    with gzip.open(folder / "words.csv.gz", "wt", encoding="utf-16") as file:
        words = np.array([f"digit {label}" for label in range(10)])
        table = np.column_stack([words[labels], images.reshape(400, -1)])
        np.savetxt(file, table, fmt="%s", delimiter=";")
    np.savez(
        folder / "keras.npz",
        x_train=images[:300],
        y_train=labels[:300],
        x_test=images[300:],
        y_test=labels[300:],
    )
    # Column by column, and counted from 1, as MATLAB does.
    columns = images.reshape(400, -1, order="F")
    savemat(folder / "few.mat", {"X": columns[:1], "y": labels[:1]})
    labels_from_1 = np.where(labels == 0, 10, labels)
    savemat(folder / "matlab.mat", {"X": columns, "y": labels_from_1})
    write_idx(folder / "some-images-idx3-ubyte", images)
    write_idx(folder / "some-labels-idx1-ubyte", labels)
    write_idx(folder / "other", labels)
    (folder / "idx").mkdir()
    for part, rows in (("train", slice(0, 300)), ("t10k", slice(300, 400))):
        write_idx(folder / "idx" / f"{part}-images-idx3-ubyte", images[rows])
        write_idx(folder / "idx" / f"{part}-labels-idx1-ubyte", labels[rows])
    for i in np.flatnonzero(labels < 3):
        label = ("zero", "one", "two")[labels[i]]
        path = folder / "scans" / label / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        ink = Image.fromarray(255 - images[i] * 15)
        page = Image.new("L", (60 + i % 9, 80), 255)
        page.paste(ink.resize((40, 40), Image.Resampling.BICUBIC), (8, 20))
        page.save(path)
    return folder


@pytest.mark.parametrize(
    ("data", "options", "n_train", "n_test", "shape"),
    [
        ("narrow.csv", ["--image-shape", "8x6"], 300, 100, [8, 6]),
        ("words.csv.gz", [], 300, 100, [8, 8]),
        ("keras.npz", [], 300, 100, [8, 8]),
        ("matlab.mat", [], 300, 100, [8, 8]),
        ("some-images-idx3-ubyte", [], 300, 100, [8, 8]),
        ("some-images-idx3-ubyte,{}/other", [], 300, 100, [8, 8]),
        ("idx", [], 300, 100, [8, 8]),
        ("idx", ["--test-size", 0.5], 150, 150, [8, 8]),
        ("scans", [], 92, 31, [28, 28]),
    ],
)
def test_forms_of_data(files, data, options, n_train, n_test, shape, output):
    source = f"{files}/{data.format(files)}"
    command = ["--data", source, "--model", "logistic", *options, "--output", output]
    shown = run(*command)
    assert shown.exit_code == 0, shown.output
    metadata = inspect_model(output)["metadata"]
    assert (metadata["n_train"], metadata["n_test"]) == (n_train, n_test)
    assert _model_option.load(output).image_shape == tuple(shape)
    if data == "scans":
        assert load_model(output).classes_.tolist() == ["one", "two", "zero"]
    if data == "words.csv.gz":
        assert load_model(output).classes_[0] == "digit 0"
    assert metadata["test_accuracy"] > 0.9
    # Shared models do not tell of folders.
    assert str(files) not in json.dumps(metadata)
    # And these are the images that it is evaluated on.
    if options[:1] != ["--test-size"]:
        tested = CliRunner().invoke(
            app, ["evaluate", str(output), "--data", source, *options, "--json"]
        )
        assert tested.exit_code == 0, tested.output
        results = json.loads(tested.stdout)
        assert results["accuracy"] == metadata["test_accuracy"]
        assert results["n_images"] == n_test


@pytest.mark.tensorflow
def test_a_network_of_narrow_images_draws_copies_by_itself(files, output):
    data = ["--data", files / "narrow.csv", "--image-shape", "8x6"]
    shown = run(*data, "--train-size", 150, "--augment", "--output", output)
    assert shown.exit_code == 0, shown.output
    summary = inspect_model(output)
    assert summary["image_shape"] == [8, 6]
    assert summary["metadata"]["model"] == "cnn"
    assert summary["metadata"]["test_accuracy"] > 0.4
    assert load_model(output)[-1].augmenter.shift == 0.05


def test_without_tensorflow_another_kind_is_named(tmp_path, monkeypatch):
    def fit(*_):
        raise ImportError("Training needs Keras.")

    monkeypatch.setattr(_train, "_fit", fit)
    shown = run("--output", tmp_path / "model.skops")
    assert shown.exit_code == 1
    assert "needs Keras. Or train without it: --model svm." in shown.stderr


def test_a_model_is_not_replaced_by_accident(tmp_path):
    path = tmp_path / "model.skops"
    save_model(GaussianNB(), path)
    before = path.read_bytes()
    options = ["--model", "knn", "--train-size", 100, "--output", path]
    shown = run(*options)
    assert shown.exit_code == 1
    assert "exists. Replace it with --force." in shown.stderr
    assert "images to train on" not in shown.output
    assert path.read_bytes() == before
    assert run(*options, "--force").exit_code == 0
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--train-size", 5000], "train_size=5000, but digits has 1,347 images"),
        (["--output", "model.joblib"], "must be named *.skops"),
        (["--data", "{}/other"], "Name a pair of IDX files: --data IMAGES,LABELS"),
        (["--data", "{}/scans/one"], "has no labels"),
        (["--data", "{}/narrow.csv"], "--image-shape HEIGHTxWIDTH"),
        (["--data", "{}/narrow.csv", "--image-shape", "9x9"], "9"),
        (["--data", "{}/few.mat"], "The command cannot: load the file by load_mat in"),
        (["--image-shape", "8x8"], "--image-shape is for CSV files; 'digits'"),
        (["--test-size", 0.001], "test_size"),
    ],
)
def test_errors_are_one_line(arguments, message, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run(*(str(argument).format(files) for argument in arguments))
    assert shown.exit_code == 1, shown.output
    assert shown.stderr.startswith("skdigits train: ")
    assert message in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_errors_of_several_lines_become_one(output, monkeypatch):
    def fail(*_):
        raise ValueError("All fits failed.\n\nBelow are more details:\n  ...")

    monkeypatch.setattr(_train, "_fit", fail)
    shown = run("--model", "knn", "--output", output)
    assert shown.stderr == (
        "skdigits train: All fits failed. Below are more details: ...\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--model", "tree"],
        ["--data", "absent.csv"],
        ["--data", "a,b,c"],
        ["--data", ""],
        ["--data", "{},{}"],
        ["--image-shape", "28"],
        ["--image-shape", "0x3"],
        ["--test-size", "1"],
        ["--seed", "-1"],
    ],
)
def test_misuse_exits_with_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run(*(argument.format(tmp_path, tmp_path) for argument in arguments))
    assert shown.exit_code == 2
    assert arguments[0] in shown.stderr
    assert not list(tmp_path.iterdir())


def test_warnings_are_one_line(output):
    # Early stopping inside augmentation, which is warned of.
    saved = output.parent.parent / "saved.skops"
    X, y = load_digits(return_X_y=True)
    splitting = SGDClassifier(early_stopping=True, random_state=0)
    save_model(splitting.fit(X[:300], y[:300]), saved)
    warnings.simplefilter("always", UserWarning)
    shown = run("--model", saved, "--augment", "--train-size", 200, "--output", output)
    assert shown.exit_code == 0, shown.output
    assert shown.stderr.startswith("skdigits train: warning: The estimator has")
    assert len(shown.stderr.splitlines()) == 1


def test_ctrl_c_exits_with_130_and_leaves_no_file(output, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_train, "_fit", interrupt)
    assert run("--model", "knn", "--output", output).exit_code == 130
    assert not output.exists()


@pytest.mark.parametrize("options", [[], ["--search"]])
def test_ctrl_c_that_a_fit_takes_for_its_own_end(options, output, monkeypatch):
    class Swallowing(GaussianNB):
        def fit(self, X, y):
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            return super().fit(X, y)

    monkeypatch.setattr(_train, "make_untrained", lambda *_: Swallowing())
    monkeypatch.setattr(
        _train,
        "search_grid",
        lambda _, bayes, images, *__: bayes.fit(images.X, images.y),
    )
    assert run(*options, "--model", "knn", "--output", output).exit_code == 130
    assert not output.exists()


def test_ctrl_c_ends_the_training_of_a_network(output, monkeypatch):
    """Where `fit` alone would keep what it has."""
    compute = _numpy_mlp.loss_and_gradients
    signals = iter([signal.SIGINT])

    def interrupt(*args):
        for number in signals:
            signal.raise_signal(number)
        return compute(*args)

    monkeypatch.setattr(_numpy_mlp, "loss_and_gradients", interrupt)
    monkeypatch.setattr(_train, "make_untrained", lambda *_: NumpyMLPClassifier())
    shown = run("--model", "mlp", "--output", output)
    assert (shown.exit_code, shown.stderr) == (130, "")
    assert not output.exists()


def test_the_help_imports_nothing_heavy():
    code = """
import sys
from typer.testing import CliRunner
from skdigits.cli import app
for command in ("train", "evaluate", "predict", "read", "report"):
    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
heavy = {"numpy", "sklearn", "PIL", "matplotlib", "numba", "tensorflow", "skops"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@pytest.fixture
def numbered(tmp_path):
    """A folder of digits with a sub-folder for each of three labels."""
    digits = load_digits()
    for i in np.flatnonzero(digits.target[:200] < 3):
        path = tmp_path / "numbered" / str(digits.target[i]) / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - digits.images[i] * 15).save(path)
    return tmp_path / "numbered"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["train", "--model", "knn"], "not digits or letters as the others are: 'all'"),
        (["evaluate"], "labels of the model (0, 1, 2, 3, 4, 5, 6, 7, 8, 9): 'all'"),
        (["compare"], "not digits or letters as the others are: 'all'"),
    ],
)
def test_sub_folders_that_are_no_labels_are_named(
    command, reason, numbered, monkeypatch
):
    monkeypatch.chdir(numbered.parent)
    (numbered / "all").mkdir()
    for path in numbered.glob("1/*.png"):
        (numbered / "all" / path.name).write_bytes(path.read_bytes())
    shown = CliRunner().invoke(app, [*command, "--data", str(numbered)])
    assert shown.exit_code == 1
    assert reason in shown.stderr
    assert "Move them elsewhere." in shown.stderr


def test_letters_beside_digits_are_labels(numbered, output):
    (numbered / "2").rename(numbered / "A")
    command = ["--model", "knn", "--data", numbered, "--output", output]
    assert run(*command).exit_code == 0
    assert load_model(output).classes_.tolist() == ["0", "1", "A"]
    shown = CliRunner().invoke(
        app, ["evaluate", str(output), "--data", str(numbered), "--json"]
    )
    assert shown.exit_code == 0, shown.output


@pytest.mark.parametrize("command", [["train", "--model", "knn"], ["evaluate"]])
def test_pictures_that_are_not_read_are_named(command, numbered, monkeypatch):
    monkeypatch.chdir(numbered.parent)
    (numbered / "9").mkdir()
    for name in ("1/IMG_1.HEIC", "9/IMG_2.heic", "9/notes.txt"):
        (numbered / name).touch()
    shown = CliRunner().invoke(app, [*command, "--data", str(numbered)])
    assert shown.exit_code == 1
    named = ", ".join(f"'{numbered / n}'" for n in ("1/IMG_1.HEIC", "9/IMG_2.heic"))
    assert f"formats that are not read: {named}. Convert them" in shown.stderr
