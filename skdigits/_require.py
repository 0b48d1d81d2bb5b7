"""Libraries that come with the extras, imported when they are needed."""

from importlib import import_module
from types import ModuleType


def require(module: str, extra: str, caller: str) -> ModuleType:
    """Import a module, or say how to install it.

    Parameters
    ----------
    module : str
        Its name.

    extra : str
        The extra of skdigits that it comes with.

    caller : str
        What needs it, as the first words of the message.

    Returns
    -------
    module : module
        The module.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != library:
            raise  # something that the library needs itself
        raise ImportError(
            f"{caller} needs {library}, which comes with the extra '{extra}'. "
            f"{how_to_install(extra)}"
        ) from error


def how_to_install(extra: str) -> str:
    """Return the sentence that says how to install an extra.

    Parameters
    ----------
    extra : str
        Its name.

    Returns
    -------
    sentence : str
        With a command that works as long as skdigits is on no package index, too.
    """
    return (
        f'In the folder that skdigits was installed from, run: pip install ".[{extra}]"'
    )
