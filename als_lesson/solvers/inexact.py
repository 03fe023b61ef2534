"""Rows brought nearer to their answer instead of solved: for many factors, a bargain.

A solution costs n k² multiplications for a row's n ratings, a step of conjugate gradient n k. From
where the last iteration left a row, few steps go most of the way, and none makes it worse. Where
no row moves any more, each is the exact solution. A row whose penalty rounding would swallow gets
that at once: there a step would follow nothing but noise.
"""

import numpy as np

from . import careful
from .checks import holding
from .whiten import whitened

LOST = {8: 1e-11, 4: 1e-5}  # by bytes: a penalty so small beside the trace of a row's system


def ridge_rows(solver, ratings, factors, lam, weighted, weights, start, steps):
    """Every row of `half_step`, `steps` nearer; in the precision of the factors."""
    features = careful.to_work_with(solver, ratings, factors)
    task = ratings, features, lam, weighted, weights
    moved, lost = _approach(solver, *task, start, steps)
    if lost.any():
        weights = None if weights is None else holding(ratings, weights)[lost].data
        moved[lost] = careful.ridge_rows(solver, ratings[lost], factors, lam, weighted, weights)
    return careful.in_precision(moved, factors.dtype, careful.given_up(moved))


def watch_rows(solver, extra, factors, lam, start, steps):
    """Every row of `watch_step`, `steps` nearer, in features for which the blank cells cost nothing.

    In these a row's system is the identity and one term for each watch: few steps see to it.
    """
    features = careful.to_work_with(solver, extra, factors)
    ratings, weights, features, T, inverse = whitened(solver.cross, extra, features, lam)
    if not np.isfinite(T).all():
        return careful.watch_rows(solver, extra, factors, lam)
    z = solver.cross(start.T, inverse.T)
    z, lost = _approach(solver, ratings, features, 1.0, False, weights, z, steps)
    moved = solver.cross(z.T, T.T)
    if lost.any():
        moved[lost] = careful.watch_rows(solver, extra[lost], factors, lam)
    return careful.in_precision(moved, factors.dtype, careful.given_up(moved))


def _approach(solver, ratings, features, lam, weighted, weights, start, steps):
    """The rows after these steps, and which of them should not have gone any."""
    counts = np.diff(ratings.indptr)
    observed = holding(ratings, np.ones(ratings.nnz) if weights is None else weights)
    trace = observed @ np.square(features, dtype=float).sum(axis=1)
    lost = (lam * counts if weighted else lam) <= LOST[features.itemsize] * trace
    start = start.astype(features.dtype, copy=False)
    moved = solver.approach(ratings, features, lam, weighted, weights, start, steps)
    return moved, lost & (counts > 0)
