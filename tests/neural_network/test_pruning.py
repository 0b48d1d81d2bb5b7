"""Epochs that leave out easy images."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from skdigits.neural_network import KerasCNNClassifier
from skdigits.neural_network._pruning import EasyImages


def easy_images(fraction=0.7):
    """Of 1,000 images, the first 100 are hard."""
    easy = EasyImages(fraction, 1000)
    easy.record(np.arange(1000), np.repeat([1.0, 0.0], [100, 900]))
    return easy


def test_hard_images_stay_and_a_fraction_of_the_easy_ones_goes():
    order = easy_images().choose(np.random.RandomState(0))
    assert len(np.unique(order)) == len(order)
    assert np.isin(np.arange(100), order).all()
    assert 0.25 * 900 < (order >= 100).sum() < 0.35 * 900
    assert (np.diff(order) < 0).any()  # in random order


def test_all_images_are_hard_before_the_first_epoch():
    order = EasyImages(0.7, 1000).choose(np.random.RandomState(0))
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))


def test_without_a_fraction_no_image_is_left_out():
    order = easy_images(fraction=0.0).choose(np.random.RandomState(0))
    assert len(order) == 1000


def test_losses_are_those_of_the_latest_time():
    easy = easy_images()
    easy.record(np.array([5, 500]), np.array([0.0, 1.0]))
    orders = [easy.choose(np.random.RandomState(seed)) for seed in range(20)]
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
    assert sizes[0] == len(X)
    assert max(sizes[1:]) < 0.7 * len(X)
    # The losses of these images are above those of all.
    assert cnn.loss_curve_[-1] > 1.5 * log_loss(y, cnn.predict_proba(X))
    assert cnn.score(X, y) > 0.9


@pytest.mark.tensorflow
def test_pruned_trainings_with_one_seed_are_equal(digits):
    params = {"max_epochs": 4, "prune_fraction": 0.5, "random_state": 0}
    first, second = (
        KerasCNNClassifier(((4,),), (), **params).fit(*digits) for _ in range(2)
    )
    for one, other in zip(first.weights_, second.weights_, strict=True):
        np.testing.assert_array_equal(one, other)
