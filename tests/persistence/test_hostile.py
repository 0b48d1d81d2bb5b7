"""Files that are refused, quickly, in little memory, and without running anything."""

import io
import json
import pickle
import subprocess
import sys
from copy import copy, deepcopy
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.gaussian_process.kernels import ConstantKernel
from sklearn.model_selection import RandomizedSearchCV
from sklearn.neighbors import KDTree, KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch
from skops.io import dump

from skdigits._parts import walk
from skdigits.neural_network import (
    KerasCNNClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)
from skdigits.persistence import inspect_model, load_model, save_model
from skdigits.persistence.skops import _compiled
from skdigits.persistence.skops._archive import digest_of
from skdigits.persistence.skops._distributions import (
    NamedDistribution,
    restore_distributions,
)
from skdigits.persistence.skops._manifest import make_manifest
from skdigits.persistence.skops._save import _dump
from skdigits.preprocessing import PCAFeatures, PCAFilterFeatures, PixelScaler

pytestmark = pytest.mark.tensorflow

X, y = load_digits(return_X_y=True)
X, y = X[:150].astype(np.float32), y[:150]


@pytest.fixture(scope="module")
def network():
    cnn = KerasCNNClassifier(((2,),), (), max_epochs=1, random_state=0)
    return cnn.fit(X, y)


@pytest.fixture(scope="module")
def resumable():
    cnn = KerasCNNClassifier(((2,),), (), random_state=0)
    return cnn.partial_fit(X, y, classes=np.arange(10))


@pytest.fixture(scope="module")
def good(network, tmp_path_factory):
    """A file to be spoilt."""
    model = make_pipeline(PixelScaler(), network)
    model[0].fit(X)
    return save_model(model, tmp_path_factory.mktemp("good") / "model.skops")


def check_compiled(model):
    for path, part in walk(model):
        _compiled.check_compiled(path, part)


def members_of(path):
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, members, *, honest=True):
    """Write members, with the checksum that they ask for."""
    if honest and "skdigits.json" in members:
        manifest = json.loads(members.pop("skdigits.json"))
        manifest["sha256"] = digest_of(members)
        members = {"skdigits.json": json.dumps(manifest).encode(), **members}
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(ZipInfo(name), content)
    return path


def npy(array, **header):
    stream = io.BytesIO()
    np.save(stream, array)
    if header:
        stream = io.BytesIO()
        descr = np.lib.format.header_data_from_array_1_0(array) | header
        np.lib.format.write_array_header_1_0(stream, descr)
        stream.write(array.tobytes())
    return stream.getvalue()


def largest_array(members):
    names = [name for name in members if name.endswith(".npy")]
    return max(names, key=lambda name: len(members[name]))


def refused(path, message=None):
    for function in (load_model, inspect_model):
        with pytest.raises(ValueError, match=message) as caught:
            function(path)
        assert type(caught.value) is ValueError
        assert str(path) in str(caught.value)


class Bomb:
    def __reduce__(self):
        return (print, ("a pickle ran",))


@pytest.mark.parametrize("content", [pickle.dumps(Bomb()), b"", b"PK", b"text" * 99])
def test_other_files(content, tmp_path, capfd):
    (tmp_path / "model.skops").write_bytes(content)
    refused(tmp_path / "model.skops", r"not a \.skops file")
    assert capfd.readouterr().out == ""


