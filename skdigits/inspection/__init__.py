"""Plots of digits, mistakes, label errors, saliency, confidence and comparisons."""

from skdigits.inspection._class_distribution import ClassDistributionDisplay
from skdigits.inspection._coverage_risk import CoverageRiskDisplay
from skdigits.inspection._digits import DigitsDisplay
from skdigits.inspection._label_errors import LabelErrorsDisplay
from skdigits.inspection._misclassified import MisclassifiedDisplay
from skdigits.inspection._model_comparison import ModelComparisonDisplay
from skdigits.inspection._occlusion import OcclusionDisplay
from skdigits.inspection._training_history import TrainingHistoryDisplay

__all__ = [
    "ClassDistributionDisplay",
    "CoverageRiskDisplay",
    "DigitsDisplay",
    "LabelErrorsDisplay",
    "MisclassifiedDisplay",
    "ModelComparisonDisplay",
    "OcclusionDisplay",
    "TrainingHistoryDisplay",
]
