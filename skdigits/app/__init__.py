"""A page to draw digits on: with a server and its JSON API, or as one file."""

from skdigits.app._create import create_app
from skdigits.app._export import export_page

__all__ = ["create_app", "export_page"]
