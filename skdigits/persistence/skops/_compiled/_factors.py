"""Checks of transformers that search for the features of each image in steps."""

from typing import Any

from sklearn.decomposition import (
    NMF,
    DictionaryLearning,
    LatentDirichletAllocation,
    MiniBatchDictionaryLearning,
    MiniBatchNMF,
)

# Steps for a few images take some 30 microseconds or more.
MAX_STEPS = 100_000
NAMES = ("max_iter", "transform_max_iter", "max_doc_update_iter")


def _steps_are_bounded(factors: Any) -> bool:
    for name in NAMES:
        n_steps = getattr(factors, name, None)
        if n_steps is not None and n_steps > MAX_STEPS:
            raise ValueError(
                f"its {name}={n_steps:,} could make transform endless. Set it to "
                f"{MAX_STEPS:,} or less."
            )
    return True


CHECKS = {
    (
        NMF,
        MiniBatchNMF,
        LatentDirichletAllocation,
        DictionaryLearning,
        MiniBatchDictionaryLearning,
    ): _steps_are_bounded
}
