"""Configuration of the Sphinx build."""

from importlib.metadata import version as installed_version

project = "skdigits"
author = "the skdigits developers"
copyright = "2026, the skdigits developers"
version = release = installed_version("skdigits")

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["_build"]
autosummary_generate = True
numpydoc_show_class_members = False
# Labels of scikit-learn, in docstrings that are inherited from it.
suppress_warnings = ["ref.ref"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False}
