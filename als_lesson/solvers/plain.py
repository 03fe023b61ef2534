"""The engine to read: half-steps in NumPy, as the notebooks derive them, all rows at once.

It is given what the door (`solvers`) has looked over: arrays of doubles, rows of ratings in CSR
form. Rows whose penalty rounding would swallow go back as NaN, to be solved with more care.
`compiled` offers the same under the same names.
"""

import numpy as np

from ..metrics.ratings import predict_pairs
from .checks import holding

LOST = 1e-11  # a penalty so small beside the trace of its system is mostly rounding


def half_step(ratings, factors, lam, weighted=False, weights=None):
    """u_i = (Σ_j w_ij v_j v_jᵀ + λI)⁻¹ Σ_j w_ij r_ij v_j, sums over the items j that i rated.

    Every w_ij is 1, unless there are `weights`; weighted: λ n_i in place of λ.

    Examples
    --------
    >>> from scipy import sparse
    >>> R = sparse.csr_array([[4.0, 2.0]])
    >>> half_step(R, np.array([[1.0], [1.0]]), lam=1)
    array([[2.]])
    """
    counts = np.diff(ratings.indptr)
    observed = holding(ratings, np.ones(ratings.nnz) if weights is None else weights)
    penalty = lam * counts if weighted else np.full(len(counts), lam)
    A = _gram_of_each_row(observed, factors) + penalty[:, None, None] * np.eye(factors.shape[1])
    b = holding(ratings, observed.data * ratings.data) @ factors
    return _solve(A, b, counts > 0, penalty)


def approach(ratings, factors, lam, weighted, start, steps, n_min):
    """Steps of conjugate gradient towards the answer of `half_step`, from `start` on.

    With A u = b a row's system: r = b - A u and p = r; then in every step a = r·r / p·Ap, u + a p,
    r - a Ap, and p becomes the new r + (its r·r / the old r·r) p. No A is made:
    A p = Σ_j (v_j·p) v_j + λ p. Rows of fewer than `n_min` ratings stay where they are, and so
    does one that rounding makes worse.

    Examples
    --------
    >>> from scipy import sparse
    >>> R = sparse.csr_array([[4.0, 2.0]])
    >>> approach(R, np.array([[1.0], [1.0]]), 1, False, np.zeros((1, 1)), steps=1, n_min=1)
    array([[2.]])
    """
    counts = np.diff(ratings.indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    penalty = lam * (counts if weighted else np.ones(len(counts)))[:, None]

    def along(u):
        """v_j·u_i for every rating."""
        return predict_pairs(u, factors, rows, ratings.indices)

    def times_A(p):
        """A p of every row."""
        return holding(ratings, along(p)) @ factors + penalty * p

    def reached(u):
        """Every row's objective."""
        error = np.bincount(rows, (ratings.data - along(u)) ** 2, len(counts))
        return error[:, None] + penalty * _lengths(u)

    u, r = start, ratings @ factors - times_A(start)
    p, size = r, _lengths(r)
    for _ in range(steps):
        Ap = times_A(p)
        a = _ratio(size, np.sum(p * Ap, axis=1, keepdims=True))
        u, r = u + a * p, r - a * Ap
        old, size = size, _lengths(r)
        p = r + _ratio(size, old) * p
    return np.where((counts[:, None] >= n_min) & (reached(u) <= reached(start)), u, start)


def watch_step(extra, factors, lam):
    """u_i = (VᵀV + Vᵀ(Cᵢ - I)V + λI)⁻¹ VᵀCᵢpᵢ: all cells count, the blank ones all together.

    `extra` holds c_ij - 1 for the watched cells; elsewhere it is 0, and so is p_ij.

    Examples
    --------
    >>> from scipy import sparse
    >>> extra = sparse.csr_array([[3.0, 0.0]])
    >>> watch_step(extra, np.array([[1.0], [1.0]]), lam=1)
    array([[0.66666667]])
    """
    shared = gram(factors) + lam * np.eye(factors.shape[1])
    A = shared + _gram_of_each_row(extra, factors)
    b = holding(extra, 1 + extra.data) @ factors
    return _solve(A, b, np.diff(extra.indptr) > 0, lam)


def squared_error(ratings, row_factors, factors, weights=None):
    """Σ over observed w_ij (r_ij - u_i·v_j)².

    Examples
    --------
    >>> from scipy import sparse
    >>> squared_error(sparse.csr_array([[3.0, 0.0]]), np.ones((1, 1)), np.ones((2, 1)))
    4.0
    """
    rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
    error = ratings.data - predict_pairs(row_factors, factors, rows, ratings.indices)
    return float(error @ error if weights is None else error @ (weights * error))


def gram(factors):
    """VᵀV, shape (k, k)."""
    return factors.T @ factors


def _gram_of_each_row(weights, factors):
    """Σ_j w_ij v_j v_jᵀ for every row i, shape (n_rows, k, k)."""
    k = factors.shape[1]
    systems = np.empty((weights.shape[0], k, k))
    for a in range(k):  # over factors, never over users: row a of every user's Gram matrix
        systems[:, a] = weights @ (factors * factors[:, [a]])
    return systems


def _solve(A, b, rated, penalty):
    """A_i u_i = b_i for every row with ratings, NaN where the penalty drowns in rounding."""
    clear = penalty > LOST * np.trace(A, axis1=1, axis2=2)
    solved = np.where(rated[:, None] & ~clear[:, None], np.nan, np.zeros_like(b))
    solved[rated & clear] = np.linalg.solve(A[rated & clear], b[rated & clear, :, None])[..., 0]
    return solved


def _lengths(u):
    """‖u_i‖² of every row, (n_rows, 1)."""
    return np.sum(u * u, axis=1, keepdims=True)


def _ratio(a, b):
    """a / b, and 0 where b is not above 0: there is no way to go any more."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)
