"""Arrays whose indices compiled code follows without looking.

skops sees that a file holds a tree of decisions, not that its branches lead somewhere:
one that leads out of the tree would make the prediction read foreign memory, or end the
process. Here all that scikit-learn's compiled predictions rely on is looked at, before
anyone can predict.
"""

from typing import Any

import numpy as np
from sklearn._loss.link import BaseLink
from sklearn._loss.loss import BaseLoss
from sklearn.base import BaseEstimator
from sklearn.cluster._kmeans import _BaseKMeans
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import BaggingClassifier, BaggingRegressor, IsolationForest
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import (
    BaseHistGradientBoosting,
)
from sklearn.neighbors import (
    BallTree,
    KDTree,
    KNeighborsClassifier,
    RadiusNeighborsClassifier,
)
from sklearn.neighbors._base import NeighborsBase
from sklearn.svm._base import BaseLibSVM
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from skdigits.persistence._parts import walk


def check_compiled(model: Any) -> None:
    """Refuse a model that would lead compiled code astray.

    Parameters
    ----------
    model : estimator
        Just built, and not used yet.

    Raises
    ------
    ValueError
        If it is refused. Others may come of attributes that are not there.
    """
    for path, part in walk(model):
        for types, check in CHECKS.items():
            if isinstance(part, types) and not check(part):
                raise ValueError(
                    f"model{path}, a {type(part).__name__}, holds indices or shapes "
                    "that lead out of its arrays, or is of a form not looked at"
                )


def _is_unshadowed(part: BaseEstimator | BaseLoss | BaseLink) -> bool:
    # What is checked here is that methods check what they are given: an attribute of
    # the name of one would be called in its place.
    return not any(hasattr(type(part), name) for name in vars(part))


def _random_state_is_sound(random_state: np.random.RandomState) -> bool:
    state = random_state.get_state(legacy=False)["state"]
    return bool(0 <= state["pos"] <= len(state["key"]))


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


def _forest_is_sound(forest: BaseForest | BaseGradientBoosting) -> bool:
    # The trees are handed rows that only the forest has looked at, and write into
    # arrays of its size.
    trees = np.ravel(getattr(forest, "estimators_", []))
    outputs = getattr(forest, "n_outputs_", 1), getattr(forest, "n_classes_", None)
    if isinstance(forest, BaseGradientBoosting):
        outputs = 1, None  # regressors, whatever the forest is
    return all(
        isinstance(tree, BaseDecisionTree)
        and tree.n_features_in_ == forest.n_features_in_
        and tree.n_outputs_ == outputs[0]
        and np.array_equal(getattr(tree, "n_classes_", None), outputs[1])
        for tree in trees
    )


def _gradient_boosting_is_sound(booster: BaseGradientBoosting) -> bool:
    """Tell whether each tree of a stage has a column of the first guess to add to."""
    if not hasattr(booster, "estimators_"):
        return True
    guess, loss = booster.init_, booster._loss
    if not (isinstance(loss, BaseLoss) and isinstance(loss.link, BaseLink)):
        return False
    if type(guess) is DummyClassifier:
        n_columns = np.size(guess.class_prior_) if loss.is_multiclass else 1
        is_known = guess.strategy == "prior"
    elif type(guess) is DummyRegressor:
        n_columns, is_known = guess.n_outputs_, True
    else:
        n_columns, is_known = booster.n_trees_per_iteration_, guess == "zero"
    is_sound = is_known and booster.estimators_.shape[1] == n_columns
    return bool(is_sound and _forest_is_sound(booster))


def _bagging_is_sound(ensemble: Any) -> bool:
    features = getattr(ensemble, "estimators_features_", [])
    trees = getattr(ensemble, "estimators_", [])
    return len(trees) == len(features) and all(
        len(columns) == estimator.n_features_in_
        for estimator, columns in zip(trees, features, strict=True)
        if hasattr(estimator, "n_features_in_")
    )