def test_truncated(good, tmp_path):
    content = good.read_bytes()
    for length in {*range(0, len(content), 1000), len(content) - 1}:
        (tmp_path / "model.skops").write_bytes(content[:length])
        refused(tmp_path / "model.skops")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(data, good, tmp_path_factory):
    content = bytearray(good.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path = tmp_path_factory.mktemp("flipped") / "model.skops"
    path.write_bytes(content)
    try:
        found = load_model(path)
    except ValueError:
        return
    # In what neither content nor checksum depends on: dates and attributes of members.
    np.testing.assert_array_equal(
        found.predict_proba(X), load_model(good).predict_proba(X)
    )


def test_a_flipped_bit_in_the_weights(good, tmp_path):
    members = members_of(good)
    name = largest_array(members)
    content = bytearray(members[name])
    content[-9] ^= 1
    members[name] = bytes(content)
    refused(write(tmp_path / "model.skops", members, honest=False), "SHA-256")


def test_unknown_types(tmp_path):
    import scipy.ndimage
    from sklearn.preprocessing import FunctionTransformer

    from skdigits.datasets import write_idx

    for function in (scipy.ndimage.zoom, write_idx, PixelScaler().fit):
        members = members_of(save_model(FunctionTransformer(), tmp_path / "a.skops"))
        dump(FunctionTransformer(function), tmp_path / "b.skops")
        members |= members_of(tmp_path / "b.skops")
        (tmp_path / "a.skops").unlink()
        path = write(tmp_path / "c.skops", members)
        refused(path, f"{function.__name__}.*model.func")


def test_files_of_skops_alone(tmp_path):
    dump(SVC(), tmp_path / "model.skops")
    refused(tmp_path / "model.skops", "not written by save_model")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("../123.npy", b"", "member named"),
        ("/tmp/123.npy", b"", "member named"),
        ("C:\\123.npy", b"", "member named"),
        ("folder/123.npy", b"", "member named"),
        ("1.npz", b"", "member named"),
        # Bytes that nobody looks at may be an archive for skops.
        (f"{'0' * 36}.bin", b"", "member named"),
        ("1.npy", b"", "magic string"),
        ("1.npy", npy(np.zeros(3), shape=(12_500_000_000,)), "declares the shape"),
        ("1.npy", npy(np.zeros(3), shape=(2**40, 0)), "declares the shape"),
        ("1.npy", npy(np.zeros(3), shape=(-3,)), None),
        ("1.npy", npy(np.zeros(3), descr="|O"), "of type object"),
        ("1.npy", npy(np.zeros(3)).replace(b"<f8", b"<U0"), "of type"),
        ("1.npy", npy(np.zeros(3)).replace(b"{", b"["), None),
        ("schema.json", b"[" * 100_000, None),
        ("schema.json", b"[" * 500 + b"]" * 500, None),
        ("schema.json", b"[]", "not a JSON object"),
        ("schema.json", b"{}", None),
        ("schema.json", b"[" + b"{}," * 2_000_000 + b"{}]", "values"),
        ("skdigits.json", b"{}", "not a manifest"),
        ("skdigits.json", b'{"format": 1}', "lacks"),
        ("skdigits.json", b"[" * 100_000, None),
        ("skdigits.json", ("parts", [1]), "parts that are no estimators"),
        ("skdigits.json", ("parts", [{"name": "a"}]), "parts that are no estimators"),
        ("skdigits.json", b" " * 2**21, "larger"),
    ],
)
def test_odd_members(name, content, message, good, tmp_path):
    members = members_of(good)
    if isinstance(content, tuple):
        content = json.dumps(dict([*json.loads(members[name]).items(), content]))
    members[name] = content
    honest = name != "skdigits.json"
    refused(write(tmp_path / "model.skops", members, honest=honest), message)


