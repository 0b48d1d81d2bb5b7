"""Graphs of networks that would crash, hang or fill the process that uses them."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from onnx import TensorProto, helper

from skdigits._onnx_graph import IR_VERSION
from skdigits.neural_network import KerasClassifier
from skdigits.neural_network import _graph_checks as checks
from skdigits.persistence import inspect_model, load_model, save_model

X = np.random.RandomState(0).rand(20, 64).astype(np.float32)
KERNEL = np.random.RandomState(1).randn(64, 3).astype(np.float32)
HUGE = 1 << 40


def constant(name, values, **fields):
    """Make a constant as files hold it, then set fields of it."""
    array = np.asarray(values)
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    made = helper.make_tensor(name, kind, array.shape, array.tobytes(), raw=True)
    for field, value in fields.items():
        if isinstance(value, list):
            del getattr(made, field)[:]
            getattr(made, field).extend(value)
        else:
            setattr(made, field, value)
    return made


ROWS = constant("rows", np.array([-1, 64]))
FLAT = helper.make_node("Reshape", ["images", "rows"], ["flat"])
SUMS = helper.make_node("MatMul", ["flat", "weight_0"], ["sums"])
SOFTMAX = helper.make_node("Softmax", ["sums"], ["probabilities"], axis=1)


def graph_of(
    *nodes,
    constants=(),
    images=("n", 8, 8, 1),
    kernel=(64, 3),
    opsets=(("", 17),),
    **model,
):
    """Write a softmax regression as a graph, with other nodes in its middle."""
    between = nodes or (SUMS,)
    inputs = {"images": images, "weight_0": kernel}
    return helper.make_model(
        helper.make_graph(
            [FLAT, *between, SOFTMAX],
            "network",
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name, shape in inputs.items()
            ],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None)],
            [ROWS, *constants],
        ),
        opset_imports=[helper.make_opsetid(*opset) for opset in opsets],
        ir_version=IR_VERSION,
        **model,
    )


def classifier(model, kernel=KERNEL, **state):
    """Return a classifier that is fitted as far as files can tell."""
    content = model if isinstance(model, bytes) else model.SerializeToString()
    model = KerasClassifier(None)
    vars(model).update(
        classes_=np.array([3, 5, 8]),
        image_shape_=(8, 8),
        n_features_in_=64,
        n_iter_=1,
        weights_=[kernel],
        _fitted_architecture={
            "fingerprint": "0" * 64,
            "gives_softmax": False,
            "graph": np.frombuffer(content, np.uint8),
            "roles": ["kernel"],
            **state,
        },
    )
    return model


def through(operator, *inputs, constants=(), **attributes):
    """Send the pixels through an operator before they become sums."""
    image = ["images", *inputs]
    return graph_of(
        helper.make_node(operator, image, ["other"], **attributes),
        SUMS,
        constants=constants,
    )


def loop():
    """A loop without end, which ONNX allows."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["more"], ["more_"]),
            helper.make_node("Identity", ["sums_"], ["sums__"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("more", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sums_", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("more_", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sums__", TensorProto.FLOAT, None),
        ],
    )
    before = helper.make_node("MatMul", ["flat", "weight_0"], ["start"])
    node = helper.make_node("Loop", ["", "true", "start"], ["sums"], body=body)
    return graph_of(before, node, constants=[constant("true", np.array(True))])


def function():
    body = helper.make_node("MatMul", ["a", "b"], ["c"])
    opset = helper.make_opsetid("", 17)
    made = helper.make_function("own", "F", ["a", "b"], ["c"], [body], [opset])
    node = helper.make_node("F", ["flat", "weight_0"], ["sums"], domain="own")
    return graph_of(node, functions=[made], opsets=[("", 17), ("own", 1)])


def convolution(pads=(0, 0, 0, 0), kernel=(1, 1, 1, 1), **attributes):
    return through(
        "Conv",
        "kernel",
        constants=[constant("kernel", np.ones(kernel, np.float32))],
        pads=pads,
        **attributes,
    )


def external():
    other = constant("other", np.float32(1), data_location=TensorProto.EXTERNAL)
    other.ClearField("raw_data")
    for key, value in (("location", "/etc/passwd"), ("offset", "0"), ("length", "4")):
        other.external_data.add(key=key, value=value)
    return graph_of(constants=[other])


def custom():
    node = helper.make_node("FusedMatMul", SUMS.input, ["sums"], domain="com.microsoft")
    return graph_of(node, opsets=[("", 17), ("com.microsoft", 1)])


def many_nodes():
    names = ["flat", *(f"n{i}" for i in range(9_000))]
    steps = [helper.make_node("Abs", [a], [b]) for a, b in pairwise(names)]
    return graph_of(*steps, SUMS)


def large_steps():
    """Each step is allowed, and all of them together are not."""
    size = constant("size", np.array([60_000, 1, 1, 1, 1]))
    steps = [
        helper.make_node("Expand", ["images", "size"], [f"n{i}"]) for i in range(20)
    ]
    image = constant("image", np.array([-1, 8, 8, 1]))
    return graph_of(*steps, SUMS, constants=[size, image])


