"""Predictions from a fit, and newcomers folded into it."""

import numpy as np
import pytest

from als_lesson.data.matrix import RatingMatrix
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import fit_biases, fit_mean
from als_lesson.models.fit import fold_in
from als_lesson.solvers import half_step


def rating_table(seed=0):
    """14 users × 10 movies; user 3 and movie 2 have no ratings."""
    rng = np.random.default_rng(seed)
    R = rng.integers(1, 11, (14, 10)) / 2
    R[rng.random(R.shape) < 0.5] = np.nan
    R[3], R[:, 2] = np.nan, np.nan
    return R


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "weighted"])
def fit(request):
    return fit_als(RatingMatrix.from_dense(rating_table()), k=3, weighted=request.param)


@pytest.fixture(scope="module")
def with_biases():
    matrix = RatingMatrix.from_dense(rating_table())
    return fit_als(matrix, k=3, baseline=fit_biases(matrix))


def test_a_prediction_is_the_product_of_the_factors(fit):
    i, j = np.nonzero(~np.isnan(rating_table()))
    np.testing.assert_allclose(fit.predict(i, j), (fit.user_factors @ fit.item_factors.T)[i, j])


def test_pairs_equal_the_table(fit, with_biases):
    i, j = np.indices((14, 10)).reshape(2, -1)
    for model in (fit, with_biases):
        np.testing.assert_allclose(model.predict(i, j), model.predict()[i, j], rtol=1e-12)


def test_one_user_goes_with_many_movies_and_one_pair_gives_a_number(fit, with_biases):
    for model in (fit, with_biases):
        np.testing.assert_allclose(model.predict(4, np.arange(10)), model.predict()[4])
        assert np.ndim(model.predict(4, 7)) == 0
        assert model.predict(4, 7) == pytest.approx(model.predict()[4, 7])


def test_half_a_pair_is_an_error(fit):
    for half in ({"users": [0]}, {"items": [0]}):
        with pytest.raises(ValueError, match="users and items together"):
            fit.predict(**half)


def test_a_cold_movie_gets_the_users_mean_and_a_cold_user_the_overall_mean(fit):
    R = rating_table()
    user_means = [np.nanmean(row) if i != 3 else np.nanmean(R) for i, row in enumerate(R)]
    for cold_movie in (2, -1):
        predicted = fit.predict(np.arange(14), np.full(14, cold_movie))
        np.testing.assert_allclose(predicted, user_means, rtol=1e-14)
    for cold_user in (3, -1):
        predicted = fit.predict(np.full(10, cold_user), np.arange(10))
        np.testing.assert_allclose(predicted, np.nanmean(R), rtol=1e-14)


def test_with_a_baseline_the_cold_get_the_baseline(with_biases):
    users, items = np.array([3, 0, -1, -1, 5]), np.array([4, 2, -1, 4, -1])
    expected = with_biases.baseline.predict(users, items)
    np.testing.assert_array_equal(with_biases.predict(users, items), expected)


def test_folding_in_a_user_is_the_users_half_step(fit):
    R = rating_table()
    matrix = RatingMatrix.from_dense(R)
    solved = half_step(matrix.by_user, fit.item_factors, fit.lam, fit.weighted)
    for row, u in zip(R, solved, strict=True):
        seen = np.flatnonzero(~np.isnan(row))[::-1]  # in any order
        np.testing.assert_allclose(fold_in(fit, seen, row[seen]), u, atol=1e-12)


def test_folding_in_is_ridge_regression_on_the_augmented_system(fit):
    items, stars, lam = [1, 5, 6, 8], [5.0, 0.5, 3.0, 4.5], 0.7
    penalty = 4 * lam if fit.weighted else lam
    X = np.vstack([fit.item_factors[items], np.sqrt(penalty) * np.eye(3)])
    expected = np.linalg.lstsq(X, np.append(stars, np.zeros(3)), rcond=None)[0]
    np.testing.assert_allclose(fold_in(fit, items, stars, lam=lam), expected, atol=1e-10)


