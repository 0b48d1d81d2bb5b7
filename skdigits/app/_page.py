"""The files of the page, from which both the server and `export_page` take it.

This module imports Jinja2, so import it inside functions only.
"""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

# Modules of the exported page, each after those that it imports.
MODULES = (
    "page/sheet.js",
    "page/pen.js",
    "page/reading.js",
    "export/frame.js",
    "export/network.js",
    "export/drawing.js",
)


def read(name: str) -> str:
    """Return a file of the page, by its path in this package."""
    # No path of the file system: the package may be in a zip archive.
    return files("skdigits.app").joinpath(*name.split("/")).read_text(encoding="utf-8")


def bundle() -> str:
    """Write the modules of the exported page as one script.

    Returns
    -------
    script : str
        What runs without other files.
    """
    return "\n".join(_in_scope(read(name)) for name in MODULES)


def _in_scope(module: str) -> str:
    """Put a module into a function, so that only what it exports is seen outside."""
    names = re.findall(r"^export (?:class|const|function) (\w+)", module, flags=re.M)
    body = re.sub(r"^import .*? from .*?;\n|^export ", "", module, flags=re.M | re.S)
    exports = f"{{ {', '.join(names)} }}"
    return f"const {exports} = (() => {{\n{body}\nreturn {exports};\n}})();\n"


def render(model: str | None = None) -> str:
    """Write the HTML of the page.

    Parameters
    ----------
    model : str, default=None
        What the script reads of a model, as JSON: the page is one file, that predicts
        by itself. None means the page of the server.

    Returns
    -------
    page : str
        HTML.
    """
    from skdigits import __version__

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(read("index.html.j2"))
    if model is None:
        return template.render(model=None)
    style, script = read("page/page.css"), bundle()
    return template.render(
        model=model,
        style=style,
        style_hash=_base64(sha256(style.encode()).digest()),
        script=script,
        # The browser runs this script and no other, whatever text is on the page.
        script_hash=_base64(sha256(script.encode()).digest()),
        icon=_base64(read("page/icon.svg").encode()),
        version=__version__,
    )


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")
