"""One half-step, behind one door: a ridge regression for every row, all at once.

Here it is decided which engine solves, `plain` (to be read) or `compiled` (fast), what they may be
given, and who solves the rows that rounding would spoil, or brings all of them only nearer. Both
engines give the same answers.
"""

import functools
import signal
import sys
import threading
from contextlib import contextmanager

import numpy as np

from . import careful, inexact, plain
from .checks import (
    check,
    check_both,
    check_extra,
    check_memory,
    check_start,
    check_weights,
    holding,
)

ENGINES = ("compiled", "numpy")


def half_step(
    ratings,
    factors,
    lam,
    weighted=False,
    *,
    weights=None,
    start=None,
    cg_steps=None,
    engine="compiled",
):
    """Solve every row's ridge regression at once, the other side's `factors` being the features.

    u_i = argmin Σ_j w_ij (r_ij - u·v_j)² + λ‖u‖² = (Σ_j w_ij v_j v_jᵀ + λI)⁻¹ Σ_j w_ij r_ij v_j,
    sums over the items j that user i rated; weighted: λ n_i in place of λ.

    Parameters
    ----------
    ratings : scipy.sparse.csr_array, shape (n_rows, n_others)
        ``matrix.by_user`` to solve for users, ``matrix.by_item`` for items.
    factors : ndarray, shape (n_others, k)
        In single precision, so is the answer.
    lam : float
        λ ≥ 0. Where it is 0, or so small that rounding swallows it, and a row has fewer ratings
        than k: the solution of minimum norm.
    weighted : bool
    weights : ndarray, shape (nnz,), optional
        w_ij ≥ 0 in the order of ``ratings.data``; 1 if left out.
    cg_steps : int, optional
        So many steps of conjugate gradient towards the answer, instead of all the way: they never
        raise the objective, and cost 2 n k each for a row of n ratings, not n k². Rows so short
        that it costs no more are solved. Not with `weights`.
    start : ndarray, shape (n_rows, k), optional
        Where these steps begin; at zero if left out.
    engine : {"compiled", "numpy"}
        Fast, or written to be read. The same answer.

    Returns
    -------
    ndarray, shape (n_rows, k)
        A row without ratings gets zeros.

    Raises
    ------
    ValueError, TypeError
        If something that comes in cannot be right; FloatingPointError if numbers too large or
        too small to square leave no answer.

    References
    ----------
    Takács, Pilászy and Tikk (2011), "Applications of the conjugate gradient method for implicit
    feedback collaborative filtering", https://doi.org/10.1145/2043932.2043987.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[4, np.nan, 2]])
    >>> half_step(R.by_user, np.array([[1.], [1.], [1.]]), lam=1)
    array([[2.]])
    """
    solver = _engine(engine)
    ratings, factors = check(ratings, "ratings", factors, lam, weighted)
    task = ratings, factors, float(lam), weighted
    weights = check_weights(weights, ratings.nnz)
    begin = check_start(start, cg_steps, weights, ratings, factors)
    check_memory(solver is plain and len(ratings.indptr), factors.shape[1])
    with np.errstate(all="ignore"):  # what overflows is found in the answer
        if begin is not None:
            return inexact.ridge_rows(solver, *task, *begin)
        return careful.ridge_rows(solver, *task, weights)


def watch_step(extra, factors, lam, *, engine="compiled"):
    """Solve every row's weighted ridge regression over all cells, touching only the watched.

    u_i = argmin Σ over all j c_ij (p_ij - u·v_j)² + λ‖u‖²
        = (VᵀV + Vᵀ(Cᵢ - I)V + λI)⁻¹ VᵀCᵢpᵢ, with Cᵢ the diagonal matrix of row i's c_ij,
    p_ij being 1 where user i watched item j, and 0 elsewhere.

    Parameters
    ----------
    extra : scipy.sparse.csr_array, shape (n_rows, n_others)
        c_ij - 1 ≥ 0 for the watched cells; a stored zero was watched, with confidence 1.
    factors, lam, engine
        As in `half_step`.

    Returns
    -------
    ndarray, shape (n_rows, k)
        A row without watches gets zeros.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        As in `half_step`.

    References
    ----------
    Hu, Koren and Volinsky (2008), "Collaborative filtering for implicit feedback datasets",
    doi:10.1109/ICDM.2008.22.

    Examples
    --------
    >>> from scipy import sparse
    >>> watch_step(sparse.csr_array([[3.0, 0.0]]), np.array([[1.0], [1.0]]), lam=1.0)
    array([[0.66666667]])
    """
    solver = _engine(engine)
    extra, factors = check(extra, "extra", factors, lam)
    check_extra(extra)
    check_memory(solver is plain and len(extra.indptr), factors.shape[1])
    with np.errstate(all="ignore"):
        return careful.watch_rows(solver, extra, factors, float(lam))