def test_folding_a_known_user_in_gives_the_factors_of_the_converged_fit():
    R = rating_table()
    fit = fit_als(RatingMatrix.from_dense(R), k=2, lam=0.5, n_iter=2000)
    for row, u in zip(R, fit.user_factors, strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        np.testing.assert_allclose(fold_in(fit, seen, row[seen]), u, atol=1e-6)


@pytest.mark.parametrize("fit_baseline", [fit_mean, fit_biases])
def test_with_a_baseline_a_newcomers_factors_explain_what_it_leaves_over(fit_baseline):
    matrix = RatingMatrix.from_dense(rating_table())
    fit = fit_als(matrix, k=2, lam=0.3, baseline=fit_baseline(matrix))
    items, stars = np.array([0, 4, 7]), np.array([5.0, 1.0, 4.0])
    left_over = stars - fit.baseline.mean - fit.baseline.item_biases[items]
    if fit_baseline is fit_biases:  # the newcomer's own bias: Σ left over / (n + λ), λ = 5
        left_over = left_over - left_over.sum() / (3 + 5)
    X = np.vstack([fit.item_factors[items], np.sqrt(0.3) * np.eye(2)])
    expected = np.linalg.lstsq(X, np.append(left_over, [0, 0]), rcond=None)[0]
    np.testing.assert_allclose(fold_in(fit, items, stars), expected, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_with_biases_folding_in_equals_the_refit_of_that_users_row(weighted):
    R = rating_table()
    matrix = RatingMatrix.from_dense(R)
    biases = fit_biases(matrix)
    fit = fit_als(matrix, k=2, lam=0.3, weighted=weighted, baseline=biases)
    left_over = matrix.with_values(matrix.values - biases.predict(*matrix.entries()))
    solved = half_step(left_over.by_user, fit.item_factors, fit.lam, weighted)
    for row, bias, u in zip(R, biases.user_biases, solved, strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        assert biases.fold_in(seen, row[seen]) == pytest.approx(bias, abs=1e-12)
        np.testing.assert_allclose(fold_in(fit, seen, row[seen]), u, atol=1e-12)


def test_with_biases_a_newcomers_stars_are_those_of_a_known_user_with_the_same_ratings():
    R = np.vstack([rating_table(), rating_table()[5]])  # user 14 is user 5 once more
    matrix = RatingMatrix.from_dense(R)
    biases = fit_biases(matrix)
    fit = fit_als(matrix, k=2, lam=0.5, n_iter=1000, baseline=biases)
    seen = np.flatnonzero(~np.isnan(R[5]))
    stars = fit.predict_newcomer(seen, R[5, seen])
    np.testing.assert_allclose(stars, fit.predict(5, np.arange(10)), atol=1e-6)
    np.testing.assert_allclose(stars, fit.predict(14, np.arange(10)), atol=1e-6)


def test_without_a_baseline_a_newcomer_gets_its_mean_where_taste_has_nothing_to_say(fit):
    stars = fit.predict_newcomer([0, 4], [5.0, 2])
    assert stars[2] == 3.5  # nobody rated movie 2
    known = np.arange(10) != 2
    taste = fit.item_factors @ fold_in(fit, [0, 4], [5.0, 2])
    np.testing.assert_allclose(stars[known], taste[known])


def test_folding_in_changes_nothing_in_the_fit(fit):
    before = fit.item_factors.copy()
    fold_in(fit, [0, 1], [5, 1])
    np.testing.assert_array_equal(fit.item_factors, before)


def test_a_newcomer_without_ratings_gets_zeros(fit):
    assert fold_in(fit, [], []).tolist() == [0, 0, 0]


def test_with_biases_a_newcomer_without_ratings_has_none_of_its_own(with_biases):
    assert with_biases.baseline.fold_in([], []) == 0
    assert fold_in(with_biases, [], []).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("items", "stars", "settings", "error", "words"),
    [
        ([0, 1], [4], {}, ValueError, r"one rating per movie.*\(2,\).*\(1,\)"),
        (0, 4, {}, ValueError, "one rating per movie"),
        ([1, 1], [4, 5], {}, ValueError, "a movie twice"),
        ([0], [np.nan], {}, ValueError, "not a finite number"),
        ([0], [np.inf], {}, ValueError, "not a finite number"),
        ([0], [4], {"lam": -1}, ValueError, "lam=-1"),
        ([0], [4], {"lam": np.nan}, ValueError, "lam=nan"),
        ([10], [4], {}, IndexError, "0 to 9"),
        ([-1], [4], {}, IndexError, "unseen movie"),
    ],
)
def test_fold_in_says_what_is_wrong(fit, items, stars, settings, error, words):
    with pytest.raises(error, match=words):
        fold_in(fit, items, stars, **settings)


@pytest.mark.parametrize(
    ("users", "items"), [([-2], [0]), ([0], [10]), (["u1"], [0]), ([0.5], [1])]
)
def test_what_is_not_an_index_is_refused(fit, users, items):
    for model in (fit, fit_biases(RatingMatrix.from_dense(np.ones((6, 10))))):
        with pytest.raises(IndexError, match="index"):
            model.predict(users, items)


@pytest.mark.parametrize("n_iter", [1, 5])
def test_a_movie_that_everybody_gave_zero_is_a_rated_movie(n_iter):
    R = np.array([[5, 0.0], [4, 0], [3, 0]])
    fit = fit_als(RatingMatrix.from_dense(R), k=1, lam=0.01, n_iter=n_iter)
    assert (fit.predict()[:, 1] == 0).all() and (fit.predict([0, 1, 2], [1, 1, 1]) == 0).all()
    error = np.sqrt(np.mean((R - fit.predict()) ** 2))
    assert fit.history.train_rmse.iloc[-1] == pytest.approx(error)
