"""The engine that is fast: the same answers as `plain`, compiled to machine code.

Each row's ridge regression is solved exactly, by Cholesky, in whichever of two forms is smaller:
k x k, u = (VᵀV + λI)⁻¹ Vᵀr, or for a row with n < k ratings n x n, u = Vᵀ (VVᵀ + λI)⁻¹ r (here V
holds only the rows of the n rated items). Rows are shared out among threads, and no sum crosses a
row: any number of threads, the same bits. What comes in, the door (`solvers`) has looked over;
rows whose system is singular to rounding go back to it as NaN.
"""

import numpy as np
from scipy import sparse

from .jit import compiled
from .threads import in_parallel
from .tile import BYTES, ROWS, VECTORS, gram, solve

BLOCK = 64  # ratings gathered at a time, few enough to stay in the fastest cache
LOST = {8: 1e-11, 4: 1e-5}  # by bytes: a pivot so small beside the diagonal is mostly rounding
NEGLIGIBLE = 1e-200  # an extra confidence that changes no sum, and may be divided by


@compiled
def _scale(weights, entry):
    """√weight multiplies a rating and its factors, and the sum of squares is weighted."""
    return 1.0 if weights is None else np.sqrt(weights[entry])


@compiled
def _solve_rows(
    start, stop, indptr, indices, values, weights, factors, lam, weighted, lost, solved
):
    """Solve for rows start to stop, in one workspace."""
    k = factors.shape[1]
    reach = BYTES * VECTORS // factors.itemsize  # a tile's last columns may be past the end
    X = np.zeros((max(BLOCK, k), k + ROWS + reach), factors.dtype)
    G = np.zeros((k + ROWS, k + ROWS + reach), factors.dtype)
    x = np.zeros(k + ROWS, factors.dtype)
    T, eye = np.zeros((ROWS, ROWS), factors.dtype), np.eye(ROWS, dtype=factors.dtype)
    for row in range(start, stop):
        first, last = indptr[row], indptr[row + 1]
        n = last - first
        p = min(n, k)
        end = -(-p // ROWS) * ROWS
        for a in range(end):
            for b in range(a, end + reach):
                G[a, b] = 0
        if n < k:  # X = Vᵀ, a column per rating, and zeros up to a whole tile
            for i in range(n):
                v, scale = factors[indices[first + i]], _scale(weights, first + i)
                for c in range(k):
                    X[c, i] = scale * v[c]
            for i in range(n, end):
                for c in range(k):
                    X[c, i] = 0
            gram(G, X, k, end, T)
            for i in range(end):
                G[i, end] = _scale(weights, first + i) * values[first + i] if i < n else 0
        else:  # X = [V r], a row per rating, block by block
            for block in range(first, last, BLOCK):
                m = min(BLOCK, last - block)
                for i in range(m):
                    v, scale = factors[indices[block + i]], _scale(weights, block + i)
                    for c in range(k):
                        X[i, c] = scale * v[c]
                    X[i, end] = scale * values[block + i]
                gram(G, X, m, end, T)
        largest = 0.0
        for i in range(p):
            G[i, i] += lam * n if weighted else lam
            largest = max(largest, G[i, i])
        for i in range(p, end):  # the filling-up rows say x = 0
            G[i, i] = largest
        solve(G, x, end, T, eye, lost * largest)
        if n < k:
            for i in range(n):
                v, share = factors[indices[first + i]], x[i] * _scale(weights, first + i)
                for c in range(k):
                    solved[row, c] += share * v[c]
        else:
            for c in range(k):
                solved[row, c] = x[c]


@compiled
def _row_errors(start, stop, indptr, indices, values, weights, row_factors, factors, errors):
    """Squared error of rows start to stop, a weighted sum for each."""
    for row in range(start, stop):
        u, total = row_factors[row], 0.0
        for entry in range(indptr[row], indptr[row + 1]):
            v, error = factors[indices[entry]], values[entry]
            for c in range(len(v)):
                error -= u[c] * v[c]
            error *= _scale(weights, entry)
            total += error * error
        errors[row] = total


def _read_only(*arrays):
    """Views, all of one kind to numba, whether or not their owner may write."""
    views = [None if array is None else array.view() for array in arrays]
    for view in views:
        if view is not None:
            view.flags.writeable = False
    return views


def half_step(ratings, factors, lam, weighted=False, weights=None):
    """As `plain.half_step`, in the precision of `factors`."""
    n_rows, k = ratings.shape[0], factors.shape[1]
    solved = np.zeros((n_rows, k), factors.dtype)
    counts = np.diff(ratings.indptr)
    smaller = np.minimum(counts, k)
    in_parallel(
        _solve_rows,
        smaller * (counts * k + smaller * smaller / 3 + 1000.0),
        *_read_only(ratings.indptr, ratings.indices, ratings.data, weights, factors),
        factors.dtype.type(lam),
        bool(weighted),
        LOST[factors.itemsize],
        solved,
    )
    return solved


def watch_step(extra, factors, lam):
    """As `plain.watch_step`, with features in which the part that all rows share is the identity.

    Let TᵀAT = I for A = VᵀV + λI, which all rows share. For z = T⁻¹u and features f_j = Tᵀv_j the
    row's problem is ‖z‖² + Σ (c_j - 1)(z·f_j)² - 2 Σ c_j z·f_j, sums over the watched cells: a
    ridge regression with ratings c_j / (c_j - 1), weights c_j - 1 and λ = 1.
    """
    T = _whitening(factors.T @ factors + lam * np.eye(factors.shape[1]))
    weights = np.maximum(extra.data, NEGLIGIBLE)
    cells = (1 + weights) / weights, extra.indices, extra.indptr
    features = (factors @ T).astype(factors.dtype, copy=False)
    return half_step(sparse.csr_array(cells, extra.shape), features, 1.0, weights=weights) @ T.T


def _whitening(gram):
    """T with Tᵀ gram T = I; directions that rounding cannot tell from zero are left out."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > len(values) * np.finfo(float).eps * values[-1]
    return np.where(kept, vectors / np.sqrt(np.where(kept, values, 1.0)), 0.0)


def squared_error(ratings, row_factors, factors, weights=None):
    """As `plain.squared_error`."""
    errors = np.zeros(ratings.shape[0])
    in_parallel(
        _row_errors,
        np.diff(ratings.indptr) * float(factors.shape[1]),
        *_read_only(ratings.indptr, ratings.indices, ratings.data, weights, row_factors, factors),
        errors,
    )
    return float(errors.sum())
