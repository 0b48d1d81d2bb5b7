"""Checks of decision trees."""

from typing import Any

import numpy as np
from sklearn.tree import BaseDecisionTree

from skdigits._sklearn import private_names

with private_names("Loading a decision tree"):
    from sklearn.tree._tree import Tree


def members_are_sound(ensemble: Any, n_outputs: int, n_classes: Any) -> bool:
    """Tell whether the trees of an ensemble are as large as it takes them to be.

    They are handed rows that only the ensemble has looked at, and write into arrays
    of its size.

    Parameters
    ----------
    ensemble : estimator
        A forest, or gradient boosting.

    n_outputs : int
        Of each tree.

    n_classes : int, ndarray or None
        Of each tree; None stands for regressors.

    Returns
    -------
    are_sound : bool
        True if they are; also if the ensemble is not fitted.
    """
    return all(
        isinstance(tree, BaseDecisionTree)
        and tree.n_features_in_ == ensemble.n_features_in_
        and tree.n_outputs_ == n_outputs
        and np.array_equal(np.asarray(getattr(tree, "n_classes_", None)), n_classes)
        for tree in np.ravel(getattr(ensemble, "estimators_", []))
    )


def _tree_is_sound(tree: Tree) -> bool:
    left, right = tree.children_left, tree.children_right
    n_nodes = len(left)
    leaf = left == -1
    inner = np.flatnonzero(~leaf)
    # A node comes before its children, so every path ends.
    return bool(
        n_nodes == tree.node_count >= 1
        and (right[leaf] == -1).all()
        and all(
            ((side[inner] > inner) & (side[inner] < n_nodes)).all()
            for side in (left, right)
        )
        and (tree.feature[inner] >= 0).all()
        and (tree.feature[inner] < tree.n_features).all()
    )


def _decision_tree_is_sound(estimator: BaseDecisionTree) -> bool:
    if not hasattr(estimator, "tree_"):
        return True
    tree = estimator.tree_
    n_classes = getattr(estimator, "n_classes_", 1)
    return bool(
        isinstance(tree, Tree)
        and tree.n_features == estimator.n_features_in_
        and tree.n_outputs == estimator.n_outputs_
        and tree.max_n_classes == np.max(n_classes)
    )


CHECKS = {(Tree,): _tree_is_sound, (BaseDecisionTree,): _decision_tree_is_sound}
