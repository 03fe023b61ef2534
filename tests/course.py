"""The course as its tests read it: texts, notebooks, exercises and solutions."""

import re
from dataclasses import dataclass

import nbformat

from notebooks.src.build import NOTEBOOKS, TEXTS, execute, read_text

COURSE = [
    "00_start_here",
    "01_map_ids",
    "02_pivot_to_a_matrix",
    "03_compare_svd_with_a_mask",
    "04_derive_als",
    "05_run_als",
    "06_sweep_k_and_lambda",
    "07_explore_with_sliders",
    "08_recommend",
    "09_als_versus_sgd",
    "10_implicit_feedback",
    "11_scale_out",
]
TEXT_NAMES = sorted(path.stem for path in TEXTS.glob("[0-9][0-9]_*.md"))
NOTEBOOK_NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
SOLUTION = re.compile(
    r"<details><summary>Solution</summary>\n\n```python\n(.+?)\n```\n\n</details>", re.S
)


@dataclass(frozen=True)
class Lesson:
    """One notebook: its name in the course and its cells."""

    name: str
    cells: list

    @property
    def code(self):
        """The code cells, each with its position as `build` counts: from 1, all cells."""
        return [pair for pair in enumerate(self.cells, start=1) if pair[1].cell_type == "code"]

    @property
    def prose(self):
        """The other cells, in the same form."""
        return [pair for pair in enumerate(self.cells, start=1) if pair[1].cell_type != "code"]

    @property
    def exercises(self):
        """The starter cells that end in a check, and the markdown cell after each."""
        return [
            (number, cell, self.cells[number].source if number < len(self.cells) else "")
            for number, cell in self.code
            if "als_lesson.checks" in cell.source
        ]


def read_notebook(name):
    """The committed notebook, outputs included."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    return Lesson(name, notebook.cells)


def shown(cell):
    """All that a cell's stored outputs say, pictures' alt text included."""
    parts = []
    for output in cell.get("outputs", []):
        parts.append(output.get("text", ""))
        parts += [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return re.sub(r"base64,[^\"]*", "base64,", "\n".join(parts))


def solve(name):
    """The text of a lesson with a cell below each starter: its solution, then its check."""
    notebook = read_text(TEXTS / f"{name}.md")
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        cells.append(cell)
        if any(number == exercise[0] for exercise in Lesson(name, notebook.cells).exercises):
            solution = SOLUTION.match(notebook.cells[number].source)[1]
            check = cell.source.splitlines()[-1]
            cells.append(nbformat.v4.new_code_cell(f"{solution}\n\n{check}", id=f"solution-{number}"))
    notebook.cells = cells
    return notebook


def run_solved(name):
    """Run a lesson with its exercises solved; return what went wrong or None, and the lesson."""
    notebook = solve(name)
    trouble = execute(notebook)
    return trouble, Lesson(name, notebook.cells)


def verdicts(lesson):
    """What each solution's check answered."""
    return [
        cell.outputs[-1].data["text/plain"]
        for _, cell in lesson.code
        if cell.id.startswith("solution-")
    ]
