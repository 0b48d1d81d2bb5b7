"""Checks of clusters."""

import numpy as np
from sklearn.cluster import FeatureAgglomeration

from skdigits._sklearn import private_names

with private_names("Loading clusters"):
    from sklearn.cluster._kmeans import _BaseKMeans


def _means_are_sound(clusters: _BaseKMeans) -> bool:
    if not hasattr(clusters, "cluster_centers_"):
        return True
    centers = clusters.cluster_centers_
    # Of MiniBatchKMeans, which goes on with them.
    counts = getattr(clusters, "_counts", None)
    return (
        len(centers) >= 1
        and centers.shape == (len(centers), clusters.n_features_in_)
        and (counts is None or np.shape(counts) == (len(centers),))
    )


def _features_are_sound(clusters: FeatureAgglomeration) -> bool:
    """Tell whether there is no label beyond the clusters: all up to it get room."""
    if not hasattr(clusters, "labels_"):
        return True
    labels = clusters.labels_
    n_features = clusters.n_features_in_
    return bool(
        labels.shape == (n_features,)
        and (labels >= 0).all()
        and (labels < n_features).all()
    )


CHECKS = {
    (_BaseKMeans,): _means_are_sound,
    (FeatureAgglomeration,): _features_are_sound,
}
