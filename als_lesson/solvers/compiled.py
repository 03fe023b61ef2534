"""The engine that is fast: the same answers as `plain`, compiled to machine code.

Each row's ridge regression is solved exactly, by Cholesky, in whichever of two forms is smaller:
k x k, u = (VᵀV + λI)⁻¹ Vᵀr, or for a row with n < k ratings n x n, u = Vᵀ (VVᵀ + λI)⁻¹ r (here V
holds only the rows of the n rated items). Rows are shared out among threads, and no sum crosses a
row: any number of threads, the same bits. What comes in, the door (`solvers`) has looked over;
rows whose system is singular to rounding go back to it as NaN.
"""

import numpy as np

from .jit import compiled
from .threads import in_parallel
from .tile import BYTES, ROWS, VECTORS, add_gram, add_tile, solve
from .whiten import whitened

BLOCK = 64  # ratings gathered at a time, few enough to stay in the fastest cache
LOST = {8: 1e-8, 4: 1e-5}  # by bytes: a pivot so small beside the diagonal is mostly rounding


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
def _row_error(first, last, indices, values, weights, x, factors):
    """Squared error of one row, a weighted sum."""
    sum_of_squares = 0.0
    for entry in range(first, last):
        v, error = factors[indices[entry]], values[entry]
        for c in range(len(v)):
            error -= x[c] * v[c]
        error *= _scale(weights, entry)
        sum_of_squares += error * error
    return sum_of_squares


@compiled
def _row_errors(start, stop, indptr, indices, values, weights, row_factors, factors, errors):
    """Squared error of rows start to stop, a weighted sum for each."""
    for row in range(start, stop):
        first, last, x = indptr[row], indptr[row + 1], row_factors[row]
        errors[row] = _row_error(first, last, indices, values, weights, x, factors)


@compiled
def _add_gradient(first, last, indices, values, weights, factors, x, gradient):
    """Add Σ_j w_j (v_j·x - r_j) v_j over a row's ratings, r_j = 0 if there are no `values`."""
    for entry in range(first, last):
        v, error = factors[indices[entry]], x[0] * 0
        for c in range(len(v)):
            error += v[c] * x[c]
        if values is not None:
            error -= values[entry]
        if weights is not None:
            error *= weights[entry]
        for c in range(len(v)):
            gradient[c] += error * v[c]


@compiled
def _approach_rows(
    start, stop, indptr, indices, values, weights, factors, lam, weighted, steps, moved
):
    """Conjugate gradient for rows start to stop; a row that rounding makes worse stays."""
    x, r, p, q = np.zeros((4, factors.shape[1]), factors.dtype)
    for row in range(start, stop):
        first, last = indptr[row], indptr[row + 1]
        penalty = lam * (last - first) if weighted else lam
        x[:] = moved[row]
        before = _row_error(first, last, indices, values, weights, x, factors)
        before += penalty * np.sum(x * x)
        q[:] = penalty * x
        _add_gradient(first, last, indices, values, weights, factors, x, q)
        r[:] = -q
        p[:] = r
        size = np.sum(r * r)
        for _ in range(steps):
            q[:] = penalty * p
            _add_gradient(first, last, indices, None, weights, factors, p, q)
            curvature = np.sum(p * q)
            if not curvature > 0:
                break
            x += (size / curvature) * p
            r -= (size / curvature) * q
            old, size = size, np.sum(r * r)
            p[:] = r + (size / old) * p
        after = _row_error(first, last, indices, values, weights, x, factors)
        if after + penalty * np.sum(x * x) <= before:
            moved[row] = x


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


def watch_step(extra, factors, lam):
    """As `plain.watch_step`, as the ridge regressions of `whitened`."""
    ratings, weights, features, T, _ = whitened(cross, extra, factors, lam)
    z = half_step(ratings, features, 1.0, weights=weights)
    return cross(z.T, T.T)


def approach(ratings, factors, lam, weighted, weights, start, steps):
    """As `plain.approach`, in the precision of `factors`."""
    counts = np.diff(ratings.indptr)
    moved = np.where(counts[:, None] > 0, start, 0).astype(factors.dtype, copy=False)
    data, weights = (
        None if numbers is None else numbers.astype(factors.dtype, copy=False)
        for numbers in (ratings.data, weights)
    )
    in_parallel(
        _approach_rows,
        2.0 * counts * factors.shape[1] * (steps + 2) + 1000,
        *_read_only(ratings.indptr, ratings.indices, data, weights, factors),
        factors.dtype.type(lam),
        bool(weighted),
        steps,
        moved,
    )
    return moved


def cross(left, right):
    """As `plain.cross`, in doubles; not by BLAS, whose number of threads would decide the bits."""
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
