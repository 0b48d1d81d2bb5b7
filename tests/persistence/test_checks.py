"""Which checks a model that is loaded goes through."""

import json
import re
import subprocess
import sys
from copy import copy
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from skdigits._parts import walk
from skdigits.augmentation import (
    AugmentedClassifier,
    AugmentedPredictionClassifier,
    RandomAugmenter,
)
from skdigits.model_selection import RejectClassifier
from skdigits.neural_network import NumpyMLPClassifier, RandomFeaturesClassifier
from skdigits.persistence import load_pretrained, save_model
from skdigits.persistence.skops._compiled import _rooms
from skdigits.persistence.skops._states import check_state
from skdigits.persistence.skops._trusted import SKDIGITS_TYPES, TRUSTED_TYPES
from skdigits.preprocessing import (
    Deskewer,
    DigitNormalizer,
    PCAFeatures,
    PCAFilterFeatures,
    PixelScaler,
)

X, y = load_digits(return_X_y=True)
X, y = X[:100], y[:100] % 2

ROOMS = {
    path.stem.removeprefix("_")
    for path in Path(_rooms.__file__).parent.glob("*.py")
    if path.stem not in ("__init__", "_check", "_nodes", "_rooms")
}
# What each room imports, and a model that needs it.
PRIVATE_NAMES = {
    "clusters": ("sklearn.cluster._kmeans._BaseKMeans", KMeans(2)),
    "forests": ("sklearn.ensemble._forest.BaseForest", ExtraTreesClassifier(2)),
    "gradient_boosting": (
        "sklearn.ensemble._gb.BaseGradientBoosting",
        GradientBoostingClassifier(n_estimators=1),
    ),
    "histogram_boosting": (
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
        ".BaseHistGradientBoosting",
        HistGradientBoostingClassifier(max_iter=1),
    ),
    "linear": (
        "sklearn.linear_model._stochastic_gradient.BaseSGD",
        SGDClassifier(max_iter=9, tol=None),
    ),
    "losses": (
        "sklearn._loss.loss.BaseLoss",
        HistGradientBoostingClassifier(max_iter=1),
    ),
    "neighbors": ("sklearn.neighbors._base.NeighborsBase", KNeighborsClassifier()),
    "support_vectors": ("sklearn.svm._base.BaseLibSVM", SVC()),
    "trees": ("sklearn.tree._tree.Tree", DecisionTreeClassifier()),
}


def object_of(path):
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name, None)  # some are newer than others


def checks_in(room):
    return import_module(f"skdigits.persistence.skops._compiled._{room}").CHECKS


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def kinds():
    """All classes that scikit-learn's part of a model can have."""
    trusted = [kind for kind in map(object_of, TRUSTED_TYPES) if isinstance(kind, type)]
    checked = [kind for room in ROOMS for types in checks_in(room) for kind in types]
    return [*(kind for _, kind in all_estimators()), *trusted, *checked]


def test_no_check_is_left_out():
    for kind in kinds():
        meant = {
            room
            for room in ROOMS
            for types in checks_in(room)
            if issubclass(kind, types)
        }
        assert meant <= set(_rooms.rooms_of(kind)), kind


@pytest.mark.parametrize(
    "module", ["sklearn", "sklearn.unheard_of", "sklearn.ensemble._unheard_of"]
)
def test_classes_from_unknown_modules_go_through_all_checks(module):
    base = type("Base", (BaseEstimator,), {"__module__": module})
    own = type("Derived", (base,), {"__module__": "elsewhere"})
    assert set(_rooms.rooms_of(own)) == ROOMS
    # A name that only begins like that of a package has nothing to do with it.
    assert _rooms.rooms_of(type("Other", (), {"__module__": "sklearnex"})) == [
        "general"
    ]


def test_ensembles_of_other_estimators_need_the_rooms_of_their_parts(tmp_path):
    bagging = BaggingClassifier(DecisionTreeClassifier(), 2).fit(X, y)
    path = save_model(bagging, tmp_path / "model.skops")
    assert rooms_for(path) == ["bagging", "general", "trees"]


ROOMS_FOR = """
import sys
from skdigits.persistence import load_model, load_pretrained
load_model(sys.argv[1]) if len(sys.argv) > 1 else load_pretrained()
print(*(name for name in sys.modules if name.startswith("skdigits.")))
"""


def modules_for(*path):
    return run(ROOMS_FOR, *path).split()


def rooms_for(*path):
    prefix = "skdigits.persistence.skops._compiled._"
    found = [m.removeprefix(prefix) for m in modules_for(*path) if m.startswith(prefix)]
    return sorted(set(found) - {"check", "nodes", "rooms"})


def test_a_network_needs_no_room():
    assert "KerasCNNClassifier" in repr(load_pretrained())
    assert rooms_for() == ["general"]


