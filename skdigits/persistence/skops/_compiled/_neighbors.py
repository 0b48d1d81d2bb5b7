"""Checks of nearest neighbors and the trees in which they are searched."""

import numpy as np
from sklearn.neighbors import (
    BallTree,
    KDTree,
    KNeighborsClassifier,
    RadiusNeighborsClassifier,
)

from skdigits._sklearn import private_names

with private_names("Loading nearest neighbors"):
    from sklearn.neighbors._base import NeighborsBase


def _search_tree_is_sound(tree: KDTree | BallTree) -> bool:
    state = tree.__getstate__()
    data, rows, nodes, bounds, leaf_size, n_levels, n_nodes = state[:7]
    weights = state[-1]
    ends = nodes["idx_start"], nodes["idx_end"]
    # Node i has the children 2i + 1 and 2i + 2: those of the last level have none.
    n_inner = n_nodes // 2
    return bool(
        len(data) >= 1
        and leaf_size >= 1  # by which the rows are divided
        and len(nodes) == n_nodes
        and n_levels == n_nodes.bit_length()
        and n_nodes & (n_nodes + 1) == 0  # 2**n_levels - 1, which could be endless
        and (weights is None or len(weights) == len(data))
        and bounds.shape[1:] == (n_nodes, data.shape[1])
        and bounds.shape[0] == (2 if isinstance(tree, KDTree) else 1)
        and np.array_equal(np.sort(rows), np.arange(len(data)))
        and (ends[0] >= 0).all()
        and (ends[0] <= ends[1]).all()
        and (ends[1] <= len(data)).all()
        and nodes["is_leaf"][n_inner:].all()
    )


def _neighbors_are_sound(neighbors: NeighborsBase) -> bool:
    if not hasattr(neighbors, "_fit_X"):
        return True
    X, tree = neighbors._fit_X, neighbors._tree
    if X.ndim != 2 or X.shape != (neighbors.n_samples_fit_, neighbors.n_features_in_):
        return False
    if len(X) == 0:
        return False
    if tree is not None and tree.__getstate__()[0].shape != X.shape:
        return False
    if not isinstance(neighbors, KNeighborsClassifier | RadiusNeighborsClassifier):
        return True
    # It makes room for so many without a look at the rows.
    if isinstance(neighbors, KNeighborsClassifier) and neighbors.n_neighbors > len(X):
        raise ValueError(
            f"it has n_neighbors={neighbors.n_neighbors}, but only {len(X)} training "
            "images, so it cannot predict. Fit it with fewer neighbors."
        )
    y = neighbors._y
    classes = neighbors.classes_ if y.ndim == 2 else [neighbors.classes_]
    n_classes = [len(labels) for labels in classes]
    return bool(len(y) == len(X) and (y >= 0).all() and (y < n_classes).all())


CHECKS = {
    (KDTree, BallTree): _search_tree_is_sound,
    (NeighborsBase,): _neighbors_are_sound,
}
