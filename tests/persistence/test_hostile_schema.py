"""Small files that would take long, or much memory, to look at or to build."""

import json
from zipfile import ZipFile

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.svm import SVC

from skdigits._parts import Path, walk
from skdigits.persistence import inspect_model, load_model, save_model
from skdigits.persistence.skops._schema import (
    MAX_NODES,
    MAX_OBJECTS,
    MAX_VALUES,
    SCHEMA,
    _Tree,
)

MAX_TEXT = 2000


def node(loader, content, module="builtins", name="list", **more):
    return {
        "__loader__": loader,
        "__module__": module,
        "__class__": name,
        "content": content,
        **more,
    }


def text(content):
    return node("JsonNode", content, name="str")


def dictionary(**content):
    keys = [node("TypeNode", None, name="str") for _ in content]
    return node("DictNode", content, name="dict", key_types=node("ListNode", keys))


def with_parameter(state):
    """Change the parameter C of an SVC in the schema."""

    def change(members):
        schema = json.loads(members["schema.json"])
        schema["content"]["content"]["C"] = state
        members["schema.json"] = json.dumps(schema).encode()

    return change


def nested(depth):
    state = text("1")
    for _ in range(depth):
        state = node("ListNode", [state])
    return state


def hidden_commas(members):
    """Lists of lists whose commas are written as numbers of characters."""
    with_parameter(text("MARK"))(members)
    inner = "[" + "[1,1]," * 800_000 + "1]"
    members["schema.json"] = members["schema.json"].replace(
        b"MARK", inner.replace(",", "\\u002c").encode()
    )


def hidden_depth(members):
    with_parameter(text("[" * 800 + "1," * 99_999 + "1" + "]" * 800))(members)
    members["schema.json"] = members["schema.json"].replace(b"1,", b"1\\u002c")


def generator(pool_size):
    rng = np.random.default_rng(0)
    state = json.loads(json.dumps(rng.bit_generator.state), parse_int=str)
    seeds = dictionary(entropy=text("1"), pool_size=text(str(pool_size)))
    numbers = dictionary(
        bit_generator=text('"PCG64"'),
        state=dictionary(**{k: text(v) for k, v in state["state"].items()}),
        has_uint32=text("0"),
        uinteger=text("0"),
    )
    content = {"bit_generator": numbers, "seed_seq": seeds}
    return node("RandomGeneratorNode", content, "numpy.random._generator", "Generator")


LONG = "k" * 3_000_000
CASES = {
    "a long key": with_parameter(dictionary(**{LONG: nested(90)})),
    "a long key of many": with_parameter(
        dictionary(**{LONG: node("ListNode", [text("1")] * 50_000)})
    ),
    "a long text": with_parameter(text(json.dumps(LONG))),
    "a long type": with_parameter(node("ObjectNode", None, LONG, LONG)),
    "many types": with_parameter(
        node(
            "ListNode",
            [node("ObjectNode", None, f"m{k}", "n" * 200) for k in range(9_000)],
        )
    ),
    "a pool of seeds": with_parameter(generator(60_000)),
    "hidden commas": hidden_commas,
    "hidden depth": hidden_depth,
    "many nodes": with_parameter(node("ListNode", [text("1")] * 240_000)),
    "as many nodes as may be": with_parameter(
        node("ListNode", [text("1")] * (MAX_NODES - 100))
    ),
    "many objects": with_parameter(
        node("ListNode", [node("ObjectNode", None, "sklearn.svm", "SVC")] * 10_001)
    ),
}
# Those that are what skops writes are loaded, within the bounds.
LOADED = {"a long key", "a long key of many", "a long text", "as many nodes as may be"}


@pytest.fixture(scope="module")
def files(tmp_path_factory, write_unchecked):
    folder = tmp_path_factory.mktemp("schemas")
    return {
        name: write_unchecked(SVC(), folder / f"{name}.skops", change)
        for name, change in CASES.items()
    }


