"""Steps of conjugate gradient in place of a solution: what both engines promise of them."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import cg
from test_contract import CLOSE, assert_same, draw, each_engine, each_kind, ridge_oracle
from test_never_rises import draw_settings, draw_table, objectives, rise, side_by_side

from als_lesson import RatingMatrix, als_steps, half_step, objective, simulate_ratings
from als_lesson.solvers import compiled, plain


@pytest.mark.parametrize("engine", [plain, compiled])
def test_two_steps_worked_by_hand(engine):
    # R = [4 2], v = (1, 0) and (1, 1), λ = 1: A = [3 1; 1 2], b = (6, 2), whose answer is (2, 0).
    # From 0: r = p = (6, 2), Ap = (20, 10), a = 40 / 140 = 2/7, so u = (12, 4) / 7; then
    # r = (2, -6) / 7, r·r = 40 / 49, p = r + (1/49) (6, 2) = (20, -40) / 49, Ap = (20, -60) / 49,
    # a = (40/49) / (2800/2401) = 7/10, u = (12, 4) / 7 + (2, -4) / 7 = (2, 0).
    rows, V = sparse.csr_array(np.array([[4.0, 2.0]])), np.array([[1.0, 0.0], [1.0, 1.0]])
    one, two, none = (
        engine.approach(rows, V, 1.0, False, np.zeros((1, 2)), steps, n_min)
        for steps, n_min in [(1, 1), (2, 2), (2, 3)]
    )
    np.testing.assert_allclose(one, [[12 / 7, 4 / 7]], rtol=1e-14)
    np.testing.assert_allclose(two, [[2, 0]], atol=1e-14)
    assert not none.any()  # a row of fewer than three ratings stays


@each_engine
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_long_rows_take_scipys_steps_and_short_ones_are_solved(engine, weighted, steps):
    lengths = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 30, 60]
    rng = np.random.RandomState(steps)
    indices = np.concatenate([rng.permutation(60)[:n] for n in lengths])
    cells = rng.uniform(1, 5, len(indices)), indices, np.cumsum([0, *lengths])
    ratings, V = sparse.csr_array(cells, shape=(12, 60)), rng.standard_normal((60, 6))
    start = rng.standard_normal((12, 6))
    form = {"start": start, "cg_steps": steps, "engine": engine}
    answer = half_step(ratings, V, 0.5, weighted, **form)
    exact = ridge_oracle(ratings, V, 0.5, weighted)
    for row, n in enumerate(lengths):
        here = slice(*ratings.indptr[row : row + 2])
        X = V[ratings.indices[here]]
        A = X.T @ X + (0.5 * n if weighted else 0.5) * np.eye(6)
        there = cg(A, X.T @ ratings.data[here], start[row], rtol=0, maxiter=steps)[0]
        expected = there if n > 2 * (steps + 1) else exact[row]
        np.testing.assert_allclose(answer[row], expected, rtol=1e-9, atol=1e-12)


@each_kind
@pytest.mark.parametrize("weighted", [False, True])
def test_enough_steps_arrive_and_from_there_none_leads_away(engine, dtype, weighted):
    ratings, V = draw(4, 30, 90, 6, density=0.6)
    V = V.astype(dtype)
    expected = ridge_oracle(ratings, V.astype(float), 2.0, weighted)
    form = {"cg_steps": 9, "engine": engine}
    answer = half_step(ratings, V, 2.0, weighted, **form)
    assert answer.dtype == dtype
    assert_same(answer, expected, CLOSE[dtype])
    again = half_step(ratings, V, 2.0, weighted, start=answer, **form)
    assert_same(again, expected, CLOSE[dtype])


@each_engine
@pytest.mark.parametrize("lam", [0.0, 1e-300, 1e-14])
def test_rows_whose_penalty_is_lost_in_rounding_are_solved(engine, lam):
    ratings, _ = draw(7, 9, 40)
    V = np.random.RandomState(7).randint(-2, 3, (40, 1)) @ np.ones((1, 4))
    answer = half_step(ratings, V, lam, cg_steps=1, engine=engine)
    assert_same(answer, ridge_oracle(ratings, V, 0), 1e-7)


@each_kind
def test_the_objective_never_rises(engine, dtype):
    """Tables of up to 6 x 6, stretched so that their rows are long enough to take steps."""
    for seed in range(40):
        rng = np.random.RandomState(seed)
        k, lam, _ = draw_settings(rng, [1.0])
        tables = [np.tile(draw_table(rng), (4, 4)) for _ in range(20)]
        tables = [table + rng.uniform(0, 1, table.shape) for table in tables]
        matrix, owners = side_by_side(tables)
        form = {"weighted": seed % 2 == 0, "engine": engine, "dtype": np.dtype(dtype).name}
        steps = als_steps(matrix, k, lam, n_iter=4, seed=seed, cg_steps=1 + seed % 3, **form)
        reached = [objectives(step, matrix, owners, lam, seed % 2 == 0) for step in steps]
        size = np.sqrt(np.bincount(owners[0][matrix.entries()[0]], matrix.values**2, 20))
        assert rise(reached, np.maximum(size, 1e-290)) <= (1e-9 if dtype == np.float64 else 1e-3)


@each_engine
@pytest.mark.parametrize("weighted", [False, True])
def test_where_it_comes_to_rest_an_exact_step_moves_nothing(engine, weighted):
    matrix = RatingMatrix.from_ratings(simulate_ratings(40, 120, 1000, seed=2).ratings)
    form = {"weighted": weighted, "engine": engine}
    *_, rest = als_steps(matrix, 3, 0.5, n_iter=600, cg_steps=1, **form)
    U = half_step(matrix.by_user, rest.item_factors, 0.5, **form)
    reached = objective(matrix, U, rest.item_factors, 0.5, weighted=weighted)
    assert reached == pytest.approx(rest.objective, rel=1e-5)
    first, *_ = als_steps(matrix, 3, 0.5, n_iter=1, cg_steps=1, **form)
    exact, *_ = als_steps(matrix, 3, 0.5, n_iter=1, **form)
    assert first.objective > exact.objective  # it did take another way


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"cg_steps": 0}, "cg_steps=0 must be a whole number of steps, 1 or more, or None"),
        ({"cg_steps": 1.5}, "cg_steps=1.5 must be a whole number of steps"),
        ({"cg_steps": "2"}, "cg_steps='2' must be a whole number of steps"),
        ({"cg_steps": 2, "weights": np.ones(4)}, "cg_steps and weights do not go together"),
        ({"cg_steps": 2, "start": np.ones((1, 2))}, r"start has the shape \(1, 2\).*\(2, 2\)"),
        ({"cg_steps": 2, "start": np.full((2, 2), np.nan)}, "start holds a number that is not fin"),
    ],
)
def test_a_way_that_cannot_be_gone_is_refused(form, words):
    with pytest.raises(ValueError, match=words):
        half_step(sparse.csr_array(np.ones((2, 2))), np.ones((2, 2)), 1.0, **form)


def test_systems_that_cannot_fit_are_refused_here_too():
    """Its short rows are solved, and need them."""
    with pytest.raises(ValueError, match="systems of k = 100,000 equations need .* GB of memory"):
        half_step(sparse.csr_array(np.ones((2, 2))), np.ones((2, 10**5)), 1.0, cg_steps=1)
