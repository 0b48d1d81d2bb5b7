"""Learning rates, step by step."""

from collections.abc import Iterator

import numpy as np

WARM_UP = 0.25
START = 0.1


def learning_rates(
    schedule: str, peak: float, n_steps: int, n_epochs: int
) -> Iterator[np.ndarray]:
    """Yield the learning rates of a training, epoch by epoch.

    Parameters
    ----------
    schedule : {"one_cycle", "constant"}
        "one_cycle" climbs in a line from a tenth of the peak to the peak, for a
        quarter of the steps, then falls along a half cosine to nearly zero [1]_.

    peak : float
        The largest learning rate.

    n_steps : int
        The number of steps of an epoch.

    n_epochs : int
        The number of epochs, of which early stopping may leave out most.

    Yields
    ------
    rates : ndarray of shape (n_steps,)
        float32, those of an epoch.

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    """
    for epoch in range(n_epochs):
        if schedule == "constant":
            yield np.full(n_steps, peak, np.float32)
        else:
            # Middles of the steps, so that neither the first nor the last one is idle.
            steps = epoch * n_steps + np.arange(n_steps)
            yield _one_cycle(peak, (steps + 0.5) / (n_epochs * n_steps))


def _one_cycle(peak: float, progress: np.ndarray) -> np.ndarray:
    climbing = START + (1 - START) * progress / WARM_UP
    falling = (1 + np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2
    return (peak * np.where(progress < WARM_UP, climbing, falling)).astype(np.float32)
