"""Checks of classifiers that learn from the predictions of others."""

from sklearn.ensemble import StackingClassifier, StackingRegressor

METHODS = ("predict_proba", "decision_function", "predict")


def _stack_is_sound(stack: StackingClassifier | StackingRegressor) -> bool:
    """Tell whether the methods of its members that it calls predict."""
    return all(name in METHODS for name in getattr(stack, "stack_method_", ()))


CHECKS = {(StackingClassifier, StackingRegressor): _stack_is_sound}