def test_two_members_of_one_name(good, tmp_path):
    path = write(tmp_path / "model.skops", members_of(good))
    with (
        ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("schema.json", "{}")
    refused(path, "two members of one name")


def test_zip_bomb(good, tmp_path):
    path = write(tmp_path / "model.skops", members_of(good))
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr("1.npy", bytes(50_000_000))
    refused(path, "is compressed")


def test_zip_bomb_of_overlapping_members(good, tmp_path):
    path = write(tmp_path / "model.skops", {**members_of(good), "1.npy": npy(y)})
    content = path.read_bytes()
    # The last entry of the directory claims the whole file.
    start = content.rindex(b"PK\x01\x02")
    size = len(content).to_bytes(4, "little")
    path.write_bytes(content[: start + 20] + 2 * size + content[start + 28 :])
    refused(path)


def state(loader, identity, content, module="builtins", name="list"):
    return {
        "__loader__": loader,
        "__module__": module,
        "__class__": name,
        "__id__": identity,
        "content": content,
    }


def with_schema(schema, good, path):
    schema |= {"protocol": 2, "_skops_version": "0.16.0"}
    return write(path, {**members_of(good), "schema.json": json.dumps(schema).encode()})


def test_tree_without_end(good, tmp_path):
    """Lists of a list twice, 60 deep: the second is left to the memory of skops."""
    tree = state("JsonNode", 0, "1", name="str")
    for identity in range(1, 60):
        tree = state("ListNode", identity, [tree, {"__id__": identity - 1}])
    refused(with_schema(tree, good, tmp_path / "model.skops"), "different states")


def test_cycle(good, tmp_path):
    tree = state("ListNode", 1, [{"__id__": 1}])
    refused(with_schema(tree, good, tmp_path / "model.skops"), "different states")


@pytest.mark.parametrize("identity", [1.0, True, "1"])
def test_identities_that_only_skops_takes_for_one(identity, good, tmp_path):
    inner = state("ListNode", 1, [])
    tree = state("ListNode", 2, [inner, {"__id__": identity}])
    refused(with_schema(tree, good, tmp_path / "model.skops"), "names an object")


@pytest.mark.parametrize(
    "loader", ["ConstructorFromReduceNode", "LossNode", "ListNode", "NdArrayNode"]
)
def test_calls_of_trusted_functions(loader, good, tmp_path):
    """Such as the mean of an array without rows, of 100,000,000 columns."""
    tree = state(loader, 1, [], module="numpy", name="mean")
    refused(with_schema(tree, good, tmp_path / "model.skops"), "calls numpy.mean")


def test_what_is_not_an_estimator(good, tmp_path):
    path = with_schema(state("ListNode", 1, []), good, tmp_path / "model.skops")
    with pytest.raises(ValueError, match="holds a list, not an estimator"):
        load_model(path)


def test_another_directory(good, tmp_path):
    """An archive in the form for large ones names a second directory."""
    content = good.read_bytes()
    locator = b"PK\x06\x07" + bytes(16)
    path = tmp_path / "model.skops"
    path.write_bytes(content[:-22] + locator + content[-22:])
    refused(path, "too many members")


def test_external_data_of_onnx(tmp_path):
    import onnx

    tensor = onnx.TensorProto(
        name="W", dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL
    )
    tensor.external_data.add(key="location", value="/etc/passwd")
    graph = onnx.helper.make_graph([], "digits", [], [], [tensor])
    for name in ("model.onnx", "model.skops"):
        path = tmp_path / name
        path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
        refused(path, r"not a \.skops file")


def test_constructor_with_a_size(good, tmp_path):
    members = members_of(good) | {"1.npy": npy(np.array(2**31 - 1))}
    void = state("NdArrayNode", 1, None, module="numpy", name="void")
    schema = void | {"type": "numpy", "file": "1.npy", "protocol": 2}
    path = write(
        tmp_path / "model.skops", members | {"schema.json": json.dumps(schema).encode()}
    )
    refused(path, "numpy.void")


def spoil(model, path, change):
    """Save a model, then change its schema by force, with the checksums it needs."""
    members = members_of(save_model(model, path, overwrite=True))
    change(members)
    return write(path, members)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(value, good, tmp_path):
    members = members_of(good)
    name = largest_array(members)
    array = np.load(io.BytesIO(members[name]))
    array.flat[0] = value
    members[name] = npy(array)
    path = write(tmp_path / "model.skops", members)
    with pytest.raises(ValueError, match="finite"):
        load_model(path)


def test_weights_of_wrong_shapes(good, tmp_path):
    members = members_of(good)
    name = largest_array(members)
    members[name] = npy(np.zeros((3, 3), np.float32))
    path = write(tmp_path / "model.skops", members)
    with pytest.raises(ValueError, match="ask for weights of the shapes"):
        load_model(path)


def test_manifest_of_another_model(good, tmp_path):
    members = members_of(good)
    manifest = json.loads(members["skdigits.json"])
    manifest["classes"] = ["cat", "dog"]
    members["skdigits.json"] = json.dumps(manifest).encode()
    path = write(tmp_path / "model.skops", members)
    with pytest.raises(ValueError, match="says classes="):
        load_model(path)


@pytest.mark.parametrize(
    ("model", "attribute", "change"),
    [
        (NumpyMLPClassifier((4,), max_epochs=1), "coefs_", lambda a: [a[0], a[1].T]),
        (NumpyMLPClassifier((4,), max_epochs=1), "intercepts_", lambda a: a[:1]),
        (NumpyMLPClassifier((), max_epochs=1), "coefs_", lambda a: [a[0] * np.nan]),
        (PCAFeatures(3), "components_", lambda a: a[:, 1:]),
        (PCAFeatures(3), "mean_", lambda a: a + np.inf),
        (PCAFilterFeatures(3), "filters_", lambda a: a[0]),
        (PCAFilterFeatures(3), "filters_", lambda a: np.ones((3, 9, 5))),
        (PCAFilterFeatures(3), "filters_", lambda a: np.ones((5000, 1, 1))),
        (PCAFilterFeatures(3), "grid_shape_", lambda a: (7, 9)),
        (PCAFilterFeatures(3), "grid_shape_", lambda a: (7, -7)),
        (PixelScaler(), "scale_", lambda a: np.nan),
        (RandomFeaturesClassifier(9), "random_weights_", lambda a: a[:, 1:]),
        (RandomFeaturesClassifier(9), "random_offset_", lambda a: a[:-1]),
        (RandomFeaturesClassifier(9), "coef_", lambda a: a[:, 1:]),
        (RandomFeaturesClassifier(9), "intercept_", lambda a: a[:1]),
        (RandomFeaturesClassifier(9), "temperature_", lambda a: 0.0),
        (RandomFeaturesClassifier(9), "temperature_", lambda a: np.nan),
        (RandomFeaturesClassifier(9), "temperature_", lambda a: 1e-320),
        (PixelScaler(), "data_max_", lambda a: np.inf),
        (PixelScaler(), "background_", lambda a: "grey"),
        (PixelScaler(), "image_shape_", lambda a: (10**9, 10**9)),
    ],
)
def test_arrays_of_skdigits(model, attribute, change, tmp_path):
    model.fit(X, y)
    setattr(model, attribute, change(getattr(model, attribute, None)))
    with pytest.raises(ValueError, match="cannot be saved"):
        save_model(model, tmp_path / "model.skops")


def altered_tree(forest, field, value):
    tree = forest.estimators_[0].tree_
    constructor, arguments, attributes = tree.__reduce__()
    nodes = attributes["nodes"].copy()
    nodes[field][0] = value
    altered = constructor(*arguments)
    altered.__setstate__({**attributes, "nodes": nodes})
    forest.estimators_[0].tree_ = altered


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_child", 10**6),
        ("left_child", -2),
        ("left_child", 0),
        ("right_child", -1),
        ("feature", 64),
        ("feature", -5),
    ],
)
def test_branches_out_of_a_tree(field, value, tmp_path):
    forest = ExtraTreesClassifier(2, random_state=0).fit(X, y)
    check_compiled(forest)
    altered_tree(forest, field, value)
    with pytest.raises(ValueError, match=r"estimators_\[0\]\.tree_, a Tree"):
        save_model(forest, tmp_path / "model.skops")


