"""How many images there are of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import unique_labels

from skdigits._plotting import get_axes, import_pandas
from skdigits.inspection._plotting import HATCHES, say, shorten, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.text import Text

FONT = 8.0
SMALLEST_FONT = 4.0


class ClassDistributionDisplay:
    """Bar chart of the number of images per class, in one or several splits.

    Use :meth:`from_arrays` to create a display.

    Parameters
    ----------
    counts : dict of str to array-like of shape (n_classes,)
        Number of images of each class, by name of the split.

    classes : array-like of shape (n_classes,)
        Class labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the bars.

    figure_ : matplotlib Figure
        Figure of the axes.

    bars_ : list of matplotlib BarContainer
        The bars of each split.

    texts_ : list of matplotlib Text
        Numbers above the bars, split by split. Empty texts if there is no room.

    See Also
    --------
    skdigits.model_selection.train_val_test_split : Split arrays into three parts.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import ClassDistributionDisplay
    >>> from skdigits.model_selection import train_val_test_split
    >>> _, y = load_digits(return_X_y=True)
    >>> train, val, test = train_val_test_split(y, stratify=y, random_state=0)
    >>> display = ClassDistributionDisplay.from_arrays(
    ...     {"train": train, "validation": val, "test": test}, percent=True
    ... )
    >>> display.counts["test"]
    array([36, 36, 35, 37, 36, 37, 36, 36, 35, 36])
    """

    def __init__(self, counts: Mapping[str, ArrayLike], classes: ArrayLike):
        self.classes = column_or_1d(classes)
        self.counts = {name: column_or_1d(values) for name, values in counts.items()}
        for name, values in self.counts.items():
            if len(values) != len(self.classes):
                raise ValueError(
                    f"There are {len(self.classes)} classes, but {len(values)} counts "
                    f"in the split {name!r}."
                )

    @classmethod
    def from_arrays(
        cls,
        y: ArrayLike | Mapping[str, ArrayLike],
        *,
        percent: bool = False,
        ax: Axes | None = None,
    ) -> Self:
        """Create a display from labels.

        Parameters
        ----------
        y : array-like of shape (n,), or dict of str to array-like
            Labels, or labels of several splits by name. Each split has a bar for every
            class that occurs in any split.

        percent : bool, default=False
            Whether to plot percentages of each split instead of counts.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        Returns
        -------
        display : ClassDistributionDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there is no split, if labels are not discrete, or if they are numbers in
            one split and strings in another.
        """
        splits = y if isinstance(y, Mapping) else {"": y}
        if not splits:
            raise ValueError("y must have at least one split; got an empty dict.")
        labels = {str(name): column_or_1d(values) for name, values in splits.items()}
        filled = [values for values in labels.values() if len(values)]
        classes = unique_labels(*filled) if filled else np.array([], dtype=int)
        counts = {
            name: np.bincount(np.searchsorted(classes, values), minlength=len(classes))
            for name, values in labels.items()
        }
        return cls(counts, classes).plot(ax, percent=percent)

    def plot(self, ax: Axes | None = None, *, percent: bool = False) -> Self:
        """Plot a bar for each class and split, with its number above it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        percent : bool, default=False
            Whether to plot percentages of each split instead of counts.

        Returns
        -------
        self : ClassDistributionDisplay
            The display. The figure is not shown: call ``plt.show()``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        n_bars = len(self.classes) * len(self.counts)
        size = (float(np.clip(0.32 * n_bars, 6.4, 14)), 4.0)
        outside = ax is None
        ax = self.ax_ = get_axes(ax, size, type(self).__name__)
        self.figure_ = ax.figure
        self.bars_: list[BarContainer] = []
        self.texts_: list[Text] = []
        if len(self.classes) == 0:
            say(ax, "No labels")
            return self
        # Room for a class, in points; a single bar does not fill the axes.
        n_slots = max(len(self.classes), 4)
        slot = ax.get_window_extent().width * 72 / ax.figure.dpi / n_slots
        width = 0.85 / len(self.counts)
        for i, name in enumerate(self.counts):
            heights, texts = self._heights(name, percent)
            offset = width * (i - (len(self.counts) - 1) / 2)
            bars = ax.bar(
                np.arange(len(self.classes)) + offset,
                heights,
                width,
                color=f"C{i}",
                alpha=0.75,
                edgecolor="black",
                linewidth=0.6,
                hatch=HATCHES[i % len(HATCHES)],
            )
            self.bars_.append(bars)
            self.texts_ += _write_numbers(ax, bars, texts, slot * width)
        middle = (len(self.classes) - 1) / 2
        ax.set_xlim(middle - n_slots / 2, middle + n_slots / 2)
        self._label(ax, slot, percent)
        if len(self.counts) > 1:
            self._legend(ax, outside=outside)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            One row per split and class, with the columns "split", "class", "count" and
            "percent" (of the split).

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        return pd.DataFrame(
            {
                "split": np.repeat(list(self.counts), len(self.classes)),
                "class": np.tile(self.classes, len(self.counts)),
                "count": np.concatenate(list(self.counts.values())),
                "percent": np.concatenate(
                    [self._percent(name) for name in self.counts]
                ),
            }
        )

    def _percent(self, name: str) -> np.ndarray:
        # An empty split has 0 % of everything.
        return 100 * self.counts[name] / max(1, self.counts[name].sum())

    def _heights(self, name: str, percent: bool) -> tuple[np.ndarray, list[str]]:
        if percent:
            heights = self._percent(name)
            return heights, [f"{height:.1f}" for height in heights]
        heights = self.counts[name]
        return heights, [f"{height:,}" for height in heights]

    def _label(self, ax: Axes, slot: float, percent: bool) -> None:
        names = [shorten(label) for label in self.classes]
        slanted = max(map(text_width, names)) > slot
        ax.set_xticks(np.arange(len(names)), [])
        ax.set_xticklabels(
            names,
            parse_math=False,
            rotation=45 if slanted else 0,
            ha="right" if slanted else "center",
            rotation_mode="anchor",
        )
        ax.set(xlabel="Class", ylabel="Images (%)" if percent else "Images")
        ax.margins(y=0.15)

    def _legend(self, ax: Axes, *, outside: bool) -> None:
        # Above axes that were given, it might be off the figure or on their neighbour.
        above = {"loc": "lower right", "bbox_to_anchor": (1, 1)}
        if not outside:
            ax.margins(y=0.4)
        legend = ax.legend(
            self.bars_,
            list(self.counts),
            ncols=min(len(self.counts), 4),
            frameon=False,
            **(above if outside else {"loc": "upper right"}),
        )
        for text in legend.get_texts():
            text.set_parse_math(False)


def _write_numbers(
    ax: Axes, bars: BarContainer, texts: list[str], room: float
) -> Sequence[Text]:
    """Write numbers above bars, upright if they are wider than a bar, or not at all."""
    upright = max(text_width(text, FONT) for text in texts) > room
    size = min(FONT, 0.8 * room) if upright else FONT
    if size < SMALLEST_FONT:
        return []
    rotation = 90 if upright else 0
    return ax.bar_label(bars, texts, padding=2, fontsize=size, rotation=rotation)
