"""Three numbers that are easily confused: loss, objective and RMSE."""

import numpy as np


def check_indexes(indexes, n):
    """The indexes as an array of int; IndexError unless they lie in -1 (unseen) to n - 1."""
    indexes = np.asarray(indexes)
    if indexes.size == 0:
        return indexes.astype(np.int64)
    if indexes.dtype.kind not in "iu":
        raise IndexError(
            f"expected indexes (whole numbers), got {indexes.flat[0]!r}; "
            "turn ids into indexes with matrix.users or matrix.items .to_index(ids)"
        )
    if indexes.min() < -1 or indexes.max() >= n:
        wrong = indexes[(indexes < -1) | (indexes >= n)].flat[0]
        raise IndexError(f"index {wrong} is outside 0 to {n - 1}, and -1 for unseen")
    return indexes


def predict_pairs(user_factors, item_factors, users, items):
    """u_i·v_j for each pair of indexes; index -1 (unseen) counts as a row of zeros.

    Parameters
    ----------
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)
    users, items : ndarray of int, shape (n_pairs,)

    Returns
    -------
    ndarray, shape (n_pairs,)

    Raises
    ------
    IndexError
        If an index is not a whole number from -1 to n - 1.

    Examples
    --------
    >>> predict_pairs(np.array([[1., 2.]]), np.array([[3., 4.]]), [0, 0], [0, -1])
    array([11.,  0.])
    """
    users = check_indexes(users, len(user_factors))
    items = check_indexes(items, len(item_factors))
    predicted = np.zeros(users.shape)
    for u, v in zip(user_factors.T, item_factors.T, strict=True):  # never nnz x k at once
        predicted += u[users] * v[items]
    predicted[(users < 0) | (items < 0)] = 0.0
    return predicted


def squared_error(matrix, user_factors, item_factors):
    """SSE = Σ over observed (r_ij - u_i·v_j)², in stars²; blank cells do not count.

    Parameters
    ----------
    matrix : RatingMatrix
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> squared_error(RatingMatrix.from_dense([[3, np.nan]]), np.ones((1, 1)), np.ones((2, 1)))
    4.0
    """
    error = matrix.values - predict_pairs(user_factors, item_factors, *matrix.entries())
    return float(error @ error)


def loss(matrix, user_factors, item_factors):
    """√SSE over the observed cells, in stars: what the curve of many tutorials shows.

    It grows with the number of ratings, unlike `rmse`, and it ignores the penalty, so unlike
    `objective` it may rise from one step to the next.

    Parameters
    ----------
    matrix : RatingMatrix
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[3, np.nan], [np.nan, 4]])
    >>> loss(R, np.zeros((2, 1)), np.zeros((2, 1)))
    5.0
    """
    return squared_error(matrix, user_factors, item_factors) ** 0.5


def objective(matrix, user_factors, item_factors, lam, weighted=False):
    """What ALS minimizes, and the one curve that cannot rise.

    SSE + λ (Σ‖u_i‖² + Σ‖v_j‖²); weighted: λ (Σ n_i ‖u_i‖² + Σ n_j ‖v_j‖²), with n the number
    of ratings of that user or item.

    Parameters
    ----------
    matrix : RatingMatrix
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)
    lam : float
        λ, in stars: so are ‖u‖² and ‖v‖², whose product is a squared rating.
    weighted : bool
        Multiply each row's penalty by its number of ratings.

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan (2008), "Large-scale parallel collaborative filtering for
    the Netflix Prize", https://doi.org/10.1007/978-3-540-68880-8_32: the weighted form, ALS-WR.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[3, np.nan], [np.nan, 4]])
    >>> objective(R, np.ones((2, 1)), np.ones((2, 1)), lam=0.5)
    15.0
    """
    error = squared_error(matrix, user_factors, item_factors)
    return error + penalty(matrix, user_factors, item_factors, lam, weighted)


def penalty(matrix, user_factors, item_factors, lam, weighted=False):
    """The objective's second half: λ (Σ‖u_i‖² + Σ‖v_j‖²), or its weighted form."""
    total = 0.0
    for side, factors in (("users", user_factors), ("items", item_factors)):
        norms = np.einsum("nk,nk->n", factors, factors, dtype=float)
        total += norms @ matrix.counts(side) if weighted else norms.sum()
    return lam * float(total)


def rmse(actual, predicted):
    """√(mean squared error), in stars: comparable between tables of different size.

    Parameters
    ----------
    actual, predicted : array_like, shape (n,)

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, or a value is NaN.

    Examples
    --------
    >>> rmse([3, 4], [3, 2])
    1.4142135623730951
    """
    actual, predicted = np.asarray(actual, dtype=float), np.asarray(predicted, dtype=float)
    if actual.shape != predicted.shape or actual.size == 0:
        raise ValueError(
            f"rmse compares ratings pair by pair; got shapes {actual.shape} and {predicted.shape}"
        )
    error = actual - predicted
    if np.isnan(error).any():
        raise ValueError("rmse met a NaN; compare only observed cells, such as R[observed]")
    return float(np.sqrt(np.mean(error**2)))
