"""Trees and forests as ONNX nodes."""

from typing import TypeAlias

import numpy as np
from onnx import numpy_helper
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from skdigits._onnx_graph import Graph
from skdigits.persistence.onnx._tensors import Pixels, Prediction, most_probable

Trees: TypeAlias = (
    DecisionTreeClassifier | ExtraTreesClassifier | RandomForestClassifier
)


def forest(
    graph: Graph, classifier: Trees, images: Pixels, method: str | None
) -> Prediction:
    """Write a tree or a forest.

    Leaves give shares of classes, and the trees' are added up before they are divided
    by the number of trees: where as many trees vote for one label as for another,
    a sum of quotients would be decided by its rounding errors.
    """
    # Thresholds are float64; the features that they are compared with are float32.
    rows = graph.cast(graph.cast(images.name, np.float32), np.float64)
    trees = getattr(classifier, "estimators_", [classifier])
    n_classes = len(classifier.classes_)
    sums = graph(
        "TreeEnsembleRegressor",
        rows,
        domain="ai.onnx.ml",
        n_targets=n_classes,
        aggregate_function="SUM",
        **_nodes(trees),
        **_leaves(trees, n_classes),
    )
    shares = graph("Div", graph.cast(sums, np.float64), np.float64(len(trees)))
    return most_probable(graph, shares)


def _nodes(trees: list[DecisionTreeClassifier]) -> dict[str, object]:
    """Describe where each node leads to."""
    parts = [tree.tree_ for tree in trees]
    is_leaf = np.concatenate([part.children_left < 0 for part in parts])

    def joined(name: str) -> np.ndarray:
        values = np.concatenate([getattr(part, name) for part in parts])
        return np.where(is_leaf, 0, values)

    return {
        "nodes_treeids": np.repeat(
            np.arange(len(parts)), [part.node_count for part in parts]
        ).tolist(),
        "nodes_nodeids": np.concatenate(
            [np.arange(part.node_count) for part in parts]
        ).tolist(),
        "nodes_modes": np.where(is_leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_featureids": joined("feature").tolist(),
        "nodes_values_as_tensor": numpy_helper.from_array(joined("threshold")),
        "nodes_truenodeids": joined("children_left").tolist(),
        "nodes_falsenodeids": joined("children_right").tolist(),
    }


def _leaves(trees: list[DecisionTreeClassifier], n_classes: int) -> dict[str, object]:
    """Describe what each leaf says: the share of each class that it has seen."""
    tree_ids, node_ids, classes, shares = [], [], [], []
    for number, tree in enumerate(trees):
        values = tree.tree_.value[:, 0, :n_classes]
        is_leaf = tree.tree_.children_left < 0
        nodes, seen = np.nonzero(is_leaf[:, np.newaxis] & (values > 0))
        tree_ids.append(np.full(len(nodes), number))
        node_ids.append(nodes)
        classes.append(seen)
        shares.append(values[nodes, seen])
    return {
        "target_treeids": np.concatenate(tree_ids).tolist(),
        "target_nodeids": np.concatenate(node_ids).tolist(),
        "target_ids": np.concatenate(classes).tolist(),
        "target_weights_as_tensor": numpy_helper.from_array(np.concatenate(shares)),
    }
