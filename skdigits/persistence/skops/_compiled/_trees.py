"""Checks of decision trees."""

from typing import Any

import numpy as np
from sklearn.tree import BaseDecisionTree

from skdigits._sklearn import private_names
from skdigits.persistence.skops._compiled._nodes import depths_of

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
    if not hasattr(ensemble, "estimators_"):
        return True
    trees = np.ravel(ensemble.estimators_)
    return len(trees) > 0 and all(
        isinstance(tree, BaseDecisionTree)
        and hasattr(tree, "tree_")
        and tree.n_features_in_ == ensemble.n_features_in_
        and tree.n_outputs_ == n_outputs
        and np.array_equal(np.asarray(getattr(tree, "n_classes_", None)), n_classes)
        for tree in trees
    )


def _tree_is_sound(tree: Tree) -> bool:
    left, right = tree.children_left, tree.children_right
    leaf = left == -1
    inner = np.flatnonzero(~leaf)
    if not (len(left) == tree.node_count >= 1 and (left[inner] > 0).all()):
        return False
    depths = depths_of(left, right)
    return bool(
        depths is not None
        and (right[leaf] == -1).all()
        # As many nodes and one more are written for each image.
        and depths.max() <= tree.max_depth < tree.node_count
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
