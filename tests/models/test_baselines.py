"""The mean and the biases, by hand and against scikit-learn's ridge regression."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from als_lesson.data.matrix import RatingMatrix
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import Biases, fit_biases, fit_mean


def sparse_table(seed=0, shape=(12, 9), blank=0.4):
    rng = np.random.default_rng(seed)
    R = rng.integers(1, 11, shape) / 2
    R[rng.random(shape) < blank] = np.nan
    return R


def test_the_mean_counts_ratings_and_not_rows():
    model = fit_mean(RatingMatrix.from_dense([[5, np.nan], [4, 1]]))
    assert model.mean == pytest.approx(10 / 3, rel=1e-15)
    np.testing.assert_array_equal(model.predict(), np.full((2, 2), model.mean))


def test_one_round_worked_by_hand():
    # R = [5 .]   μ = 10/3. Residuals 5/3, 2/3, -7/3. One round with λ = 1, movies first:
    #     [4 1]   b_0 = (5/3 + 2/3) / (2 + 1) = 7/9,  b_1 = (-7/3) / (1 + 1) = -7/6.
    # Users: (5/3 - 7/9) / 2 = 4/9;  (2/3 - 7/9 - 7/3 + 7/6) / 3 = (-1/9 - 7/6) / 3 = -23/54.
    model = fit_biases(RatingMatrix.from_dense([[5, np.nan], [4, 1]]), lam=1, n_iter=1)
    np.testing.assert_allclose(model.item_biases, [7 / 9, -7 / 6], rtol=1e-14)
    np.testing.assert_allclose(model.user_biases, [4 / 9, -23 / 54], rtol=1e-14)


@pytest.mark.parametrize("lam", [0.5, 5.0])
def test_converged_biases_are_one_ridge_regression(lam):
    R = sparse_table()
    i, j = np.nonzero(~np.isnan(R))
    features = np.hstack([np.eye(12)[i], np.eye(9)[j]])  # a 1 for the user, a 1 for the movie
    oracle = Ridge(alpha=lam, fit_intercept=False, solver="svd")
    oracle.fit(features, R[i, j] - R[i, j].mean())
    model = fit_biases(RatingMatrix.from_dense(R), lam=lam, n_iter=300)
    np.testing.assert_allclose(model.user_biases, oracle.coef_[:12], atol=1e-10)
    np.testing.assert_allclose(model.item_biases, oracle.coef_[12:], atol=1e-10)


def test_additive_ratings_are_recovered_without_penalty():
    rng = np.random.default_rng(1)
    R = 3 + rng.normal(size=(8, 1)) + rng.normal(size=(1, 7))
    model = fit_biases(RatingMatrix.from_dense(R), lam=0, n_iter=5)
    np.testing.assert_allclose(model.predict(), R, atol=1e-12)


def test_pairs_equal_the_table_and_the_unseen_have_no_bias():
    model = fit_biases(RatingMatrix.from_dense(sparse_table(2)))
    i, j = np.indices((12, 9))
    np.testing.assert_array_equal(model.predict(i, j), model.predict())
    expected = [model.mean, model.mean + model.item_biases[3], model.mean + model.user_biases[2]]
    np.testing.assert_allclose(model.predict([-1, -1, 2], [-1, 3, -1]), expected, rtol=1e-15)


@pytest.mark.parametrize("lam", [0.0, 5.0])
def test_rows_without_ratings_have_no_bias(lam):
    R = sparse_table(3)
    R[4], R[:, 2] = np.nan, np.nan
    model = fit_biases(RatingMatrix.from_dense(R), lam=lam)
    assert model.user_biases[4] == model.item_biases[2] == 0
    assert np.isfinite(model.predict()).all()


def test_a_stronger_penalty_shrinks_biases_and_few_ratings_shrink_most():
    R = np.full((10, 2), np.nan)
    R[:, 0], R[0, 1] = 5, 5  # both movies get only 5s: one ten times, one once
    R = np.vstack([R, np.full((10, 2), 1.0)])
    weak, strong = (fit_biases(RatingMatrix.from_dense(R), lam=lam) for lam in (1, 20))
    assert np.linalg.norm(strong.item_biases) < np.linalg.norm(weak.item_biases)
    assert np.linalg.norm(strong.user_biases) < np.linalg.norm(weak.user_biases)


def test_half_a_pair_is_an_error():
    with pytest.raises(ValueError, match="users and items together"):
        Biases(3.0, np.zeros(2), np.zeros(2)).predict(items=[0])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"lam": -5}, "lam=-5 must be a number of ratings, 0 or more"),
        ({"lam": np.nan}, "lam=nan"),
        ({"lam": "5"}, "lam='5'"),
        ({"lam": True}, "lam=True"),
        ({"n_iter": -3}, "n_iter=-3 must be a whole number, 1 or more"),
        ({"n_iter": 0}, "n_iter=0"),
        ({"n_iter": 2.5}, "n_iter=2.5"),
    ],
)
def test_a_setting_out_of_range_is_named(setting, words):
    with pytest.raises(ValueError, match=words):
        fit_biases(RatingMatrix.from_dense(np.ones((2, 2))), **setting)


def test_an_infinite_penalty_leaves_the_mean():
    model = fit_biases(RatingMatrix.from_dense(sparse_table()), lam=np.inf)
    assert not model.user_biases.any() and not model.item_biases.any()


def test_biases_of_another_matrix_are_refused():
    other = fit_biases(RatingMatrix.from_dense(np.ones((3, 4))))
    with pytest.raises(ValueError, match="3 users x 4 items"):
        fit_als(RatingMatrix.from_dense(np.ones((2, 2))), k=1, baseline=other)


def test_a_new_users_bias_is_the_one_a_known_user_with_those_ratings_has():
    R = sparse_table(4)
    model = fit_biases(RatingMatrix.from_dense(R), lam=2.5)
    for row, bias in zip(R, model.user_biases, strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        assert model.fold_in(seen, row[seen]) == pytest.approx(bias, abs=1e-12)


def test_the_mean_model_gives_a_new_user_no_bias_either():
    assert fit_mean(RatingMatrix.from_dense(sparse_table(5))).fold_in([0, 3], [5, 5]) == 0
