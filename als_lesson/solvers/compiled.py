"""The half-step of `ridge`, compiled: the same answer, many times sooner.

Each row's ridge regression is solved exactly, by Cholesky, in whichever of two forms is smaller:
k x k, u = (VᵀV + λI)⁻¹ Vᵀr, or for a row with n < k ratings n x n, u = Vᵀ (VVᵀ + λI)⁻¹ r (here V
holds only the rows of the n rated items). Rows are shared out among threads, and no sum crosses a
row: any number of threads, the same bits.
"""

import numpy as np

from . import plain as ridge
from .threads import in_parallel
from .tile import BYTES, ROWS, VECTORS, compiled, gram, solve

BLOCK = 64  # ratings gathered at a time, few enough to stay in the fastest cache
DROWNS = 1e-5  # a λ so small beside the Gram matrix is lost in single precision


@compiled
def _scale(weights, entry):
    """√weight multiplies a rating and its factors, and the sum of squares is weighted."""
    return 1.0 if weights is None else np.sqrt(weights[entry])


@compiled
def _solve_rows(start, stop, indptr, indices, values, weights, factors, lam, weighted, solved):
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
        for i in range(end):  # the filling-up rows say 1 x = 0
            G[i, i] += 1 if i >= p else lam * n if weighted else lam
        solve(G, x, end, T, eye)
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


def half_step(ratings, factors, lam, weighted=False, weights=None):
    """Solve every row's ridge regression at once, exactly as `ridge.half_step` does.

    u_i = argmin Σ_j w_ij (r_ij - u·v_j)² + λ‖u‖², the sum over the items j that user i rated.

    Parameters
    ----------
    ratings, factors, lam, weighted
        As in `ridge.half_step`. With single-precision `factors`, so is the work and the answer.
    weights : ndarray, shape (nnz,), optional
        w_ij ≥ 0 in the order of ``ratings.data``; 1 if left out.

    Returns
    -------
    ndarray, shape (n_rows, k)
        A row without ratings gets zeros.

    Raises
    ------
    ValueError
        If λ is negative or NaN, or 0 with `weights`.

    Notes
    -----
    λ = 0 is left to `ridge.half_step`, which finds the solution of minimum norm. In single
    precision, rows whose λ would drown in rounding are solved in double.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[4, np.nan, 2]])
    >>> half_step(R.by_user, np.array([[1.], [1.], [1.]]), lam=1)
    array([[2.]])
    """
    factors = np.ascontiguousarray(factors, np.float32 if factors.dtype == "f4" else np.float64)
    if not lam > 0:
        if weights is not None:
            raise ValueError(f"lam={lam!r} must be above 0 where ratings are weighted")
        return ridge.half_step(ratings, factors, lam, weighted).astype(factors.dtype, copy=False)
    n_rows, k = ratings.shape[0], factors.shape[1]
    solved = np.zeros((n_rows, k), factors.dtype)
    counts = np.diff(ratings.indptr)
    smaller = np.minimum(counts, k)
    costs = smaller * (counts * k + smaller * smaller / 3 + 1000.0)
    in_parallel(
        _solve_rows,
        costs,
        ratings.indptr,
        ratings.indices,
        ratings.data,
        weights,
        factors,
        factors.dtype.type(lam),
        bool(weighted),
        solved,
    )
    for row in np.flatnonzero(np.isnan(solved[:, 0])):
        solved[row] = _careful(row, ratings, factors, lam, weighted, weights)
    if solved.dtype == np.float32:
        penalty = lam * (counts if weighted else 1)
        drowned = penalty < DROWNS * counts * np.square(factors).sum(axis=1).max()
        if drowned.any() and weights is None:
            again = half_step(ratings[drowned], factors.astype(float), lam, weighted)
            solved[drowned] = again
    return solved


def _careful(row, ratings, factors, lam, weighted, weights):
    """One row by least squares, without squaring anything: for a λ lost to rounding."""
    entries = slice(*ratings.indptr[row : row + 2])
    scale = np.ones(entries.stop - entries.start) if weights is None else np.sqrt(weights[entries])
    penalty = np.sqrt(lam * len(scale) if weighted else lam) * np.eye(factors.shape[1])
    features = np.vstack([scale[:, None] * factors[ratings.indices[entries]], penalty])
    target = np.append(scale * ratings.data[entries], np.zeros(len(penalty)))
    return np.linalg.lstsq(features, target, rcond=None)[0]


def squared_error(matrix, user_factors, item_factors, weights=None):
    """SSE = Σ over observed w_ij (r_ij - u_i·v_j)²; without weights, `metrics.squared_error`."""
    ratings, errors = matrix.by_user, np.zeros(matrix.shape[0])
    costs = matrix.counts("users") * float(user_factors.shape[1])
    in_parallel(
        _row_errors,
        costs,
        ratings.indptr,
        ratings.indices,
        ratings.data,
        weights,
        user_factors,
        item_factors,
        errors,
    )
    return float(errors.sum())
