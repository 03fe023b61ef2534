"""ALS against independent solvers, and the properties no correct implementation can break."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import simulate_ratings
from als_lesson.metrics.ratings import rmse
from als_lesson.models.als import als_steps, fit_als
from als_lesson.models.baselines import fit_biases
from als_lesson.solvers import half_step


def rating_table(seed=0, shape=(15, 11), blank=0.5):
    """Half stars, zeros among them, with one user and one movie that have no ratings."""
    rng = np.random.default_rng(seed)
    R = rng.integers(0, 11, shape) / 2
    R[rng.random(shape) < blank] = np.nan
    R[3], R[:, 2] = np.nan, np.nan
    return R


# ---- the alternation ---------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    k=st.integers(1, 9),
    lam=st.sampled_from([1e-3, 0.01, 0.1, 1.0, 30.0]),
    weighted=st.booleans(),
    seed=st.integers(0, 9),
    table=st.integers(0, 9),
)
def test_the_objective_never_rises_at_any_half_step(k, lam, weighted, seed, table):
    R = rating_table(table)
    counts = {axis: np.count_nonzero(~np.isnan(R), axis=axis) for axis in (0, 1)}
    before = np.inf
    steps = als_steps(RatingMatrix.from_dense(R), k, lam, n_iter=8, weighted=weighted, seed=seed)
    for step in steps:
        u, v = step.user_factors, step.item_factors
        penalty = (u**2).sum(axis=1) @ (counts[1] if weighted else np.ones(15))
        penalty += (v**2).sum(axis=1) @ (counts[0] if weighted else np.ones(11))
        now = np.nansum((R - u @ v.T) ** 2) + lam * penalty
        assert step.objective == pytest.approx(now, rel=1e-12)
        assert now <= before * (1 + 1e-10)
        before = now


def test_steps_alternate_users_first_and_count_iterations_from_one():
    R = RatingMatrix.from_dense(rating_table())
    steps = list(als_steps(R, 2, n_iter=3, engine="numpy"))
    assert [step.side for step in steps] == ["users", "items"] * 3
    assert [step.iteration for step in steps] == [1, 1, 2, 2, 3, 3]
    for one, other in zip(steps, steps[1:], strict=False):  # only one side moves at a time
        fixed = "item_factors" if other.side == "users" else "user_factors"
        assert getattr(one, fixed) is getattr(other, fixed)
    solved = half_step(R.by_item, steps[-1].user_factors, 0.1, engine="numpy")
    np.testing.assert_array_equal(steps[-1].item_factors, solved)


def test_steps_already_handed_out_are_not_overwritten():
    steps = als_steps(RatingMatrix.from_dense(rating_table()), 2, n_iter=2)
    first = next(steps)
    copy = first.user_factors.copy()
    list(steps)
    np.testing.assert_array_equal(first.user_factors, copy)


def test_at_convergence_the_whole_gradient_is_zero():
    R, lam = rating_table(5), 0.5
    fit = fit_als(RatingMatrix.from_dense(R), k=2, lam=lam, n_iter=1000)
    error = np.nan_to_num(R - fit.user_factors @ fit.item_factors.T)
    for gradient in (
        lam * fit.user_factors - error @ fit.item_factors,
        lam * fit.item_factors - error.T @ fit.user_factors,
    ):
        np.testing.assert_allclose(gradient, 0, atol=1e-6)


def planted(rank, shape=(30, 24), seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(shape[0], rank)) @ rng.normal(size=(rank, shape[1]))


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_planted_low_rank_matrix_is_recovered(rank, weighted):
    truth = planted(rank)
    R = RatingMatrix.from_dense(truth)
    fit = fit_als(R, k=rank, lam=1e-9, n_iter=100, weighted=weighted)
    np.testing.assert_allclose(fit.predict(), truth, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_matrix_is_recovered_from_three_fifths_of_its_cells(seed):
    truth = planted(2, shape=(50, 40), seed=seed)
    holes = np.random.default_rng(seed).random(truth.shape) > 0.6
    fit = fit_als(RatingMatrix.from_dense(np.where(holes, np.nan, truth)), 2, 1e-9, n_iter=100)
    np.testing.assert_allclose(fit.predict(), truth, atol=1e-6)  # the cells it never saw, too


def test_renaming_and_reordering_users_reorders_their_factors():
    R, order = rating_table(6), np.random.default_rng(2).permutation(15)
    fit, permuted = (fit_als(RatingMatrix.from_dense(r), k=3, lam=0.2) for r in (R, R[order]))
    np.testing.assert_allclose(permuted.user_factors, fit.user_factors[order], atol=1e-8)
    np.testing.assert_allclose(permuted.item_factors, fit.item_factors, atol=1e-8)


def test_reordering_movies_reorders_the_converged_predictions():
    # Another order starts movies elsewhere; fully observed, every start ends at the same place.
    R, order = planted(3, seed=3), np.random.default_rng(3).permutation(24)
    fit, permuted = (
        fit_als(RatingMatrix.from_dense(r), k=2, lam=0.5, n_iter=400) for r in (R, R[:, order])
    )
    np.testing.assert_allclose(permuted.predict(), fit.predict()[:, order], atol=1e-6)


# ---- what may and what may not influence a fit -------------------------------------------------


def long_table(R):
    users, items = np.nonzero(~np.isnan(R))
    return pd.DataFrame({"userId": users, "movieId": items, "rating": R[users, items]})


def test_what_is_not_observed_cannot_change_the_fit():
    R = rating_table(7)
    R = R[~np.isnan(R).all(axis=1)][:, ~np.isnan(R).all(axis=0)]
    matrix = RatingMatrix.from_dense(R)
    fit = fit_als(matrix, k=3, held_out=long_table(R))
    other = RatingMatrix.from_ratings(long_table(R).assign(timestamp=1, tag="x"))
    # The same cells numbered in another order: start each movie where `matrix` starts it.
    back = other.items.to_index(np.arange(R.shape[1]))
    rebuilt = RatingMatrix.from_dense(other.dense()[:, back])
    np.testing.assert_array_equal(rebuilt.dense(), matrix.dense())
    np.testing.assert_array_equal(fit_als(rebuilt, k=3).user_factors, fit.user_factors)


def test_the_mask_decides_and_not_the_bits_of_a_blank():
    R = rating_table(7)
    fit = fit_als(RatingMatrix.from_dense(R), k=3)
    negative_nan = np.where(np.isnan(R), -np.nan, R)
    for storage in (negative_nan, np.asfortranarray(R), R.tolist(), pd.DataFrame(R)):
        again = fit_als(RatingMatrix.from_dense(storage), k=3)
        np.testing.assert_array_equal(again.item_factors, fit.item_factors)


def test_a_rating_of_zero_is_not_a_blank():
    R = rating_table(8)
    assert (R == 0).any()
    with_zeros, without = (
        fit_als(RatingMatrix.from_dense(r), k=2) for r in (R, np.where(R == 0, np.nan, R))
    )
    assert not np.allclose(with_zeros.predict(), without.predict(), atol=0.1)


def test_held_out_ratings_never_influence_the_factors():
    R = rating_table(9)
    matrix, other = RatingMatrix.from_dense(R), long_table(5 - R)
    plain, watched = fit_als(matrix, k=3), fit_als(matrix, k=3, held_out=other)
    np.testing.assert_array_equal(plain.user_factors, watched.user_factors)
    np.testing.assert_array_equal(plain.item_factors, watched.item_factors)
    shared = [c for c in watched.history if c != "held_out_rmse"]
    pd.testing.assert_frame_equal(plain.history, watched.history[shared], check_exact=True)


def test_the_fit_leaves_its_matrix_alone():
    R = rating_table(9)
    matrix = RatingMatrix.from_dense(R)
    fit_als(matrix, k=2, baseline=fit_biases(matrix), weighted=True)
    np.testing.assert_array_equal(matrix.dense(), R)
    np.testing.assert_array_equal(matrix.by_item.toarray().T, np.nan_to_num(R))


def test_same_seed_same_bits_and_another_seed_another_fit():
    matrix = RatingMatrix.from_dense(rating_table())
    first, again, other = (fit_als(matrix, k=3, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.user_factors, again.user_factors)
    np.testing.assert_array_equal(first.item_factors, again.item_factors)
    assert not np.allclose(first.item_factors, other.item_factors, atol=1e-3)


@pytest.mark.parametrize("lam", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_without_ratings_get_zero_factors_and_finite_predictions(lam, weighted):
    R = rating_table()
    fit = fit_als(RatingMatrix.from_dense(R), k=3, lam=lam, weighted=weighted)
    assert not fit.user_factors[3].any()
    assert not fit.item_factors[2].any()
    assert np.isfinite(fit.predict()).all()


def test_the_weighted_fit_is_the_plain_one_with_lam_times_n_where_every_row_has_n_ratings():
    full = planted(4, shape=(12, 12))  # every row and column: 12 ratings
    weighted = fit_als(RatingMatrix.from_dense(full), k=3, lam=0.1, weighted=True)
    plain = fit_als(RatingMatrix.from_dense(full), k=3, lam=1.2)
    np.testing.assert_allclose(weighted.predict(), plain.predict(), atol=1e-10)
    assert not np.allclose(weighted.predict(), fit_als(RatingMatrix.from_dense(full), 3).predict())


# ---- what fit_als adds -------------------------------------------------------------------------


def test_the_history_tells_objective_loss_and_rmse_apart():
    R = rating_table(1)
    matrix, held_out = RatingMatrix.from_dense(R), long_table(rating_table(2))
    fit = fit_als(matrix, k=2, lam=0.3, n_iter=5, held_out=held_out)
    steps = [s for s in als_steps(matrix, 2, 0.3, n_iter=5) if s.side == "items"]
    assert fit.history.iteration.tolist() == [1, 2, 3, 4, 5]
    for row, step in zip(fit.history.itertuples(), steps, strict=True):
        u, v = step.user_factors, step.item_factors
        sse = np.nansum((R - u @ v.T) ** 2)
        assert row.loss == pytest.approx(np.sqrt(sse), rel=1e-12)
        assert row.train_rmse == pytest.approx(np.sqrt(sse / matrix.nnz), rel=1e-12)
        assert row.objective == pytest.approx(sse + 0.3 * ((u**2).sum() + (v**2).sum()), rel=1e-12)
    predicted = fit.predict(held_out.userId, held_out.movieId)
    assert fit.history.held_out_rmse.iloc[-1] == rmse(held_out.rating, predicted)


@pytest.mark.parametrize("weighted", [False, True])
def test_with_a_baseline_the_factors_explain_what_it_leaves_over(weighted):
    R = rating_table(3)
    matrix = RatingMatrix.from_dense(R)
    biases = fit_biases(matrix)
    fit = fit_als(matrix, k=2, lam=0.2, weighted=weighted, baseline=biases)
    left_over = fit_als(
        RatingMatrix.from_dense(R - biases.predict()), k=2, lam=0.2, weighted=weighted
    )
    np.testing.assert_allclose(fit.user_factors, left_over.user_factors, atol=1e-10)
    together = biases.predict() + fit.user_factors @ fit.item_factors.T
    np.testing.assert_allclose(fit.predict(), together, atol=1e-12)
    assert fit.history.train_rmse.iloc[-1] == pytest.approx(
        np.sqrt(np.nanmean((R - together) ** 2)), rel=1e-10
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_the_engines_fit_alike(weighted):
    matrix = RatingMatrix.from_ratings(simulate_ratings(80, 100, 1900).ratings)
    fits = [
        fit_als(matrix, 12, 0.2, n_iter=8, weighted=weighted, engine=engine)
        for engine in ("compiled", "numpy")
    ]
    np.testing.assert_allclose(fits[0].history, fits[1].history, rtol=1e-8)
    np.testing.assert_allclose(*(fit.predict() for fit in fits), atol=1e-6)


def test_whole_numbers_from_a_table_of_floats_will_do():
    matrix = RatingMatrix.from_dense(rating_table())
    ours, theirs = fit_als(matrix, 2, n_iter=3), fit_als(matrix, np.float64(2), n_iter=3.0)
    np.testing.assert_array_equal(ours.user_factors, theirs.user_factors)


def test_the_progress_bar_is_shown_only_on_request(capsys):
    matrix = RatingMatrix.from_dense(rating_table())
    fit_als(matrix, n_iter=2)
    assert capsys.readouterr() == ("", "")
    fit_als(matrix, n_iter=2, progress=True)
    assert "ALS, k = 2" in "".join(capsys.readouterr())


@pytest.mark.parametrize("run", [fit_als, lambda *a, **k: list(als_steps(*a, **k))])
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"k": 0}, "k=0 must be a whole number of factors"),
        ({"k": 2.5}, "k=2.5 must be a whole number"),
        ({"k": "2"}, "k='2' must be a whole number"),
        ({"k": None}, "k=None must be a whole number"),
        ({"k": np.nan}, "k=nan must be a whole number"),
        ({"k": np.inf}, "k=inf must be a whole number"),
        ({"lam": -0.1}, "lam=-0.1 must be a finite number, 0 or more"),
        ({"lam": np.nan}, "lam=nan must be a finite number"),
        ({"lam": np.inf}, "lam=inf must be a finite number"),
        ({"lam": "0.1"}, "lam='0.1' must be a finite number"),
        ({"n_iter": 0}, "n_iter=0 must be a whole number, 1 or more"),
        ({"n_iter": 1.5}, "n_iter=1.5 must be a whole number"),
        ({"engine": "magic"}, "engine='magic' is not one of .*numpy"),
        ({"engine": ["numpy"]}, "engine=.* is not one of .*numpy"),
        ({"dtype": "float16"}, "dtype='float16' is not one of .*float32"),
    ],
)
def test_a_setting_out_of_range_is_named(run, setting, words):
    with pytest.raises(ValueError, match=words):
        run(RatingMatrix.from_dense(rating_table()), **setting)


def test_a_matrix_without_ratings_is_refused():
    with pytest.raises(ValueError, match="holds no ratings"):
        fit_als(RatingMatrix.from_dense(np.full((2, 3), np.nan)))


# ---- single precision --------------------------------------------------------------------------


@pytest.mark.parametrize(("lam", "close"), [(0.1, 1e-4), (0.0, 1e-2)])  # at 0, ill-conditioned
@pytest.mark.parametrize("weighted", [False, True])
def test_single_precision_takes_half_the_memory_and_gives_the_same_answer(lam, close, weighted):
    ratings = simulate_ratings(n_users=80, n_movies=100, n_ratings=1900).ratings
    matrix = RatingMatrix.from_ratings(ratings)
    double, single = (
        list(als_steps(matrix, 3, lam, n_iter=5, weighted=weighted, dtype=dtype))
        for dtype in ("float64", "float32")
    )
    for one, other in zip(double, single, strict=True):
        for name in ("user_factors", "item_factors"):
            exact, rounded = getattr(one, name), getattr(other, name)
            assert (exact.dtype, rounded.dtype) == (np.float64, np.float32)
        assert other.objective == pytest.approx(one.objective, rel=close)
    if lam > 0:  # without a penalty, blank cells may hold anything
        both = [step.user_factors @ step.item_factors.T for step in (double[-1], single[-1])]
        assert np.abs(both[0] - both[1]).max() < 0.01


@pytest.mark.parametrize("lam", [1e-3, 1e-6, 1e-7])
def test_single_precision_survives_a_lambda_it_cannot_hold(lam):
    rng = np.random.RandomState(0)
    R = RatingMatrix.from_dense(np.outer(rng.uniform(1, 2, 30), rng.uniform(1, 2.5, 20)))
    double, single = (
        np.array([step.objective for step in als_steps(R, 3, lam, n_iter=15, dtype=dtype)])
        for dtype in ("float64", "float32")
    )
    assert (np.diff(single) <= 1e-6).all()
    np.testing.assert_allclose(single, double, rtol=1e-3, atol=1e-6)


def test_a_baseline_that_is_none_is_refused_by_name():
    with pytest.raises(TypeError, match="the baseline is a float; pass fit_biases"):
        fit_als(RatingMatrix.from_dense([[5, 4]]), k=1, baseline=3.5)


# ---- what a random start decides ---------------------------------------------------------------


def test_two_starts_agree_up_to_a_rotation():
    table = simulate_ratings(n_users=60, n_movies=80, n_ratings=1200).ratings
    one, two = (
        fit_als(RatingMatrix.from_ratings(table), k=2, lam=2.0, n_iter=400, seed=seed)
        for seed in (0, 1)
    )
    np.testing.assert_allclose(one.predict(), two.predict(), atol=1e-6)
    assert np.abs(one.item_factors - two.item_factors).max() > 0.1
    turn, _ = orthogonal_procrustes(two.item_factors, one.item_factors)
    np.testing.assert_allclose(turn @ turn.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(two.item_factors @ turn, one.item_factors, atol=1e-5)
    np.testing.assert_allclose(two.user_factors @ turn, one.user_factors, atol=1e-5)
