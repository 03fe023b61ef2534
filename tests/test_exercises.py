"""Every exercise starts unsolved, its own solution passes its check, and no check lies idle."""

import re

import pytest
from course import COURSE, NOTEBOOK_NAMES, TEXT_NAMES, read_notebook, run_solved, verdicts

from als_lesson import checks


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_the_solutions_pass_their_checks(name):
    trouble, lesson = run_solved(name)
    assert trouble is None, trouble
    answers = verdicts(lesson)
    assert len(answers) >= 2
    assert [answer for answer in answers if not answer.startswith("✓ ")] == []


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_the_starters_are_not_started(name):
    starters = [cell for _, cell, _ in read_notebook(name).exercises]
    answers = [cell.outputs[-1].data["text/plain"] for cell in starters]
    assert [text for text in answers if not text.startswith("Not yet: not started")] == []


def test_every_check_belongs_to_an_exercise():
    asked = {
        check
        for name in NOTEBOOK_NAMES
        for _, cell, _ in read_notebook(name).exercises
        for check in re.findall(r"\bcheck_\w+", cell.source)
    }
    assert asked == {name for name in vars(checks) if name.startswith("check_")}


def test_the_lessons_are_those_of_the_course_in_its_order():
    assert TEXT_NAMES == COURSE[: len(TEXT_NAMES)]
