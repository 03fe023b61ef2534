"""What may come in at the door of `solvers`: anything else would end in machine code."""

import os

import numpy as np
from scipy import sparse

from ..data.memory import require_memory
from ..data.settings import check_flag, check_number, check_whole


def check(rows, name, factors, lam=0.0, weighted=False):
    """Rows and the other side's factors, as the engines take them, and a penalty that is one."""
    rows, factors = _check_rows(rows, name), _check_factors(factors, "factors")
    if rows.shape[1] != len(factors):
        raise ValueError(
            f"{name} has {rows.shape[1]:,} columns, factors {len(factors):,} rows: each column "
            "needs its row; matrix.by_user goes with item factors, matrix.by_item with user factors"
        )
    check_number("lam", lam), check_flag("weighted", weighted)
    return rows, factors


def check_both(rows, name, row_factors, factors):
    """Rows and the factors of both sides, in one precision."""
    rows, factors = check(rows, name, factors)
    row_factors = _check_row_factors(row_factors, "row_factors", rows, factors)
    shared = np.result_type(row_factors, factors)
    return rows, row_factors.astype(shared, copy=False), factors.astype(shared, copy=False)


def check_start(start, cg_steps, weights, rows, factors):
    """Where conjugate gradient begins, and how many steps it takes; None for the exact answer."""
    if cg_steps is None:
        return None
    must = "a whole number of steps, 1 or more, or None to solve exactly"
    steps = check_whole("cg_steps", cg_steps, must)
    if weights is not None:
        raise ValueError("cg_steps and weights do not go together; leave one of them out")
    if start is None:
        return np.zeros((rows.shape[0], factors.shape[1]), factors.dtype), steps
    return _check_row_factors(start, "start", rows, factors), steps


def holding(rows, values):
    """The same cells, holding other values."""
    return sparse.csr_array((values, rows.indices, rows.indptr), shape=rows.shape)


def _check_rows(rows, name):
    """Rows in CSR form whose every index points at something, holding doubles."""
    if not (sparse.issparse(rows) and rows.format == "csr" and rows.ndim == 2):
        raise TypeError(
            f"{name} must be rows, a scipy.sparse.csr_array such as matrix.by_user or "
            f"matrix.by_item; got {type(rows).__name__}, which .tocsr() may turn into one"
        )
    if rows.dtype.kind not in "fiu":
        raise TypeError(f"{name} holds values of type {rows.dtype}; they have to be numbers")
    try:
        rows.check_format(full_check=True)
    except ValueError as fault:
        raise ValueError(f"{name} is no proper csr_array ({fault}); build it anew") from fault
    if not np.isfinite(rows.data).all():
        raise ValueError(f"{name} holds a value that is not a finite number; leave that cell out")
    # Indexes of one kind, or each kind would be compiled for, in the middle of somebody's lesson.
    kind = sparse.get_index_dtype(maxval=max(rows.nnz, *rows.shape))
    cells = (
        np.ascontiguousarray(rows.data, float),
        *(part.astype(kind, copy=False) for part in (rows.indices, rows.indptr)),
    )
    return sparse.csr_array(cells, shape=rows.shape)


def _check_factors(factors, name):
    """Finite numbers, a row for each user or item, in single precision or in double."""
    factors = np.asarray(factors)
    if factors.ndim != 2 or factors.shape[1] == 0 or factors.dtype.kind not in "fiu":
        raise ValueError(
            f"{name} must be a table of numbers, a row of k for each user or item; got shape "
            f"{factors.shape} and type {factors.dtype}"
        )
    if not np.isfinite(factors).all():
        raise ValueError(f"{name} holds a number that is not finite; start from finite ones")
    return np.ascontiguousarray(factors, np.float32 if factors.dtype == "f4" else np.float64)


def _check_row_factors(side, name, rows, factors):
    """Factors of the rows, as many and as wide as these."""
    side, expected = _check_factors(side, name), (rows.shape[0], factors.shape[1])
    if side.shape != expected:
        raise ValueError(
            f"{name} has the shape {side.shape}; {rows.shape[0]:,} rows and k = "
            f"{factors.shape[1]} ask for {expected}"
        )
    return side


def check_weights(weights, n):
    """A weight for each rating, or None."""
    if weights is None:
        return None
    weights = np.asarray(weights)
    if weights.shape != (n,) or weights.dtype.kind not in "fiu":
        raise ValueError(
            f"weights must be a number for each of the {n:,} ratings; got shape {weights.shape} "
            f"and type {weights.dtype}"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("weights must be finite numbers, 0 or more")
    return np.ascontiguousarray(weights, float)


def check_extra(extra):
    """What a watch counts above a blank cell."""
    if (extra.data < 0).any():
        raise ValueError(
            f"a watch {extra.data.min():g} above confidence 1: it has to be 0 or more; leave a "
            "cell blank if nothing was watched"
        )


def check_memory(n_systems, k):
    """Stop before systems of k x k that cannot fit: of all rows, or of as many as there are cores."""
    n = n_systems or os.cpu_count() + 3
    require_memory(24 * k * k * n, f"{n:,} systems of k = {k:,} equations", "choose a smaller k")
