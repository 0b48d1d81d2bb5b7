"""Change files of models at random, load them, and use what is not refused.

python tests/fuzz_models.py [--seconds 120] [--most N] [--seed 0] [--only NAME]
                            [--first 0]

Each model is fitted, saved, changed in its numbers, texts, arrays or nesting, given the
checksum that it needs, and loaded and used in a process of its own with limits. A
finding is a process that was ended by a signal or asked for more than its memory, a
load that took longer or more than is promised, or that ended in anything but a model or
a ValueError of bounded length. The last line says how many there were; the exit code is
1 if there was one. With the same seed, the mutant of a number is the same.
"""

import argparse
import io
import json
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile, ZipInfo

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.utils import all_estimators

from skdigits.persistence import load_model, load_pretrained, save_model
from skdigits.persistence.skops._archive import digest_of

CPU_SECONDS, MEGABYTES = 10, 1000
LOAD_SECONDS, LOAD_MEGABYTES, MAX_TEXT = 2, 200, 2_000
# What stands in the place of a number or a text.
VALUES = [
    *("0", "1", "-1", "2", "7", "64", "-2147483648", "2147483647", "25000000"),
    *("1000000000", "9223372036854775807", "-9223372036854775808", "1e-320", "1e308"),
    *("-0.5", "0.5", "NaN", "Infinity", "null", "true", "false", '""', '"a"', '"auto"'),
]
NUMBERS = [0, 1, -1, 2, 63, 64, 10**6, 10**9, -(10**9), 2**62, -(2**62)]
FRACTIONS = [0.0, -1.0, 1e-320, 1e300, -1e300, np.nan, np.inf]
METHODS = (
    *("predict", "predict_proba", "decision_function", "transform", "apply"),
    *("decision_path", "kneighbors", "radius_neighbors", "score_samples"),
    *("inverse_transform", "augment", "accepts", "get_feature_names_out"),
)
# They take minutes, or are as others are.
LEFT_OUT = {"GraphicalLassoCV", "IterativeImputer", "MDS", "TSNE"}


def estimators() -> Iterator[BaseEstimator]:
    """Yield one of each kind that can be made without arguments, and skdigits' own."""
    from skdigits import augmentation, model_selection, neural_network, preprocessing

    own = [
        getattr(package, name)
        for package in (augmentation, model_selection, neural_network, preprocessing)
        for name in package.__all__
    ]
    for kind in [*own, *(kind for _, kind in all_estimators())]:
        name = kind.__name__
        if name in LEFT_OUT or name.startswith("Keras") or not isinstance(kind, type):
            continue
        try:
            estimator = kind()
        except (TypeError, AttributeError):
            continue
        quick = {"n_estimators": 2, "max_iter": 5, "max_epochs": 1, "max_depth": 3}
        known = estimator.get_params()
        estimator.set_params(**{k: v for k, v in quick.items() if k in known})
        yield estimator


def holders() -> Iterator[BaseEstimator]:
    """Yield estimators of estimators."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import StackingClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.multiclass import OneVsRestClassifier, OutputCodeClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import FeatureUnion, make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    from skdigits.augmentation import AugmentedClassifier, AugmentedPredictionClassifier
    from skdigits.model_selection import RejectClassifier
    from skdigits.preprocessing import Deskewer, DigitNormalizer, PCAFeatures

    bayes, linear = GaussianNB(var_smoothing=0.1), LogisticRegression(max_iter=5)
    tree = DecisionTreeClassifier(max_depth=2)
    named = [("a", bayes), ("b", tree)]
    yield AugmentedClassifier(bayes)
    yield AugmentedPredictionClassifier(bayes)
    yield RejectClassifier(bayes, coverage=0.9, cv=2)
    yield CalibratedClassifierCV(bayes, cv=2)
    yield StackingClassifier(named, cv=2, final_estimator=bayes)
    yield VotingClassifier(named)
    yield GridSearchCV(tree, {"max_depth": [1, 2]}, cv=2)
    yield OneVsRestClassifier(linear)
    yield OutputCodeClassifier(linear, random_state=0)
    union = FeatureUnion([("a", Deskewer()), ("b", PCAFeatures(4))])
    yield make_pipeline(DigitNormalizer(output_shape=(8, 8)), union, tree)
    for algorithm in ("kd_tree", "ball_tree", "brute"):
        yield KNeighborsClassifier(3, algorithm=algorithm)


def save_all(folder: Path, only: str | None) -> list[Path]:
    """Save all models that can be; in a child, whose threads end with it."""
    child = os.fork()
    if not child:
        X, y = data()
        n_saved = 0
        warnings.simplefilter("ignore")
        for estimator in [*holders(), *estimators()]:
            name = type(estimator).__name__
            if only and only != name:
                continue
            try:
                path = folder / f"{n_saved:03} {name}.skops"
                save_model(estimator.fit(X, y), path)
                n_saved += 1
            # Those that want other data, or that .skops does not hold.
            except (ValueError, TypeError, AttributeError, ArithmeticError):
                continue
        if not only or only == "load_pretrained":
            save_model(load_pretrained(), folder / "pretrained.skops")
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    return sorted(folder.glob("*.skops"))


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return a few images of 8 x 8 pixels, and labels of three classes."""
    digits = load_digits()
    return digits.data[:60], digits.target[:60] % 3


