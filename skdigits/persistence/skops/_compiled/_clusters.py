"""Checks of clusters around means."""

from skdigits._sklearn import private_names

with private_names("Loading clusters"):
    from sklearn.cluster._kmeans import _BaseKMeans


def _clusters_are_sound(clusters: _BaseKMeans) -> bool:
    centers = getattr(clusters, "cluster_centers_", None)
    return centers is None or centers.shape[1:] == (clusters.n_features_in_,)


CHECKS = {(_BaseKMeans,): _clusters_are_sound}
