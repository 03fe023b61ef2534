"""Stochastic gradient descent against finite differences, plain Python, and ALS's own optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from als_lesson import RatingMatrix, fit_als, fit_biases, fit_sgd, sgd_epoch, sgd_steps
from als_lesson.metrics import ratings as metrics

steady = settings(derandomize=True, deadline=None, max_examples=25)


def table(seed=0, shape=(7, 6), blank=0.4):
    """Half stars, some of them 0."""
    rng = np.random.RandomState(seed)
    R = rng.randint(0, 11, shape) / 2
    R[rng.random_sample(shape) < blank] = np.nan
    R[0, 0], R[1, 1] = 4.0, 0.0
    return R


def start(matrix, k, seed=0):
    """The starting factors: items first, then users, rows without ratings zero."""
    rng = np.random.RandomState(seed)
    V, U = rng.random_sample((matrix.shape[1], k)), rng.random_sample((matrix.shape[0], k))
    U[matrix.counts("users") == 0], V[matrix.counts("items") == 0] = 0, 0
    return U, V


def objective(R, U, V, lam, weighted, huber):
    """From the formula, cell by cell."""
    total = 0.0
    for i, j in zip(*np.nonzero(~np.isnan(R)), strict=True):
        size = abs(R[i, j] - U[i] @ V[j])
        total += size**2 if size <= huber else 2 * huber * size - huber**2
    n_users, n_items = (~np.isnan(R)).sum(axis=1), (~np.isnan(R)).sum(axis=0)
    for factors, counts in ((U, n_users), (V, n_items)):
        for row, n in zip(factors, counts, strict=True):
            total += lam * (n if weighted else 1) * row @ row
    return total


def last(*arguments, **settings):
    """The factors after the last epoch, and the objective."""
    *_, step = sgd_steps(*arguments, **settings)
    return step.user_factors, step.item_factors, step.objective


# ---- the gradient ------------------------------------------------------------------------------


def test_one_step_worked_by_hand():
    # One rating, 4; λ = 0.5, η = 0.1; u = (a, b), v = (c, d). e = 4 - ac - bd.
    matrix = RatingMatrix.from_dense([[4.0]])
    ((a, b),), ((c, d),) = start(matrix, 2)
    e = 4 - a * c - b * d
    U, V, _ = last(matrix, 2, 0.5, n_epochs=1, learning_rate=0.1)
    np.testing.assert_allclose(U[0], [0.95 * a + 0.1 * e * c, 0.95 * b + 0.1 * e * d], rtol=1e-14)
    np.testing.assert_allclose(V[0], [0.95 * c + 0.1 * e * a, 0.95 * d + 0.1 * e * b], rtol=1e-14)


@steady
@given(
    seed=st.integers(0, 1000),
    k=st.integers(1, 4),
    lam=st.sampled_from([0.0, 0.3, 2.0]),
    weighted=st.booleans(),
    huber=st.sampled_from([np.inf, 1.0, 0.2]),
)
def test_an_epoch_of_tiny_steps_goes_down_half_the_gradient(seed, k, lam, weighted, huber):
    R, rate, h = table(seed), 1e-7, 1e-5
    matrix = RatingMatrix.from_dense(R)
    before = start(matrix, k)
    settings = {"n_epochs": 1, "learning_rate": rate, "weighted": weighted, "huber": huber}
    after = last(matrix, k, lam, **settings)
    rated = [matrix.counts(side) > 0 for side in ("users", "items")]
    for which in (0, 1):
        for (row, c), _ in np.ndenumerate(before[which]):
            if not rated[which][row]:
                continue
            ends = []
            for sign in (1, -1):
                moved = [factors.copy() for factors in before]
                moved[which][row, c] += sign * h
                ends.append(objective(R, *moved, lam, weighted, huber))
            slope = (ends[0] - ends[1]) / (2 * h)
            taken = (after[which][row, c] - before[which][row, c]) / rate
            assert taken == pytest.approx(-slope / 2, rel=1e-3, abs=2e-3)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("huber", [np.inf, 0.7])
def test_what_it_reports_is_the_objective(weighted, huber):
    R = table(3)
    R[2], R[:, 4] = np.nan, np.nan
    matrix = RatingMatrix.from_dense(R)
    for step in sgd_steps(matrix, 3, 0.4, n_epochs=3, weighted=weighted, huber=huber):
        factors = step.user_factors, step.item_factors
        assert step.objective == pytest.approx(objective(R, *factors, 0.4, weighted, huber))
        if huber == np.inf:
            expected = metrics.objective(matrix, *factors, 0.4, weighted)
            assert step.objective == pytest.approx(expected, rel=1e-12)


# ---- the path ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_the_same_path_as_plain_python(weighted):
    R, lam, rates, seed = table(5), 0.2, [0.05, 0.03, 0.01], 8
    matrix = RatingMatrix.from_dense(R)
    U, V = start(matrix, 2, seed)
    rng, cells = np.random.RandomState(seed), np.argwhere(~np.isnan(R))
    rated = ~np.isnan(R)
    steps = sgd_steps(matrix, 2, lam, n_epochs=3, learning_rate=rates, weighted=weighted, seed=seed)
    for epoch, (step, rate) in enumerate(zip(steps, rates, strict=True), start=1):
        for i, j in cells[rng.permutation(len(cells))]:
            error = R[i, j] - U[i] @ V[j]
            n_i, n_j = (1, 1) if weighted else (rated[i].sum(), rated[:, j].sum())
            U[i], V[j] = (
                U[i] + rate * (error * V[j] - lam / n_i * U[i]),
                V[j] + rate * (error * U[i] - lam / n_j * V[j]),
            )
        assert (step.iteration, step.side) == (epoch, "both")
        np.testing.assert_allclose(step.user_factors, U, rtol=1e-12)
        np.testing.assert_allclose(step.item_factors, V, rtol=1e-12)


@pytest.mark.parametrize(("weighted", "lam"), [(False, 0.1), (True, 0.01)])
def test_with_a_shrinking_rate_it_reaches_what_als_reaches(weighted, lam):
    rng = np.random.RandomState(1)
    R = rng.uniform(0.5, 1.5, (30, 2)) @ rng.uniform(0.5, 1.5, (20, 2)).T
    R += 0.1 * rng.standard_normal(R.shape)
    R[rng.random_sample(R.shape) < 0.3] = np.nan
    matrix = RatingMatrix.from_dense(R)
    reached = fit_als(matrix, 2, lam, n_iter=3000, weighted=weighted).history.objective.iloc[-1]
    rates = 0.1 / (1 + 0.02 * np.arange(1000))
    steps = list(sgd_steps(matrix, 2, lam, n_epochs=1000, learning_rate=rates, weighted=weighted))
    assert steps[-1].objective == pytest.approx(reached, rel=1e-4)
    assert steps[9].objective > 1.1 * reached  # so it had some way to go


def test_one_rate_for_all_epochs_or_the_same_for_each():
    matrix = RatingMatrix.from_dense(table())
    one = last(matrix, 2, n_epochs=4, learning_rate=0.03)
    each = last(matrix, 2, n_epochs=4, learning_rate=[0.03] * 4)
    assert all((a == b).all() for a, b in zip(one, map(np.asarray, each), strict=True))


def test_the_same_seed_gives_the_same_bits_and_leaves_numpys_own_alone():
    matrix = RatingMatrix.from_dense(table())
    np.random.seed(3)
    expected = np.random.random_sample()
    np.random.seed(3)
    one, two, other = (last(matrix, 3, n_epochs=5, seed=seed) for seed in (4, 4, 5))
    assert np.random.random_sample() == expected
    assert (one[0] == two[0]).all() and (one[1] == two[1]).all()
    assert not np.allclose(one[0], other[0])


@pytest.mark.parametrize("weighted", [False, True])
def test_an_epoch_by_itself_is_an_epoch_of_the_steps(weighted):
    matrix = RatingMatrix.from_dense(table())
    U, V = start(matrix, 3)
    order = np.random.RandomState(0).permutation(matrix.nnz)
    sgd_epoch(matrix, order, U, V, 0.2, learning_rate=0.05, weighted=weighted)
    epoch = last(matrix, 3, 0.2, n_epochs=1, learning_rate=0.05, weighted=weighted)
    assert (epoch[0] == U).all() and (epoch[1] == V).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order": [99]}, "order must hold whole numbers from 0 to"),
        ({"order": [-1]}, "order must hold"),
        ({"order": [0.0]}, "order must hold"),
        ({"user_factors": np.ones((6, 3))}, r"user_factors must be an array.*\(7, 3\)"),
        ({"user_factors": np.ones(7)}, "user_factors must be"),
        ({"user_factors": np.ones((7, 3), int)}, "user_factors must be an array of finite float64"),
        ({"user_factors": [[1.0] * 3] * 7}, "user_factors must be"),
        ({"item_factors": np.ones((6, 2))}, r"item_factors must be an array.*\(6, 3\)"),
        (
            {"item_factors": np.ones((6, 3), "f4")},
            "item_factors must be an array of finite float64",
        ),
        ({"learning_rate": -1}, "learning_rate=-1"),
        ({"huber": 0}, "huber=0"),
        ({"lam": -1}, "lam=-1"),
    ],
)
def test_nothing_but_what_it_can_work_on_reaches_the_compiled_loop(change, words):
    U, V = np.ones((7, 3)), np.ones((6, 3))
    arguments = {"order": [0], "user_factors": U, "item_factors": V} | change
    with pytest.raises(ValueError, match=words):
        sgd_epoch(RatingMatrix.from_dense(table()), **arguments)
    assert (U == 1).all() and (V == 1).all()


def test_what_was_handed_out_stays_as_it_was():
    steps = sgd_steps(RatingMatrix.from_dense(table()), 2, n_epochs=3)
    first = next(steps)
    U, V = first.user_factors.copy(), first.item_factors.copy()
    list(steps)
    assert (first.user_factors == U).all() and (first.item_factors == V).all()


@pytest.mark.parametrize("huber", [np.inf, 0.5])
def test_the_fit_is_where_the_steps_end(huber):
    matrix, held_out = RatingMatrix.from_dense(table(3)), RatingMatrix.from_dense(table(4))
    settings = {"learning_rate": 0.03, "weighted": True, "huber": huber, "seed": 2}
    steps = list(sgd_steps(matrix, 2, 0.3, n_epochs=4, **settings))
    fit = fit_sgd(matrix, 2, 0.3, n_iter=4, held_out=held_out, **settings)
    np.testing.assert_array_equal(fit.user_factors, steps[-1].user_factors)
    np.testing.assert_array_equal(fit.item_factors, steps[-1].item_factors)
    assert fit.history.objective.tolist() == [step.objective for step in steps]
    users, items, stars = matrix.locate(held_out)
    for row, step in zip(fit.history.itertuples(), steps, strict=True):
        sse = metrics.loss(matrix, step.user_factors, step.item_factors) ** 2
        assert step.squared_error == pytest.approx(sse) == pytest.approx(row.loss**2)
    assert row.held_out_rmse == pytest.approx(metrics.rmse(stars, fit.predict(users, items)))


def test_a_baseline_is_subtracted_first_and_put_back():
    R = np.add.outer([1.0, 2, 3], [0.5, 1, 1.5, 2])
    matrix = RatingMatrix.from_dense(R)
    biases = fit_biases(matrix, lam=0)
    fit = fit_sgd(matrix, 1, 0.1, n_iter=200, baseline=biases)
    np.testing.assert_allclose(fit.predict(), R, atol=0.05)  # nothing is left for the factors
    assert np.abs(fit.user_factors @ fit.item_factors.T).max() < 0.05


# ---- what may not matter -----------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_who_rated_nothing_changes_nothing_and_stays_at_zero(weighted):
    R = table()
    alone = last(RatingMatrix.from_dense(R), 3, n_epochs=6, weighted=weighted)
    crowd = np.vstack([R, np.full((4, R.shape[1]), np.nan)])
    among = last(RatingMatrix.from_dense(crowd), 3, n_epochs=6, weighted=weighted)
    assert (among[0][: len(R)] == alone[0]).all() and (among[1] == alone[1]).all()
    assert not among[0][len(R) :].any()
    assert among[2] == alone[2]


def test_a_movie_nobody_rated_stays_at_zero():
    R = table()
    R[:, 2] = np.nan
    assert not last(RatingMatrix.from_dense(R), 3, n_epochs=6)[1][2].any()


def test_how_absurd_an_absurd_rating_is_makes_no_difference_to_huber():
    fits = []
    for absurd in (40.0, 4000.0):
        R = table()
        R[0, 0] = absurd
        fits.append(last(RatingMatrix.from_dense(R), 2, n_epochs=8, huber=1))
    assert (fits[0][0] == fits[1][0]).all() and (fits[0][1] == fits[1][1]).all()


def test_a_huber_never_reached_is_least_squares():
    matrix = RatingMatrix.from_dense(table())
    assert last(matrix, 2, huber=1e6)[2] == last(matrix, 2)[2]


# ---- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1.0, 30.0, 1e9])
@pytest.mark.parametrize("huber", [np.inf, 1.0])
def test_steps_too_long_are_said_to_be(rate, huber):
    steps = sgd_steps(
        RatingMatrix.from_dense(table()), 4, 3.0, n_epochs=2000, learning_rate=rate, huber=huber
    )
    with pytest.raises(FloatingPointError, match=r"run off to infinity, in epoch \d+.*; try "):
        for step in steps:
            assert step.objective < 1e6  # said before the numbers are absurd, not when they end


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"k": 0}, "k=0 must be"),
        ({"lam": -1}, "lam=-1 must be"),
        ({"n_epochs": 0}, "n_epochs=0 must be a whole number"),
        ({"n_epochs": 2.5}, "n_epochs=2.5 must be a whole number"),
        ({"learning_rate": 0}, "learning_rate=0 must be a finite number above 0"),
        ({"learning_rate": -0.1}, "learning_rate=-0.1 must be"),
        ({"learning_rate": np.nan}, "learning_rate=nan must be"),
        ({"learning_rate": np.inf}, "learning_rate=inf must be"),
        ({"learning_rate": [0.1, 0.1]}, "one for each of the 3 epochs"),
        ({"learning_rate": [0.1, 0.0, 0.1]}, "must be a finite number above 0"),
        ({"learning_rate": "fast"}, "learning_rate: 'fast' is not a number"),
        ({"huber": 0}, "huber=0 must be a number of stars above 0"),
        ({"huber": np.nan}, "huber=nan must be"),
        ({"huber": "inf"}, "huber='inf' must be"),
    ],
)
def test_settings_out_of_range_are_refused_before_the_first_step(setting, words):
    with pytest.raises(ValueError, match=words):
        sgd_steps(RatingMatrix.from_dense(table()), **{"n_epochs": 3, **setting})


def test_something_else_than_a_matrix_is_refused():
    with pytest.raises(TypeError, match="expected a RatingMatrix"):
        sgd_steps(table())
    with pytest.raises(ValueError, match="no ratings"):
        sgd_steps(RatingMatrix.from_dense([[np.nan]]))
