"""Epochs of a training, without any framework: rows, steps and augmentation."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np

from skdigits.neural_network._pruning import EasyImages
from skdigits.neural_network._validation import check_not_nan

MAX_SEED = np.iinfo(np.int32).max

# "auto" aims at this many steps an epoch, within these bounds of the batch size.
STEPS_PER_EPOCH = 100
SMALLEST_BATCH, LARGEST_BATCH = 8, 128


class EpochRunner(Protocol):
    """The method of a trainer that an epoch needs."""

    def run_epoch(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        sample_weight: np.ndarray,
        order: np.ndarray,
        learning_rates: np.ndarray,
        seed: int,
    ) -> np.ndarray:
        """Train for an epoch, and return the losses of the rows in that order."""


class Augmenter(Protocol):
    """The method of an augmenter that the networks need."""

    def augment(self, images: np.ndarray, random_state: int) -> np.ndarray:
        """Return changed copies: same shape, same type, new array."""


@dataclass(frozen=True)
class Rows:
    """Images with what belongs to each.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Pixels, uint8 or float32.

    targets : ndarray of shape (n,)
        Indices of the classes.

    sample_weight : ndarray of shape (n,)
        Weights, all positive.
    """

    images: np.ndarray
    targets: np.ndarray
    sample_weight: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, indices: np.ndarray) -> "Rows":
        """Return the rows of the given indices."""
        return Rows(
            self.images[indices], self.targets[indices], self.sample_weight[indices]
        )

    def split(
        self, fraction: float, random_state: int | np.random.RandomState | None
    ) -> tuple["Rows", "Rows"]:
        """Split off a fraction, stratified by class."""
        # Here, because a process that only predicts need not pay for this import.
        from sklearn.model_selection import train_test_split

        kept, held_out = train_test_split(
            np.arange(len(self)),
            test_size=fraction,
            stratify=self.targets,
            random_state=random_state,
        )
        return self.take(kept), self.take(held_out)

    def evaluate(
        self, predict: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[float, float]:
        """Return the weighted cross-entropy and accuracy of predicted probabilities."""
        # Here, for the same reason.
        from sklearn.metrics import accuracy_score, log_loss

        images = self.images.reshape(len(self), -1)
        probabilities = predict(images)
        check_not_nan(probabilities, images)
        weights = {"sample_weight": self.sample_weight}
        labels = np.arange(probabilities.shape[1])
        predicted = probabilities.argmax(axis=1)
        return (
            float(log_loss(self.targets, probabilities, labels=labels, **weights)),
            float(accuracy_score(self.targets, predicted, **weights)),
        )


def n_steps_per_epoch(
    n_rows: int, batch_size: int | str, smallest_batch: int = SMALLEST_BATCH
) -> int:
    """Return into how many batches the rows are cut, evenly.

    Parameters
    ----------
    n_rows : int
        Number of rows.

    batch_size : int or "auto"
        Largest number of rows in a batch.

    smallest_batch : int, default=8
        The smallest batch size that "auto" stands for.

    Returns
    -------
    n_steps : int
        At least 1.
    """
    if isinstance(batch_size, str):  # auto
        batch_size = n_rows // STEPS_PER_EPOCH
        batch_size = max(smallest_batch, min(LARGEST_BATCH, batch_size))
    return ceil(n_rows / batch_size)


def run_epoch(
    trainer: EpochRunner,
    rows: Rows,
    rates: np.ndarray,
    random_state: np.random.RandomState,
    augmenter: Augmenter | None,
    easy_images: EasyImages,
    epoch: int,
) -> float:
    """Train for an epoch.

    Parameters
    ----------
    trainer : EpochRunner
        Does the steps.

    rows : Rows
        The training images.

    rates : ndarray of shape (n_steps,)
        The learning rates of an epoch of all images. One of fewer images takes fewer
        steps, with rates from all over the epoch.

    random_state : RandomState
        Draws the order of the rows, the augmentation and the dropout.

    augmenter : Augmenter or None
        Draws the images of each epoch anew.

    easy_images : EasyImages
        Leaves out some of the images.

    epoch : int
        Number of the epoch, from 1, for the message.

    Returns
    -------
    loss : float
        Mean loss of the epoch.

    Raises
    ------
    ValueError
        If the loss is not finite, or the augmenter changes the shape of the images.
    TypeError
        If the augmenter changes the type of the images.
    """
    chosen = order = easy_images.choose(random_state)
    mean_weight = rows.sample_weight.mean()
    if len(chosen) < len(rows):
        n_steps = ceil(len(rates) * len(chosen) / len(rows))
        rates = rates[((np.arange(n_steps) + 0.5) * len(rates) / n_steps).astype(int)]
        rows = rows.take(chosen)  # no others are augmented
        order = np.arange(len(chosen))
    images = rows.images
    if augmenter is not None:
        images = _augmented(images, augmenter, random_state.randint(MAX_SEED))
    losses = trainer.run_epoch(
        images[..., np.newaxis],
        rows.targets,
        # Mean 1, so that the mean over a batch is the mean of the weighted losses.
        rows.sample_weight / mean_weight,
        order,
        rates,
        random_state.randint(MAX_SEED),
    )
    easy_images.record(chosen, losses)
    loss = float(losses.mean(dtype=np.float64))
    if not np.isfinite(loss):
        raise ValueError(
            f"Training diverged in epoch {epoch}: the loss is {loss}. Scale the "
            "pixels (skdigits.preprocessing.PixelScaler) or lower the "
            f"learning_rate, which peaked at {rates.max():g} in this epoch."
        )
    return loss


def _augmented(images: np.ndarray, augmenter: Augmenter, seed: int) -> np.ndarray:
    protected = images.view()
    protected.flags.writeable = False  # it may be the caller's X
    augmented = np.asarray(augmenter.augment(protected, seed))
    name = type(augmenter).__name__
    if augmented.shape != images.shape:
        raise ValueError(
            f"{name}.augment must keep the shape of the images, {images.shape}; "
            f"it returned {augmented.shape}."
        )
    if not np.can_cast(augmented.dtype, images.dtype, "same_kind"):
        raise TypeError(
            f"{name}.augment must keep the type of the images, {images.dtype}; "
            f"it returned {augmented.dtype}."
        )
    return augmented.astype(images.dtype, copy=False)
