"""What a pixel of a page can be."""

from enum import IntEnum


class Label(IntEnum):
    """Label of a pixel, by the number that the network of ``_network`` gives it."""

    PAPER = 0
    DIGIT = 1
    SIGN = 2
    WRITING = 3  # letters and scribbles, by hand or in print
    RULE = 4
    DARK = 5  # printed areas, and what lies beside the page


N_LABELS = len(Label)
