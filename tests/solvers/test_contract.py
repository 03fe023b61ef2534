"""What every engine promises, in either precision, against least squares that squares nothing."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from als_lesson import RatingMatrix
from als_lesson.solvers import compiled, half_step, plain, squared_error, watch_error, watch_step
from als_lesson.solvers.checks import check

steady = settings(derandomize=True, deadline=None, max_examples=40)

CLOSE = {np.float64: 1e-9, np.float32: 3e-4}
KINDS = [(engine, dtype) for engine in ("numpy", "compiled") for dtype in CLOSE]
each_kind = pytest.mark.parametrize(("engine", "dtype"), KINDS)
each_engine = pytest.mark.parametrize("engine", ["numpy", "compiled"])


def draw(seed, n_rows=9, n_others=20, k=4, density=0.4):
    """Random ratings, some rows of them empty, and random factors."""
    rng = np.random.RandomState(seed)
    values = rng.uniform(0.5, 5, (n_rows, n_others))
    seen = (rng.random_sample(values.shape) < density) & (rng.random_sample((n_rows, 1)) < 0.9)
    return sparse.csr_array(np.where(seen, values, 0)), rng.standard_normal((n_others, k))


def lstsq(weights, features, target, lam):
    """The least squares problem with √λ I below the features and zeros below the target."""
    k, root = features.shape[1], np.sqrt(weights)
    stacked = np.vstack([root[:, None] * features, np.sqrt(lam) * np.eye(k)])
    return np.linalg.lstsq(stacked, np.append(root * target, np.zeros(k)), rcond=None)[0]


def ridge_oracle(ratings, factors, lam, weighted=False, weights=None):
    """Row by row, over the rated items."""
    solved = np.zeros((ratings.shape[0], factors.shape[1]))
    weights = np.ones(ratings.nnz) if weights is None else weights
    for row in range(len(solved)):
        here = slice(*ratings.indptr[row : row + 2])
        n = here.stop - here.start
        features, values = factors[ratings.indices[here]], ratings.data[here]
        solved[row] = lstsq(weights[here], features, values, lam * n if weighted else lam)
    return solved


def watch_oracle(extra, factors, lam):
    """Row by row, over all cells."""
    solved = np.zeros((extra.shape[0], factors.shape[1]))
    for row in range(len(solved)):
        here = slice(*extra.indptr[row : row + 2])
        c, p = np.ones(len(factors)), np.zeros(len(factors))
        c[extra.indices[here]], p[extra.indices[here]] = 1 + extra.data[here], 1
        solved[row] = lstsq(c, factors, p, lam)
    return solved


def assert_same(answer, expected, tolerance=1e-9):
    """Agreement relative to the largest number in each row."""
    size = np.abs(expected).max(axis=1, keepdims=True)
    assert (np.abs(answer - expected) <= tolerance * np.maximum(size, 1e-12)).all()


def test_the_engines_offer_the_same_names_with_the_same_signatures():
    offered = [
        {
            name: inspect.signature(function)
            for name, function in inspect.getmembers(engine, inspect.isfunction)
            if function.__module__ == engine.__name__ and not name.startswith("_")
        }
        for engine in (plain, compiled)
    ]
    assert offered[0] == offered[1]
    assert offered[0].keys() == {"half_step", "watch_step", "approach", "squared_error", "gram"}


# ---- stars -------------------------------------------------------------------------------------


@each_engine
def test_one_user_worked_by_hand(engine):
    # R = [4 . 2], v_0 = (1, 0), v_2 = (1, 1), λ = 1. Gram = [2 1; 1 1] + I = [3 1; 1 2], with
    # determinant 5; right side 4·(1, 0) + 2·(1, 1) = (6, 2); u = (2·6 - 2, 3·2 - 6) / 5 = (2, 0).
    # Weighted, n = 2: [4 1; 1 3], determinant 11; u = (3·6 - 2, 4·2 - 6) / 11 = (16, 2) / 11.
    rows = RatingMatrix.from_dense([[4, np.nan, 2]]).by_user
    V = np.array([[1.0, 0.0], [9.0, 9.0], [1.0, 1.0]])
    plain, by_n = (half_step(rows, V, 1, weighted, engine=engine) for weighted in (False, True))
    np.testing.assert_allclose(plain, [[2, 0]], atol=1e-15)
    np.testing.assert_allclose(by_n, [[16 / 11, 2 / 11]], rtol=1e-14)


@each_engine
@steady
@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 150)),
    k=st.integers(1, 40),
    density=st.sampled_from([0.02, 0.2, 1.0]),
    lam=st.sampled_from([1e-3, 0.1, 10.0, 1e8]),
    weighted=st.booleans(),
    weighing=st.booleans(),
)
def test_every_row_is_a_ridge_regression(engine, seed, shape, k, density, lam, weighted, weighing):
    ratings, factors = draw(seed, *shape, k, density)
    weights = np.random.RandomState(seed).uniform(0, 9, ratings.nnz) if weighing else None
    answer = half_step(ratings, factors, lam, weighted, weights=weights, engine=engine)
    assert_same(answer, ridge_oracle(ratings, factors, lam, weighted, weights))


@each_kind
@pytest.mark.parametrize("k", [1, 2, 4, 8, 9, 16, 17, 64, 65, 130])
def test_every_way_a_row_can_fill_tiles_and_blocks(engine, dtype, k):
    lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 66, 129, 300]
    rng = np.random.RandomState(k)
    indices = np.concatenate([rng.permutation(300)[:n] for n in lengths])
    cells = rng.uniform(1, 5, len(indices)), indices, np.cumsum([0, *lengths])
    ratings = sparse.csr_array(cells, shape=(len(lengths), 300))
    factors = rng.standard_normal((300, k)).astype(dtype)
    answer = half_step(ratings, factors, 0.5, engine=engine)
    assert answer.dtype == dtype
    assert_same(answer, ridge_oracle(ratings, factors.astype(float), 0.5), CLOSE[dtype])


@each_kind
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("weighing", [False, True])
@pytest.mark.parametrize("lam", [0, 1e-300, 1e-18])  # the small ones are lost in rounding
@pytest.mark.parametrize("rank", [1, 2, 5])
def test_a_lambda_lost_to_rounding_gives_the_least_squares_answer_of_minimum_norm(
    engine, dtype, weighted, weighing, lam, rank
):
    rng = np.random.RandomState(rank)  # whole numbers: singles hold them, so the rank is exact
    factors = (rng.randint(-2, 3, (12, rank)) @ rng.randint(-2, 3, (rank, 5))).astype(dtype)
    ratings = draw(5, 8, 12)[0]
    weights = rng.randint(1, 5, ratings.nnz) * 1.0 if weighing else None
    answer = half_step(ratings, factors, lam, weighted, weights=weights, engine=engine)
    assert_same(answer, ridge_oracle(ratings, factors, 0, weights=weights), max(1e-7, CLOSE[dtype]))


@each_engine
@pytest.mark.parametrize("n", [3, 8, 20])  # fewer ratings than k = 8, as many, more
def test_a_tiny_lambda_with_nothing_to_lose(engine, n):
    rng = np.random.RandomState(n)
    ratings = sparse.csr_array(rng.uniform(1, 5, (5, n)))
    factors = np.linalg.qr(rng.standard_normal((max(n, 8), 8)))[0][:n]
    answer = half_step(ratings, factors, 1e-8, engine=engine)
    close = 1e-7 if engine == "numpy" and n == 3 else 1e-9  # k x k, it squares what is not there
    assert_same(answer, ridge_oracle(ratings, factors, 1e-8), close)


@each_kind
def test_rows_are_solved_alone_and_columns_in_any_order(engine, dtype):
    ratings, factors = draw(4)
    rng, factors = np.random.RandomState(0), factors.astype(dtype)
    rows, columns = rng.permutation(ratings.shape[0]), rng.permutation(ratings.shape[1])
    answer = half_step(ratings, factors, 0.1, engine=engine)
    alone = [half_step(ratings[[row]], factors, 0.1, engine=engine)[0] for row in rows]
    assert_same(np.array(alone), answer[rows], CLOSE[dtype] / 1000)
    moved = half_step(ratings[:, columns], factors[columns], 0.1, engine=engine)
    assert_same(moved, answer, CLOSE[dtype])


@each_engine
@pytest.mark.parametrize("weighted", [False, True])
def test_units_stars_in_stars_out(engine, weighted):
    ratings, V = draw(5)
    U = half_step(ratings, V, 0.3, weighted, engine=engine)
    assert_same(half_step(10 * ratings, V, 0.3, weighted, engine=engine), 10 * U, 1e-12)
    assert_same(half_step(ratings, 10 * V, 30, weighted, engine=engine), U / 10, 1e-12)


# ---- watches -----------------------------------------------------------------------------------


@each_engine
def test_two_movies_two_factors_by_hand(engine):
    # V = I, λ = 1; the first movie watched, c = 4; the second not. A = diag(1 + 3, 1) + I =
    # diag(5, 2), b = 4 (1, 0), so u = (4/5, 0). Both watched, c = 4 and 1: b = (4, 1), u = (4/5, 1/2).
    one, both = sparse.csr_array([[3.0, 0.0]]), sparse.csr_array(np.array([[3.0, 7.0]]))
    both.data[1] = 0
    first, second = (watch_step(rows, np.eye(2), 1.0, engine=engine) for rows in (one, both))
    np.testing.assert_allclose(first, [[0.8, 0]], atol=1e-15)
    np.testing.assert_allclose(second, [[0.8, 0.5]], atol=1e-15)
    # Now v_0 = (1, 1), v_1 = (0, 1). A = [1 1; 1 2] + 3 [1 1; 1 1] + I = [5 4; 4 6], with
    # determinant 14; b = 4 (1, 1); u = 4 (6 - 4, 5 - 4) / 14 = (4/7, 2/7).
    V = np.array([[1.0, 1.0], [0.0, 1.0]])
    answer = watch_step(one, V, 1.0, engine=engine)
    np.testing.assert_allclose(answer, [[4 / 7, 2 / 7]], rtol=1e-14)


def draw_watches(seed, n_rows=9, n_others=20, k=4, density=0.4):
    """Extra confidences, zeros among them stored, and random factors."""
    extra, factors = draw(seed, n_rows, n_others, k, density)
    rng = np.random.RandomState(seed)
    extra.data = rng.randint(0, 6, extra.nnz) * rng.choice([0.1, 1.0, 40.0], extra.nnz)
    return extra, factors


@each_engine
@steady
@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 60)),
    k=st.integers(1, 40),
    density=st.sampled_from([0.02, 0.2, 1.0]),
    lam=st.sampled_from([1e-3, 0.1, 10.0]),
)
def test_every_row_is_a_regression_over_all_cells(engine, seed, shape, k, density, lam):
    extra, factors = draw_watches(seed, *shape, k, density)
    answer = watch_step(extra, factors, lam, engine=engine)
    assert_same(answer, watch_oracle(extra, factors, lam), 1e-7)


@each_kind
@pytest.mark.parametrize("k", [3, 30])  # most rows with more watches than factors, and fewer
def test_watches_in_either_precision(engine, dtype, k):
    extra, factors = draw_watches(2, k=k)
    answer = watch_step(extra, factors.astype(dtype), 2.0, engine=engine)
    assert answer.dtype == dtype
    assert_same(answer, watch_oracle(extra, factors.astype(dtype), 2.0), CLOSE[dtype])


@each_engine
@pytest.mark.parametrize("extra", [0.0, 5e-324, 1e-300, 1e-16, 1e-8, 1.0, 1e4, 1e8])
@pytest.mark.parametrize("k", [2, 9])  # more watched than factors, and fewer
def test_any_confidence_however_near_to_one(engine, extra, k):
    cells = np.array([extra, 2.0, extra, 0.0]), [3, 4, 11, 29], [0, 4]
    rows = sparse.csr_array(cells, shape=(1, 30))
    V = np.random.RandomState(2).standard_normal((30, k))
    close = 1e-9 if engine == "compiled" else 1e-6  # which adds 1e8 to a k x k system of ones
    assert_same(watch_step(rows, V, 0.1, engine=engine), watch_oracle(rows, V, 0.1), close)


@each_engine
@pytest.mark.parametrize("lam", [0.0, 1e-300, 1e-18])
@pytest.mark.parametrize("k", [4, 24])  # of rank 2; 24 factors for 20 movies
def test_watches_without_penalty_get_the_solution_of_minimum_norm(engine, lam, k):
    extra, _ = draw_watches(7)
    rng = np.random.RandomState(7)
    V = rng.randint(-2, 3, (20, 2)) @ rng.randint(-2, 3, (2, k)) * 1.0
    assert_same(watch_step(extra, V, lam, engine=engine), watch_oracle(extra, V, 0), 1e-8)


# ---- the squared error -------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("weighing", [False, True])
@pytest.mark.parametrize("k", [1, 3, 4, 18])
def test_the_squared_error_is_the_sum_over_the_rated_cells(engine, dtype, weighing, k):
    ratings, V = draw(6, 30, 40, k)
    rng = np.random.RandomState(1)
    U, weights = rng.standard_normal((30, k)).astype(dtype), rng.uniform(0, 9, ratings.nnz)
    V, (rows, columns) = V.astype(dtype), ratings.nonzero()
    error = (ratings.data - (U.astype(float) @ V.T.astype(float))[rows, columns]) ** 2
    expected = np.sum(weights * error if weighing else error)
    answer = squared_error(ratings, U, V, weights=weights if weighing else None, engine=engine)
    assert answer == pytest.approx(expected, rel=1e-12 if dtype == np.float64 else 1e-5)


@each_kind
@pytest.mark.parametrize("k", [1, 3, 70])
def test_the_error_of_watches_is_the_sum_over_all_cells(engine, dtype, k):
    extra, V = draw_watches(6, 30, 40, k)
    U, V = np.random.RandomState(1).standard_normal((30, k)).astype(dtype), V.astype(dtype)
    p = np.zeros(extra.shape)
    p[np.repeat(np.arange(30), np.diff(extra.indptr)), extra.indices] = 1
    expected = np.sum((1 + extra.toarray()) * (p - U.astype(float) @ V.T.astype(float)) ** 2)
    assert watch_error(extra, U, V, engine=engine) == pytest.approx(expected, rel=1e-11)


@each_engine
def test_the_error_of_watches_is_not_below_zero(engine):
    """Every cell is watched, and met: what seems left for the blank ones is rounding."""
    extra = sparse.csr_array(np.ones((50, 40)))
    for size in np.random.RandomState(0).uniform(0.1, 10, (20, 3)):
        U, V = np.tile(size, (50, 1)), np.tile(1 / (3 * size), (40, 1))
        assert 0 <= watch_error(extra, U, V, engine=engine) < 1e-10


# ---- what comes in -----------------------------------------------------------------------------


def with_long_indices(rows):
    cells = rows.data, rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
    return sparse.csr_array(cells, shape=rows.shape)


def read_only(array):
    array = array.copy()
    (array.data if sparse.issparse(array) else array).flags.writeable = False
    return array


@each_engine
@pytest.mark.parametrize("step", [half_step, watch_step])
@pytest.mark.parametrize(
    ("of_rows", "of_factors"),
    [
        (lambda rows: rows, np.asfortranarray),
        (lambda rows: rows, lambda V: np.repeat(V, 2, axis=1)[:, ::2]),
        (lambda rows: rows, lambda V: V.astype(int)),
        (lambda rows: rows, np.ndarray.tolist),
        (lambda rows: rows.astype(int), lambda V: V),
        (lambda rows: rows.astype(np.float32), lambda V: V),
        (sparse.csr_matrix, lambda V: V),
        (with_long_indices, lambda V: V),
        (read_only, read_only),
    ],
)
def test_inputs_in_any_layout_are_read_alike_and_left_alone(engine, step, of_rows, of_factors):
    rows, V = draw(8)
    rows.data, V = np.round(rows.data), np.round(3 * V)
    expected = step(rows, V, 0.2, engine=engine)
    other, factors = of_rows(rows), of_factors(V)
    np.testing.assert_array_equal(step(other, factors, 0.2, engine=engine), expected)
    np.testing.assert_array_equal(other.toarray(), rows.toarray())
    np.testing.assert_array_equal(factors, V)


@each_kind
@pytest.mark.parametrize("step", [half_step, watch_step])
def test_rows_without_ratings_get_zeros(engine, dtype, step):
    rows = sparse.csr_array(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]))
    for lam in (0, 0.1):
        answer = step(rows, np.ones((2, 5), dtype), lam, engine=engine)
        assert answer.any(axis=1).tolist() == [False, True, False]
    nobody = step(rows[:0], np.ones((2, 5), dtype), 0.1, engine=engine)
    assert nobody.shape == (0, 5)


ROWS, V = sparse.csr_array(np.array([[3.0, 4.0], [0.0, 5.0]])), np.ones((2, 1))


def damaged(part, value):
    """Ratings of which a part was changed after they were made."""
    rows = ROWS.copy()
    getattr(rows, part).fill(value)
    return rows


@each_engine
@pytest.mark.parametrize("step", [half_step, watch_step])
@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ((ROWS.tocsc(), V, 1), TypeError, "rows, a scipy.sparse.csr_array.*csc_array.*tocsr"),
        ((ROWS.toarray(), V, 1), TypeError, "rows, a scipy.sparse.csr_array.*ndarray"),
        ((RatingMatrix.from_dense([[1]]), V, 1), TypeError, "such as matrix.by_user.*RatingMatrix"),
        ((ROWS.astype(complex), V, 1), TypeError, "holds values of type complex128"),
        ((ROWS.astype(bool), V, 1), TypeError, "holds values of type bool"),
        ((damaged("data", np.nan), V, 1), ValueError, "not a finite number"),
        ((damaged("indices", 7), V, 1), ValueError, "no proper csr_array"),
        ((damaged("indices", -1), V, 1), ValueError, "no proper csr_array"),
        ((damaged("indptr", 3), V, 1), ValueError, "no proper csr_array"),
        ((ROWS, np.ones((3, 1)), 1), ValueError, "2 columns, factors 3 rows.*by_item"),
        ((ROWS, np.ones(2), 1), ValueError, r"a row of k for each user or item; got shape \(2,\)"),
        ((ROWS, np.ones((2, 0)), 1), ValueError, r"got shape \(2, 0\)"),
        ((ROWS, V.astype(complex), 1), ValueError, "type complex128"),
        ((ROWS, V.astype(object), 1), ValueError, "type object"),
        ((ROWS, np.full((2, 1), np.inf), 1), ValueError, "factors holds a number that is not fin"),
        ((ROWS, V, -1e-9), ValueError, "lam=-1e-09 must be a finite number, 0 or more"),
        ((ROWS, V, np.nan), ValueError, "lam=nan must be a finite number"),
        ((ROWS, V, np.inf), ValueError, "lam=inf must be a finite number"),
        ((ROWS, V, "1"), ValueError, "lam='1' must be a finite number"),
    ],
)
def test_what_cannot_be_right_is_refused_at_the_door(engine, step, arguments, kind, words):
    with pytest.raises(kind, match=words):
        step(*arguments, engine=engine)


@each_engine
def test_the_squared_error_looks_its_input_over_too(engine):
    for arguments, words in [
        ((ROWS, V, np.ones((3, 1))), "2 columns, factors 3 rows"),
        ((ROWS, np.ones((3, 1)), V), r"row_factors has the shape \(3, 1\); 2 rows.*\(2, 1\)"),
        ((ROWS, np.full((2, 1), np.nan), V), "row_factors holds a number that is not finite"),
    ]:
        with pytest.raises(ValueError, match=words):
            squared_error(*arguments, engine=engine)
    with pytest.raises(TypeError, match="rows, a scipy.sparse.csr_array"):
        squared_error(ROWS.tocsc(), V, V, engine=engine)


@each_engine
@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1.0, 2.0], r"a number for each of the 3 ratings; got shape \(2,\)"),
        ([1.0, -2.0, 1.0], "finite numbers, 0 or more"),
        ([1.0, np.nan, 1.0], "finite numbers, 0 or more"),
        (["a", "b", "c"], "got shape .* type <U1"),
    ],
)
def test_weights_that_weigh_nothing_are_refused(engine, weights, words):
    for call, last in ((half_step, 1.0), (squared_error, V)):
        with pytest.raises(ValueError, match=words):
            call(ROWS, V, last, weights=weights, engine=engine)


@each_engine
@pytest.mark.parametrize("weighted", ["no", 2, None])
def test_a_form_of_penalty_nobody_knows_is_refused(engine, weighted):
    with pytest.raises(ValueError, match="weighted=.* must be True or False"):
        half_step(ROWS, V, 1.0, weighted, engine=engine)


@each_engine
def test_a_watch_below_nothing_is_refused(engine):
    with pytest.raises(ValueError, match="-3 above confidence 1.*leave a cell blank"):
        watch_step(sparse.csr_array([[-3.0]]), np.ones((1, 1)), 1.0, engine=engine)


@pytest.mark.parametrize("engine", ["magic", "single", None, ["numpy"]])
def test_an_engine_nobody_knows_is_named(engine):
    for call, last in ((half_step, 1.0), (watch_step, 1.0), (squared_error, V)):
        with pytest.raises(ValueError, match="engine=.* is not one of .*compiled.*numpy"):
            call(ROWS, V, last, engine=engine)


# ---- numbers too large or too small to square --------------------------------------------------


@each_engine
@pytest.mark.parametrize("size", [1e-200, 1e-160, 1e160, 1e200])
def test_ratings_that_cannot_be_squared_are_solved_for_all_the_same(engine, size):
    ratings, V = draw(3)
    answer = half_step(size * ratings, V, 0.1, engine=engine)
    assert_same(answer / size, ridge_oracle(ratings, V, 0.1))


@each_engine
@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_factors_that_cannot_be_squared_are_solved_for_all_the_same(engine, size):
    ratings, V = draw(3)
    answer = half_step(ratings, size * V, 0, engine=engine)
    assert_same(answer * size, ridge_oracle(ratings, V, 0), 1e-7)


@each_kind
def test_what_overflows_says_so(engine, dtype):
    ratings, V = draw(3)
    tiny = (1e-30 * V).astype(dtype)
    with pytest.raises(FloatingPointError, match="the factors overflow.*divide the ratings"):
        half_step(1e300 * ratings, tiny, 0, engine=engine)
    large = np.full((9, 4), 1e9, dtype)
    for error in (squared_error, watch_error):
        with pytest.raises(FloatingPointError, match="too large to add up; divide the ratings"):
            error(1e300 * ratings, large, V.astype(dtype), engine=engine)


@each_engine
@pytest.mark.parametrize("step", [half_step, watch_step])
def test_systems_that_cannot_fit_into_memory_are_refused(engine, step):
    with pytest.raises(ValueError, match="systems of k = 100,000 equations need .* GB of memory"):
        step(ROWS, np.ones((2, 10**5)), 1, engine=engine)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_indexes_of_any_kind_become_one(kind):
    cells = np.array([0, 0, 1], kind), np.array([1, 0, 2], kind)
    rows, _ = check(sparse.csr_array((np.ones(3), cells), (2, 4)), "rows", np.ones((4, 2)))
    assert rows.indices.dtype == rows.indptr.dtype == np.int32
