"""Checks of losses."""

from skdigits._sklearn import private_names
from skdigits.persistence.skops._compiled._general import is_unshadowed

with private_names("Loading a loss of gradient boosting"):
    from sklearn._loss.link import BaseLink
    from sklearn._loss.loss import BaseLoss

CHECKS = {(BaseLoss, BaseLink): is_unshadowed}
