"""The compiled engine against NumPy's and against least squares on the augmented system."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from als_lesson import RatingMatrix, fit_als, simulate_ratings
from als_lesson.metrics import ratings as metrics
from als_lesson.solvers import compiled as kernels
from als_lesson.solvers import plain as ridge
from als_lesson.solvers import threads

steady = settings(derandomize=True, deadline=None, max_examples=60)


def draw(seed, n_rows, n_others, k, density):
    """Random ratings, some rows of them empty, and random factors."""
    rng = np.random.RandomState(seed)
    values = rng.uniform(0.5, 5, (n_rows, n_others))
    seen = (rng.random_sample(values.shape) < density) & (rng.random_sample((n_rows, 1)) < 0.9)
    return sparse.csr_array(np.where(seen, values, 0)), rng.standard_normal((n_others, k))


def least_squares(ratings, factors, lam, weighted=False, weights=None):
    """Row by row: the least squares problem with √λ I below the features and zeros below r."""
    k = factors.shape[1]
    solved = np.zeros((ratings.shape[0], k))
    for row in range(len(solved)):
        here = slice(*ratings.indptr[row : row + 2])
        n = here.stop - here.start
        scale = np.ones(n) if weights is None else np.sqrt(weights[here])
        penalty = np.sqrt(lam * n if weighted else lam) * np.eye(k)
        features = np.vstack([scale[:, None] * factors[ratings.indices[here]], penalty])
        target = np.append(scale * ratings.data[here], np.zeros(k))
        solved[row] = np.linalg.lstsq(features, target, rcond=None)[0]
    return solved


def assert_same(answer, expected, tolerance=1e-9):
    """Agreement relative to the largest number in each row."""
    size = np.abs(expected).max(axis=1, keepdims=True)
    assert (np.abs(answer - expected) <= tolerance * np.maximum(size, 1e-12)).all()


@steady
@given(
    seed=st.integers(0, 10_000),
    n_rows=st.integers(1, 12),
    n_others=st.integers(1, 150),
    k=st.integers(1, 40),
    density=st.sampled_from([0.02, 0.2, 1.0]),
    lam=st.sampled_from([1e-3, 0.1, 10.0, 1e8]),
    weighted=st.booleans(),
)
def test_three_solvers_agree(seed, n_rows, n_others, k, density, lam, weighted):
    ratings, factors = draw(seed, n_rows, n_others, k, density)
    answer = kernels.half_step(ratings, factors, lam, weighted)
    assert_same(answer, least_squares(ratings, factors, lam, weighted))
    assert_same(answer, ridge.half_step(ratings, factors, lam, weighted))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 66, 129, 300])
@pytest.mark.parametrize("k", [1, 2, 4, 8, 9, 16, 17, 64, 65, 130])
def test_every_way_a_row_can_fill_tiles_and_blocks(n, k):
    rng = np.random.RandomState(n + 1000 * k)
    ratings = sparse.csr_array(rng.uniform(1, 5, (2, n)))
    factors = rng.standard_normal((n, k))
    answer = kernels.half_step(ratings, factors, 0.1)
    assert_same(answer, least_squares(ratings, factors, 0.1))


@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (1, 1)])
def test_one_user_or_one_movie(shape):
    ratings, factors = draw(3, *shape, 4, 1.0)
    answer = kernels.half_step(ratings, factors, 0.5)
    assert_same(answer, least_squares(ratings, factors, 0.5))


@pytest.mark.parametrize("n", [3, 8, 20])  # fewer ratings than k = 8, as many, more
def test_a_tiny_lambda(n):
    rng = np.random.RandomState(n)
    ratings = sparse.csr_array(rng.uniform(1, 5, (5, n)))
    factors = np.linalg.qr(rng.standard_normal((max(n, 8), 8)))[0][:n]
    answer = kernels.half_step(ratings, factors, 1e-8)
    if n != 3:  # orthonormal columns: nothing to lose to rounding
        assert_same(answer, ratings.toarray() @ factors / (1 + 1e-8))
    assert_same(answer, least_squares(ratings, factors, 1e-8))


def test_a_lambda_lost_to_rounding_still_gets_the_least_squares_answer():
    factors = np.ones((6, 3))  # of rank 1, and 1e-300 is nothing beside 6
    ratings = sparse.csr_array(np.full((1, 6), 4.0))
    answer = kernels.half_step(ratings, factors, 1e-300)
    np.testing.assert_allclose(answer, np.full((1, 3), 4 / 3), rtol=1e-9)


def test_lambda_zero_is_the_solution_of_minimum_norm():
    ratings, factors = draw(5, 6, 20, 8, 0.3)
    answer = kernels.half_step(ratings, factors, 0)
    np.testing.assert_array_equal(answer, ridge.half_step(ratings, factors, 0))


@pytest.mark.parametrize("lam", [-1.0, np.nan])
def test_an_impossible_lambda_is_refused(lam):
    with pytest.raises(ValueError, match="lam="):
        kernels.half_step(*draw(5, 6, 20, 8, 0.3), lam)


def test_rows_without_ratings_get_zeros():
    ratings = sparse.csr_array(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]))
    answer = kernels.half_step(ratings, np.ones((2, 5)), 0.1, weighted=True)
    assert answer.any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("k", [3, 30])
def test_weighted_ratings(k):
    ratings, factors = draw(7, 20, 40, k, 0.4)
    weights = np.random.RandomState(1).uniform(0, 9, ratings.nnz)
    answer = kernels.half_step(ratings, factors, 0.3, weights=weights)
    assert_same(answer, least_squares(ratings, factors, 0.3, weights=weights))


@pytest.mark.parametrize("k", [5, 24, 70])
def test_single_precision_within_its_precision(k):
    ratings, factors = draw(9, 30, 90, k, 0.5)
    answer = kernels.half_step(ratings, factors.astype(np.float32), 1.0)
    assert answer.dtype == np.float32
    assert_same(answer, least_squares(ratings, factors, 1.0), tolerance=2e-4)


def test_factors_in_any_layout():
    ratings, factors = draw(10, 9, 30, 6, 0.5)
    plain = kernels.half_step(ratings, factors, 0.2)
    np.testing.assert_array_equal(
        kernels.half_step(ratings, np.asfortranarray(factors), 0.2), plain
    )
    whole = np.round(factors).astype(int)
    np.testing.assert_array_equal(
        kernels.half_step(ratings, whole, 0.2), kernels.half_step(ratings, whole * 1.0, 0.2)
    )


@pytest.fixture(scope="module")
def matrix():
    """Big enough that every half-step is shared between threads."""
    return RatingMatrix.from_ratings(simulate_ratings(300, 3000, 20_000).ratings)


@pytest.mark.parametrize("k", [1, 3, 4, 18])
def test_the_squared_error_is_the_one_of_metrics(matrix, k):
    rng = np.random.RandomState(0)
    factors = [rng.standard_normal((n, k)) for n in matrix.shape]
    expected = metrics.squared_error(matrix, *factors)
    assert kernels.squared_error(matrix, *factors) == pytest.approx(expected, rel=1e-12)


def test_a_weighted_squared_error_counts_each_cell_by_its_weight(matrix):
    rng = np.random.RandomState(0)
    (U, V), weights = (
        (rng.standard_normal((n, 3)) for n in matrix.shape),
        rng.uniform(0, 9, matrix.nnz),
    )
    users, items = matrix.entries()
    expected = weights @ (matrix.values - np.sum(U[users] * V[items], axis=1)) ** 2
    assert kernels.squared_error(matrix, U, V, weights=weights) == pytest.approx(
        expected, rel=1e-12
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_the_engines_fit_alike_and_the_objective_never_rises(matrix, weighted):
    fits = [
        fit_als(matrix, 12, 0.2, n_iter=8, weighted=weighted, engine=e)
        for e in ("compiled", "numpy")
    ]
    np.testing.assert_allclose(fits[0].history, fits[1].history, rtol=1e-8)
    np.testing.assert_allclose(*(fit.user_factors @ fit.item_factors.T for fit in fits), atol=1e-6)
    objective = fits[0].history.objective.to_numpy()
    assert (np.diff(objective) <= 1e-12 * objective[:-1]).all()


THREADS_SCRIPT = """
import hashlib
from als_lesson import RatingMatrix, fit_als, simulate_ratings
matrix = RatingMatrix.from_ratings(simulate_ratings(300, 3000, 20_000).ratings)
fit = fit_als(matrix, 20, 0.1, n_iter=4)
bits = fit.user_factors.tobytes() + fit.item_factors.tobytes() + fit.history.to_numpy().tobytes()
print(hashlib.sha256(bits).hexdigest())
"""


def run_python(script, **environment):
    """Run a script in a fresh Python; return what it printed."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def test_the_same_bits_on_one_thread_as_on_two_or_three():
    answers = {run_python(THREADS_SCRIPT, NUMBA_NUM_THREADS=str(n)).stdout for n in (1, 2, 3)}
    assert len(answers) == 1


