"""Pages from notebooks: what is stored in them, dressed for somebody who only reads."""

import re
from base64 import b64decode
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
PARTS = {  # of the course, by the number of their first notebook
    0: "A table with holes",
    4: "Alternating least squares",
    9: "A recommender",
    13: "Side rooms",
}
IMAGE = re.compile(r'(<img [^>]*)src="data:image/png;base64,([^"]+)"([^>]*>)')


def paths():
    """The notebooks, in order."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def write(site):
    """Write a page for each notebook, and the notebook itself to download."""
    for path in paths():
        notebook = nbformat.read(path, as_version=4)
        site.file(f"downloads/{path.name}", path.read_bytes())
        hang_pictures(notebook, path.stem, site)
        for cell in notebook.cells:
            cell.source = cell.source.replace("](../README.md", "](index.md")
        part = PARTS[max(first for first in PARTS if first <= int(path.stem[:2]))]
        site.page(path.name, nbformat.writes(notebook), part)


def hang_pictures(notebook, stem, site):
    """Take the pictures out of the outputs into files of their own, which open in full size."""
    count = 0

    def hang(match):
        nonlocal count
        count += 1
        name = f"figures/{stem[:2]}-{count}.png"
        site.file(name, b64decode(match[2]))
        return f'<a href="{name}" title="full size">{match[1]}src="{name}"{match[3]}</a>'

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = IMAGE.sub(hang, output.data["text/html"])
