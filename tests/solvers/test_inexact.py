"""Steps of conjugate gradient in place of a solution: what both engines promise of them."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import cg
from test_contract import (
    CLOSE,
    assert_same,
    draw,
    draw_watches,
    each_engine,
    each_kind,
    ridge_oracle,
    watch_oracle,
)
from test_never_rises import draw_settings, draw_table, objectives, rise, side_by_side

from als_lesson import als_steps, fit_als, fit_implicit, half_step, simulate_ratings, watch_step


def begin(like, seed=1):
    return np.random.RandomState(seed).standard_normal(like.shape)


@each_engine
def test_two_steps_worked_by_hand(engine):
    # R = [4 2], v = (1, 0) and (1, 1), λ = 1: A = [3 1; 1 2], b = (6, 2), whose answer is (2, 0).
    # From 0: r = p = (6, 2), Ap = (20, 10), a = 40 / 140 = 2/7, so u = (12, 4) / 7; then
    # r = (2, -6) / 7, r·r = 40 / 49, p = r + (1/49) (6, 2) = (20, -40) / 49, Ap = (20, -60) / 49,
    # a = (40/49) / (2800/2401) = 7/10, u = (12, 4) / 7 + (2, -4) / 7 = (2, 0).
    rows, V = sparse.csr_array(np.array([[4.0, 2.0]])), np.array([[1.0, 0.0], [1.0, 1.0]])
    one, two = (half_step(rows, V, 1, cg_steps=steps, engine=engine) for steps in (1, 2))
    np.testing.assert_allclose(one, [[12 / 7, 4 / 7]], rtol=1e-14)
    np.testing.assert_allclose(two, [[2, 0]], atol=1e-14)


@each_engine
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_steps_are_scipys(engine, weighted, steps):
    ratings, V = draw(3, 12, 30, 6)
    weights = np.random.RandomState(0).uniform(0, 3, ratings.nnz)
    start = begin(np.empty((12, 6)))
    form = {"weights": weights, "start": start, "cg_steps": steps, "engine": engine}
    answer = half_step(ratings, V, 0.5, weighted, **form)
    for row in range(12):
        here = slice(*ratings.indptr[row : row + 2])
        n, X, w = here.stop - here.start, V[ratings.indices[here]], weights[here]
        A = X.T @ (w[:, None] * X) + (0.5 * n if weighted else 0.5) * np.eye(6)
        expected = cg(A, X.T @ (w * ratings.data[here]), start[row], rtol=0, maxiter=steps)[0]
        np.testing.assert_allclose(answer[row], expected if n else np.zeros(6), rtol=1e-9)


@each_kind
@pytest.mark.parametrize("weighted", [False, True])
def test_with_as_many_steps_as_factors_it_is_the_exact_answer(engine, dtype, weighted):
    ratings, V = draw(4, 30, 40, 6)
    expected = ridge_oracle(ratings, V.astype(dtype).astype(float), 2.0, weighted)
    start = begin(expected).astype(dtype)
    form = {"start": start, "cg_steps": 12, "engine": engine}
    answer = half_step(ratings, V.astype(dtype), 2.0, weighted, **form)
    assert answer.dtype == dtype
    assert_same(answer, expected, CLOSE[dtype])
    again = half_step(ratings, V, 2.0, weighted, start=expected, cg_steps=1, engine=engine)
    assert_same(again, ridge_oracle(ratings, V, 2.0, weighted), 1e-3 if dtype == "f4" else 1e-6)


@each_kind
def test_watches_too_and_there_a_step_goes_further(engine, dtype):
    extra, V = draw_watches(2, 30, 60, 8, density=0.1)
    expected = watch_oracle(extra, V.astype(dtype).astype(float), 2.0)
    form = {"start": begin(expected).astype(dtype), "engine": engine}
    answer = watch_step(extra, V.astype(dtype), 2.0, cg_steps=16, **form)
    assert answer.dtype == dtype
    assert_same(answer, expected, CLOSE[dtype])
    # One watch leaves the identity and one term, which two steps settle whatever V is.
    lone = sparse.csr_array((np.full(60, 40.0), np.arange(60), np.arange(61)), shape=(60, 60))
    near = watch_step(lone, V, 2.0, cg_steps=2, engine=engine)
    assert_same(near, watch_oracle(lone, V, 2.0), 1e-9)


@each_engine
@pytest.mark.parametrize("step", [half_step, watch_step])
def test_rows_without_ratings_get_zeros_wherever_they_start(engine, step):
    rows = sparse.csr_array(np.array([[0.0, 0.0], [3.0, 4.0]]))
    answer = step(rows, np.ones((2, 3)), 0.1, start=np.ones((2, 3)), cg_steps=1, engine=engine)
    assert answer.any(axis=1).tolist() == [False, True]


@each_engine
def test_watches_whose_penalty_is_lost_in_rounding_are_solved_exactly(engine):
    extra, _ = draw_watches(7)
    V = np.random.RandomState(7).randint(-2, 3, (20, 1)) @ np.ones((1, 4))
    answer = watch_step(extra, V, 0.0, cg_steps=1, engine=engine)
    assert_same(answer, watch_oracle(extra, V, 0), 1e-8)


@each_kind
def test_the_objective_never_rises(engine, dtype):
    for seed in range(40):
        rng = np.random.RandomState(seed)
        k, lam, _ = draw_settings(rng, [1.0])
        matrix, owners = side_by_side([draw_table(rng) for _ in range(20)])
        form = {"weighted": seed % 2 == 0, "engine": engine, "dtype": np.dtype(dtype).name}
        steps = als_steps(matrix, k, lam, n_iter=4, seed=seed, cg_steps=1 + seed % 3, **form)
        reached = [objectives(step, matrix, owners, lam, seed % 2 == 0) for step in steps]
        size = np.sqrt(np.bincount(owners[0][matrix.entries()[0]], matrix.values**2, 20))
        assert rise(reached, np.maximum(size, 1e-290)) <= (1e-9 if dtype == np.float64 else 1e-3)


@each_engine
@pytest.mark.parametrize("fit", [fit_als, fit_implicit])
def test_both_ways_end_at_one_objective(engine, fit):
    ratings = simulate_ratings(40, 120, 1000, seed=2).ratings
    exact = fit(ratings, 3, 5.0, n_iter=200, engine=engine)
    rough = fit(ratings, 3, 5.0, n_iter=400, cg_steps=1, engine=engine)
    reached = [one.history.objective.iloc[-1] for one in (exact, rough)]
    assert reached[1] == pytest.approx(reached[0], rel=1e-6)
    assert (np.diff(rough.history.objective) <= 1e-9 * reached[0]).all()


@pytest.mark.parametrize("step", [half_step, watch_step])
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"cg_steps": 0}, "cg_steps=0 must be a whole number of steps, 1 or more, or None"),
        ({"cg_steps": 1.5}, "cg_steps=1.5 must be a whole number of steps"),
        ({"cg_steps": "2"}, "cg_steps='2' must be a whole number of steps"),
        ({"cg_steps": 2, "start": np.ones((1, 2))}, r"start has the shape \(1, 2\).*\(2, 2\)"),
        ({"cg_steps": 2, "start": np.full((2, 2), np.nan)}, "start holds a number that is not fin"),
    ],
)
def test_a_way_that_cannot_be_gone_is_refused(step, form, words):
    with pytest.raises(ValueError, match=words):
        step(sparse.csr_array(np.ones((2, 2))), np.ones((2, 2)), 1.0, **form)