def test_a_tree_of_more_pixels_than_its_forest():
    forest = RandomForestClassifier(2, random_state=0).fit(X, y)
    other = RandomForestClassifier(2, random_state=0).fit(np.tile(X, 2), y)
    forest.estimators_[1] = other.estimators_[1]
    with pytest.raises(ValueError, match="a RandomForestClassifier"):
        check_compiled(forest)


def test_stages_wider_than_the_first_guess():
    boosted = GradientBoostingClassifier(n_estimators=1, max_depth=1).fit(X, y % 3)
    check_compiled(boosted)
    for attribute, value in {
        "estimators_": np.tile(boosted.estimators_, 2),
        "init_": SVC(),
        "_loss": SVC(),
    }.items():
        altered = copy(boosted)
        setattr(altered, attribute, value)
        with pytest.raises(ValueError, match="a GradientBoosting"):
            check_compiled(altered)


def test_methods_that_are_replaced():
    tree = DecisionTreeClassifier(max_depth=1).fit(X, y)
    check_compiled(tree)
    tree._validate_X_predict = np.multiply
    with pytest.raises(ValueError, match="a DecisionTreeClassifier"):
        check_compiled(tree)


@pytest.mark.parametrize("position", [-1, 2**30])
def test_random_numbers_from_elsewhere(position):
    random_state = np.random.RandomState(0)
    check_compiled(DummyClassifier(random_state=random_state))
    numbers = random_state.get_state(legacy=False)
    numbers["state"]["pos"] = position

    def load():
        random_state.set_state(numbers)
        check_compiled(DummyClassifier(random_state=random_state))

    # NumPy 2.5 refuses by itself.
    with pytest.raises(ValueError, match=r"a RandomState|position must be between"):
        load()


