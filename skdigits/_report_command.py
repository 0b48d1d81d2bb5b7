"""The command ``skdigits report``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from skdigits._console import errors_in_one_line
from skdigits._data_option import Data


def report(
    context: typer.Context,
    model: Annotated[
        Path, typer.Argument(help="A classifier in a .skops file.", dir_okay=False)
    ],
    data: Annotated[
        Data,
        typer.Option(
            help="The quarter of the bundled 8x8 digits that `skdigits demo` tests on "
            "by default, or the 10,000 test images of MNIST, which are fetched unless "
            "they lie in the data home (SKDIGITS_DATA)."
        ),
    ] = Data.digits,
    output: Annotated[
        Path, typer.Option(help="The HTML file; it is replaced.", dir_okay=False)
    ] = Path("report.html"),
    title: Annotated[
        str | None,
        typer.Option(help="Heading of the report.", show_default="names the model"),
    ] = None,
) -> None:
    """Write an HTML page on how a saved classifier does on test images.

    Nothing in the model file runs: only types of scikit-learn and skdigits are loaded.
    """
    from skdigits.report import write_report

    with errors_in_one_line(context):
        path = write_report(_load_model(model), *_load(data), output, title=title)
        typer.echo(f"Wrote '{path}' ({path.stat().st_size / 1e6:.1f} MB).")


def _load_model(path: Path) -> Any:
    from zipfile import BadZipFile

    from skops.io import get_untrusted_types, load

    try:
        names = get_untrusted_types(file=path)
        strange = sorted(set(names) - set(_estimator_names()))
        if not strange:
            return load(path, trusted=names)
    except (AttributeError, BadZipFile, KeyError, TypeError) as error:
        raise ValueError(
            f"'{path}' is not a .skops file, or it is damaged: {error}"
        ) from error
    raise ValueError(
        f"'{path}' holds types that are neither scikit-learn's nor estimators of "
        f"skdigits: "
        f"{', '.join(strange)}. If you trust them, load the file in Python with "
        "skops.io.load and call skdigits.report.write_report."
    )


def _estimator_names() -> Iterator[str]:
    """Name the classes that may be in a model; no function is among them."""
    from skdigits import augmentation, neural_network, preprocessing

    for package in (augmentation, neural_network, preprocessing):
        for name in package.__all__:
            estimator = getattr(package, name)
            yield f"{estimator.__module__}.{estimator.__qualname__}"


def _load(data: Data) -> tuple[Any, Any]:
    from sklearn.model_selection import train_test_split

    from skdigits.datasets import fetch_mnist, load_digits

    if data is Data.mnist:
        return fetch_mnist(subset="test", return_X_y=True)
    X, y = load_digits(return_X_y=True)
    # As skdigits._demo splits them.
    _, X, _, y = train_test_split(X, y, train_size=0.75, stratify=y, random_state=0)
    return X, y