def mutate(members: dict[str, bytes], random: np.random.RandomState) -> str:
    """Change one thing, or a few; return what was changed."""
    changes = [change_state, change_array, change_nesting]
    kinds = random.choice(len(changes), random.choice([1, 1, 2]), p=[0.5, 0.35, 0.15])
    return "; ".join(changes[kind](members, random) for kind in kinds)


def states(value: Any) -> Iterator[tuple[Any, Any, dict]]:
    """Go through all states of a schema: what holds each, where, and the state."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in pairs:
        if isinstance(child, dict) and "__loader__" in child:
            yield value, key, child
        if isinstance(child, dict | list):
            yield from states(child)


def changed_schema(
    change: Callable[[dict, np.random.RandomState], str],
) -> Callable[[dict[str, bytes], np.random.RandomState], str]:
    """Let a change of a schema change the members of a file."""

    def change_members(members: dict[str, bytes], random: np.random.RandomState) -> str:
        schema = json.loads(members["schema.json"])
        told = change(schema, random)
        members["schema.json"] = json.dumps(schema).encode()
        return told

    return change_members


def _with_one_id(schema: dict) -> None:
    """Forget the ids: a change in one of two places would only be refused."""
    for _, _, state in states(schema):
        state.pop("__id__", None)


@changed_schema
def change_state(schema: dict, random: np.random.RandomState) -> str:
    """Put another value in the place of a number or a text."""
    _with_one_id(schema)
    plain = [s for s in states(schema) if s[2]["__loader__"] == "JsonNode"]
    if not plain:
        return "nothing"
    _, key, state = plain[random.randint(len(plain))]
    state["content"] = VALUES[random.randint(len(VALUES))]
    return f"{key}={state['content']}"


@changed_schema
def change_nesting(schema: dict, random: np.random.RandomState) -> str:
    """Put a state in the place of another, or take one away."""
    _with_one_id(schema)
    everywhere = list(states(schema))
    if not everywhere:
        return "nothing"
    holder, key, _ = everywhere[random.randint(len(everywhere))]
    _, source, other = everywhere[random.randint(len(everywhere))]
    if random.rand() < 0.3 and isinstance(holder, dict):
        del holder[key]
        return f"without {key}"
    holder[key] = json.loads(json.dumps(other))
    return f"{key} from {source}"


def change_array(members: dict[str, bytes], random: np.random.RandomState) -> str:
    """Change numbers, shape or type of an array."""
    names = [name for name in members if name.endswith(".npy")]
    if not names:
        return "nothing"
    name = names[random.randint(len(names))]
    array = np.load(io.BytesIO(members[name]))
    kind = random.randint(6)
    if kind == 0 and array.ndim:
        array = array[: random.randint(len(array) + 1)]
    elif kind == 1:
        array = array.T if array.ndim > 1 else array[..., np.newaxis]
    elif kind == 2 and array.dtype.kind in "iufb":
        with np.errstate(all="ignore"):
            array = array.astype(random.choice(["f8", "f4", "i8", "i4", "u1", "f2"]))
    elif array.size:
        array = array.copy()
        field = array
        if array.dtype.names:
            field = array[array.dtype.names[random.randint(len(array.dtype.names))]]
        _spoil(field, random)
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    members[name] = stream.getvalue()
    return f"an array of {array.dtype.str} {array.shape}, {kind}"


def _spoil(array: np.ndarray, random: np.random.RandomState) -> None:
    """Change a number of an array, or all."""
    place = slice(None) if random.rand() < 0.2 else random.randint(array.size)
    if array.dtype.kind in "iu":
        bounds = np.iinfo(array.dtype)
        value = int(random.choice(np.array(NUMBERS, dtype=object)))
        value = min(max(value, bounds.min), bounds.max)
    elif array.dtype.kind == "f":
        value = random.choice(FRACTIONS)
    else:
        return
    with np.errstate(over="ignore"):
        if array.ndim:
            array.reshape(-1)[place] = value
        else:
            array[()] = value


def write(path: Path, members: dict[str, bytes]) -> None:
    """Write a file with the checksum that it needs."""
    manifest = json.loads(members.pop("skdigits.json"))
    manifest["sha256"] = digest_of(members)
    with ZipFile(path, "w") as archive:
        for name, content in {
            "skdigits.json": json.dumps(manifest).encode(),
            **members,
        }.items():
            archive.writestr(ZipInfo(name), content)


def try_out(path: Path, X: np.ndarray) -> tuple[str, bool]:
    """Load and use a file in a child; return how that went, and whether it is bad."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "w") as told, open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            load_and_use(path, X, lambda text: print(text, file=told, flush=True))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as telling:
        lines = telling.read().splitlines() or ["loading"]
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return f"ended by {name} in {lines[-1]}", True
    bad = [line for line in lines if line.startswith("BAD")]
    return (bad or lines)[-1], bool(bad)