def squares():
    """ONNX Runtime would multiply all of them when it is loaded."""
    given = [constant("one", np.float32(1)), constant("size", np.array([4096, 4096]))]
    steps = [helper.make_node("Expand", ["one", "size"], ["n0"])]
    for i in range(20):
        steps.append(helper.make_node("MatMul", ["n0", f"n{i}"], [f"n{i + 1}"]))
    return classifier(graph_of(*steps, SUMS, constants=given))


def joined(start, nodes=()):
    """A list of numbers, joined with itself again and again."""
    names = [start, *(f"c{i}" for i in range(40))]
    steps = [
        helper.make_node("Concat", [a, a], [b], axis=0) for a, b in pairwise(names)
    ]
    return graph_of(*nodes, *steps, SUMS, constants=[constant("one", np.array([1]))])


def divided(numerator, denominator):
    node = helper.make_node("Div", ["a", "b"], ["c"])
    size = helper.make_node("Expand", ["flat", "c"], ["wide"])
    given = [constant("a", np.array([numerator])), constant("b", np.array(denominator))]
    sums = helper.make_node("MatMul", ["wide", "weight_0"], ["sums"])
    return graph_of(node, size, sums, constants=given)


def at_loading(operator, shape, n_nodes, **attributes):
    """Keep ONNX Runtime busy before it sees an image."""
    given = [constant("one", np.float32(1)), constant("size", np.array(shape))]
    steps = [helper.make_node("Expand", ["one", "size"], ["n0"])]
    for i in range(n_nodes):
        inputs = ["n0", f"n{i}"] if operator == "MatMul" else [f"n{i}"]
        steps.append(helper.make_node(operator, inputs, [f"n{i + 1}"], **attributes))
    steps += [
        helper.make_node("ReduceSum", [f"n{n_nodes}"], ["sum"], keepdims=0),
        helper.make_node("MatMul", ["flat", "weight_0"], ["raw"]),
        helper.make_node("Add", ["raw", "sum"], ["sums"]),
    ]
    return graph_of(*steps, constants=given)


def many_axes(n_axes):
    axes = constant("axes", np.arange(n_axes))
    node = helper.make_node("Unsqueeze", ["images", "axes"], ["other"])
    return graph_of(node, SUMS, constants=[axes])


def axes_by_gathering():
    """Each has twice as many axes as the one before."""
    steps = [
        helper.make_node("Gather", [f"g{i}", f"g{i}"], [f"g{i + 1}"]) for i in range(30)
    ]
    return graph_of(*steps, SUMS, constants=[constant("g0", np.zeros((1, 1), int))])


def always_the_same():
    """As many rows as the images that sizes are checked for, whatever comes in."""
    sums = helper.make_node("MatMul", ["rows_", "weight_0"], ["sums"])
    return graph_of(sums, constants=[constant("rows_", np.ones((16, 64), np.float32))])


def hidden():
    """A loop in a field that the type of the attribute leaves out."""
    node = helper.make_node("Relu", ["flat"], ["other"], slope=1)
    node.attribute[0].g.node.add().op_type = "Loop"
    return graph_of(node, SUMS)


