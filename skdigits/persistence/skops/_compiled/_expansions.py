"""Checks of transformers that make more features than there were."""

from math import comb

from sklearn.kernel_approximation import AdditiveChi2Sampler, PolynomialCountSketch
from sklearn.manifold import LocallyLinearEmbedding
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

# Of each image, where no array tells their number: 80 MB.
MAX_FEATURES = 10_000_000


def _polynomials_are_sound(features: PolynomialFeatures) -> bool:
    """Tell whether there are as many products as the degrees make of the features."""
    if not hasattr(features, "n_output_features_"):
        return True
    n_features, only_products = features.n_features_in_, features.interaction_only
    least, most = features._min_degree, features._max_degree
    n_full = _count(n_features, most, only_products)
    if not 0 <= least <= most:
        return False
    if n_full > MAX_FEATURES:
        raise ValueError(
            f"it makes more than {MAX_FEATURES:,} features of each image. Use a lower "
            "degree, or fewer features: PCAFeatures before it."
        )
    n_left_out = _count(n_features, least - 1, only_products) - 1 if least else 0
    n_bias = 0 if features.include_bias else 1
    return bool(
        features._n_out_full == n_full - n_bias
        and features.n_output_features_ == n_full - n_bias - n_left_out
    )


def _count(n_features: int, degree: int, only_products: bool) -> int:
    """Count polynomials up to a degree; stop where they are too many."""
    total = 1
    if only_products:
        for k in range(1, min(n_features, degree) + 1):
            total += comb(n_features, k)
            if total > MAX_FEATURES:
                break
        return total
    for k in range(1, min(n_features, degree) + 1):
        total = total * (max(n_features, degree) + k) // k
        if total > MAX_FEATURES:
            break
    return total


def _categories_are_sound(encoder: OneHotEncoder) -> bool:
    """Tell whether each feature gets no more columns than it has categories."""
    if not hasattr(encoder, "_n_features_outs"):
        return True
    counts, categories = encoder._n_features_outs, encoder.categories_
    return len(counts) == len(categories) and all(
        0 <= count <= len(values)
        for count, values in zip(counts, categories, strict=True)
    )


def _sketch_is_sound(sketch: PolynomialCountSketch) -> bool:
    if not hasattr(sketch, "indexHash_"):
        return True
    n_values = sketch.degree * sketch.n_components
    return bool(len(sketch.indexHash_) == sketch.degree and n_values <= MAX_FEATURES)


def _samples_are_sound(sampler: AdditiveChi2Sampler) -> bool:
    n_features = getattr(sampler, "n_features_in_", 1)
    return bool(sampler.sample_steps * n_features <= MAX_FEATURES // 2)


def _embedding_is_sound(embedding: LocallyLinearEmbedding) -> bool:
    places = getattr(embedding, "embedding_", None)
    return places is None or places.shape[1] == embedding.n_components


CHECKS = {
    (AdditiveChi2Sampler,): _samples_are_sound,
    (LocallyLinearEmbedding,): _embedding_is_sound,
    (PolynomialCountSketch,): _sketch_is_sound,
    (PolynomialFeatures,): _polynomials_are_sound,
    (OneHotEncoder,): _categories_are_sound,
}
