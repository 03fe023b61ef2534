"""The half-step over all cells and its objective, against dense sums with the whole C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from als_lesson.data.matrix import RatingMatrix
from als_lesson.models.confidence import half_step, objective

steady = settings(derandomize=True, deadline=None, max_examples=60)


def draw(seed, shape=(14, 20), density=0.3):
    """p and c of a random table, some rows empty, some watched cells of confidence 1."""
    rng = np.random.RandomState(seed)
    p = (rng.random_sample(shape) < density) & (rng.random_sample((shape[0], 1)) < 0.8)
    extra = rng.randint(0, 6, shape) * rng.choice([0.1, 1.0, 40.0], shape)
    return p.astype(float), np.where(p, 1 + extra, 1.0)


def rows_of(p, c):
    """c - 1 at the watched cells, zeros among them stored."""
    users, items = np.nonzero(p)
    stored = sparse.csr_array((c[users, items] - 1, (users, items)), shape=p.shape)
    assert stored.nnz == p.sum()
    return stored


def dense_solve(p, c, V, lam):
    """Each row with the whole diagonal matrix of its confidences."""
    solved = np.zeros((len(p), V.shape[1]))
    for i in range(len(p)):
        C = np.diag(c[i])
        solved[i] = np.linalg.solve(V.T @ C @ V + lam * np.eye(V.shape[1]), V.T @ C @ p[i])
    return solved


def dense_objective(p, c, U, V, lam):
    return np.sum(c * (p - U @ V.T) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))


# ---- the half-step -----------------------------------------------------------------------------


def test_two_movies_two_factors_by_hand():
    # V = I, λ = 1; the first movie watched, c = 4; the second not. A = diag(1 + 3, 1) + I =
    # diag(5, 2), b = 4 (1, 0), so u = (4/5, 0). Both watched, c = 4 and 1: b = (4, 1), u = (4/5, 1/2).
    one, both = sparse.csr_array([[3.0, 0.0]]), sparse.csr_array(np.array([[3.0, 7.0]]))
    both.data[1] = 0
    np.testing.assert_allclose(half_step(one, np.eye(2), 1.0), [[0.8, 0]], atol=1e-15)
    np.testing.assert_allclose(half_step(both, np.eye(2), 1.0), [[0.8, 0.5]], atol=1e-15)
    # Now v_0 = (1, 1), v_1 = (0, 1). A = [1 1; 1 2] + 3 [1 1; 1 1] + I = [5 4; 4 6], with
    # determinant 14; b = 4 (1, 1); u = 4 (6 - 4, 5 - 4) / 14 = (4/7, 2/7).
    V = np.array([[1.0, 1.0], [0.0, 1.0]])
    np.testing.assert_allclose(half_step(one, V, 1.0), [[4 / 7, 2 / 7]], rtol=1e-14)


@steady
@given(
    seed=st.integers(0, 10_000),
    n_rows=st.integers(1, 12),
    n_others=st.integers(1, 60),
    k=st.integers(1, 40),
    density=st.sampled_from([0.02, 0.2, 1.0]),
    lam=st.sampled_from([1e-3, 0.1, 10.0]),
)
def test_every_row_solves_its_dense_system(seed, n_rows, n_others, k, density, lam):
    p, c = draw(seed, (n_rows, n_others), density)
    V = np.random.RandomState(seed).standard_normal((n_others, k))
    answer, expected = half_step(rows_of(p, c), V, lam), dense_solve(p, c, V, lam)
    np.testing.assert_allclose(answer, expected, atol=1e-8 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("extra", [0.0, 5e-324, 1e-300, 1e-16, 1e-8, 1.0, 1e4, 1e8])
@pytest.mark.parametrize("k", [2, 9])  # more watched than factors, and fewer
def test_any_confidence_however_near_to_one(extra, k):
    p, _ = draw(1, (1, 30), 0.2)
    p[:] = 0
    p[0, [3, 4, 11, 29]] = 1
    V = np.random.RandomState(2).standard_normal((30, k))
    rows = rows_of(p, 1 + p)
    rows.data = np.array([extra, 2.0, extra, 0.0])
    root = np.ones(30)
    root[[3, 4, 11]] = np.sqrt(1 + rows.data[:3])
    # Least squares over all thirty cells, λ as k more: no square is ever taken.
    features = np.vstack([root[:, None] * V, np.sqrt(0.1) * np.eye(k)])
    expected = np.linalg.lstsq(features, np.append(root * p[0], np.zeros(k)), rcond=None)[0]
    np.testing.assert_allclose(half_step(rows, V, 0.1)[0], expected, rtol=1e-10, atol=1e-12)


def test_one_confidence_for_all_is_ridge_regression_on_zero_filled_watches():
    p, c = draw(3)
    V = np.random.RandomState(3).standard_normal((20, 4))
    features = np.vstack([V, np.sqrt(0.3) * np.eye(4)])
    filled = np.vstack([p.T, np.zeros((4, len(p)))])
    expected = np.linalg.lstsq(features, filled, rcond=None)[0].T
    np.testing.assert_allclose(half_step(rows_of(p, np.ones_like(c)), V, 0.3), expected, atol=1e-12)


def test_rows_without_watches_get_zeros():
    p, c = draw(4)
    empty = ~p.any(axis=1)
    assert empty.any()
    answer = half_step(rows_of(p, c), np.random.RandomState(4).standard_normal((20, 3)), 0.1)
    assert (answer.any(axis=1) == ~empty).all()


def test_permuting_users_permutes_their_factors_and_permuting_movies_changes_nobody():
    p, c = draw(5)
    rng = np.random.RandomState(5)
    V, users, movies = rng.standard_normal((20, 3)), rng.permutation(14), rng.permutation(20)
    answer = half_step(rows_of(p, c), V, 0.1)
    np.testing.assert_allclose(
        half_step(rows_of(p[users], c[users]), V, 0.1), answer[users], atol=1e-12
    )
    moved = half_step(rows_of(p[:, movies], c[:, movies]), V[movies], 0.1)
    np.testing.assert_allclose(moved, answer, atol=1e-12)


def test_lambda_tiny_reproduces_what_can_be_and_huge_leaves_nothing():
    p, c = draw(6, (14, 20), 0.5)
    V = np.linalg.qr(np.random.RandomState(6).standard_normal((20, 20)))[0]  # any p is V @ u
    np.testing.assert_allclose(half_step(rows_of(p, c), V, 1e-12) @ V.T, p, atol=1e-9)
    huge = half_step(rows_of(p, c), V, 1e12)
    np.testing.assert_allclose(1e12 * huge, (c * p) @ V, rtol=1e-6, atol=1e-6)


def test_without_penalty_a_deficient_system_gets_the_solution_of_minimum_norm():
    p, c = draw(7)
    V = np.random.RandomState(7).standard_normal((20, 2)) @ [[1.0, 0, 1, 2], [0, 1, 1, 0]]  # rank 2
    answer = half_step(rows_of(p, c), V, 0.0)
    root = np.sqrt(c)
    expected = [
        np.linalg.lstsq(r[:, None] * V, r * q, rcond=1e-12)[0] for r, q in zip(root, p, strict=True)
    ]
    np.testing.assert_allclose(answer, expected, atol=1e-10)


def test_the_inputs_are_left_alone():
    rows = rows_of(*draw(8))
    V = np.random.RandomState(8).standard_normal((20, 3))
    before = rows.data.copy(), V.copy()
    half_step(rows, V, 0.1)
    np.testing.assert_array_equal(rows.data, before[0])
    np.testing.assert_array_equal(V, before[1])


# ---- the objective -----------------------------------------------------------------------------


@steady
@given(seed=st.integers(0, 10_000), k=st.integers(1, 9), lam=st.sampled_from([0.0, 0.1, 30.0]))
def test_the_objective_is_the_sum_over_all_cells(seed, k, lam):
    p, c = draw(seed)
    rng = np.random.RandomState(seed)
    U, V = rng.standard_normal((14, k)), rng.standard_normal((20, k))
    watched = RatingMatrix.from_dense(np.where(p == 1, 1.0, np.nan))
    answer = objective(watched, (c - 1)[p == 1], U, V, lam)
    assert answer == pytest.approx(dense_objective(p, c, U, V, lam), rel=1e-10)


def test_a_half_step_ends_at_the_minimum():
    p, c = draw(9)
    rng = np.random.RandomState(9)
    V, lam, h = rng.standard_normal((20, 3)), 0.4, 1e-4
    U = half_step(rows_of(p, c), V, lam)
    for i, a in np.ndindex(*U.shape):  # central differences are exact for a quadratic
        nudge = np.zeros_like(U)
        nudge[i, a] = h
        slope = dense_objective(p, c, U + nudge, V, lam) - dense_objective(p, c, U - nudge, V, lam)
        assert abs(slope / (2 * h)) < 1e-6
