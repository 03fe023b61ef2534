"""Three numbers that are easily confused: loss, objective and RMSE."""

import math

import numpy as np

from ..data.arrays import as_floats, check_indexes
from ..data.matrix import as_matrix
from ..data.memory import require_memory
from ..data.settings import check_flag, check_number


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
    user_factors, item_factors = np.asarray(user_factors), np.asarray(item_factors)
    shapes = user_factors.shape, item_factors.shape
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


def loss(matrix, user_factors, item_factors):
    """√SSE, SSE = Σ over observed (r_ij - u_i·v_j)², in stars: what many tutorials draw.

    It grows with the number of ratings, unlike `rmse`, and it ignores the penalty, so unlike
    `objective` it may rise from one step to the next.

    Parameters
    ----------
    matrix : RatingMatrix, DataFrame or Dataset
        The ratings; blank cells do not count.
    user_factors, item_factors : array_like, shapes (n_users, k) and (n_items, k)

    Raises
    ------
    ValueError, TypeError
        If the factors are not of these shapes, or `matrix` holds no ratings; FloatingPointError
        if they are not finite, or too large to square.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[3, np.nan], [np.nan, 4]])
    >>> loss(R, np.zeros((2, 1)), np.zeros((2, 1)))
    5.0
    """
    return math.sqrt(_objective(matrix, user_factors, item_factors))


def objective(matrix, user_factors, item_factors, lam, weighted=False):
    """What ALS minimizes, and the one curve that cannot rise.

    SSE + λ (Σ‖u_i‖² + Σ‖v_j‖²); weighted: λ (Σ n_i ‖u_i‖² + Σ n_j ‖v_j‖²), with n the number
    of ratings of that user or item.

    Parameters
    ----------
    matrix, user_factors, item_factors
        As in `loss`.
    lam : float
        λ ≥ 0, in stars: so are ‖u‖² and ‖v‖², whose product is a squared rating.
    weighted : bool
        Multiply each row's penalty by its number of ratings.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        As in `loss`, or if λ is no penalty.

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
    lam, weighted = check_number("lam", lam), check_flag("weighted", weighted)
    return _objective(matrix, user_factors, item_factors, lam, weighted)


def _objective(matrix, user_factors, item_factors, lam=0.0, weighted=False):
    """The same of factors as they come; without a λ, the SSE."""
    matrix = as_matrix(matrix)
    factors = as_floats(user_factors, "user_factors"), as_floats(item_factors, "item_factors")
    shapes = [side.shape for side in factors]
    if shapes != [(n, *shapes[0][1:2]) for n in matrix.shape] or len(shapes[0]) != 2:
        raise ValueError(
            f"factors of shapes {shapes[0]} and {shapes[1]} do not go with {matrix.shape[0]:,} "
            f"users and {matrix.shape[1]:,} items; they must be (n_users, k) and (n_items, k)"
        )
    with np.errstate(all="ignore"):
        error = matrix.values - predict_pairs(*factors, *matrix.entries())
        total = float(error @ error)
        total += penalty(matrix, *factors, lam, weighted) if lam else 0.0
    if not math.isfinite(total):
        raise FloatingPointError(
            "a factor is not a finite number, or too large to square; see what has made it so"
        )
    return total


def penalty(matrix, user_factors, item_factors, lam, weighted=False):
    """The objective's second half: λ (Σ‖u_i‖² + Σ‖v_j‖²), or its weighted form."""
    total = 0.0
    for side, factors in (("users", user_factors), ("items", item_factors)):
        norms = np.einsum("nk,nk->n", factors, factors, dtype=float)
        total += np.sum(norms * matrix.counts(side) if weighted else norms)
    return lam * float(total)


def rmse(actual, predicted):
    """√(mean squared error), in stars: comparable between tables of different size.

    Parameters
    ----------
    actual, predicted : array_like, shape (n,)
        Or of any other shape, which both have.

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, or a value is no finite number.

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
    with np.errstate(all="ignore"):
        mean = np.mean((actual - predicted) ** 2)
    if not np.isfinite(mean):
        raise ValueError(
            "rmse met a NaN, or a number too large to square; compare only observed cells, such as "
            "R[observed]"
        )
    return float(np.sqrt(mean))
