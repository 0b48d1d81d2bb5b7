"""A page to draw digits on, and its JSON API."""

from skdigits.app._create import create_app

__all__ = ["create_app"]
