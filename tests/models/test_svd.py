"""The SVD against NumPy and scikit-learn, and the slip that turns ALS into it."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from als_lesson.data.matrix import RatingMatrix
from als_lesson.models.svd import truncated_svd, zero_filled_svd


def rating_table(seed=0, shape=(14, 10), blank=0.5):
    rng = np.random.default_rng(seed)
    R = rng.integers(1, 11, shape) / 2
    R[rng.random(shape) < blank] = np.nan
    return R


def best_approximation(filled, k, shrink=0.0):
    """By NumPy's full SVD: keep k singular values, each lowered by `shrink`."""
    left, s, right_t = np.linalg.svd(filled, full_matrices=False)
    return (left[:, :k] * np.maximum(s[:k] - shrink, 0)) @ right_t[:k]


@pytest.mark.parametrize("as_stored", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("transposed", [False, True])
def test_it_is_the_best_approximation_of_its_rank(as_stored, k, transposed):
    filled = np.nan_to_num(rating_table())
    filled = filled.T if transposed else filled
    left, s, right_t = truncated_svd(as_stored(filled), k)
    assert (left.shape, s.shape, right_t.shape) == (
        (filled.shape[0], k),
        (k,),
        (k, filled.shape[1]),
    )
    np.testing.assert_allclose((left * s) @ right_t, best_approximation(filled, k), atol=1e-10)
    np.testing.assert_allclose(s, np.linalg.svd(filled, compute_uv=False)[:k], rtol=1e-10)
    np.testing.assert_allclose(left.T @ left, np.eye(k), atol=1e-10)
    np.testing.assert_allclose(right_t @ right_t.T, np.eye(k), atol=1e-10)
    assert (right_t.sum(axis=1) >= 0).all()


def test_zero_filled_svd_agrees_with_scikit_learn():
    R = rating_table(1)
    oracle = TruncatedSVD(n_components=3, algorithm="arpack", random_state=0)
    theirs = oracle.inverse_transform(oracle.fit_transform(sparse.csr_matrix(np.nan_to_num(R))))
    U, V = zero_filled_svd(RatingMatrix.from_dense(R), 3)
    assert (U.shape, V.shape) == ((14, 3), (10, 3))
    np.testing.assert_allclose(U @ V.T, theirs, atol=1e-10)


def test_the_same_matrix_gives_the_same_bits():
    filled = sparse.csr_array(np.nan_to_num(rating_table(2)))
    for one, other in zip(truncated_svd(filled, 3), truncated_svd(filled, 3), strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_and_columns_that_sum_to_zero_are_no_trouble():
    centred = np.array([[1.0, -1, 0, 0], [-1, 1, 1, -1], [0, 0, -1, 1]])
    left, s, right_t = truncated_svd(sparse.csr_array(centred), 1)
    np.testing.assert_allclose((left * s) @ right_t, best_approximation(centred, 1), atol=1e-12)


@pytest.mark.parametrize("k", [0, 11, 1.5, True, "2", None, np.nan])
def test_a_rank_out_of_range_is_an_error(k):
    R = rating_table()
    for run in (
        lambda: truncated_svd(np.nan_to_num(R), k),
        lambda: zero_filled_svd(RatingMatrix.from_dense(R), k),
    ):
        with pytest.raises(ValueError, match=f"k={k!r} must be a whole number from 1 to 10"):
            run()


@pytest.mark.parametrize(
    ("filled", "error", "words"),
    [
        (rating_table(), ValueError, "fill the NaN"),
        ([[1.0, np.inf]], ValueError, "fill the NaN, or infinite"),
        (sparse.csr_array([[1.0, np.nan]]), ValueError, "fill the NaN"),
        (np.ma.masked_equal([[5.0, 0], [0, 4]], 0), ValueError, "no notion of a blank"),
        ([1.0, 2.0], ValueError, r"shape \(2,\)"),
        (np.ones((0, 3)), ValueError, r"shape \(0, 3\)"),
        (RatingMatrix.from_dense([[1.0]]), TypeError, "use zero_filled_svd"),
    ],
)
def test_what_has_no_svd_is_refused(filled, error, words):
    with pytest.raises(error, match=words):
        truncated_svd(filled, 1)


@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_array, sparse.lil_array, list, pd.DataFrame]
)
def test_any_form_of_a_table_will_do(form):
    filled = np.nan_to_num(rating_table())
    np.testing.assert_allclose(
        truncated_svd(form(filled), 2).predict(), best_approximation(filled, 2), atol=1e-10
    )


def test_nothing_but_zero_stars_is_approximated_by_zeros():
    svd = zero_filled_svd(RatingMatrix.from_dense(np.zeros((5, 4))), 2)
    assert np.abs(svd.predict()).max() == 0


def test_all_singular_vectors_of_a_table_too_large_are_refused():
    matrix = sparse.csr_array((10**5, 10**5))
    with pytest.raises(ValueError, match="all singular vectors need .* smaller k"):
        truncated_svd(matrix, 10**5)


def slip(R, k, lam, n_iter, seed=0):
    """The update of many tutorials: its Gram matrix sums over every movie, rated or not."""
    M = ~np.isnan(R)
    rng = np.random.default_rng(seed)
    u, v = rng.random((R.shape[0], k)), rng.random((k, R.shape[1]))
    for _ in range(n_iter):
        for i in range(R.shape[0]):
            u[i] = (v[:, M[i]] @ R[i, M[i]]).T @ np.linalg.inv(v @ v.T + lam * np.eye(k))
        for j in range(R.shape[1]):
            u_seen = u.T[:, M[:, j]]
            v[:, j] = (u_seen @ R[M[:, j], j]) @ np.linalg.inv(u.T @ u + lam * np.eye(k))
    return u, v.T


def test_the_slip_is_ridge_regression_on_the_zero_filled_matrix():
    R, lam, k = rating_table(3), 0.3, 2
    u, v = slip(R, k, lam, n_iter=3)
    filled = np.nan_to_num(R)
    for j in range(R.shape[1]):  # the last half-step solved for the movies, u held fixed
        X = np.vstack([u, np.sqrt(lam) * np.eye(k)])
        y = np.append(filled[:, j], np.zeros(k))
        np.testing.assert_allclose(v[j], np.linalg.lstsq(X, y, rcond=None)[0], atol=1e-10)


def test_without_penalty_the_slip_ends_at_the_truncated_svd_of_the_zero_filled_matrix():
    R = rating_table(4)
    u, v = slip(R, k=2, lam=1e-10, n_iter=400)
    U, V = zero_filled_svd(RatingMatrix.from_dense(R), 2)
    np.testing.assert_allclose(u @ v.T, U @ V.T, atol=1e-6)


def test_with_penalty_the_slip_ends_at_the_svd_with_every_singular_value_lowered_by_lam():
    R = rating_table(4)
    u, v = slip(R, k=2, lam=0.7, n_iter=400)
    np.testing.assert_allclose(
        u @ v.T, best_approximation(np.nan_to_num(R), 2, shrink=0.7), atol=1e-6
    )
