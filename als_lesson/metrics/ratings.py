"""Three numbers that are easily confused: loss, objective and RMSE."""

import math
import sys
from numbers import Real

import numpy as np

from ..data.arrays import as_floats, check_indexes
from ..data.matrix import as_matrix
from ..data.memory import require_memory


def check_pairs(users, items, shape):
    """Indexes of the pairs to predict, looked over; None where every cell of `shape` is meant."""
    if (users is None) != (items is None):
        raise ValueError("give users and items together, or neither to predict every cell")
    pairs, n = None, shape[0] * shape[1]
    if users is not None:
        pairs = check_indexes(users, shape[0]), check_indexes(items, shape[1])
        shapes = [indexes.shape for indexes in pairs]
        try:
            n = math.prod(np.broadcast_shapes(*shapes))
        except ValueError:
            raise ValueError(
                f"users of shape {shapes[0]} and items of shape {shapes[1]} make no pairs; give as "
                "many of one as of the other"
            ) from None
    require_memory(16 * n, f"{n:,} predictions", "give users and items, some of them at a time")
    return pairs


def predict_pairs(user_factors, item_factors, users=None, items=None):
    """u_i·v_j for each pair of indexes; index -1 (unseen) counts as a row of zeros.

    Parameters
    ----------
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)
    users, items : array_like of int, shape (n_pairs,), optional
        Or of two shapes that broadcast, such as (n, 1) and (m,). Without them, every cell.

    Returns
    -------
    ndarray, shape (n_pairs,) or (n_users, n_items)

    Raises
    ------
    IndexError
        If an index is not a whole number from -1 to n - 1.
    ValueError
        If the shapes do not go together, or the predictions cannot fit into memory.

    Examples
    --------
    >>> predict_pairs(np.array([[1., 2.]]), np.array([[3., 4.]]), [0, 0], [0, -1])
    array([11.,  0.])
    """
    shapes = np.shape(user_factors), np.shape(item_factors)
    if not len(shapes[0]) == len(shapes[1]) == 2 or shapes[0][1] != shapes[1][1]:
        raise ValueError(
            f"factors of shapes {shapes[0]} and {shapes[1]} do not go together; they must be "
            "(n_users, k) and (n_items, k)"
        )
    pairs = check_pairs(users, items, (shapes[0][0], shapes[1][0]))
    if pairs is None:
        return user_factors @ item_factors.T
    users, items = pairs
    predicted = np.zeros(np.broadcast_shapes(users.shape, items.shape))
    for u, v in zip(user_factors.T, item_factors.T, strict=True):  # never nnz x k at once
        predicted += u[users] * v[items]
    predicted[(users < 0) | (items < 0)] = 0.0
    return predicted


def squared_error(matrix, user_factors, item_factors):
    """SSE = Σ over observed (r_ij - u_i·v_j)², in stars²; blank cells do not count.

    Parameters
    ----------
    matrix : RatingMatrix, or what `as_matrix` makes one of
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> squared_error(RatingMatrix.from_dense([[3, np.nan]]), np.ones((1, 1)), np.ones((2, 1)))
    4.0
    """
    matrix = as_matrix(matrix)
    error = matrix.values - predict_pairs(user_factors, item_factors, *matrix.entries())
    return float(error @ error)


def loss(matrix, user_factors, item_factors):
    """√SSE over the observed cells, in stars: what the curve of many tutorials shows.

    It grows with the number of ratings, unlike `rmse`, and it ignores the penalty, so unlike
    `objective` it may rise from one step to the next.

    Parameters
    ----------
    matrix : RatingMatrix, or what `as_matrix` makes one of
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
    matrix : RatingMatrix, or what `as_matrix` makes one of
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
    check_penalty(lam, weighted)
    matrix = as_matrix(matrix)
    error = squared_error(matrix, user_factors, item_factors)
    return error + penalty(matrix, user_factors, item_factors, lam, weighted)


def check_penalty(lam, weighted=False):
    """Stop unless λ can be a penalty, and `weighted` says which kind."""
    real = isinstance(lam, Real) and not isinstance(lam, bool)
    if not (real and 0 <= lam <= sys.float_info.max):
        raise ValueError(f"lam={lam!r} must be a finite number, 0 or more")
    if not isinstance(weighted, bool | np.bool_):
        raise ValueError(f"weighted={weighted!r} must be True or False")


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
        If the shapes differ, there is nothing to compare, or a value is no number, or NaN.

    Examples
    --------
    >>> rmse([3, 4], [3, 2])
    1.4142135623730951
    """
    actual, predicted = as_floats(actual, "actual"), as_floats(predicted, "predicted")
    if actual.shape != predicted.shape or actual.size == 0:
        raise ValueError(
            f"rmse compares ratings pair by pair; got shapes {actual.shape} and {predicted.shape}"
        )
    error = actual - predicted
    if np.isnan(error).any():
        raise ValueError("rmse met a NaN; compare only observed cells, such as R[observed]")
    return float(np.sqrt(np.mean(error**2)))
