"""Checks of support vector machines."""

from skdigits._sklearn import private_names

with private_names("Loading a support vector machine"):
    from sklearn.svm._base import BaseLibSVM


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


CHECKS = {(BaseLibSVM,): _svm_is_sound}
