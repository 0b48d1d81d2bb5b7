"""The types that a model may hold besides those that skops trusts by itself.

skops trusts the estimators of scikit-learn, NumPy's arrays and numbers, and Python's
containers. Everything else in a file is refused, unless it stands here. A name stands
here only if nothing that a file says can make its constructor, its ``__setstate__`` or
a call of it run code or touch files. SciPy's distributions, for instance, do not: their
``__setstate__`` executes text, and `_distributions` saves their names.
"""

SKDIGITS_TYPES = (
    "skdigits.augmentation._augmented_classifier.AugmentedClassifier",
    "skdigits.augmentation._augmented_prediction.AugmentedPredictionClassifier",
    "skdigits.augmentation._random_augmenter.RandomAugmenter",
    "skdigits.model_selection._reject.RejectClassifier",
    "skdigits.neural_network._cnn.KerasCNNClassifier",
    "skdigits.neural_network._keras_classifier.KerasClassifier",
    "skdigits.neural_network._mlp.KerasMLPClassifier",
    "skdigits.neural_network._numpy_mlp.NumpyMLPClassifier",
    "skdigits.neural_network._random_features.RandomFeaturesClassifier",
    "skdigits.preprocessing._deskewer.Deskewer",
    "skdigits.preprocessing._digit_normalizer.DigitNormalizer",
    "skdigits.preprocessing._pca_features.PCAFeatures",
    "skdigits.preprocessing._pca_filter_features.PCAFilterFeatures",
    "skdigits.preprocessing._pixel_scaler.PixelScaler",
)

# What stands for an object that is made anew from its name. The second is what files
# call it that skdigits 0.1 saved.
STAND_INS = (
    "skdigits.persistence.skops._distributions.NamedDistribution",
    "skdigits.persistence._distributions.NamedDistribution",
)

# Compiled code follows the indices in these: `check_compiled` looks at every one.
CHECKED_TYPES = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
)


def _in(module: str, names: str) -> tuple[str, ...]:
    return tuple(f"{module}.{name}" for name in names.split())


# What fitted estimators of scikit-learn hold: helpers, scorers, ways to split.
SKLEARN_TYPES = (
    *_in(
        "sklearn.calibration",
        "_CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
    ),
    *_in("sklearn.feature_selection._mutual_info", "mutual_info_classif"),
    *_in("sklearn.feature_selection._univariate_selection", "chi2 f_classif"),
    *_in(
        "sklearn.gaussian_process._gpc",
        "_BinaryGaussianProcessClassifierLaplace",
    ),
    *_in(
        "sklearn.gaussian_process.kernels",
        "ConstantKernel DotProduct Matern Product RBF RationalQuadratic Sum "
        "WhiteKernel",
    ),
    *_in(
        "sklearn.metrics._classification",
        "accuracy_score balanced_accuracy_score brier_score_loss cohen_kappa_score "
        "f1_score fbeta_score hamming_loss jaccard_score log_loss matthews_corrcoef "
        "precision_score recall_score zero_one_loss",
    ),
    *_in(
        "sklearn.metrics._ranking",
        "average_precision_score roc_auc_score top_k_accuracy_score",
    ),
    *_in(
        "sklearn.metrics._scorer",
        "_CurveScorer _MultimetricScorer _PassthroughScorer _Scorer",
    ),
    *_in(
        "sklearn.model_selection._split",
        "GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeaveOneOut "
        "PredefinedSplit RepeatedKFold RepeatedStratifiedKFold ShuffleSplit "
        "StratifiedGroupKFold StratifiedKFold StratifiedShuffleSplit "
        "_CVIterableWrapper",
    ),
    "sklearn.multiclass._ConstantPredictor",
    *_in("sklearn.neural_network._stochastic_optimizers", "AdamOptimizer SGDOptimizer"),
    "sklearn.utils._bunch.Bunch",
    *_in("sklearn.utils._metadata_requests", "MetadataRequest MethodMetadataRequest"),
    "numpy.dtype",
    "numpy.mean",
)

TRUSTED_TYPES = (*SKDIGITS_TYPES, *STAND_INS, *CHECKED_TYPES, *SKLEARN_TYPES)
