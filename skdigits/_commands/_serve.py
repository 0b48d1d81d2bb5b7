"""The command ``skdigits serve``."""

from pathlib import Path
from typing import Annotated

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import check_output, errors_in_one_line
from skdigits._commands._model_option import ModelArgument
from skdigits._commands._paths import parse_file
from skdigits._commands._serving import (
    HostOption,
    OpenOption,
    PortOption,
    TrustedHostOption,
    serve_page,
)


def serve(
    context: typer.Context,
    model: ModelArgument = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    trusted_host: TrustedHostOption = None,
    open_page: OpenOption = False,
    export: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Write the page with its model to one HTML file, and exit. The file "
            "is overwritten. It needs no server and predicts single digits.",
            show_default="serves",
        ),
    ] = None,
) -> None:
    """Serve a page to draw digits on, until Ctrl-C.

    The model must predict probabilities for images of 28x28 pixels from 0 to 255. For
    --export, it must be a network of skdigits.
    """
    if export is not None:
        with errors_in_one_line(context):
            _export(model, export, open_page)
        return
    from skdigits._server import LOCAL_HOSTS, listen
    from skdigits.app import create_app

    with errors_in_one_line(context), listen(host, port) as listener:
        classifier = _model_option.load_for_photos(model)
        names = [host, *(trusted_host or [])]
        hosts = [*LOCAL_HOSTS, *names]
        app = create_app(classifier, trusted_hosts=hosts, n_jobs=-1)
        serve_page(app, listener, names, "Draw digits", open_page)
        typer.echo("Stopped.")


def _export(model: Path | None, path: Path, open_page: bool) -> None:
    from skdigits.app import export_page

    check_output(path, inputs=[model] if model else [])
    classifier = None if model is None else _model_option.load_classifier(model)
    page = export_page(classifier, path)
    typer.echo(
        f"Wrote '{page}' ({page.stat().st_size / 1e6:.1f} MB): open it in a browser."
    )
    if open_page:
        typer.launch(page.absolute().as_uri())
