"""Loss, objective and RMSE against numbers worked by hand and against plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from als_lesson.data.matrix import RatingMatrix
from als_lesson.metrics.ratings import loss, objective, predict_pairs, rmse

# By hand, k = 1:  R = [5 .]   U = [2]   V = [2]   U Vᵀ = [4 2]   errors  5-4 = 1
#                      [4 1]       [1]       [1]           [2 1]           4-2 = 2, 1-1 = 0
# SSE = 1 + 4 + 0 = 5. Σ‖u‖² = 4 + 1 = 5, Σ‖v‖² = 4 + 1 = 5; with λ = 0.5: 5 + 0.5 · 10 = 10.
# Ratings: users 1 and 2, movies 2 and 1. Weighted: 1·4 + 2·1 + 2·4 + 1·1 = 15; 5 + 7.5 = 12.5.
R = RatingMatrix.from_dense([[5, np.nan], [4, 1]])
U, V = np.array([[2.0], [1.0]]), np.array([[2.0], [1.0]])


def test_worked_by_hand():
    assert loss(R, U, V) == math.sqrt(5)
    assert objective(R, U, V, 0.5) == 10
    assert objective(R, U, V, 0.5, weighted=True) == 12.5
    assert rmse([5, 4, 1], [4, 2, 1]) == pytest.approx(math.sqrt(5 / 3), rel=1e-15)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99))
def test_the_formulas_cell_by_cell(n_users, n_items, k, seed):
    rng = np.random.default_rng(seed)
    stars = rng.integers(0, 6, (n_users, n_items)).astype(float)
    stars[rng.random(stars.shape) < 0.4] = np.nan
    stars[0, 0] = 3.0  # at least one
    users, items = rng.normal(size=(n_users, k)), rng.normal(size=(n_items, k))
    sse = plain = weighted = 0.0
    for i in range(n_users):
        plain += sum(x * x for x in users[i])
    for j in range(n_items):
        plain += sum(x * x for x in items[j])
    for i in range(n_users):
        for j in range(n_items):
            if not math.isnan(stars[i, j]):  # λ·n: every rating brings both its rows' penalty
                sse += (stars[i, j] - sum(users[i, a] * items[j, a] for a in range(k))) ** 2
                weighted += sum(x * x for x in users[i]) + sum(x * x for x in items[j])
    matrix = RatingMatrix.from_dense(stars)
    assert loss(matrix, users, items) == pytest.approx(math.sqrt(sse), rel=1e-12)
    assert objective(matrix, users, items, 0.3) == pytest.approx(sse + 0.3 * plain, rel=1e-12)
    assert objective(matrix, users, items, 0.3, True) == pytest.approx(
        sse + 0.3 * weighted, rel=1e-12
    )


def test_pairs_are_cells_of_the_product_and_the_unseen_are_zero():
    rng = np.random.default_rng(0)
    users, items = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    table = users @ items.T
    i, j = np.indices(table.shape)
    np.testing.assert_allclose(predict_pairs(users, items, i.ravel(), j.ravel()), table.ravel())
    assert predict_pairs(users, items, [-1, 0, -1], [0, -1, -1]).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("actual", "predicted", "words"),
    [
        ([1, 2], [1], "pair by pair.*\\(2,\\) and \\(1,\\)"),
        ([], [], "pair by pair"),
        ([[1, 2]], [1, 2], "pair by pair"),
        ([1, np.nan], [1, 2], "NaN.*observed"),
        ([1, 2], [np.nan, 2], "NaN.*observed"),
        ([1, 2], np.ma.masked_equal([1, 2], 2), "NaN.*observed"),
        ([np.inf], [np.inf], "NaN.*observed"),
        ([1e200], [-1e200], "too large to square"),
        (["3"], [3], "actual: '3' is not a number"),
        ([True], [1], "actual: True is not a number"),
        ([[1], [2, 3]], [1, 2], "rows of different lengths"),
        (R, [[5, 4], [1, 2]], "actual: RatingMatrix.* is not a number"),
    ],
)
def test_rmse_refuses_what_it_cannot_compare(actual, predicted, words):
    with pytest.raises(ValueError, match=words):
        rmse(actual, predicted)


def test_rmse_is_in_stars_and_does_not_grow_with_the_table():
    assert rmse([3] * 4, [3.5] * 4) == rmse([3] * 400, [3.5] * 400) == 0.5


def test_factors_may_be_lists():
    assert loss(R, U.tolist(), V.tolist()) == math.sqrt(5)
    assert predict_pairs(U.tolist(), V.tolist()).tolist() == [[4, 2], [2, 1]]


@pytest.mark.parametrize(
    ("users", "items", "error", "words"),
    [
        (U, V[:1], ValueError, r"shapes \(2, 1\) and \(1, 1\) do not go with 2 users and 2 items"),
        (U, np.ones((2, 3)), ValueError, "do not go with"),
        (U.T, V.T, ValueError, "do not go with"),
        (U[:, 0], V[:, 0], ValueError, "do not go with"),
        (U[:, :, None], V[:, :, None], ValueError, "do not go with"),
        ([["a"], ["b"]], V, ValueError, "user_factors: 'a' is not a number"),
        (U, [[np.nan], [1]], FloatingPointError, "not a finite number"),
        (U, V * 1e200, FloatingPointError, "too large to square"),
    ],
)
def test_factors_of_another_table_have_no_loss(users, items, error, words):
    with pytest.raises(error, match=words):
        loss(R, users, items)
    with pytest.raises(error, match=words):
        objective(R, users, items, 0.1)


@pytest.mark.parametrize("lam", [-1, np.nan, np.inf, None, "x", True, [0.1], 10**400])
def test_a_penalty_is_a_finite_number(lam):
    with pytest.raises(ValueError, match="^lam=.{1,60} must be a finite number, 0 or more$"):
        objective(R, U, V, lam)


@pytest.mark.parametrize("weighted", ["yes", 1, 0.1, None])
def test_weighted_is_yes_or_no(weighted):
    with pytest.raises(ValueError, match="weighted=.* must be True or False"):
        objective(R, U, V, 0.1, weighted)
