"""Learning rates, step by step."""

import numpy as np

WARM_UP = 0.25
START = 0.1


def learning_rates(schedule: str, peak: float, n_steps: int) -> np.ndarray:
    """Learning rates of a whole training.

    Parameters
    ----------
    schedule : {"one_cycle", "constant"}
        "one_cycle" climbs in a line from a tenth of the peak to the peak, for a
        quarter of the steps, then falls along a half cosine to nearly zero [1]_.

    peak : float
        The largest learning rate.

    n_steps : int
        The number of steps.

    Returns
    -------
    rates : ndarray of shape (n_steps,)
        float32.

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    """
    if schedule == "constant":
        return np.full(n_steps, peak, np.float32)
    # Middles of the steps, so that neither the first nor the last one is idle.
    progress = (np.arange(n_steps) + 0.5) / n_steps
    climbing = START + (1 - START) * progress / WARM_UP
    falling = (1 + np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2
    return (peak * np.where(progress < WARM_UP, climbing, falling)).astype(np.float32)
