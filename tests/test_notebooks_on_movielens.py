"""What the lessons claim of simulated ratings, they claim of MovieLens: every assert holds there."""

import pytest
from course import TEXT_NAMES, run_solved, shown, verdicts


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_a_lesson_runs_to_its_end_on_movielens(name, movielens_zip, monkeypatch):
    monkeypatch.setenv("ALS_LESSON_DATA", str(movielens_zip))
    trouble, lesson = run_solved(name)
    assert trouble is None, trouble
    said = "\n".join(shown(cell) for _, cell in lesson.code)
    assert "100,836 ratings by 610 users of 9,724 movies" in said
    assert [answer for answer in verdicts(lesson) if not answer.startswith("✓ ")] == []
