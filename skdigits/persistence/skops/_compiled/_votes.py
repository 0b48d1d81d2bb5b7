"""Checks of classifiers that vote."""

import numpy as np
from sklearn.ensemble import VotingClassifier


def _votes_are_sound(voting: VotingClassifier) -> bool:
    """Tell whether all vote for classes: the votes up to the last one get room."""
    if not hasattr(voting, "le_"):
        return True
    expected = np.arange(len(voting.le_.classes_))
    return all(
        np.array_equal(getattr(member, "classes_", expected), expected)
        for member in voting.estimators_
    )


CHECKS = {(VotingClassifier,): _votes_are_sound}
