"""The zigzag: right angles, gradient descent, and ratings other than four stars."""

import numpy as np
import pytest
from looking import line, panel

from als_lesson import RatingMatrix, als_steps, explore_zigzag

RATINGS = [4.0, 0.01, 1.0, 10.0, 100.0]


@pytest.mark.parametrize("rating", RATINGS)
def test_als_turns_at_right_angles_and_never_climbs(rating):
    explorer = explore_zigzag(rating=rating, lam=0.1 * rating / 4)
    explorer.set(steps=20)
    moves = np.diff(explorer.als, axis=0)
    assert len(moves) == 20
    assert (np.abs(moves).min(axis=1) == 0).all()
    assert np.allclose((moves[1:] * moves[:-1]).sum(axis=1), 0)
    assert (np.diff(explorer.objective(*explorer.als.T)) < 0).all()


def test_it_is_the_path_of_als_steps():
    explorer = explore_zigzag(seed=3)
    explorer.set(steps=9)
    steps = als_steps(RatingMatrix.from_dense([[4]]), 1, explorer.lam.value, n_iter=5, seed=3)
    path = [(step.user_factors[0, 0], step.item_factors[0, 0]) for step in steps]
    assert np.allclose(explorer.als[1:], path[:9])


def test_gradient_descent_steps_against_the_slope():
    explorer = explore_zigzag(step_size=0.01)
    start, after = explorer.descent[:2]
    h = 1e-6
    slope = [
        (explorer.objective(*(start + d)) - explorer.objective(*(start - d))) / (2 * h)
        for d in (np.array([h, 0]), np.array([0, h]))
    ]
    assert np.allclose(start - explorer.step_size.value * np.array(slope), after, atol=1e-6)


@pytest.mark.parametrize("rating", RATINGS)
def test_gradient_descent_begins_with_a_step_size_at_which_it_lives(rating):
    explorer = explore_zigzag(rating=rating, lam=0.3 * rating / 4)
    assert "flew off" not in explorer.set(steps=60)
    assert (np.diff(explorer.objective(*explorer.descent.T)) < 0).all()


def test_a_step_size_too_large_is_said_to_be():
    assert "the step is too large" in explore_zigzag(step_size=1.0).readout


@pytest.mark.parametrize("rating", RATINGS)
def test_landscape_and_curves_hold_both_paths_whatever_the_rating(rating):
    explorer = explore_zigzag(rating=rating)
    for lam in (0.01, 0.3, 3.0):
        explorer.set(lam=lam * rating / 4, steps=12)
        land, curve = panel(explorer, "ALS turns"), panel(explorer, "After 12 steps")
        for axes, labels in ((land, ["ALS", "minimum"]), (curve, ["ALS", "gradient descent"])):
            low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
            for label in labels:
                points = line(axes, label)
                assert len(points)
                assert (low <= points).all() and (points <= high).all(), (lam, label)
        shades = [path for path in land.collections[-1].get_paths() if len(path.vertices)]
        assert len(shades) > 5  # a valley, not a plain


def test_the_picture_is_the_same_in_other_units():
    pictures = [
        explore_zigzag(rating=rating, lam=0.1 * rating, step_size=0.04 / rating)
        for rating in (1.0, 10.0)
    ]
    one, ten = (panel(picture, "ALS turns") for picture in pictures)
    assert np.allclose(line(one, "ALS") * 10**0.5, line(ten, "ALS"))
    assert np.allclose(np.array(one.get_xlim()) * 10**0.5, ten.get_xlim())
