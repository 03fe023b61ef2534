"""Every notebook runs once more, with everything other than in its stored run.

nbval repeats the stored run. This one has other seeds, other data (MovieLens, where the archive is
at hand), guesses made, and each exercise's solution in place of its starter's dots.
"""

import os
import re
import sys
from types import SimpleNamespace

import pytest
from reading import NAMES, NOTEBOOKS, exercises, read

import als_lesson.exercises

sys.path.insert(0, str(NOTEBOOKS / "src"))
import build
import replicate

SHIFT = 1

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", params=NAMES)
def other(request):
    """What came of the other run: claims, outcome, what each exercise's cell said."""
    name, data = request.param, replicate.data_at_hand()
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
    solved = {starter: notebook.cells[number] for number, starter, _ in tried}
    claims = replicate.rewrite(notebook, data.get("movielens-small", "simulated"), SHIFT)
    outcome = replicate.run(notebook)
    return SimpleNamespace(name=name, data=data, claims=claims, outcome=outcome, solved=solved)


def test_every_claim_holds_or_its_cell_states_the_share(other):
    assert other.outcome.trouble is None
    failures = other.outcome.failures
    false = [
        f"{claim.section}: {claim.code} ({failures[number]})"
        for number, claim in enumerate(other.claims)
        if failures.get(number) and not claim.share
    ]
    assert not false


def test_every_official_solution_passes_and_no_starter_does(other):
    for starter, cell in other.solved.items():
        assert cell.outputs and cell.outputs[-1].text.splitlines()[-1] == "False True True", starter


def test_every_check_is_used():
    public = {name for name in als_lesson.exercises.__all__ if name.startswith("check_")}
    used = {re.search(r"check_\w+", s)[0] for name in NAMES for _, s, _ in exercises(read(name))}
    assert used == public


def test_the_archive_named_is_the_archive_run_on():
    """A path that leads nowhere would quietly run on simulated ratings instead."""
    if os.environ.get("ALS_LESSON_MOVIELENS"):
        assert "movielens-small" in replicate.data_at_hand()
