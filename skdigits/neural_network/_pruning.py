"""Epochs that leave out most of the images that are easy already."""

import numpy as np

# One epoch in so many takes all images, at the end.
WHOLE = 8


class EasyImages:
    """Remembers the loss of each image, and leaves out some of the easy ones.

    Easy are those whose loss was below the mean when they were last trained on [1]_.

    Parameters
    ----------
    fraction : float
        Share of the easy images that an epoch leaves out.

    n_images : int
        Number of images.

    n_epochs : int
        Number of epochs. The first one and the last ones take all images.

    References
    ----------
    .. [1] Z. Qin et al., "InfoBatch: lossless training speed up by unbiased dynamic
       data pruning", ICLR 2024.
    """

    def __init__(self, fraction: float, n_images: int, n_epochs: int):
        self._fraction = fraction
        self._losses = np.empty(n_images, np.float32)
        self._last_pruned_epoch = n_epochs - max(1, n_epochs // WHOLE)

    def choose(self, epoch: int, random_state: np.random.RandomState) -> np.ndarray:
        """Return the indices of the images to train on, in random order.

        Parameters
        ----------
        epoch : int
            Number of the epoch, from 1.

        random_state : RandomState
            Draws those that are left out, and the order.

        Returns
        -------
        order : ndarray of int
            At least one index.
        """
        n_images = len(self._losses)
        if not self._fraction or not 1 < epoch <= self._last_pruned_epoch:
            return random_state.permutation(n_images)
        is_hard = self._losses >= self._losses.mean()
        is_drawn = random_state.uniform(size=n_images) >= self._fraction
        return random_state.permutation(np.flatnonzero(is_hard | is_drawn))

    def record(self, order: np.ndarray, losses: np.ndarray) -> None:
        """Take the losses of the images that were trained on, in their order."""
        self._losses[order] = losses
