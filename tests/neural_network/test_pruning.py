"""Epochs that leave out easy images."""

import numpy as np
import pytest

from skdigits.neural_network import KerasCNNClassifier
from skdigits.neural_network._pruning import EasyImages


def easy_images(fraction=0.7, n_epochs=16):
    """Of 1,000 images, the first 100 are hard."""
    easy = EasyImages(fraction, 1000, n_epochs)
    easy.record(np.arange(1000), np.repeat([1.0, 0.0], [100, 900]))
    return easy


def test_hard_images_stay_and_a_fraction_of_the_easy_ones_goes():
    order = easy_images().choose(2, np.random.RandomState(0))
    assert len(np.unique(order)) == len(order)
    assert np.isin(np.arange(100), order).all()
    assert 0.25 * 900 < (order >= 100).sum() < 0.35 * 900
    assert (np.diff(order) < 0).any()  # in random order


@pytest.mark.parametrize("epoch", [1, 15, 16])
def test_first_and_last_epochs_take_all_images(epoch):
    order = easy_images().choose(epoch, np.random.RandomState(0))
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))


def test_without_a_fraction_all_epochs_take_all_images():
    order = easy_images(fraction=0.0).choose(2, np.random.RandomState(0))
    assert len(order) == 1000


def test_losses_are_those_of_the_latest_time():
    easy = easy_images()
    easy.record(np.array([5, 500]), np.array([0.0, 1.0]))
    orders = [easy.choose(2, np.random.RandomState(seed)) for seed in range(20)]
    assert all(500 in order for order in orders)
    assert not all(5 in order for order in orders)


@pytest.mark.tensorflow
def test_a_pruned_training_takes_the_hard_images(digits):
    X, y = digits
    seen = []

    class Watcher:
        """Augmenter that changes nothing."""

        def augment(self, images, random_state):
            seen.append(images)
            return images.copy()

    cnn = KerasCNNClassifier(
        ((8,),),
        (),
        max_epochs=8,
        learning_rate=1e-2,
        prune_fraction=0.9,
        augmenter=Watcher(),
        random_state=0,
    ).fit(X, y)
    sizes = [len(images) for images in seen]
    assert sizes[0] == sizes[-1] == len(X)
    assert max(sizes[1:-1]) < 0.7 * len(X)
    # Their losses are above those of all images.
    assert cnn.loss_curve_[-2] > 1.5 * cnn.loss_curve_[-1]
    assert cnn.score(X, y) > 0.9


@pytest.mark.tensorflow
def test_pruned_trainings_with_one_seed_are_equal(digits):
    params = {"max_epochs": 4, "prune_fraction": 0.5, "random_state": 0}
    first, second = (
        KerasCNNClassifier(((4,),), (), **params).fit(*digits) for _ in range(2)
    )
    for one, other in zip(first.weights_, second.weights_, strict=True):
        np.testing.assert_array_equal(one, other)
