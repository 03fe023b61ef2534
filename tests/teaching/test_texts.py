"""Numbers in homework, exam and the worked example are what running them gives."""

import sys
from pathlib import Path

import numpy as np

from als_lesson import RatingMatrix, fit_als, half_step, ndcg_at, simulate_ratings, split_ratings

TEACHING = Path(__file__).resolve().parents[2] / "teaching"
sys.path.insert(0, str(TEACHING))

import project_example  # noqa: E402

NAN = np.nan


def text(name):
    return (TEACHING / name).read_text(encoding="utf-8")


def both_updates(r, v, lam):
    """One factor: the right update, by least squares, and the colleague's, on zeros."""
    r, v = np.array(r, dtype=float), np.array(v, dtype=float)
    found = []
    for seen in (~np.isnan(r), np.full(len(r), True)):
        X = np.append(v[seen], np.sqrt(lam))[:, None]
        y = np.append(np.nan_to_num(r)[seen], 0)
        found.append(np.linalg.lstsq(X, y, rcond=None)[0][0])
    return found


def test_updates_by_hand():
    ours, colleague = both_updates([2, NAN, 4, NAN], [1, 3, 1, 2], 1)
    assert f"= {ours:g}. b)" in text("exam_answers.md")
    assert f"= {colleague:g}. c) {colleague:g} as well" in text("exam_answers.md")
    ours, colleague = both_updates([3, NAN, NAN, 5], [1, 1, 2, 2], 2)
    assert f"right 13 / 7 = {ours:.2f}, colleague 13 / 12 = {colleague:.2f}" in text("homework.md")


def test_penalties_in_the_exam():
    R = np.full((40, 2), 4.0)
    R[1:, 0] = NAN
    by_item, U = RatingMatrix.from_dense(R).by_item, np.ones((40, 1))
    plain, weighted = (
        half_step(by_item, U, lam, w).ravel() for lam, w in ((10, False), (0.25, True))
    )
    words = text("exam_answers.md")
    assert f"A 4 / 11 = {plain[0]:.2f}, B 160 / 50 = {plain[1]:.1f}" in words
    assert f"A 4 / 1.25 = {weighted[0]:.1f}, B 160 / (40 + 10) = {weighted[1]:.1f}" in words


def test_the_list_in_the_exam():
    assert f"nDCG = {ndcg_at([*'ABCD'], [*'BD'], 4):.3f}" in text("exam_answers.md")


def test_a_larger_penalty_does_to_both_errors_what_the_homework_says():
    for seed in range(3):
        ratings = simulate_ratings(seed=seed).ratings
        train, held_out = split_ratings(ratings, 0.2, seed=seed)
        matrix = RatingMatrix.from_ratings(train)
        loose, tight = (
            fit_als(matrix, 2, lam, n_iter=20, held_out=held_out).history.iloc[-1]
            for lam in (0.1, 1)
        )
        assert loose.train_rmse < tight.train_rmse < loose.train_rmse + 0.02
        assert loose.held_out_rmse > tight.held_out_rmse + 0.03


def test_the_worked_example_was_run():
    assert project_example.report() == text("project_example.md")


def test_a_gain_is_called_what_its_spread_allows():
    called = [project_example.verdict(np.array(gains)) for gains in ([-2, -3], [2, 3], [-2, 3])]
    assert called == ["ahead", "behind", "undecided"]
