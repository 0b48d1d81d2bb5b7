"""Image files in a folder, told by their names."""

import os
import re
from pathlib import Path

_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp")
# Pictures of other formats, as phones, cameras, scanners and drawing programs name
# them. They cannot be read, which users are told: they expect it.
_OTHER_PICTURE = re.compile(
    r"\.(arw|avif|cr[23]|dng|eps|heic|heics|heif|hif|jfif|jp2|jpe|jxl|nef|orf|p[bgnp]m"
    r"|pdf|psd|raf|raw|rw2|svg|tga|xcf)\Z",
    re.IGNORECASE,
)
# What operating systems leave behind, besides names that start with a dot.
_HIDDEN = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
Others = list[tuple[str, str]]  # paths, with the reason


def list_folder(folder: str, root: str) -> tuple[list[str], list[str], Others]:
    """Sort what a folder holds into images, folders and what is neither.

    Hidden files are left out.

    Parameters
    ----------
    folder : str
        The folder.

    root : str
        A real path; links that lead out of it are not followed.

    Returns
    -------
    images, folders : list of str
        Their paths, which begin with `folder`, in natural order.

    others : list of tuple (str, str)
        All other paths, each with the reason.
    """
    images: list[str] = []
    folders: list[str] = []
    others: Others = []
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not _is_hidden(entry.name)]
    for entry in sorted(visible, key=lambda entry: _natural_key(entry.name)):
        if entry.is_symlink() and not _leads_into(root, entry.path):
            others.append((entry.path, "a link to nothing inside"))
        elif entry.is_dir():
            folders.append(entry.path)
        elif entry.is_file() and entry.name.lower().endswith(_SUFFIXES):
            images.append(entry.path)
        else:
            others.append((entry.path, "not an image"))
    return images, folders, others


def unsupported_pictures(others: Others) -> list[str]:
    """Return the paths of pictures in formats that cannot be read.

    Parameters
    ----------
    others : list of tuple (str, str)
        As :func:`list_folder` returns it.

    Returns
    -------
    paths : list of str
        Of those whose names tell that they are pictures.
    """
    return [path for path, _ in others if _OTHER_PICTURE.search(path)]


def _leads_into(root: str, link: str) -> bool:
    """Tell whether a link ends at something within the root."""
    target = os.path.realpath(link)
    return Path(root) in Path(target).parents and os.path.exists(target)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _HIDDEN


def _natural_key(name: str) -> tuple[list[str | int], str]:
    """Sort numbers in names by their value; the name itself decides between equals."""
    # Text and digits alternate, so that like is compared with like.
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if part.isdecimal() else part for part in parts], name