def squared_error(ratings, row_factors, factors, *, weights=None, engine="compiled"):
    """Σ over observed w_ij (r_ij - u_i·v_j)², in stars²; every w_ij is 1 if there are no `weights`.

    Parameters
    ----------
    ratings, factors, weights, engine
        As in `half_step`.
    row_factors : ndarray, shape (n_rows, k)
        What `half_step` solved for.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        As in `half_step`.

    Examples
    --------
    >>> from scipy import sparse
    >>> squared_error(sparse.csr_array([[3.0, 0.0]]), np.ones((1, 1)), np.ones((2, 1)))
    4.0
    """
    solver = _engine(engine)
    ratings, *factors = check_both(ratings, "ratings", row_factors, factors)
    weights = check_weights(weights, ratings.nnz)
    with np.errstate(all="ignore"):
        return careful.finite_sum(solver.squared_error(ratings, *factors, weights))


def watch_error(extra, row_factors, factors, *, engine="compiled"):
    """Σ over **all** cells c_ij (p_ij - u_i·v_j)², without visiting the blank ones.

    Were every p zero and every c one, it would be ‖UVᵀ‖² = trace(UᵀU VᵀV). From this goes what the
    watched cells have in it, and their own errors come on top.

    Parameters
    ----------
    extra, factors, engine
        As in `watch_step`.
    row_factors : ndarray, shape (n_rows, k)
        What `watch_step` solved for.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        As in `half_step`.

    Examples
    --------
    >>> from scipy import sparse
    >>> extra = sparse.csr_array([[3.0, 0.0]])  # 4 (1 - 2)² + 1 (0 - 2)²
    >>> watch_error(extra, np.array([[1.0]]), np.array([[2.0], [2.0]]))
    8.0
    """
    solver = _engine(engine)
    extra, *factors = check_both(extra, "extra", row_factors, factors)
    check_extra(extra)
    U, V = (side.astype(float, copy=False) for side in factors)
    watched, blank = (holding(extra, np.full(extra.nnz, p)) for p in (1.0, 0.0))
    with np.errstate(all="ignore"):
        everywhere = np.sum(solver.gram(U) * solver.gram(V))
        unwatched = np.maximum(everywhere - solver.squared_error(blank, U, V), 0.0)
        return careful.finite_sum(unwatched + solver.squared_error(watched, U, V, 1 + extra.data))


def accelerate(function):
    """Compile a function of loops when it is first called; without numba it runs as it is.

    Examples
    --------
    >>> accelerate(lambda n: n + 1)(2)
    3
    """

    @functools.wraps(function)
    def run(*arguments):
        """The function, compiled when first called."""
        return _machine_code(function)(*arguments)

    return run


@functools.cache
def _machine_code(function):
    return _compiled().compiled(function) if _compiled() is not plain else function


# ---- which engine --------------------------------------------------------------------------------


def _engine(name):
    """The module that solves."""
    if name not in ENGINES:
        raise ValueError(f"engine={name!r} is not one of {list(ENGINES)}")
    return plain if name == "numpy" else _compiled()


@functools.cache
def _compiled():
    """The compiled engine, imported when first needed; without numba the plain one, said once."""
    try:
        with _undivided():
            import numba

            if numba.config.DISABLE_JIT:
                raise ImportError("numba is switched off by NUMBA_DISABLE_JIT")
            from . import compiled
    except ImportError as reason:
        print(f"{reason}: NumPy solves instead, the same but slower.", file=sys.stderr, flush=True)
        return plain
    return compiled


@contextmanager
def _undivided():
    """Hold Ctrl-C back: numba, interrupted while it is imported, is broken until a restart."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread is interrupted
        return
    held = []
    before = signal.signal(signal.SIGINT, lambda *struck: held.append(struck))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if held:
        signal.raise_signal(signal.SIGINT)
