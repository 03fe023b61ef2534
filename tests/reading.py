"""How the tests read notebooks: cells, prose, figures, exercises."""

import re
from pathlib import Path

import jupytext
import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
NAMES = sorted(path.stem for path in (NOTEBOOKS / "src").glob("[0-9][0-9]_*.md"))


def read(name):
    """The executed notebook."""
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def read_text(name):
    """The text it was built from, as a notebook."""
    return jupytext.read(NOTEBOOKS / "src" / f"{name}.md", fmt="md:myst")


def code_cells(notebook):
    """The code cells with something in them."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def exercises(notebook):
    """(number of the starter cell, its source, the solution's code) of each checked exercise."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and re.search(r"^check_\w+\(", cell.source, re.M):
            after = notebook.cells[number + 1].source
            solution = re.search(r"<details>.*?```python\n(.*?)```", after, re.S)
            found.append((number, cell.source, solution and solution[1]))
    return found


def outputs(cell):
    """(kind, text) of every output, the pixels of pictures left out."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.name, output.text
        for kind, data in output.get("data", {}).items():
            yield kind, re.sub(r"base64,[^\"]*", "base64,", str(data))
