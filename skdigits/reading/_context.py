"""The context: a letter that looks like a digit stands among letters."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from skdigits.reading._strokes import Stroke

# Odds of a digit, as logarithms. Where nothing else is around, most things that were
# written are digits, and more so what is all that is on the picture; pieces that were
# cut off something are less often.
PRIOR, PRIOR_OF_CUT, PRIOR_ALONE = 1.5, 0.5, 5.0
# What is seen of a thing counts between these odds.
LEAST_OWN, MOST = -6.0, 3.5
# Nearly all of what stands in numbers looks like digits, but so does a third of the
# letters: what looks like none says more of what stands around it.
LEAST_AROUND, MOST_AROUND = -3.0, 1.0
# A word is all of a line between wide spaces: so many heights.
SPACE = 0.4
# How much the rest of the word counts, and the things around it; at most, and at least.
OF_WORD, OF_OTHERS = 1.5, 4.0
LEAST, MOST_FOR = -6.0, 1.5
# How far around, in heights, to the side and up and down; alike in size within this
# factor, as a logarithm.
ASIDE, ABOVE, ALIKE = 6.0, 2.5, 0.4
# Things whose neighbours have odds below this stand in a text.
TEXT = -1.5


def context_log_odds(
    lines: Sequence[Sequence[Stroke]], is_digit: np.ndarray
) -> np.ndarray:
    """Return how likely each thing is a digit, given what stands around it.

    Parameters
    ----------
    lines : sequence of sequence of Stroke
        All things on a page, from left to right in each line.

    is_digit : ndarray of shape (n,)
        Probability that each is a digit, seen on its own, line by line.

    Returns
    -------
    log_odds : ndarray of shape (n,)
        Logarithms of odds: negative where there is text around.
    """
    words = _find_words(lines)
    boxes = np.array([stroke.box for line in lines for stroke in line]).reshape(-1, 4)
    odds = logit(is_digit.clip(1e-6, 1 - 1e-6)).clip(LEAST_AROUND, MOST_AROUND)
    left, top, right, bottom = boxes.T.astype(float)
    x, y = (left + right) / 2, (top + bottom) / 2
    size = np.maximum(bottom - top, 0.7 * (right - left))
    log_odds = np.zeros(len(boxes))
    for k in range(len(boxes)):
        in_word = words == words[k]
        of_word = odds[in_word].sum() - odds[k]
        apart = ((x - x[k]) / (ASIDE * size[k])) ** 2
        apart += ((y - y[k]) / (ABOVE * size[k])) ** 2
        apart += (np.log(size / size[k]) / ALIKE) ** 2
        weight = np.where(in_word, 0, np.exp(-apart / 2))
        of_others = (weight * odds).sum() / (weight.sum() + 0.5)
        log_odds[k] += (OF_WORD * of_word).clip(LEAST, MOST_FOR)
        log_odds[k] += (OF_OTHERS * of_others).clip(LEAST, MOST_FOR)
    return log_odds


def _find_words(lines: Sequence[Sequence[Stroke]]) -> np.ndarray:
    """Return the number of the word of each stroke, line by line."""
    words, word = [], -1
    for line in lines:
        height = np.median([stroke.height for stroke in line])
        end = -np.inf
        for stroke in line:
            word += bool(stroke.box[0] - end > SPACE * height)
            words.append(word)
            end = max(end, stroke.box[2])
    return np.array(words, int)


def probability_of_digit(
    is_digit: np.ndarray, log_odds: np.ndarray, is_cut: np.ndarray
) -> np.ndarray:
    """Weigh what was seen with what stands around.

    Parameters
    ----------
    is_digit : ndarray of shape (n,)
        Probability that each thing is a digit, seen on its own.

    log_odds : ndarray of shape (n,)
        Of :func:`context_log_odds`.

    is_cut : ndarray of shape (n,), bool
        Whether it was cut off something.

    Returns
    -------
    probability : ndarray of shape (n,)
        Of a digit.
    """
    odds = logit(is_digit.clip(1e-6, 1 - 1e-6)).clip(LEAST_OWN, MOST)
    prior = np.where(is_cut, PRIOR_OF_CUT, PRIOR if len(is_digit) > 1 else PRIOR_ALONE)
    return expit(prior + odds + log_odds)
