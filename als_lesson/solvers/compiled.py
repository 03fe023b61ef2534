"""The engine that is fast: the same answers as `plain`, compiled to machine code.

Each row's ridge regression is solved exactly, by Cholesky, in whichever of two forms is smaller:
k x k, u = (VᵀV + λI)⁻¹ Vᵀr, or for a row with n < k ratings n x n, u = Vᵀ (VVᵀ + λI)⁻¹ r (here V
holds only the rows of the n rated items). Rows are shared out among threads, and no sum crosses a
row: any number of threads, the same bits. What comes in, the door (`solvers`) has looked over;
rows whose system is singular to rounding go back to it as NaN.
"""

import numpy as np

from .checks import holding
from .jit import compiled
from .threads import in_parallel
from .tile import BYTES, ROWS, VECTORS, add_gram, add_tile, solve

BLOCK = 64  # ratings gathered at a time, few enough to stay in the fastest cache
LOST = {8: 1e-8, 4: 1e-5}  # by bytes: a pivot so small beside the diagonal is mostly rounding
NEGLIGIBLE = 1e-20  # an extra confidence that changes no sum, and may be divided by


@compiled
def _scale(weights, entry):
    """√weight multiplies a rating and its factors, and the sum of squares is weighted."""
    return 1.0 if weights is None else np.sqrt(weights[entry])


@compiled
def _penalize(G, p, end, penalty):
    """Add to the diagonal, whose largest then fills it up to whole tiles: rows that say x = 0."""
    largest = 0.0
    for i in range(p):
        G[i, i] += penalty
        largest = max(largest, G[i, i])
    for i in range(p, end):
        G[i, i] = largest
    return largest


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
            add_gram(G, X, k, end, T)
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
                add_gram(G, X, m, end, T)
        largest = _penalize(G, p, end, lam * n if weighted else lam)
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


@compiled
def _add_gradient(first, last, indices, values, factors, x, gradient):
    """Add Σ_j (v_j·x - r_j) v_j over a row's ratings, and return Σ_j (v_j·x - r_j)².

    Without `values`, every r_j is 0.
    """
    total = x[0] * 0
    for entry in range(first, last):
        v, error = factors[indices[entry]], x[0] * 0
        for c in range(len(v)):
            error += v[c] * x[c]
        if values is not None:
            error -= values[entry]
        total += error * error
        for c in range(len(v)):
            gradient[c] += error * v[c]
    return total


@compiled
def _dot(x, y):
    """x·y; an array of the products would cost more than they."""
    total = x[0] * 0
    for c in range(len(x)):
        total += x[c] * y[c]
    return total


@compiled
def _approach_rows(
    start, stop, indptr, indices, values, factors, lam, weighted, steps, n_min, moved
):
    """Conjugate gradient for rows start to stop; a row that rounding makes worse stays."""
    k = factors.shape[1]
    x, r = np.zeros(k, factors.dtype), np.zeros(k, factors.dtype)
    p, q = np.zeros(k, factors.dtype), np.zeros(k, factors.dtype)
    for row in range(start, stop):
        first, last = indptr[row], indptr[row + 1]
        if last - first < n_min:
            continue
        penalty = lam * (last - first) if weighted else lam
        for c in range(k):
            x[c] = moved[row, c]
            q[c] = penalty * x[c]
        before = _dot(x, q)
        before += _add_gradient(first, last, indices, values, factors, x, q)
        for c in range(k):
            r[c] = p[c] = -q[c]
        size = _dot(r, r)
        for _ in range(steps):
            for c in range(k):
                q[c] = penalty * p[c]
            _add_gradient(first, last, indices, None, factors, p, q)
            curvature = _dot(p, q)
            if not curvature > 0:
                break
            length = size / curvature
            for c in range(k):
                x[c] += length * p[c]
                r[c] -= length * q[c]
            old, size = size, _dot(r, r)
            for c in range(k):
                p[c] = r[c] + size / old * p[c]
        after = penalty * _dot(x, x)
        after += _add_gradient(first, last, indices, values, factors, x, q)
        if after <= before:
            for c in range(k):
                moved[row, c] = x[c]


@compiled
def _cross_rows(start, stop, left, right, product):
    """Rows start to stop of leftᵀ right, tile by tile; every sum in the order of its terms."""
    n, width = right.shape
    reach = BYTES * VECTORS // right.itemsize
    X, T = np.zeros((BLOCK, BLOCK + width + reach)), np.zeros((ROWS, ROWS))
    G = np.zeros_like(X)
    for first in range(start, stop, BLOCK):
        p = min(BLOCK, stop - first)
        G[:] = 0
        for block in range(0, n, BLOCK):  # X = [left right], and of XᵀX a corner
            m = min(BLOCK, n - block)
            for i in range(m):
                for c in range(p):
                    X[i, c] = left[block + i, first + c]
                for c in range(width):
                    X[i, BLOCK + c] = right[block + i, c]
            for a in range(0, p, ROWS):
                for b in range(BLOCK, BLOCK + width, reach):
                    add_tile(G, X, m, a, b, T)
        for i in range(p):
            for c in range(width):
                product[first + i, c] = G[i, BLOCK + c]


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


def approach(ratings, factors, lam, weighted, start, steps, n_min):
    """As `plain.approach`, in the precision of `factors`."""
    moved, values = start.astype(factors.dtype), ratings.data.astype(factors.dtype)
    in_parallel(
        _approach_rows,
        2.0 * np.diff(ratings.indptr) * factors.shape[1] * (steps + 2) + 100,
        *_read_only(ratings.indptr, ratings.indices, values, factors),
        factors.dtype.type(lam),
        bool(weighted),
        steps,
        n_min,
        moved,
    )
    return moved


def watch_step(extra, factors, lam):
    """As `plain.watch_step`, with features in which the part that all rows share is the identity.

    Let TᵀAT = I for A = VᵀV + λI, which all rows share. For z = T⁻¹u and features f_j = Tᵀv_j the
    row's problem is ‖z‖² + Σ (c_j - 1)(z·f_j)² - 2 Σ c_j z·f_j, sums over the watched cells: a
    ridge regression with ratings c_j / (c_j - 1), weights c_j - 1 and λ = 1.
    """
    T = _whitening(gram(factors) + lam * np.eye(factors.shape[1]))
    weights = np.maximum(extra.data, NEGLIGIBLE)
    ratings, features = holding(extra, (1 + weights) / weights), _cross(factors.T, T)
    z = half_step(ratings, features.astype(factors.dtype, copy=False), 1.0, weights=weights)
    return _cross(z.T, T.T)


def _whitening(A):
    """T = L⁻ᵀ for A = LLᵀ, so that TᵀAT = I; NaN if A is singular to rounding."""
    k, least = len(A), LOST[8] * np.diag(A).max()
    M = np.hstack([A, np.eye(k)])  # the steps that turn A into Lᵀ turn I into L⁻¹
    for j in range(k):
        M[j] /= np.sqrt(M[j, j] if M[j, j] > least else np.nan)
        M[j + 1 :] -= np.outer(M[j, j + 1 : k], M[j])
    return M[:, k:].T


def gram(factors):
    """As `plain.gram`."""
    return _cross(factors, factors)


def _cross(left, right):
    """leftᵀ right, in doubles; not by BLAS, whose number of threads would decide the last bits."""
    left, right = (np.ascontiguousarray(side, float) for side in (left, right))
    product = np.empty((left.shape[1], right.shape[1]))
    in_parallel(
        _cross_rows, np.full(len(product), float(right.size)), *_read_only(left, right), product
    )
    return product


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
