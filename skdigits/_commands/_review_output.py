"""Images whose labels people decided on, as `skdigits train --data` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from skdigits._commands._console import check_output
from skdigits._commands._spreadsheets import csv_line
from skdigits._files import replacing

if TYPE_CHECKING:
    from skdigits.app.review import Labels, Review


def is_table(output: Path) -> bool:
    """Tell whether a CSV file is to be written, not a folder."""
    return output.suffix.lower() == ".csv"


def journal_of(output: Path) -> Path:
    """Return the journal of an output, which lies beside it."""
    return output.with_name(f"{output.name}.journal")


def check_review_output(output: Path, inputs: Iterable[Path]) -> None:
    """Refuse what cannot be written, or would replace what others made.

    Parameters
    ----------
    output : pathlib.Path
        A .csv file or a folder.

    inputs : iterable of pathlib.Path
        Files and folders that are read.

    Raises
    ------
    OSError
        If it cannot be written, or is there without a journal beside it.
    ValueError
        If it is a part of the inputs, or they are a part of it.
    """
    journal = journal_of(output)
    there = output.resolve()
    for path in map(Path.resolve, inputs):
        if path.is_dir() and path in (there, *there.parents):
            raise ValueError(
                f"'{output}' would be written into a folder that this command reads. "
                "Name another --output."
            )
        if there in (path, *path.parents):
            raise ValueError(
                f"This command reads '{path}', which --output '{output}' would "
                "change. Name another."
            )
    check_output(journal, inputs=inputs)
    if is_table(output):
        check_output(output, inputs=inputs)
        is_taken = output.exists()
    elif output.is_file():
        raise FileExistsError(f"'{output}' is a file; name a .csv file or a folder.")
    else:
        is_taken = output.is_dir() and any(output.iterdir())
    if is_taken and not journal.exists():
        raise FileExistsError(
            f"'{output}' exists, and there is no journal '{journal}' of a review that "
            "wrote it. Name another --output."
        )


def check_labels(review: Review, output: Path) -> None:
    """Refuse labels that the output cannot hold.

    Parameters
    ----------
    review : Review
        The images.

    output : pathlib.Path
        A .csv file or a folder.

    Raises
    ------
    ValueError
        If there is such a label.
    """
    if is_table(output):
        _check_cells(review.labels)
        return
    wrong = [name for name in review.labels if not re.fullmatch(r"\w[\w -]*", name)]
    if wrong:
        raise ValueError(
            f"{wrong[0]!r} is a label, but no name of a folder. Name a .csv file as "
            "--output."
        )


def _check_cells(labels: Sequence[str]) -> None:
    """Refuse labels that load_csv would not read as they are."""
    from skdigits._csv_labels import LabelError, encode_labels

    try:
        read = {str(name) for name in encode_labels(labels)[1].tolist()}
        wrong = [name for name in labels if name not in read or _is_changed(name)]
    except LabelError as error:
        wrong = [error.text]
    if wrong:
        raise ValueError(
            f"{wrong[0]!r} is a label that a .csv file beside the others cannot hold. "
            "Name a folder as --output."
        )


def _is_changed(label: str) -> bool:
    return label != label.strip() or csv_line([label]) != csv_line([label]).lstrip("'")


def write_review(review: Review, labels: Labels, output: Path) -> str:
    """Write the images with their labels.

    Parameters
    ----------
    review : Review
        The images.

    labels : dict
        What was decided. Images that nobody decided on keep the label that they had;
        those without one, and those that show no digit, are left out.

    output : pathlib.Path
        A .csv file, which is replaced, or a folder with a sub-folder for each label.

    Returns
    -------
    message : str
        A sentence on what was written.

    Raises
    ------
    OSError
        If that is not possible.
    """
    final = list(_final(review, labels))
    if not final:
        return "No image has a label yet, so nothing was written."
    if is_table(output):
        _write_table(review, final, output)
    else:
        _write_folder(review, final, output)
    n_out = sum(label is None for label in labels.values())
    left_out = f", {n_out:,} without a digit left out" if n_out else ""
    return (
        f"Wrote {len(final):,} images to '{output}'{left_out}. Train on them: skdigits "
        f"train --data {output}"
    )


def _final(review: Review, labels: Labels) -> Iterator[tuple[int, str]]:
    """Yield the number and the label of each image that has one."""
    for number, item in enumerate(review.items):
        label = labels.get(number, item.given)
        if label is not None:
            yield number, label


def _write_table(review: Review, final: list[tuple[int, str]], output: Path) -> None:
    n_pixels = review.items[0].image.size
    with (
        replacing(output) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        file.write(csv_line(["label", *(f"pixel{k}" for k in range(n_pixels))]))
        for number, label in final:
            pixels = review.items[number].image.ravel().tolist()
            file.write(csv_line([label, *pixels]))


def _write_folder(review: Review, final: list[tuple[int, str]], output: Path) -> None:
    """Write each image under its number, and take it out of other labels."""
    from PIL import Image

    names = {f"{number:06}.png" for number in range(len(review.items))}
    wanted = {Path(label, f"{number:06}.png"): number for number, label in final}
    for path in output.glob("*/*.png"):
        if path.name in names and path.relative_to(output) not in wanted:
            path.unlink()
    for path, number in wanted.items():
        file = output / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            Image.fromarray(review.grey(number)).save(temporary)
    for folder in output.iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # train would warn of it
