"""Names of the files of models: which suffix stands for which form."""

from pathlib import Path

SKOPS_SUFFIX = ".skops"
PICKLE_SUFFIXES = (".joblib", ".pickle", ".pkl")


def is_pickle(path: Path) -> bool:
    """Tell whether a file is a pickle, by its name."""
    return path.suffix.lower() in PICKLE_SUFFIXES


def check_suffix(path: Path) -> None:
    """Refuse names of files that no model can be saved in.

    Parameters
    ----------
    path : pathlib.Path
        Where a model is to be saved.

    Raises
    ------
    ValueError
        If the suffix stands for nothing.
    """
    if path.suffix.lower() != SKOPS_SUFFIX and not is_pickle(path):
        raise ValueError(
            f"A model is saved in a file named *{SKOPS_SUFFIX}, or as a pickle in one "
            f"named {', '.join(f'*{suffix}' for suffix in PICKLE_SUFFIXES)}; "
            f"got '{path}'."
        )
