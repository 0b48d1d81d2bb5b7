"""The command ``skdigits serve``."""

from pathlib import Path
from typing import Annotated

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import check_output, errors_in_one_line
from skdigits._commands._model_option import ModelArgument
from skdigits._commands._paths import parse_file

# By what name this computer asks itself when all its addresses are served.
EVERYWHERE = {"0.0.0.0": "localhost", "::": "::1"}


def serve(
    context: typer.Context,
    model: ModelArgument = None,
    host: Annotated[
        str,
        typer.Option(
            help="Name or address of this computer that the page is asked for under. "
            "Other computers reach it under an address of the network."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 means any that is free.")
    ] = 8000,
    trusted_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Another name that browsers ask for the page under, such as that of a "
            "proxy; one that starts with a dot stands for all names that end in it. "
            "May be given several times."
        ),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Write the page with the model in it as one HTML file that needs no "
            "server, and end; the file is replaced. It predicts single digits.",
            show_default="serves",
        ),
    ] = None,
) -> None:
    """Serve a page to draw digits on, until Ctrl-C.

    The model must be one of 28x28 pixels from 0 to 255 that gives probabilities; to be
    exported, a network of skdigits.
    """
    if export is not None:
        with errors_in_one_line(context):
            _export(model, export, open_page)
        return
    from ipaddress import ip_address

    from skdigits._hosts import url_host
    from skdigits._server import LOCAL_HOSTS, listen, make_server
    from skdigits.app import create_app

    with errors_in_one_line(context), listen(host, port) as listener:
        address, port = listener.getsockname()[:2]
        classifier = _model_option.load_for_photos(model)
        names = [*LOCAL_HOSTS, host, *(trusted_host or [])]
        app = create_app(classifier, trusted_hosts=names, n_jobs=-1)
        server = make_server(app, listener)
        if not ip_address(address).is_loopback:
            typer.echo(
                f"Warning: all who reach {address} over the network can use this page. "
                "It has no password and no encryption. It answers requests for "
                f"{', '.join([host, *(trusted_host or [])])} and localhost only.",
                err=True,
            )
        name = EVERYWHERE.get(address, host.strip("[]"))
        url = f"http://{url_host(name)}:{port}/"
        typer.echo(f"Draw digits on {url} (Ctrl-C ends it).")
        if open_page:
            typer.launch(url)
        server.run()
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
