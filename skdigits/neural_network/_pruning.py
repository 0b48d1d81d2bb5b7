"""Epochs that leave out most of the images that are easy already."""

import numpy as np


class EasyImages:
    """Remembers the loss of each image, and leaves out some of the easy ones.

    Easy are those whose loss was below the mean when they were last trained on [1]_.

    Parameters
    ----------
    fraction : float
        Share of the easy images that an epoch leaves out.

    n_images : int
        Number of images.

    References
    ----------
    .. [1] Z. Qin et al., "InfoBatch: lossless training speed up by unbiased dynamic
       data pruning", ICLR 2024.
    """

    def __init__(self, fraction: float, n_images: int):
        self._fraction = fraction
        # The first epoch takes all.
        self._losses = np.full(n_images, np.inf, np.float32)

    def choose(self, random_state: np.random.RandomState) -> np.ndarray:
        """Return the indices of the images to train on next, in random order.

        Parameters
        ----------
        random_state : RandomState
            Draws those that are left out, and the order.

        Returns
        -------
        order : ndarray of int
            At least one index.
        """
        n_images = len(self._losses)
        if not self._fraction:
            return random_state.permutation(n_images)
        # The mean of equal numbers may be rounded up.
        is_hard = self._losses >= min(self._losses.mean(), self._losses.max())
        is_drawn = random_state.uniform(size=n_images) >= self._fraction
        return random_state.permutation(np.flatnonzero(is_hard | is_drawn))

    def record(self, order: np.ndarray, losses: np.ndarray) -> None:
        """Take the losses of the images that were trained on, in their order."""
        self._losses[order] = losses
