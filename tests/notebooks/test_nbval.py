"""nbval compares what a learner reads: a changed number or alt text fails, changed pixels pass."""

import re
import subprocess
import sys

import nbformat
import pytest
from reading import NOTEBOOKS, read

CHANGES = {
    "as_it_is": None,
    "number": (r"^\(4, 5\)$", "(4, 6)"),
    "alt_text": (r'(?<=<img alt=")', "Not quite. "),
    "pixels": (r'(?<=base64,)[^"]{8}', "AAAAAAAA"),
}


@pytest.fixture
def copies(tmp_path):
    """The first notebook as far as its first figure, four times, with one output changed."""
    for name, change in CHANGES.items():
        notebook = read("00_start_here")
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:3]
        changed = 0
        for output in (output for cell in cells for output in cell.outputs):
            for kind, text in output.data.items() if change else ():
                output.data[kind], times = re.subn(*change, text)
                changed += times
        assert changed == (change is not None), f"the outputs have nothing like {change}"
        notebook.cells = cells
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    return tmp_path


def test_nbval_notices_what_a_learner_would(copies):
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            "pyproject.toml",
            f"--rootdir={copies}",
            "-rA",
            "-p",
            "no:cacheprovider",
            str(copies),
        ],
        cwd=NOTEBOOKS.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    outcomes = re.findall(r"^(PASSED|FAILED) .*?(\w+)\.ipynb::Cell (\d)", run.stdout, re.M)
    failed = {(name, int(cell)) for outcome, name, cell in outcomes if outcome == "FAILED"}
    assert len(outcomes) == 3 * len(CHANGES), run.stdout
    assert failed == {("number", 1), ("alt_text", 2)}, run.stdout