def test_a_model_imports_no_other_classes_of_skdigits_than_its_own(tmp_path):
    model = make_pipeline(PixelScaler(), LogisticRegression(max_iter=9, tol=1))
    path = save_model(model.fit(X, y), tmp_path / "model.skops")
    modules = modules_for(path)
    assert "skdigits.preprocessing" in modules
    assert "skdigits.neural_network" not in modules
    assert "skdigits.persistence.skops._compiled._trees" not in modules


# One of each public estimator that does not check its state in __setstate__.
OWN = {
    type(estimator): estimator
    for estimator in (
        AugmentedClassifier(GaussianNB()),
        AugmentedPredictionClassifier(GaussianNB()),
        Deskewer(),
        DigitNormalizer(),
        NumpyMLPClassifier((4,), max_epochs=1),
        PCAFeatures(3),
        PCAFilterFeatures(3),
        PixelScaler(),
        RandomAugmenter(),
        RandomFeaturesClassifier(9),
        RejectClassifier(GaussianNB(), coverage=0.9, cv=2),
    )
}


def check_states(model):
    for path, part in walk(model):
        check_state(path, part)


def is_of_floats(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def spoilt_copies(estimator):
    """Copies with an array each whose numbers are not finite, and its name."""
    for name, value in vars(estimator).items():
        altered = copy(estimator)
        if is_of_floats(value):
            setattr(altered, name, value * np.nan)
            yield altered, name
        elif isinstance(value, list) and any(map(is_of_floats, value)):
            setattr(altered, name, [array * np.nan for array in value])
            yield altered, name


def test_every_estimator_checks_the_arrays_that_it_holds():
    """So that a new one does, too."""
    kinds = {object_of(path) for path in SKDIGITS_TYPES}
    assert set(OWN) == {kind for kind in kinds if "Keras" not in kind.__name__}
    checked = set()
    for kind, estimator in OWN.items():
        estimator.fit(X, y)
        check_states(make_pipeline(estimator))
        for altered, name in spoilt_copies(estimator):
            where = rf"model\.steps\[0\]\[1\], a {kind.__name__}: {name}"
            with pytest.raises(ValueError, match=where):
                check_states(make_pipeline(altered))
            checked.add(name)
    assert checked >= {"coefs_", "components_", "filters_", "matrices_"}


# Each name is taken away in turn, and then all is loaded as if for the first time.
RENAMED = """
import json, sys
from importlib import import_module
import skops.io  # which imports the rest of scikit-learn
from skdigits.persistence import load_model

names, files = json.loads(sys.argv[1])
errors = {}
for room, path in names.items():
    errors[room] = {}
    module, _, name = path.rpartition(".")
    taken = vars(import_module(module)).pop(name)
    for loaded in [name for name in sys.modules if "skops._compiled" in name]:
        del sys.modules[loaded]
    for family, file in files.items():
        try:
            load_model(file)
        except ValueError as error:
            errors[room][family] = str(error)
    setattr(import_module(module), name, taken)
print(json.dumps(errors))
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """What is said, for each renamed name, of those models that are not loaded."""
    folder = tmp_path_factory.mktemp("rooms")
    models = {room: model for room, (_, model) in PRIVATE_NAMES.items()}
    # Losses, unlike the others, are only in what was fitted.
    models["losses"].fit(X, y)
    models["none"] = make_pipeline(PixelScaler(), LogisticRegression(tol=1)).fit(X, y)
    files = {
        room: str(save_model(model, folder / f"{room}.skops"))
        for room, model in models.items()
    }
    names = {room: name for room, (name, _) in PRIVATE_NAMES.items()}
    return json.loads(run(RENAMED, json.dumps([names, files])))


# Families whose models hold parts of another.
HOLDERS = {
    "histogram_boosting": {"losses"},
    "losses": {"gradient_boosting"},
    "trees": {"forests", "gradient_boosting"},
}


@pytest.mark.parametrize("room", PRIVATE_NAMES)
def test_a_renamed_private_name_breaks_its_family_only(room, errors):
    """With an error that says which: no check is left out."""
    assert set(errors[room]) == {room} | HOLDERS.get(room, set())
    module, _, name = PRIVATE_NAMES[room][0].rpartition(".")
    for error in errors[room].values():
        assert re.search(r"cannot be loaded: Loading .* needs a private name", error)
        assert f"cannot import name {name!r} from {module!r}" in error
        assert "python -m pip install" in error


def test_every_room_with_private_names_is_tried():
    without = {"bagging", "dummies", "expansions", "factors", "general", "stacks"}
    without |= {"texts", "votes"}
    assert set(PRIVATE_NAMES) == ROOMS - without
