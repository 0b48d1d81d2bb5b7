"""Pages that are upside down, told by their digits."""

import numpy as np
import pytest

from skdigits.datasets import load_digits
from skdigits.persistence import load_pretrained
from skdigits.reading._labelling import HEIGHT, LabelledPage
from skdigits.reading._labels import N_LABELS, Label
from skdigits.reading._turning import FEWEST_STROKES, is_upside_down
from synthetic.scans import crop, scale

IN_A_ROW = 10


@pytest.fixture(scope="module")
def classifier():
    return load_pretrained()


@pytest.fixture(scope="module")
def bundled():
    digits = load_digits()
    return digits.images / 16, digits.target


def write(images):
    """Return ink of digits in rows."""
    n_rows = -(-len(images) // IN_A_ROW)
    ink = np.zeros((40 + 40 * n_rows, 480), np.float32)
    for k, image in enumerate(images):
        digit = scale(crop(image), HEIGHT)
        top, left = 20 + 40 * (k // IN_A_ROW), 20 + 45 * (k % IN_A_ROW)
        ink[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return ink


def page_of(ink, label=Label.DIGIT):
    """Return a page whose ink surely has a label."""
    probabilities = np.zeros((N_LABELS, *ink.shape), np.float32)
    probabilities[label] = ink > 0.3
    probabilities[Label.PAPER] = ink <= 0.3
    return LabelledPage((1 - 0.8 * ink).astype(np.float32), probabilities)


def turned(ink):
    return np.ascontiguousarray(ink[::-1, ::-1])


@pytest.mark.parametrize("seed", range(3))
def test_real_digits_on_their_heads_are_known(bundled, classifier, seed):
    images = np.random.RandomState(seed).permutation(bundled[0])[:40]
    ink = write(images)
    assert not is_upside_down(page_of(ink), classifier)
    assert is_upside_down(page_of(turned(ink)), classifier)


def test_digits_that_are_the_same_both_ways_stay_as_they_are(bundled, classifier):
    images, labels = bundled
    ink = write(images[np.isin(labels, [0, 8])][:20])
    assert not is_upside_down(page_of(ink), classifier)
    assert not is_upside_down(page_of(turned(ink)), classifier)


class TopHeavy:
    """A classifier that is sure of what has more ink in its upper half."""

    classes_ = np.arange(10)

    def __init__(self, sure=0.99):
        self.sure = sure
        self.n_images = 0

    def predict_proba(self, X):
        self.n_images += len(X)
        images = X.reshape(-1, 28, 28).astype(float)
        on_top = images[:, :14].sum(axis=(1, 2)) > images[:, 14:].sum(axis=(1, 2))
        probabilities = np.full((len(X), 10), 0.1)
        probabilities[on_top] = (1 - self.sure) / 9
        probabilities[on_top, 3] = self.sure
        return probabilities


def wedge():
    """Draw a triangle that stands on its point; its other end is heavy."""
    y, x = np.mgrid[:HEIGHT, :20]
    return (np.abs(x - 9.5) <= 9.5 * (1 - y / HEIGHT)).astype(np.float32)


@pytest.mark.parametrize(
    ("n", "expected"), [(0, False), (FEWEST_STROKES - 1, False), (FEWEST_STROKES, True)]
)
def test_few_digits_do_not_tell(n, expected):
    ink = write([wedge()] * n)
    assert is_upside_down(page_of(turned(ink)), TopHeavy()) is expected
    assert not is_upside_down(page_of(ink), TopHeavy())


def test_what_is_hardly_more_probable_upside_down_is_not_turned():
    ink = turned(write([wedge()] * 9))
    # Nine times the logarithm of 1.1 is less than 1; of 1.2, it is more.
    assert not is_upside_down(page_of(ink), TopHeavy(0.11))
    assert is_upside_down(page_of(ink), TopHeavy(0.12))


def test_letters_do_not_tell():
    ink = turned(write([wedge()] * 20))
    classifier = TopHeavy()
    assert not is_upside_down(page_of(ink, Label.WRITING), classifier)
    assert classifier.n_images == 0
    # Nor do six digits on a page of writing: they may be letters, too.
    page, written = page_of(ink), page_of(ink, Label.WRITING)
    page.probabilities[:, :, 300:] = written.probabilities[:, :, 300:]
    assert is_upside_down(page, classifier)
    page.probabilities[:, :, 150:] = written.probabilities[:, :, 150:]
    assert not is_upside_down(page, classifier)


def test_no_more_digits_are_looked_at_than_are_needed():
    ink = write([wedge()] * 90)
    classifier = TopHeavy()
    assert is_upside_down(page_of(turned(ink)), classifier)
    assert classifier.n_images == 2 * 60