# What makes each, and what the message says of it.
CASES = {
    "a loop": (lambda: classifier(loop()), "operator Loop"),
    "a function of its own": (lambda: classifier(function()), "operator sets"),
    "an operator of ONNX Runtime's own": (
        lambda: classifier(custom()),
        "operator sets",
    ),
    "random numbers": (
        lambda: classifier(
            graph_of(SUMS, helper.make_node("RandomNormalLike", ["sums"], ["r"]))
        ),
        "operator RandomNormalLike",
    ),
    "a constant in another file": (lambda: classifier(external()), "in another file"),
    "a constant smaller than it says": (
        lambda: classifier(
            graph_of(constants=[constant("c", np.float32([1]), dims=[HUGE])])
        ),
        "of another size",
    ),
    "a constant of negative size": (
        lambda: classifier(
            graph_of(constants=[constant("c", np.float32([1]), dims=[-1, -1])])
        ),
        "constant of the shape",
    ),
    "no model": (lambda: classifier(b"\xff" * 99), "not an ONNX model"),
    "more bytes than a graph has": (
        lambda: classifier(graph_of(constants=[constant("c", np.zeros(10**6))])),
        "bytes without",
    ),
    "more nodes than a graph has": (lambda: classifier(many_nodes()), "nodes"),
    "a tensor that grows": (
        lambda: classifier(
            through(
                "Expand",
                "size",
                constants=[constant("size", np.array([HUGE, 1, 1, 1, 1]))],
            )
        ),
        "numbers",
    ),
    "a sum of large tensors": (lambda: classifier(large_steps()), "numbers"),
    "a stride of 0": (lambda: classifier(convolution(strides=[0, 0])), "strides"),
    "no groups": (lambda: classifier(convolution(group=0)), "group"),
    "a frame without end": (
        lambda: classifier(convolution(pads=[HUGE] * 4)),
        "pads",
    ),
    "a kernel laid out": (
        lambda: classifier(
            convolution(pads=[200] * 4, kernel=(1, 1, 150, 150), strides=[1, 1])
        ),
        "numbers",
    ),
    "products without end": (squares, "multiplications"),
    "a list of sizes that doubles": (
        lambda: classifier(joined("one")),
        "integers",
    ),
    "the sizes of images that double": (
        lambda: classifier(
            joined("shape", [helper.make_node("Shape", ["images"], ["shape"])])
        ),
        "integers",
    ),
    "integers divided by zero": (lambda: classifier(divided(1, 0)), "divides"),
    "a quotient that no integer holds": (
        lambda: classifier(divided(-(2**63), -1)),
        "divides",
    ),
    "products of constants": (
        lambda: classifier(at_loading("MatMul", [2000, 2000], 30)),
        "constants alone",
    ),
    "constants that grow": (
        lambda: classifier(at_loading("Relu", [8000, 8000], 6)),
        "constants alone",
    ),
    "constants that are turned over": (
        lambda: classifier(
            at_loading("Transpose", [8] * 8, 20, perm=list(range(8))[::-1])
        ),
        "constants alone",
    ),
    "many axes": (lambda: classifier(many_axes(20)), "of 24 axes"),
    "axes without end": (lambda: classifier(many_axes(3000)), "more than 512 axes"),
    "axes that double": (lambda: classifier(axes_by_gathering()), "axes"),
    "rows that images do not matter to": (
        lambda: classifier(always_the_same()),
        "3 probabilities",
    ),
    "a loop in another field": (lambda: classifier(hidden()), "numbers and texts"),
    "a bias of another size": (
        lambda: classifier(
            through(
                "Conv",
                "kernel",
                "bias",
                constants=[
                    constant("kernel", np.ones((99, 8, 1, 1), np.float32)),
                    constant("bias", np.ones(1, np.float32)),
                ],
            )
        ),
        "bias",
    ),
    "texts": (
        lambda: classifier(
            through("Cast", to=TensorProto.STRING),
        ),
        "Cast to the type",
    ),
    "nothing at all": (
        lambda: classifier(
            through(
                "Expand",
                "size",
                constants=[constant("size", np.array([0, 1, 1, 1, 1]))],
            )
        ),
        "no size",
    ),
    "a size that no one knows": (
        lambda: classifier(
            graph_of(
                helper.make_node("MatMul", ["flat", "weight_0"], ["raw"]),
                helper.make_node("Cast", ["raw"], ["size"], to=TensorProto.INT64),
                helper.make_node("Reshape", ["raw", "size"], ["sums"]),
            )
        ),
        "do not fit",
    ),
    "a tensor that is used before it is made": (
        lambda: classifier(
            graph_of(SUMS, helper.make_node("Abs", ["late"], ["early"]))
        ),
        "no node has made",
    ),
    "a name for two tensors": (lambda: classifier(graph_of(SUMS, SUMS)), "twice"),
    "images of another size": (
        lambda: classifier(graph_of(images=("n", 4, 16, 1))),
        "images of the shape",
    ),
    "another number of classes": (
        lambda: classifier(graph_of(kernel=(64, 4)), KERNEL[:, [0, 1, 2, 2]]),
        "3 probabilities",
    ),
    "weights of another shape": (
        lambda: classifier(graph_of(), KERNEL[:60]),
        "weights of the shapes",
    ),
    "weights that are not finite": (
        lambda: classifier(graph_of(), KERNEL * np.inf),
        "finite float32",
    ),
    "a role that there is not": (
        lambda: classifier(graph_of(), roles=["tyrant"]),
        "roles",
    ),
    "no array": (lambda: classifier(graph_of(), graph=["x"]), "array of bytes"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, write_unchecked, use_each):
    folder = tmp_path_factory.mktemp("graphs")
    files = {
        name: write_unchecked(make(), folder / f"{name}.skops")
        for name, (make, _) in CASES.items()
    }
    told = use_each(dict.fromkeys(files.values(), "model.predict(X)"))
    return {name: told[str(path)] for name, path in files.items()}


@pytest.mark.parametrize("name", CASES)
def test_hostile_graphs_are_refused(name, outcomes):
    outcome, seconds, megabytes = outcomes[name]
    assert "cannot be loaded" in outcome
    assert CASES[name][1] in outcome
    assert len(outcome) < 2000
    assert seconds < 2
    assert megabytes < 200


def test_sound_graph_is_loaded(tmp_path):
    model = classifier(graph_of())
    path = save_model(model, tmp_path / "sound.skops")
    loaded = load_model(path)
    logits = X @ KERNEL
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert_allclose(loaded.predict_proba(X), expected, atol=1e-6)
    assert inspect_model(path)["classes"] == [3, 5, 8]


def test_operators_hold_no_graph_and_no_chance():
    """No operator in the list holds a graph or draws random numbers."""
    from onnx import defs

    kinds = {schema.name: schema for schema in defs.get_all_schemas()}
    assert kinds.keys() >= checks.OPERATORS
    for name in checks.OPERATORS:
        attributes = kinds[name].attributes.values()
        assert not any("GRAPH" in str(each.type) for each in attributes), name
        assert "seed" not in kinds[name].attributes