@pytest.mark.parametrize("kind", [np.random.MT19937, np.random.Philox])
@pytest.mark.parametrize("position", [-1, 2**30])
def test_random_numbers_from_elsewhere_in_a_generator(kind, position):
    generator = np.random.Generator(kind(0))
    check_compiled(DummyClassifier(constant=generator))
    state = generator.bit_generator.state
    if "buffer_pos" in state:
        state["buffer_pos"] = position
    else:
        state["state"]["pos"] = position

    def load():
        generator.bit_generator.state = state
        check_compiled(DummyClassifier(constant=generator))

    with pytest.raises(ValueError, match=r"a Generator|pos"):
        load()


@pytest.mark.parametrize(
    "change",
    [
        lambda random: random["state"].update(pos=-(10**9)),
        lambda random: random["state"].update(pos=10**9),
        lambda random: random["state"].update(pos=0.5),
        lambda random: random["state"].update(key=random["state"]["key"][:9], pos=0),
        lambda random: random.clear(),
    ],
    ids=["before", "behind", "between", "few", "none"],
)
def test_random_numbers_with_which_a_training_goes_on(change, resumable, tmp_path):
    spoilt = deepcopy(resumable)
    change(spoilt._training_state["random"])
    with pytest.raises(ValueError, match="its random numbers"):
        save_model(spoilt, tmp_path / "model.skops")


def test_branches_out_of_a_boosted_tree():
    boosted = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=3).fit(X, y < 5)
    check_compiled(boosted)
    boosted._in_fit = True
    with pytest.raises(ValueError, match="a HistGradientBoosting"):
        check_compiled(boosted)
    del boosted._in_fit
    boosted._predictors[0][0].nodes["left"][0] = 99
    with pytest.raises(ValueError, match="a HistGradientBoosting"):
        check_compiled(boosted)


@pytest.mark.parametrize(
    ("attribute", "change"),
    [
        ("_dual_coef_", lambda a: a[:-1]),
        ("_intercept_", lambda a: a[:-1]),
        ("_n_support", lambda a: a + 1),
        pytest.param(
            "_n_support",
            lambda counts: counts - counts.max() * (counts > 0),
            id="negative",
        ),
        ("support_", lambda a: a[:-1]),
        ("support_vectors_", lambda a: a[:, :-1]),
        ("_probA", lambda a: np.zeros(3)),
        ("kernel", lambda name: np.matmul),
    ],
)
def test_shapes_of_a_support_vector_machine(attribute, change):
    svm = SVC().fit(X, y)
    check_compiled(svm)
    setattr(svm, attribute, change(getattr(svm, attribute)))
    with pytest.raises(ValueError, match="a SVC"):
        check_compiled(svm)


def test_neighbors():
    neighbors = KNeighborsClassifier(algorithm="kd_tree").fit(X, y)
    check_compiled(neighbors)
    tree = neighbors._tree
    for position, change in {
        1: lambda rows: rows * 2,
        2: lambda nodes: _set(nodes, "idx_end", 10**6),
        3: lambda bounds: bounds[:, :, 1:].copy(),
        4: lambda leaf_size: 0,
        5: lambda n_levels: 2**40,
        6: lambda n_nodes: n_nodes + 2,
        12: lambda weights: np.ones(1),
    }.items():
        altered = list(tree.__getstate__())
        altered[position] = change(altered[position])
        neighbors._tree = KDTree.__new__(KDTree)
        neighbors._tree.__setstate__(tuple(altered))
        with pytest.raises(ValueError, match="a KDTree"):
            check_compiled(neighbors)
    neighbors._tree = tree
    neighbors._y = neighbors._y + 1
    with pytest.raises(ValueError, match="a KNeighborsClassifier"):
        check_compiled(neighbors)


