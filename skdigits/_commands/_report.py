"""The command ``skdigits report``."""

from pathlib import Path
from typing import Annotated

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import check_output, errors_in_one_line
from skdigits._commands._data_option import DIGITS, DataOption, ImageShapeOption
from skdigits._commands._model_option import ModelArgument
from skdigits._commands._paths import parse_file
from skdigits._commands._test_images import check_data_named, load_test_images


def report(
    context: typer.Context,
    model: ModelArgument = None,
    data: DataOption = DIGITS,
    image_shape: ImageShapeOption = None,
    output: Annotated[
        Path,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output HTML file. It is overwritten.",
        ),
    ] = Path("report.html"),
    title: Annotated[
        str | None,
        typer.Option(help="Title of the report.", show_default="names the model"),
    ] = None,
) -> None:
    """Write an HTML report on a saved classifier and test images.

    The test images are those of `skdigits evaluate`.
    """
    with errors_in_one_line(context):
        from skdigits.report import write_report

        check_output(output, inputs=[*data.paths, *([model] if model else [])])
        loaded = _model_option.load(model)
        check_data_named(context, loaded, model)
        images, description = load_test_images(data, loaded, image_shape)
        path = write_report(
            loaded.estimator,
            images.X,
            images.y,
            output,
            title=title,
            image_shape=images.image_shape,
        )
        typer.echo(
            f"{loaded.name} on {description}\n"
            f"Wrote '{path}' ({path.stat().st_size / 1e6:.1f} MB)."
        )
