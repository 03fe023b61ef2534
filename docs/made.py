"""Pages made of what the project holds already, so that nothing is written twice."""

import als_lesson


def write(site):
    """Write the pages to look things up in."""
    site.page("notation.rst", notation(), "To look up")


def notation():
    """The table in the package's own docstring, in reStructuredText."""
    table = als_lesson.__doc__.partition("Notation, ")[2]
    return f"Notation\n========\n\nNotation, {table}"
