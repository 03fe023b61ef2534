"""How Sphinx makes the site; docs/site.py writes the pages and starts it."""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

import als_lesson  # noqa: E402

project = "Alternating Least Squares, step by step"
author = copyright = "The Alternating Least Squares course authors"
release = als_lesson.__version__
language = "en"
extensions = ["myst_nb", "formulas", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
templates_path = ["_templates"]

nb_execution_mode = "off"  # what is shown is what is stored
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
html_math_renderer = "drawn"

autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
suppress_warnings = ["ref.python"]  # "shape" in a docstring is a word, not some attribute

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_show_sourcelink = html_copy_source = False
html_show_search_summary = False  # it would fetch the pages, which file:// forbids
html_use_index = False
html_theme_options = {"navigation_with_keys": False, "top_of_page_buttons": []}


def keep_equations(app, what, name, thing, options, lines):
    """Show the indented equations that open a docstring line by line, as they are written."""
    before, shown = "", []
    for number, line in enumerate(lines):
        if set(line) == {"-"}:
            shown += lines[number:]
            break
        if line.startswith(" ") and not before:
            shown += ["::", ""]
        elif line and not line.startswith(" ") and before.startswith(" "):
            shown.append("")
        shown.append(line)
        before = line
    lines[:] = shown


def setup(app):
    """Let equations be seen to before the sections of a docstring are."""
    app.connect("autodoc-process-docstring", keep_equations, priority=400)
