"""Checks of classifiers that vote."""

import numpy as np
from sklearn.ensemble import VotingClassifier

# Votes for all numbers up to the largest label get room.
LARGEST_LABEL = 1_000_000


def _votes_are_sound(voting: VotingClassifier) -> bool:
    """Tell whether members have as many classes, or vote for labels that have room.

    Those that were fitted before may have labels of their own.
    """
    if not hasattr(voting, "le_"):
        return True
    labels = [
        np.asarray(member.classes_)
        for member in voting.estimators_
        if hasattr(member, "classes_")
    ]
    if voting.voting == "soft":
        return all(len(some) == len(voting.le_.classes_) for some in labels)
    numbers = [some for some in labels if some.dtype.kind in "biuf"]
    return all(np.abs(some).max(initial=0) <= LARGEST_LABEL for some in numbers)


CHECKS = {(VotingClassifier,): _votes_are_sound}
