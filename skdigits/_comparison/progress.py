"""The progress of a comparison."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np

from skdigits._comparison.measure import Outcome


@contextmanager
def progress(
    names: Iterable[str], n_folds: int, verbose: bool
) -> Iterator[tuple[Callable, Callable, Callable]]:
    """Show a bar for each estimator.

    Parameters
    ----------
    names : iterable of str
        Names of the estimators.

    n_folds : int
        How long a bar is.

    verbose : bool
        Whether to show anything, on a terminal or in a notebook.

    Yields
    ------
    begin, advance, end : tuple of callable
        To be called with the name, without arguments, and with the Outcome.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    shown = verbose and (console.is_terminal or console.is_jupyter)
    width = max(map(len, names))
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[outcome]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not shown) as bars:

        def begin(name: str) -> None:
            bars.add_task(f"{name:<{width}}", total=n_folds, outcome="")

        def advance() -> None:
            bars.advance(bars.task_ids[-1])

        def end(outcome: Outcome) -> None:
            task = bars.task_ids[-1]
            if outcome.error:
                bars.stop_task(task)
                text = outcome.error.splitlines()[0]
            else:
                text = f"{np.mean([fold.score for fold in outcome.folds]):.4f}"
            bars.update(task, outcome=text)

        yield begin, advance, end