@pytest.fixture(scope="module")
def outcomes(files, use_each):
    told = use_each(dict.fromkeys(files.values(), "pass"))
    return {name: told[str(path)] for name, path in files.items()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_walked_built_and_said_is_bounded(name, outcomes):
    outcome, seconds, megabytes = outcomes[name]
    if name in LOADED:
        assert outcome == "used"
        assert seconds < 4  # where other tests run beside this one
    else:
        assert seconds < 2
        assert "cannot be loaded: it" in outcome
    assert len(outcome) < MAX_TEXT
    assert megabytes < 200


def test_a_long_error_neither_fills_the_screen_nor_hides_what_to_do(files):
    for function in (load_model, inspect_model):
        with pytest.raises(ValueError, match=r"\[\.\.\.\]") as caught:
            function(files["a long type"])
        assert len(str(caught.value)) < MAX_TEXT
        assert caught.value.__cause__ is None  # which a traceback would show


def test_one_object_in_two_states(tmp_path, write_unchecked):
    """skops takes the first for both, whatever was looked at in the second."""
    pair = [text("1") | {"__id__": 7}, text("2") | {"__id__": 7}]
    change = with_parameter(node("ListNode", pair))
    path = write_unchecked(SVC(), tmp_path / "model.skops", change)
    with pytest.raises(ValueError, match="different states of one object"):
        load_model(path)


def test_forms_of_earlier_versions_of_skops(tmp_path, write_unchecked):
    def change(members):
        schema = json.loads(members["schema.json"]) | {"protocol": 1}
        members["schema.json"] = json.dumps(schema).encode()

    path = write_unchecked(SVC(), tmp_path / "model.skops", change)
    with pytest.raises(ValueError, match="of protocol 1, but skdigits reads 2"):
        load_model(path)


def test_generators_of_random_numbers_are_loaded(tmp_path, write_unchecked):
    model = DummyClassifier(constant=np.random.default_rng(3))
    loaded = load_model(write_unchecked(model, tmp_path / "model.skops"))
    assert loaded.constant.random() == np.random.default_rng(3).random()


def test_versions_that_are_stories(tmp_path, write_unchecked, monkeypatch):
    told = {"scikit-learn": "1.9 " * 9999, "skdigits": "0.1.0"}
    monkeypatch.setattr("skdigits.persistence.skops._manifest._versions", lambda: told)
    path = write_unchecked(SVC(), tmp_path / "model.skops")
    with pytest.raises(ValueError, match="versions"):
        load_model(path)


def test_paths_are_short(tmp_path):
    model = SVC(C={LONG: [{LONG: SVC()}]})
    paths = [str(path) for path, _ in walk(model)]
    assert max(map(len, paths)) < 600
    assert "" in paths
    assert ".C" in paths
    deep = value = []
    for _ in range(500):
        value.append([])
        value = value[0]
    *_, (last, _) = walk(deep)
    assert str(last).startswith("...")
    assert str(last).endswith("[0][0]")


def test_boosting_of_140_rounds_for_10_classes_is_within_the_bounds(tmp_path):
    counts = []
    for n_estimators in (1, 2):
        model = GradientBoostingClassifier(n_estimators=n_estimators, max_depth=1)
        model.fit(np.arange(40).reshape(20, 2), np.arange(20) % 10)
        path = save_model(model, tmp_path / f"{n_estimators}.skops")
        text = ZipFile(path).read(SCHEMA)
        tree = _Tree()
        tree.look(json.loads(text), Path(None, "model"), 0)
        n_values = sum(text.count(mark) for mark in (b",", b"[", b"{"))
        counts.append(np.array([tree._n_nodes, n_values, tree._n_objects]))
    first, second = counts
    expected = first + 139 * (second - first)
    assert (expected < [MAX_NODES, MAX_VALUES, MAX_OBJECTS]).all(), expected