def test_threads_share_every_row_once(monkeypatch):
    monkeypatch.setattr(threads.config, "NUMBA_NUM_THREADS", 3)
    visits = np.zeros(1000, int)

    def visit(start, stop):
        visits[start:stop] += 1

    threads.in_parallel(visit, np.r_[1e9, np.ones(998), 1e9])  # two rows hold nearly all the work
    assert (visits == 1).all()


COLD_SCRIPT = """
import numpy as np
from scipy import sparse
from als_lesson.solvers import compiled as kernels
for _ in range(2):
    print(kernels.half_step(sparse.csr_array([[2.0]]), np.ones((1, 1)), 1.0))
"""


def test_compiling_is_announced_once_and_remembered(tmp_path):
    cold = run_python(COLD_SCRIPT, NUMBA_CACHE_DIR=str(tmp_path))
    warm = run_python(COLD_SCRIPT, NUMBA_CACHE_DIR=str(tmp_path))
    assert cold.stderr.count("Compiling the solver") == 1
    assert warm.stderr == ""
    assert cold.stdout == warm.stdout == "[[1.]]\n[[1.]]\n"


NO_FOLDER_SCRIPT = (
    """
import numba
from numba.core import dispatcher
def refuse(self):
    raise RuntimeError("cannot cache function: no locator available")
dispatcher.Dispatcher.enable_caching = refuse
"""
    + COLD_SCRIPT
)


