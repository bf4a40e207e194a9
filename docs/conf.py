"""How the documentation is built: `make docs`, or `sphinx-build -W docs build/docs`. It needs no network."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))  # mathml.py and public_names.py

project = "motifkit"
author = "the motifkit authors"
version = release = version_of("motifkit")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "mathml",
    "public_names",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_static", "pictures"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

default_role = "literal"  # docstrings write code in single backticks
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings name types, shapes and ranges
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "alabaster"
html_title = "motifkit"
html_static_path = ["_static"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html", "relations.html"]}
html_theme_options = {
    "description": "Motifs in series, which of them chance explains, and an agent that learns with them",
    "page_width": "1080px",
    "fixed_sidebar": True,
    "font_size": "16px",
}
