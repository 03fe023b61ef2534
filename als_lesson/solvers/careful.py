"""Rows that rounding would spoil: found, whichever engine solves, and solved with more care.

The engines square the features they are given, and beside the largest eigenvalue of a square, what
is 1e-16 times as large is noise. So they give up, as NaN, any row whose penalty, or whose pivots,
are too small beside the rest. Here those are solved from the singular values of the features
themselves, with nothing squared. No answer but a finite one leaves.
"""

import numpy as np

from . import plain
from .checks import holding

DROWNS = 1e-5  # a λ so small beside the Gram matrix is lost in single precision
FLOOR = 1e-7  # beside the largest singular value; its square is lost, and 1e-16 / 1e-7 is not


def ridge_rows(solver, ratings, factors, lam, weighted, weights):
    """Every row by the engine, then what it gave up; in the precision of the factors."""
    eps, features = np.finfo(factors.dtype).eps, to_work_with(solver, ratings, factors)
    solved = solver.half_step(ratings, features, lam, weighted, weights)
    doubtful = given_up(solved)
    if features.dtype == np.float32 and weights is None:
        counts = np.diff(ratings.indptr)
        penalty = lam * (counts if weighted else 1)
        doubtful |= penalty < DROWNS * counts * np.square(factors).sum(axis=1).max()
    if features.dtype == np.float32 and doubtful.any():  # in double first
        weight = None if weights is None else holding(ratings, weights)[doubtful].data
        wide = factors.astype(float)
        solved[doubtful] = solver.half_step(ratings[doubtful], wide, lam, weighted, weight)
        doubtful = given_up(solved)
    for row in np.flatnonzero(doubtful):
        here = slice(*ratings.indptr[row : row + 2])
        penalty = lam * (here.stop - here.start) if weighted else lam
        root = 1.0 if weights is None else np.sqrt(weights[here])[:, None]
        left, sizes, right_t = _significant(root * factors[ratings.indices[here]], eps)
        along = left.T @ (root * ratings.data[here, None])[:, 0]
        solved[row] = (along / (sizes + penalty / sizes)) @ right_t
    return in_precision(solved, factors.dtype, doubtful)


def watch_rows(solver, extra, factors, lam):
    """As `ridge_rows`, over all cells; with u = T z, where Tᵀ(VᵀV + λI)T = I, and F = V T.

    From V = Q S Wᵀ, T = W (S² + λI)^-½. Then z = (I + Fᵀ(C - I)F)⁻¹ FᵀCp, and again no square is
    taken: with √(C - I) F = Q S Wᵀ and the sum f of the watched rows of F, it is
    W (S + 1/S)⁻¹ Qᵀ√(c - 1) + f - W (1 + 1/S²)⁻¹ Wᵀf.
    """
    eps, features = np.finfo(factors.dtype).eps, to_work_with(solver, extra, factors)
    solved = solver.watch_step(extra, features, lam)
    doubtful = given_up(solved)
    if doubtful.any():
        left, sizes, right_t = _significant(factors, eps)
        # Blank cells leave errors, and a tiny direction would be stretched without end to fit them.
        shared = np.hypot(sizes, max(np.sqrt(lam), FLOOR * sizes.max(initial=0.0)))
        F, T = left * (sizes / shared), right_t.T / shared
    for row in np.flatnonzero(doubtful):
        here = slice(*extra.indptr[row : row + 2])
        watched, root = F[extra.indices[here]], np.sqrt(extra.data[here])
        left, sizes, right_t = _significant(root[:, None] * watched, eps)
        f = watched.sum(axis=0)
        along = root @ left / (sizes + 1 / sizes) - right_t @ f / (1 + 1 / sizes**2)
        solved[row] = T @ (f + along @ right_t)
    return in_precision(solved, factors.dtype, doubtful)


def to_work_with(solver, rows, factors):
    """The factors, in doubles unless the solver takes singles and their products fit."""
    fit = all(1e-8 < np.abs(x).max(initial=0) < 1e8 for x in (rows.data, factors))
    return factors.astype(factors.dtype if fit and solver is not plain else float, copy=False)


def given_up(solved):
    """Which rows an engine left without an answer."""
    return ~np.isfinite(solved.sum(axis=1))


def _significant(features, eps):
    """The SVD, without the directions that numbers exact to `eps` cannot tell from zero."""
    try:
        left, sizes, right_t = np.linalg.svd(features.astype(float), full_matrices=False)
    except np.linalg.LinAlgError:  # not even the features are finite
        return np.full((len(features), 1), np.nan), np.ones(1), np.ones((1, features.shape[1]))
    kept = sizes > 4 * eps * sizes.max(initial=0.0)
    return left[:, kept], sizes[kept], right_t[kept]


def in_precision(solved, dtype, doubtful):
    """The answer in the precision asked for, or an error where even care found none."""
    if solved.dtype == dtype and not doubtful.any():
        return solved
    solved = solved.astype(dtype, copy=False)
    if not np.isfinite(solved).all():
        raise FloatingPointError(
            f"the factors overflow in {dtype}: ratings, factors and λ are of too different a "
            "size; divide the ratings by their largest, or take a larger λ"
        )
    return solved


def finite_sum(error):
    """A sum of squared errors as a number, or an error of our own if it overflows."""
    if not np.isfinite(error):
        raise FloatingPointError(
            "the squared errors are too large to add up; divide the ratings by their largest"
        )
    return float(error)