@pytest.mark.parametrize(
    ("distributions", "message"),
    [
        ([NamedDistribution("os", (), {})], "no distribution 'os'"),
        ([NamedDistribution("norm", (np.zeros(9),), {})], "of such arguments"),
        ([NamedDistribution(["norm"], (), {})], "attribute name"),
        ([NamedDistribution("norm", (1, 2, 3, 4), {})], "positional"),
        ([NamedDistribution("norm", (k,), {}) for k in range(201)], "more than 200"),
    ],
)
def test_distributions(distributions, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        save_model(SVC(C=distributions), tmp_path / "model.skops")
    with pytest.raises((ValueError, TypeError), match=message):
        restore_distributions(SVC(C=distributions))


def test_distributions_by_the_path_that_they_had_in_version_0_1(tmp_path):
    search = RandomizedSearchCV(SVC(), {"C": loguniform(1, 1e3)})
    members = members_of(save_model(search, tmp_path / "new.skops"))
    new, old = b"persistence.skops._distributions", b"persistence._distributions"
    assert new in members["schema.json"]
    members["schema.json"] = members["schema.json"].replace(new, old)
    path = write(tmp_path / "old.skops", members)
    assert inspect_model(path)["class"].endswith("RandomizedSearchCV")
    distribution = load_model(path).param_distributions["C"]
    assert distribution.dist.name == "loguniform"
    assert distribution.args == (1, 1e3)


@pytest.mark.parametrize("name", ["__deepcopy__", "__reduce_ex__", "__class__"])
def test_methods_of_python(name, tmp_path):
    """Copies would call them, and take what they return for the part."""
    for part in (SVC(), Bunch()):
        target = part if isinstance(part, Bunch) else vars(part)
        target[name] = ConstantKernel(1.0)
        path = tmp_path / "model.skops"
        members = _dump(SVC(C=[part]) if isinstance(part, Bunch) else part)
        manifest = make_manifest(SVC(), digest_of(members), {})
        write(path, {"skdigits.json": manifest, **members})
        refused(path, f"an attribute '{name}'")


def test_distributions_where_none_can_be_put():
    with pytest.raises(ValueError, match="where none can be put"):
        restore_distributions(SVC(C=(NamedDistribution("norm", (), {}),)))


def _set(nodes, field, value):
    nodes = nodes.copy()
    nodes[field][0] = value
    return nodes


MEASURE = """
import re, sys, time
from pathlib import Path
from skdigits.persistence import load_model
import sklearn.ensemble
from skdigits.persistence.skops import _compiled, _states
import skops.io

def memory():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = memory()
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        load_model(path)
    except ValueError:
        print(time.process_time() - start, (memory() - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory from /proc")
def test_bombs_take_neither_time_nor_memory(good, tmp_path):
    members = members_of(good)
    hundred_gigabytes = npy(np.zeros(3), shape=(12_500_000_000,))
    many = b"[" + b"{}," * 900_000 + b"{}]"
    texts = b"[" + b'"ab",' * 900_000 + b'"ab"]'
    bombs = [
        write(tmp_path / "array.skops", {**members, "1.npy": hundred_gigabytes}),
        write(tmp_path / "lists.skops", {**members, "schema.json": many}),
        write(tmp_path / "texts.skops", {**members, "schema.json": texts}),
        write(tmp_path / "deep.skops", {**members, "schema.json": b"[" * 10**7}),
    ]
    with ZipFile(tmp_path / "zip.skops", "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("1.npy", bytes(200_000_000))
    bombs.append(tmp_path / "zip.skops")
    shown = subprocess.run(
        [sys.executable, "-c", MEASURE, *bombs],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    measured = [tuple(map(float, line.split())) for line in shown.splitlines()]
    assert len(measured) == len(bombs)
    for seconds, megabytes in measured:
        assert seconds < 2
        assert megabytes < 200