def load_and_use(path: Path, X: np.ndarray, tell: Callable[[str], None]) -> None:
    """Load a file and call what its model has, within limits."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + (MEGABYTES << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    before = resource.getrusage(resource.RUSAGE_SELF)
    model = None
    try:
        model = load_model(path)
        outcome = "loaded"
    except ValueError as error:
        outcome = "refused"
        if len(str(error)) > MAX_TEXT + len(str(path)):
            tell(f"BAD reason of {len(str(error))} characters")
    except BaseException as error:
        tell(f"BAD load: {error!r:.200}")
        return
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    megabytes = (after.ru_maxrss - before.ru_maxrss) / 1024
    if seconds > LOAD_SECONDS or megabytes > LOAD_MEGABYTES:
        tell(f"BAD load of {seconds:.1f} s and {megabytes:.0f} MB")
    tell(outcome)
    if model is not None:
        use(model, X, tell)


def use(model: Any, X: np.ndarray, tell: Callable[[str], None]) -> None:
    """Call what a model has."""
    for method in METHODS:
        tell(method)
        try:
            call = getattr(model, method, None)
            if call is not None:
                call() if method == "get_feature_names_out" else call(X)
        except MemoryError as error:
            tell(f"BAD {method}: {error!r:.200}")
        except Exception:
            continue
    tell("used")


def main(seconds: float, most: float, seed: int, only: str | None, first: int) -> int:
    """Try mutants until the time is over; return 1 if one of them is a finding."""
    X = data()[0][:5]
    counts: dict[str, int] = {}
    n_findings = n_mutants = 0
    with TemporaryDirectory() as folder:
        paths = save_all(Path(folder), only)
        saved = {path: read(path) for path in paths}
        mutant = Path(folder, "mutant.skops")
        # What all children need is imported and compiled once.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for path in paths:
                use(load_model(path), X, lambda text: None)
        number = first
        end = time.monotonic() + seconds
        while time.monotonic() < end and n_mutants < most:
            random = np.random.RandomState([seed, number])
            path = paths[number % len(paths)]
            members = dict(saved[path])
            told = mutate(members, random)
            write(mutant, members)
            outcome, is_finding = try_out(mutant, X)
            if is_finding:
                n_findings += 1
                print(f"{number} {path.stem}: {told}: {outcome}", flush=True)
            counts[outcome] = counts.get(outcome, 0) + 1
            n_mutants += 1
            number += 1
    shares = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("refused", "used"))
    print(
        f"{n_mutants} mutants of {len(paths)} models, seed {seed}, {seconds:g} s: "
        f"{shares}, {n_findings} findings"
    )
    return int(n_findings > 0)


def read(path: Path) -> dict[str, bytes]:
    """Return the members of a file."""
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--most", type=float, default=np.inf, help="mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="name of a class")
    parser.add_argument("--first", type=int, default=0, help="number of a mutant")
    sys.exit(main(**vars(parser.parse_args())))
