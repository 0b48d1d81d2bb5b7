"""Configuration of the Sphinx build."""

import os
import sys
import warnings
from importlib.metadata import version as installed_version
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))  # the project's own extensions lie beside this file

from _gallery import SECTIONS  # noqa: E402 - needs the path above
from _inventories import compress_inventories  # noqa: E402
from sklearn.experimental import enable_halving_search_cv  # noqa: E402, F401 - in examples

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # examples print their results only
warnings.filterwarnings("ignore", message=".*is non-interactive")  # plt.show() in them

project = "skdigits"
author = "the skdigits developers"
copyright = "2026, the skdigits developers"
version = release = installed_version("skdigits")

extensions = [
    "_benchmarks_page",
    "_measurements",
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "figures", "inventories"]
nitpicky = True
# numpydoc makes links of attributes that are described right there.
nitpick_ignore_regex = [("py:obj", r"[a-z_]+_")]
suppress_warnings = ["myst.header"]  # the changelog begins below the title of its page

default_role = "literal"  # as scikit-learn: names of parameters in single backticks
toc_object_entries_show_parents = "hide"

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections name the types
numpydoc_show_class_members = False  # the template of classes shows them
# Methods that scikit-learn adds to every estimator, described in its own reference.
autosummary_context = {
    "inherited_from_sklearn": ["get_metadata_routing", "get_params", "set_params"],
    # The docstrings of classes describe all attributes but these properties.
    "properties": {
        "Reading": ["text", "numbers", "digits"],
        "Line": ["text", "box"],
        "Number": ["text", "value", "box"],
        "Table": ["box"],
    },
}

# Plain-text inventories, as sphobjinv writes them: the build needs no network.
intersphinx_mapping = compress_inventories(
    DOCS / "inventories",
    DOCS / "_build" / "inventories",
    {
        "python": "https://docs.python.org/3/",
        "numpy": "https://numpy.org/doc/stable/",
        "scipy": "https://docs.scipy.org/doc/scipy/",
        "sklearn": "https://scikit-learn.org/stable/",
        "matplotlib": "https://matplotlib.org/stable/",
        "pandas": "https://pandas.pydata.org/docs/",
        "joblib": "https://joblib.readthedocs.io/en/stable/",
        "distributed": "https://distributed.dask.org/en/stable/",
        "imblearn": "https://imbalanced-learn.org/stable/",
        "skl2onnx": "https://onnx.ai/sklearn-onnx/",
    },
)

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skdigits",),
    "reference_url": {"skdigits": None},
    "subsection_order": [f"../examples/{section}" for section in SECTIONS],
    "within_subsection_order": "_gallery.place_of",
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "plot_gallery": True,
    "capture_repr": ("_repr_html_",),
    "reset_modules": ("matplotlib", "_gallery.warnings_are_errors"),
    "remove_config_comments": True,
}

# `.. plot:: figures/name.py` draws a picture of a page when the site is built.
plot_basedir = str(DOCS)
plot_formats = [("png", 160)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_include_source = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = f"skdigits {version}"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["skdigits.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "skdigits", "alt_text": "skdigits: home"},
    "header_links_before_dropdown": 5,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {
    page: []
    for page in (
        "install",
        "getting_started",
        "benchmarks",
        "benchmarks_tables",
        "whats_new",
    )
}
