"""nbval compares what a learner reads: a changed text or alt text fails, changed pixels pass."""

import re
import subprocess
import sys

import nbformat
from reading import NAMES, NOTEBOOKS, code_cells, read

# What is changed in the output of a figure or of a number, and whether nbval may notice.
CHANGES = {
    "nothing": (r"$^", "", "PASSED"),
    "number": (r"^\(4, 5\)$", "(4, 6)", "FAILED"),
    "alt_text": (r'(?<=<img alt=")', "Not quite. ", "FAILED"),
    "pixels": (r"(?<=base64,)[^\"]{8}", "AAAAAAAA", "PASSED"),
}


def excerpt(pattern, replacement):
    """The first notebook as far as its first figure, its outputs changed; and how many were."""
    notebook, changed = read(NAMES[0]), 0
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            for kind, text in output.data.items():
                output.data[kind], n = re.subn(pattern, replacement, text)
                changed += n
        if any("text/html" in output.data for output in cell.get("outputs", [])):
            notebook.cells = notebook.cells[: number + 1]
            return notebook, changed


def test_nbval_fails_where_a_learner_would_read_something_else(tmp_path):
    for name, (pattern, replacement, _) in CHANGES.items():
        notebook, changed = excerpt(pattern, replacement)
        assert changed == (name != "nothing"), name
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-rA", "-p", "no:cacheprovider",
         *map(str, tmp_path.glob("*.ipynb"))],
        cwd=NOTEBOOKS.parent, capture_output=True, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    found = re.findall(r"^(PASSED|FAILED) \S*?(\w+)\.ipynb::", run.stdout, re.M)
    assert len(found) == len(CHANGES) * len(code_cells(notebook)), run.stdout
    for name, (*_, expected) in CHANGES.items():
        outcomes = {outcome for outcome, file in found if file == name}
        assert ("FAILED" in outcomes) == (expected == "FAILED"), run.stdout