def test_without_a_folder_for_compiled_code_it_compiles_each_time():
    assert run_python(NO_FOLDER_SCRIPT).stdout == "[[1.]]\n[[1.]]\n"


def test_numba_is_imported_only_by_the_engine_that_needs_it():
    script = """
import sys
from als_lesson import RatingMatrix, fit_als
fit_als(RatingMatrix.from_dense([[5, 1], [4, 2]]), engine="numpy")
print("numba" in sys.modules)
"""
    assert run_python(script).stdout == "False\n"


def test_what_fails_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr(threads.config, "NUMBA_NUM_THREADS", 3)

    def fail(start, stop):
        raise MemoryError("in a thread")

    with pytest.raises(MemoryError, match="in a thread"):
        threads.in_parallel(fail, np.full(10, 1e9))


def test_weights_need_a_penalty():
    with pytest.raises(ValueError, match="must be above 0 where ratings are weighted"):
        kernels.half_step(sparse.csr_array([[4.0, 2]]), np.ones((2, 1)), 0, weights=np.ones(2))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("weighing", [False, True])
def test_the_careful_solution_is_least_squares_too(weighted, weighing):
    ratings, factors = draw(5, 6, 20, 3, 0.5)
    weights = np.random.RandomState(1).uniform(1, 9, ratings.nnz) if weighing else None
    expected = least_squares(ratings, factors, 0.7, weighted, weights)
    for row in np.flatnonzero(np.diff(ratings.indptr)):
        answer = kernels._careful(row, ratings, factors, 0.7, weighted, weights)
        np.testing.assert_allclose(answer, expected[row], rtol=1e-9)
