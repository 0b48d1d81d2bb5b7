"""Inventories of other projects for intersphinx, from plain text: no network."""

import zlib
from pathlib import Path

N_HEADER_LINES = 4


def compress_inventories(
    source: Path, target: Path, urls: dict[str, str]
) -> dict[str, tuple[str, str]]:
    """Compress ``<project>.txt`` to ``<project>.inv``.

    Parameters
    ----------
    source : Path
        Folder of the text files. Each is an inventory of Sphinx's version 2 without
        its compression: four lines of header, then one line an object, as
        ``name domain:role priority address title``.

    target : Path
        Folder of the compressed inventories; it is made.

    urls : dict of str to str
        Where the documentation of each project is.

    Returns
    -------
    intersphinx_mapping : dict
        As Sphinx expects it.
    """
    target.mkdir(parents=True, exist_ok=True)
    mapping = {}
    for project, url in urls.items():
        lines = (source / f"{project}.txt").read_bytes().splitlines(keepends=True)
        inventory = target / f"{project}.inv"
        objects = b"".join(lines[N_HEADER_LINES:])
        inventory.write_bytes(b"".join(lines[:N_HEADER_LINES]) + zlib.compress(objects))
        mapping[project] = (url, str(inventory))
    return mapping
