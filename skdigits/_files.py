"""Files that appear when they are complete."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a file that takes the place of another when all went well.

    Parameters
    ----------
    path : pathlib.Path
        What is to be written, or written anew. Its folder must exist.

    Yields
    ------
    temporary : pathlib.Path
        What to write to instead: an interruption leaves what was there before.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".skdigits-") as folder:
        # A file in a folder of its own has the permissions that the user wants;
        # a temporary file would be readable by its owner only.
        temporary = Path(folder, path.name)
        yield temporary
        os.replace(temporary, path)
