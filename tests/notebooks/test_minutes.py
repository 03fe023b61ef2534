"""The minutes a notebook states follow from what a learner reads, runs, predicts and solves.

First readers took two to three times what authors had felt it would take.
"""

import re

import pytest
from reading import NAMES, NOTEBOOKS, exercises, read_text

FOLDED = re.compile(r"<details>.*?</details>", re.S)
GUESS = re.compile(r"^guess\w*(, guess\w*)* = ", re.M)


def measure(notebook):
    """Words read, cells run, predictions made, exercises solved."""
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    words = re.findall(r"\S*\w\S*", FOLDED.sub("", "\n".join(prose)))
    return len(words), len(code), sum(map(bool, map(GUESS.search, code))), len(exercises(notebook))


def honest_minutes(n_words, n_cells, n_predictions, n_exercises):
    """180 words a minute, half a minute a cell; time to think before a guess and in an exercise."""
    minutes = n_words / 180 + 0.5 * n_cells + 1.5 * n_predictions + 5 * n_exercises
    return max(10, 5 * round(minutes / 5))


def stated(notebook):
    return int(re.search(r"About (\d+) minutes\.$", notebook.cells[0].source)[1])


@pytest.mark.parametrize("name", NAMES)
def test_the_minutes_are_honest(name):
    notebook = read_text(name)
    assert stated(notebook) == honest_minutes(*measure(notebook)), measure(notebook)
    assert stated(notebook) <= 45, "more than one sitting"
    road = "\n".join(cell.source for cell in read_text(NAMES[0]).cells)
    entry = re.search(rf"^\| .*({name}\.ipynb|{name[:2]} start here).*\| (\d+) \|$", road, re.M)
    assert int(entry[2]) == stated(notebook), f"{NAMES[0]} says {entry[0]}"


@pytest.mark.parametrize("name", [name for name in NAMES if "explore" not in name])
def test_predictions_are_committed(name):
    _, _, n_predictions, n_exercises = measure(read_text(name))
    assert 2 <= n_predictions <= 4 and 2 <= n_exercises <= 3


def test_the_readme_adds_up_the_hours():
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    minutes = sum(stated(read_text(name)) for name in NAMES)
    assert int(re.search(r"in about (\d+) hours", readme)[1]) == round(minutes / 60)


def test_the_formula():
    assert honest_minutes(1800, 10, 2, 2) == 30  # 10 + 5 + 3 + 10 = 28
    assert honest_minutes(0, 0, 0, 0) == 10
