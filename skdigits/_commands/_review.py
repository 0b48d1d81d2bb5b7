"""The command ``skdigits review``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated

import typer

from skdigits._commands._console import errors_in_one_line
from skdigits._commands._data_option import DataSource, ImageShapeOption
from skdigits._commands._image_files import FileReader, find_images
from skdigits._commands._model_option import ModelOption
from skdigits._commands._paths import parse_existing, parse_path
from skdigits._commands._review_items import (
    review_of_data,
    review_of_files,
    review_of_photos,
)
from skdigits._commands._review_output import (
    check_labels,
    check_review_output,
    journal_of,
    write_review,
)
from skdigits._commands._serving import (
    HostOption,
    OpenOption,
    PortOption,
    TrustedHostOption,
    serve_page,
)

if TYPE_CHECKING:
    from skdigits._images import ImageShape
    from skdigits.app.review import Journal, Review


def review(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=parse_existing,
            metavar="[FILES...]",
            help="Image files of a single digit each, or folders of them: PNG, JPEG, "
            "BMP, TIFF, GIF or WebP.",
            show_default=False,
        ),
    ] = None,
    photos: Annotated[
        bool,
        typer.Option(
            "--photos", help="FILES are photos or scans of numbers: find their digits."
        ),
    ] = False,
    data: Annotated[
        DataSource | None,
        typer.Option(
            "--data",
            parser=DataSource.parse,
            metavar="DATA",
            help="Labelled images to correct, instead of FILES, as in skdigits train.",
            show_default="none",
        ),
    ] = None,
    model: ModelOption = None,
    output: Annotated[
        Path,
        typer.Option(
            parser=parse_path,
            metavar="PATH",
            help="Output for the labelled images: a .csv file, or a folder with one "
            "subfolder per label. A journal of all decisions is saved next to it, so "
            "the same command continues where you stopped.",
        ),
    ] = Path("corrected.csv"),
    image_shape: ImageShapeOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    trusted_host: TrustedHostOption = None,
    open_page: OpenOption = False,
) -> None:
    """Correct labels on a page in the browser, until Ctrl-C.

    The page shows each image with the label proposed by the model, the least confident
    first. Press a digit key to decide, the space bar to accept, x for no digit, z to
    undo. Or accept many images at once, and click only the wrong ones. Each decision is
    saved before the next image appears. At the end, the labelled images are written to
    --output, for skdigits train --data.
    """
    with errors_in_one_line(context):
        sources = _check_arguments(files, photos, data, model)
        check_review_output(output, sources)
        from skdigits._server import LOCAL_HOSTS, listen
        from skdigits.app.review import create_review_app, open_journal

        with listen(host, port) as listener:
            reader = FileReader(context)
            found = _find(reader, files or [], photos, data, model, image_shape)
            check_labels(found, output)
            with open_journal(journal_of(output), found.source) as journal:
                _check_labels(found, journal, output)
                _tell_progress(found, journal)
                save = partial(_save, Lock(), found, journal, output)
                names = [host, *(trusted_host or [])]
                hosts = [*LOCAL_HOSTS, *names]
                app = create_review_app(found, journal, save, trusted_hosts=hosts)
                serve_page(app, listener, names, "Review digits", open_page)
                typer.echo(save())
        reader.finish()


def _check_arguments(
    files: list[Path] | None, photos: bool, data: DataSource | None, model: Path | None
) -> list[Path]:
    """Refuse arguments that do not go together, and return what is read."""
    if bool(files) == (data is not None):
        raise ValueError(
            "Name what to review: image files or folders, or labelled images by "
            "--data; not both."
        )
    if photos and data is not None:
        raise ValueError("--photos is for FILES, not for --data. Leave it out.")
    return [*(files or []), *(data.paths if data else ()), *([model] if model else [])]


def _find(
    reader: FileReader,
    files: list[Path],
    photos: bool,
    data: DataSource | None,
    model: Path | None,
    image_shape: ImageShape | None,
) -> Review:
    """Return the images."""
    if data is not None:
        return review_of_data(data, model, image_shape)
    if image_shape is not None:
        raise ValueError("--image-shape is for a CSV file of --data. Leave it out.")
    # A folder may be named with a file in it: each file counts once.
    paths = list(dict.fromkeys(find_images(files)))
    name = ", ".join(map(str, files))
    make = review_of_photos if photos else review_of_files
    found = make(reader, paths, name, model)
    if not found.items:
        raise ValueError(f"There is nothing to review: no digit was found in '{name}'.")
    return found


def _check_labels(found: Review, journal: Journal, output: Path) -> None:
    """Refuse labels that the page would not: they name folders."""
    strange = set(journal.labels.values()) - {None, *found.labels}
    if strange:
        raise ValueError(
            f"'{journal_of(output)}' holds the label {min(map(str, strange))[:99]!r}, "
            f"which is none of the model's: {', '.join(found.labels)}. Name another "
            "--output."
        )


def _tell_progress(found: Review, journal: Journal) -> None:
    n_decided = len(journal.labels)
    before = f", {n_decided:,} decided before" if n_decided else ""
    typer.echo(f"{found.name}: {len(found.items):,} images to review{before}.")


def _save(lock: Lock, found: Review, journal: Journal, output: Path) -> str:
    """Write the images; the page and the end of the command do not do it at once."""
    with lock:
        return write_review(found, journal.labels, output)
