"""One half-step, behind one door: a ridge regression for every row, all at once.

Here it is decided which engine solves, `plain` (to be read) or `compiled` (fast), what they may be
given, and who solves the rows that rounding would spoil. Both engines give the same answers.
"""

import functools
import sys
from numbers import Real

import numpy as np
from scipy import sparse

from . import plain

ENGINES = ("compiled", "numpy")
DROWNS = 1e-5  # a λ so small beside the Gram matrix is lost in single precision
NEGLIGIBLE = 1e-20  # an extra confidence that changes no sum, and may be divided by


def half_step(ratings, factors, lam, weighted=False, *, weights=None, engine="compiled"):
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

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[4, np.nan, 2]])
    >>> half_step(R.by_user, np.array([[1.], [1.], [1.]]), lam=1)
    array([[2.]])
    """
    solver = _engine(engine)
    ratings, factors = _check_rows(ratings, "ratings"), _check_factors(factors, "factors")
    _check_together(ratings, "ratings", factors, lam)
    weights = None if weights is None else _check_weights(weights, ratings.nnz)
    with np.errstate(all="ignore"):  # what overflows is found in the answer
        return _ridge_rows(solver, ratings, factors, float(lam), weighted, weights)


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
    >>> watch_step(sparse.csr_array([[3.0, 0.0]]), np.array([[1.0], [1.0]]), lam=1.0)
    array([[0.66666667]])
    """
    solver = _engine(engine)
    extra, factors = _check_rows(extra, "extra"), _check_factors(factors, "factors")
    _check_together(extra, "extra", factors, lam)
    if (extra.data < 0).any():
        raise ValueError(
            f"a watch {extra.data.min():g} above confidence 1: it has to be 0 or more; leave a "
            "cell blank if nothing was watched"
        )
    with np.errstate(all="ignore"):
        return _watch_rows(solver, extra, factors, float(lam))


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
    >>> squared_error(sparse.csr_array([[3.0, 0.0]]), np.ones((1, 1)), np.ones((2, 1)))
    4.0
    """
    solver = _engine(engine)
    ratings, factors = _check_rows(ratings, "ratings"), _check_factors(factors, "factors")
    row_factors = _check_factors(row_factors, "row_factors")
    _check_together(ratings, "ratings", factors)
    if row_factors.shape != (ratings.shape[0], factors.shape[1]):
        raise ValueError(
            f"row_factors has the shape {row_factors.shape}; {ratings.shape[0]:,} rows of ratings "
            f"and k = {factors.shape[1]} ask for {(ratings.shape[0], factors.shape[1])}"
        )
    weights = None if weights is None else _check_weights(weights, ratings.nnz)
    if row_factors.dtype != factors.dtype:
        row_factors, factors = row_factors.astype(float), factors.astype(float)
    with np.errstate(all="ignore"):
        error = solver.squared_error(ratings, row_factors, factors, weights)
    if not np.isfinite(error):
        raise FloatingPointError(
            "the squared errors are too large to add up; divide the ratings, by their largest say"
        )
    return error


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
        import numba

        if numba.config.DISABLE_JIT:
            raise ImportError("numba is switched off by NUMBA_DISABLE_JIT")
        from . import compiled
    except ImportError as reason:
        print(f"{reason}: NumPy solves instead, the same but slower.", file=sys.stderr, flush=True)
        return plain
    return compiled


# ---- what may come in ----------------------------------------------------------------------------


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
    cells = np.ascontiguousarray(rows.data, float), rows.indices, rows.indptr
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


def _check_together(rows, name, factors, lam=0.0):
    """One row of factors for each column, and a λ that is a penalty."""
    if rows.shape[1] != len(factors):
        raise ValueError(
            f"{name} has {rows.shape[1]:,} columns, factors {len(factors):,} rows: each column "
            "needs its row; matrix.by_user goes with item factors, matrix.by_item with user factors"
        )
    if not (isinstance(lam, Real) and np.isfinite(lam) and lam >= 0):
        raise ValueError(f"lam={lam!r} must be a finite number, 0 or more")


def _check_weights(weights, n):
    """A weight for each rating."""
    weights = np.asarray(weights)
    if weights.shape != (n,) or weights.dtype.kind not in "fiu":
        raise ValueError(
            f"weights must be a number for each of the {n:,} ratings; got shape {weights.shape} "
            f"and type {weights.dtype}"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("weights must be finite numbers, 0 or more")
    return np.ascontiguousarray(weights, float)


# ---- rows that rounding would spoil --------------------------------------------------------------


def _solve(solver, form, rows, factors, *settings):
    """Let an engine solve, and answer in the precision of the factors."""
    features = factors.astype(float, copy=False) if solver is plain else factors
    return getattr(solver, form)(rows, features, *settings).astype(factors.dtype, copy=False)


def _given_up(solved):
    """Which rows an engine left without an answer."""
    return ~np.isfinite(solved.sum(axis=1))


def _ridge_rows(solver, ratings, factors, lam, weighted, weights):
    """Every row by the engine; those it gave up in double precision, or else with all care."""
    solved = _solve(solver, "half_step", ratings, factors, lam, weighted, weights)
    doubtful = _given_up(solved)
    if factors.dtype == np.float32:
        if weights is None:
            counts = np.diff(ratings.indptr)
            penalty = lam * (counts if weighted else 1)
            doubtful |= penalty < DROWNS * counts * np.square(factors).sum(axis=1).max()
        else:
            cells = weights, ratings.indices, ratings.indptr
            weights = sparse.csr_array(cells, shape=ratings.shape)[doubtful].data
        if doubtful.any():
            rows, wide = ratings[doubtful], factors.astype(float)
            solved[doubtful] = _ridge_rows(solver, rows, wide, lam, weighted, weights)
    else:
        for row in np.flatnonzero(doubtful):
            solved[row] = _careful(row, ratings, factors, lam, weighted, weights)
    return _require_finite(solved, doubtful)


def _watch_rows(solver, extra, factors, lam):
    """Every row by the engine; those it gave up with the features made orthonormal first."""
    solved = _solve(solver, "watch_step", extra, factors, lam)
    doubtful = _given_up(solved)
    if doubtful.any():
        T, rows = _whitening(factors, lam), extra[doubtful]
        weights = np.maximum(rows.data, NEGLIGIBLE)
        rows.data = (1 + weights) / weights
        solved[doubtful] = _ridge_rows(solver, rows, factors @ T, 1.0, False, weights) @ T.T
    return _require_finite(solved, doubtful)


def _careful(row, ratings, factors, lam, weighted, weights):
    """One row with no square taken: from its features X = Q S Wᵀ, u = W (S + λ/S)⁻¹ Qᵀ r."""
    entries = slice(*ratings.indptr[row : row + 2])
    scale = np.ones(entries.stop - entries.start) if weights is None else np.sqrt(weights[entries])
    features = scale[:, None] * factors[ratings.indices[entries]]
    try:
        left, sizes, right_t = _significant(features)
    except np.linalg.LinAlgError:  # not even the features are finite
        return np.nan
    penalty = lam * len(scale) if weighted else lam
    return (scale * ratings.data[entries]) @ left / (sizes + penalty / sizes) @ right_t


def _whitening(factors, lam):
    """T with Tᵀ(VᵀV + λI)T = I, for V = Q S Wᵀ the matrix W (S² + λI)^-½."""
    _, sizes, directions = _significant(factors)
    return directions.T / np.hypot(sizes, np.sqrt(lam))


def _significant(features):
    """The SVD, without the directions that rounding cannot tell from zero."""
    left, sizes, right_t = np.linalg.svd(features.astype(float), full_matrices=False)
    kept = sizes > max(features.shape) * np.finfo(float).eps * sizes.max(initial=0.0)
    return left[:, kept], sizes[kept], right_t[kept]


def _require_finite(solved, doubtful):
    """Stop where even care found no answer."""
    if not np.isfinite(solved[doubtful]).all():
        raise FloatingPointError(
            f"the factors overflow in {solved.dtype}: ratings, factors and λ are of too different "
            "a size; divide the ratings by their largest, or take a larger λ"
        )
    return solved
