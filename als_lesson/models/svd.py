"""The singular value decomposition, which needs every cell filled in."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from ..data.matrix import require_matrix


def truncated_svd(filled, k):
    """The best rank-k approximation of a matrix without blanks, left · diag(s) · right_t.

    It minimizes Σ over **all** cells (a_ij - â_ij)²: whatever was filled in counts like a rating.

    Parameters
    ----------
    filled : ndarray or scipy sparse array, shape (n_users, n_items)
        In a sparse array an unstored cell is a zero.
    k : int
        Rank, 1 to min(n_users, n_items).

    Returns
    -------
    left : ndarray, shape (n_users, k)
    s : ndarray, shape (k,)
        Singular values, largest first.
    right_t : ndarray, shape (k, n_items)

    Raises
    ------
    ValueError
        If `filled` has a NaN, or k is out of range.

    Notes
    -----
    Signs are fixed so that each row of right_t has a positive sum; they are arbitrary otherwise.

    References
    ----------
    Eckart and Young (1936), "The approximation of one matrix by another of lower rank".

    Examples
    --------
    >>> left, s, right_t = truncated_svd(np.outer([1., 2.], [3., 4.]), k=1)
    >>> np.round((left * s) @ right_t, 6).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    if not 1 <= k <= min(filled.shape):
        raise ValueError(f"k={k} must lie between 1 and {min(filled.shape)}, the smaller side")
    values = filled.data if sparse.issparse(filled) else filled
    if np.isnan(values).any():
        raise ValueError("the SVD has no notion of a blank: fill the NaN cells first")
    if sparse.issparse(filled) and k < min(filled.shape):
        # A fixed start makes ARPACK repeatable; uneven, since ones are lost on rows of zero sum.
        start = np.sqrt(np.arange(1.0, min(filled.shape) + 1))
        left, s, right_t = svds(filled.astype(float), k=k, v0=start)
        largest_first = np.argsort(-s)
        left, s, right_t = left[:, largest_first], s[largest_first], right_t[largest_first]
    else:
        dense = filled.toarray() if sparse.issparse(filled) else filled
        left, s, right_t = (a for a in np.linalg.svd(dense, full_matrices=False))
        left, s, right_t = left[:, :k], s[:k], right_t[:k]
    sign = np.where(right_t.sum(axis=1) < 0, -1.0, 1.0)
    return left * sign, s, right_t * sign[:, None]


def zero_filled_svd(matrix, k):
    """Rank-k factors of R with every blank taken for zero stars.

    Parameters
    ----------
    matrix : RatingMatrix
    k : int

    Returns
    -------
    user_factors : ndarray, shape (n_users, k)
        left · diag(s).
    item_factors : ndarray, shape (n_items, k)
        right_t transposed, so the prediction is user_factors @ item_factors.T as everywhere.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> U, V = zero_filled_svd(RatingMatrix.from_dense([[4, 4], [4, np.nan]]), k=1)
    >>> np.round(U @ V.T, 1).tolist()
    [[4.7, 2.9], [2.9, 1.8]]
    """
    require_matrix(matrix)
    left, s, right_t = truncated_svd(matrix.by_user, k)
    return left * s, right_t.T