def _boosting_is_sound(booster: BaseHistGradientBoosting) -> bool:
    predictors = [p for step in getattr(booster, "_predictors", []) for p in step]
    # During fit it is handed rows that were looked at before.
    return not hasattr(booster, "_in_fit") and all(
        _predictor_is_sound(predictor.nodes, booster.n_features_in_)
        for predictor in predictors
    )


def _predictor_is_sound(nodes: np.ndarray, n_features: int) -> bool:
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    return bool(
        nodes.ndim == 1
        and len(nodes) >= 1
        and not nodes["is_categorical"].any()
        and all(
            ((nodes[side][inner] > inner) & (nodes[side][inner] < len(nodes))).all()
            for side in ("left", "right")
        )
        and (nodes["feature_idx"][inner] >= 0).all()
        and (nodes["feature_idx"][inner] < n_features).all()
    )


def _svm_is_sound(svm: BaseLibSVM) -> bool:
    if not hasattr(svm, "support_vectors_"):
        return True
    n_vectors, n_features = svm.support_vectors_.shape
    is_classifier = hasattr(svm, "classes_")
    n_classes = len(svm.classes_) if is_classifier else 2
    n_pairs = n_classes * (n_classes - 1) // 2
    counts = svm._n_support
    return bool(
        not svm._sparse
        and svm.kernel in ("linear", "poly", "rbf", "sigmoid")
        and n_features == svm.n_features_in_ == svm.shape_fit_[1]
        and svm.support_.shape == (n_vectors,)
        and svm._dual_coef_.shape == (n_classes - 1, n_vectors)
        and svm._intercept_.shape == (n_pairs,)
        and all(len(p) in (0, n_pairs) for p in (svm._probA, svm._probB))
        and len(svm._probA) == len(svm._probB)
        and (counts >= 0).all()
        and (
            len(counts) == n_classes and counts.sum() == n_vectors
            if is_classifier
            else len(counts) == 2 and counts[0] == n_vectors
        )
    )


def _search_tree_is_sound(tree: KDTree | BallTree) -> bool:
    state = tree.__getstate__()
    data, rows, nodes, bounds, _, n_levels, n_nodes = state[:7]
    weights = state[-1]
    ends = nodes["idx_start"], nodes["idx_end"]
    # Node i has the children 2i + 1 and 2i + 2: those of the last level have none.
    n_inner = n_nodes // 2
    return bool(
        len(nodes) == n_nodes
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
    if X.ndim != 2 or X.shape[1] != neighbors.n_features_in_:
        return False
    if tree is not None and tree.__getstate__()[0].shape != X.shape:
        return False
    if not isinstance(neighbors, KNeighborsClassifier | RadiusNeighborsClassifier):
        return True
    y = neighbors._y
    classes = neighbors.classes_ if y.ndim == 2 else [neighbors.classes_]
    n_classes = [len(labels) for labels in classes]
    return bool(len(y) == len(X) and (y >= 0).all() and (y < n_classes).all())


def _clusters_are_sound(clusters: _BaseKMeans) -> bool:
    centers = getattr(clusters, "cluster_centers_", None)
    return centers is None or centers.shape[1:] == (clusters.n_features_in_,)


CHECKS = {
    (BaseEstimator, BaseLoss, BaseLink): _is_unshadowed,
    (np.random.RandomState,): _random_state_is_sound,
    (Tree,): _tree_is_sound,
    (BaseDecisionTree,): _decision_tree_is_sound,
    (BaseForest,): _forest_is_sound,
    (BaseGradientBoosting,): _gradient_boosting_is_sound,
    (BaggingClassifier, BaggingRegressor, IsolationForest): _bagging_is_sound,
    (BaseHistGradientBoosting,): _boosting_is_sound,
    (BaseLibSVM,): _svm_is_sound,
    (KDTree, BallTree): _search_tree_is_sound,
    (NeighborsBase,): _neighbors_are_sound,
    (_BaseKMeans,): _clusters_are_sound,
}
