"""What people decide on: images, each with what a classifier takes it for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Item:
    """An image that is to be decided on.

    Parameters
    ----------
    name : str
        Its file, its place in a photo or its row in a table.

    image : ndarray of shape (h, w), uint8
        Bright ink on black, from 0 to the white level of the review.

    proposal : str or None
        The most probable label; None means no digit.

    confidence : float or None
        How probable that is, from 0 to 1, if it is known.

    given : str or None, default=None
        The label that it has.

    note : str, default=""
        Why it was not read.

    surroundings : bytes or None, default=None
        A JPEG file: what the image was cut out of.
    """

    name: str
    image: np.ndarray = field(repr=False)
    proposal: str | None
    confidence: float | None
    given: str | None = None
    note: str = ""
    surroundings: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Review:
    """Images that are to be decided on, in the order in which they are shown.

    Parameters
    ----------
    name : str
        Where they come from.

    items : sequence of Item
        In the order of their origin.

    order : sequence of int
        The numbers of the items in the order in which they are shown: the least sure
        first.

    labels : sequence of str
        What an image can show.

    white_level : float
        The brightness of ink in the images.
    """

    name: str
    items: Sequence[Item]
    order: Sequence[int]
    labels: Sequence[str]
    white_level: float

    @cached_property
    def source(self) -> dict[str, Any]:
        """The images as a journal knows them: name, number and checksum."""
        digest = sha256()
        for item in self.items:
            digest.update(f"{item.name}\0{item.given}\0{item.image.shape}\0".encode())
            digest.update(np.ascontiguousarray(item.image).data)
        return {
            "input": self.name,
            "n_images": len(self.items),
            "sha256": digest.hexdigest(),
        }

    def grey(self, number: int) -> np.ndarray:
        """Return an image from 0 (black) to 255 (white).

        Parameters
        ----------
        number : int
            Of the item.

        Returns
        -------
        pixels : ndarray of shape (h, w), uint8
            Bright ink on black.
        """
        scaled = self.items[number].image * (255 / self.white_level)
        return np.rint(scaled.clip(0, 255)).astype(np.uint8)
