"""Pages whose labels are given, for tests of what is made of them."""

import numpy as np

from skdigits.reading._labelling import LabelledPage
from skdigits.reading._labels import N_LABELS


def page_of(labels, grey=None):
    """Return a page whose pixels surely have labels."""
    probabilities = np.zeros((N_LABELS, *labels.shape), np.float32)
    np.put_along_axis(probabilities, labels[np.newaxis], 1.0, axis=0)
    grey = np.where(labels > 0, 0.2, 1.0) if grey is None else grey
    return LabelledPage(grey.astype(np.float32), probabilities)
