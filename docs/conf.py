"""Sphinx for the site that analysis report builds; its pages are the templates beside this file."""

from functools import cache

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

from analysis.report.dossier import read_citation

project = "Claims under test"
author = read_citation().author_names
release = read_citation().version
copyright = f"{read_citation().released[:4]}, {author}"
language = "en"
extensions = ["myst_nb", "sphinx_design", "sphinx.ext.autodoc", "numpydoc"]
# What machines take lies there, too.
exclude_patterns = ["data"]

nb_execution_mode = "off"
nb_output_stderr = "remove"
nb_render_markdown_format = "myst"
myst_enable_extensions = ["attrs_inline", "colon_fence"]
myst_heading_anchors = 3
myst_ref_domains = ["std", "py"]
# What a run says is text: raw HTML in it is shown, never obeyed.
myst_disable_syntax = ["html_block", "html_inline"]
# Columns and curly quotes stay as the run writes them.
smartquotes = False
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["claims.js"]
html_favicon = "_static/icon.svg"
html_copy_source = False
html_show_sphinx = False
# Opened from a folder, a page may not fetch another one.
html_show_search_summary = False
html_theme_options = {"top_of_page_buttons": []}
# Nothing from elsewhere: no widgets, no mathematics from a network.
nb_ipywidgets_js = {}
suppress_warnings = ["mystnb.unknown_mime_type"]


class Search(SearchEnglish):
    """English, with each word stemmed once: the same words stand on every page."""

    stem = cache(SearchEnglish.stem)


def setup(app: Sphinx) -> None:
    """Let Sphinx make its search index so."""
    app.add_search_language(Search)
