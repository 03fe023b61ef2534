"""The singular value decomposition, which needs every cell filled in."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import ArpackError, svds

from ..data.arrays import as_floats
from ..data.matrix import RatingMatrix, as_matrix
from ..data.memory import require_memory
from ..data.settings import check_number, check_whole
from ..metrics.ratings import predict_pairs
from .fit import newcomer


class TruncatedSVD(NamedTuple):
    """left · diag(s) · right_t, as three arrays to unpack or as a model of filled cells.

    Parameters
    ----------
    left : ndarray, shape (n_users, k)
    s : ndarray, shape (k,)
        Singular values, largest first.
    right_t : ndarray, shape (k, n_items)
    """

    left: np.ndarray
    s: np.ndarray
    right_t: np.ndarray

    def predict(self, users=None, items=None):
        """Approximations (n_pairs,) of the filled cells at index pairs, or (n_users, n_items)."""
        return predict_pairs(self.left * self.s, self.right_t.T, users, items)[()]


class ZeroFilledSVD(NamedTuple):
    """Factors of a zero-filled table, to unpack as (U, V) or to predict with.

    Parameters
    ----------
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)
    """

    user_factors: np.ndarray
    item_factors: np.ndarray

    def predict(self, users=None, items=None):
        """u_i·v_j for index pairs (n_pairs,), or for every cell (n_users, n_items)."""
        return predict_pairs(self.user_factors, self.item_factors, users, items)[()]

    @property
    def shape(self):
        """(n_users, n_items)."""
        return len(self.user_factors), len(self.item_factors)

    def fold_in(self, item_indexes, ratings, lam=None):
        """Factors (k,) of a newcomer whose blanks are zeros as well: u = (VᵀV + λI)⁻¹ Vᵀr."""
        row = newcomer(item_indexes, ratings, len(self.item_factors))
        lam = 0.0 if lam is None else check_number("lam", lam)
        return (row @ self.item_factors)[0] / (1 + lam)  # VᵀV = I

    def predict_newcomer(self, item_indexes, ratings):
        """Predictions (n_items,) for somebody new with these `ratings` (n,) of items (n,)."""
        return self.item_factors @ self.fold_in(item_indexes, ratings)


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
    TruncatedSVD
        ``left, s, right_t`` when unpacked.

    Raises
    ------
    ValueError
        If `filled` has a blank or no two dimensions, or k is out of range; FloatingPointError if
        its numbers are too large to square.

    Notes
    -----
    Signs are fixed so that each row of right_t has a positive sum; they are arbitrary otherwise.

    References
    ----------
    Eckart and Young (1936), "The approximation of one matrix by another of lower rank",
    https://doi.org/10.1007/BF02288367.

    Examples
    --------
    >>> left, s, right_t = truncated_svd(np.outer([1., 2.], [3., 4.]), k=1)
    >>> np.round((left * s) @ right_t, 6).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    filled = _check_filled(filled)
    side = min(filled.shape)
    k = check_whole("k", k, f"a whole number from 1 to {side}, the smaller side", highest=side)
    try:
        left, s, right_t = _largest(filled, k)
    except ArpackError:  # it finds no start in a table of zeros, or of extremes
        left, s, right_t = _all(filled, k)
    if not np.isfinite(s).all():
        raise FloatingPointError("numbers too large to square; divide them all by the largest")
    sign = np.where(right_t.sum(axis=1) < 0, -1.0, 1.0)
    return TruncatedSVD(left * sign, s, right_t * sign[:, None])


def _largest(filled, k):
    """The k largest singular values and their vectors, without the others where that is possible."""
    if not sparse.issparse(filled) or k == min(filled.shape):
        return _all(filled, k)
    # A fixed start makes ARPACK repeatable; uneven, since ones are lost on rows of zero sum.
    start = np.sqrt(np.arange(1.0, min(filled.shape) + 1))
    left, s, right_t = svds(filled, k=k, v0=start)
    largest_first = np.argsort(-s)
    return left[:, largest_first], s[largest_first], right_t[largest_first]


def _all(filled, k):
    """The same from all of them."""
    n_users, n_items = filled.shape
    require_memory(24 * n_users * n_items, "all singular vectors", "choose a smaller k")
    dense = filled.toarray() if sparse.issparse(filled) else filled
    left, s, right_t = np.linalg.svd(dense, full_matrices=False)
    return left[:, :k], s[:k], right_t[:k]


def _check_filled(filled):
    """The matrix as numbers, dense or CSR, none of them missing."""
    if isinstance(filled, RatingMatrix):
        raise TypeError("a RatingMatrix has blanks: fill them, or use zero_filled_svd(matrix, k)")
    if sparse.issparse(filled):
        filled = sparse.csr_array(filled, dtype=float)
    else:
        filled = as_floats(filled, "the table to approximate")
    if filled.ndim != 2 or 0 in filled.shape:
        raise ValueError(f"the SVD is of a table with rows and columns; got shape {filled.shape}")
    if not np.isfinite(filled.data if sparse.issparse(filled) else filled).all():
        raise ValueError("the SVD has no notion of a blank: fill the NaN, or infinite, cells first")
    return filled


def zero_filled_svd(ratings, k):
    """Rank-k factors of R with every blank taken for zero stars.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
    k : int

    Returns
    -------
    ZeroFilledSVD
        ``U, V`` when unpacked: left · diag(s), and right_t transposed, so that the prediction is
        U @ V.T as everywhere.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> U, V = zero_filled_svd(RatingMatrix.from_dense([[4, 4], [4, np.nan]]), k=1)
    >>> np.round(U @ V.T, 1).tolist()
    [[4.7, 2.9], [2.9, 1.8]]
    """
    left, s, right_t = truncated_svd(as_matrix(ratings).by_user, k)
    return ZeroFilledSVD(left * s, right_t.T)
