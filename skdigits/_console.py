"""What the commands have in common."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def errors_in_one_line(context: typer.Context) -> Iterator[None]:
    """Report the errors that a user can mend, without a traceback.

    Parameters
    ----------
    context : typer.Context
        Of the command, which the message names.

    Raises
    ------
    typer.Exit
        With code 1, in place of an ImportError, OSError or ValueError.
    """
    try:
        yield
    except (ImportError, OSError, ValueError) as error:
        typer.echo(f"{context.command_path}: {error}", err=True)
        raise typer.Exit(1) from error
