"""The nodes of trees of decisions."""

import numpy as np


def depths_of(left: np.ndarray, right: np.ndarray) -> np.ndarray | None:
    """Find how deep each node of a binary tree lies.

    Parameters
    ----------
    left, right : ndarray of shape (n_nodes,)
        The children of each node; any numbers below 0 stand for those of a leaf.

    Returns
    -------
    depths : ndarray of shape (n_nodes,) or None
        0 for the root, which is the first. None if it is no tree whose nodes come
        before their children: then some paths would not end, or meet again.
    """
    n_nodes = len(left)
    inner = np.flatnonzero(left >= 0)
    children = np.concatenate([left[inner], right[inner]]).astype(np.intp)
    parents = np.tile(inner, 2)
    if not np.array_equal(np.sort(children), np.arange(1, n_nodes)):
        return None
    if (children <= parents).any():
        return None
    ancestors = np.zeros(n_nodes, np.intp)
    ancestors[children] = parents
    depths = (np.arange(n_nodes) > 0).astype(np.intp)
    # Each step looks twice as far up.
    while ancestors.any():
        depths += depths[ancestors]
        ancestors = ancestors[ancestors]
    return depths
