"""Every notebook runs to the end on MovieLens, and its exercises can be solved."""

import re
import sys

import pytest
from reading import NAMES, NOTEBOOKS, exercises, read

import als_lesson.exercises

sys.path.insert(0, str(NOTEBOOKS / "src"))
import build

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", NAMES)
def test_on_movielens_every_claim_holds(name, movielens_zip, monkeypatch):
    monkeypatch.setenv("ALS_LESSON_DATA", str(movielens_zip))
    notebook = build.read_text(NOTEBOOKS / "src" / f"{name}.md")
    assert build.execute(notebook) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_official_solution_passes_and_no_starter_does(name):
    """One run of the notebook, guesses made, with each solution in place of its starter's dots."""
    notebook = build.read_text(NOTEBOOKS / "src" / f"{name}.md")
    for cell in notebook.cells:
        cell.source = re.sub(r"^(guess\w* = )None", r"\g<1>3", cell.source, flags=re.M)
    tried = exercises(notebook)
    for number, starter, solution in tried:
        call = re.search(r"^check_\w+\(.*\)$", starter, re.M)[0]
        notebook.cells[number].source = (
            f"{starter.replace(call, f'before = {call}')}\n{solution}\nafter = {call}\n"
            "print(before.correct, after.correct, 'not started' in before.message)"
        )
    assert build.execute(notebook) is None
    for number, starter, _ in tried:
        (output,) = notebook.cells[number].outputs[-1:]
        assert output.text.splitlines()[-1] == "False True True", starter


def test_every_check_is_used():
    public = {name for name in als_lesson.exercises.__all__ if name.startswith("check_")}
    used = {re.search(r"check_\w+", s)[0] for name in NAMES for _, s, _ in exercises(read(name))}
    assert used == public
