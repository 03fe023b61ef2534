"""Watches instead of ratings: every cell counts, the blank ones with less weight.

Preference p_ij is 1 where user i watched item j and 0 elsewhere; confidence c_ij is 1 + α·strength
where watched, the strength being a count or a rating, and 1 elsewhere.
"""

import numpy as np

from ..metrics.ratings import penalty

NEGLIGIBLE = 1e-200  # an extra confidence that changes no sum, and may be divided by


def half_step(extra, factors, lam):
    """Solve every row's weighted ridge regression over all cells, touching only the watched.

    u_i = argmin Σ over all j c_ij (p_ij - u·v_j)² + λ‖u‖²
        = (VᵀV + Vᵀ(Cᵢ - I)V + λI)⁻¹ VᵀCᵢpᵢ, with Cᵢ the diagonal matrix of row i's c_ij.

    Parameters
    ----------
    extra : scipy.sparse.csr_array, shape (n_rows, n_others)
        c_ij - 1 ≥ 0 for the watched cells; a stored zero was watched, with confidence 1.
    factors : ndarray, shape (n_others, k)
        V for the users' half-step, U for the items'.
    lam : float
        λ ≥ 0. With 0, and factors of deficient rank, the solution of minimum norm.

    Returns
    -------
    ndarray, shape (n_rows, k)
        A row without watches gets zeros.

    Raises
    ------
    ValueError
        If λ or a c_ij - 1 is negative or NaN.

    Notes
    -----
    Let TᵀAT = I for A = VᵀV + λI, which all rows share. For z = T⁻¹u and features f_j = Tᵀv_j the
    row's problem is ‖z‖² + Σ (c_j - 1)(z·f_j)² - 2 Σ c_j z·f_j, sums over the watched cells: a
    ridge regression with ratings c_j / (c_j - 1), weights c_j - 1 and λ = 1, as
    `kernels.half_step` solves it.

    References
    ----------
    Hu, Koren and Volinsky (2008), "Collaborative filtering for implicit feedback datasets",
    https://doi.org/10.1109/ICDM.2008.22.

    Examples
    --------
    >>> from scipy import sparse
    >>> half_step(sparse.csr_array([[3.0, 0.0]]), np.array([[1.0], [1.0]]), lam=1.0)
    array([[0.66666667]])
    """
    from ..solvers import (
        compiled as kernels,
    )  # here, so that numba is loaded only when there is something to solve

    if not lam >= 0:
        raise ValueError(f"lam={lam!r} must be a number, 0 or more")
    if not (extra.data >= 0).all():
        raise ValueError(
            f"a watch {extra.data.min():g} above confidence 1: it has to be 0 or more; leave a "
            "cell blank if nothing was watched"
        )
    T = _whitening(factors.T @ factors + lam * np.eye(factors.shape[1]))
    weights = np.maximum(extra.data, NEGLIGIBLE)
    ratings = extra.copy()
    ratings.data = (1 + weights) / weights
    return kernels.half_step(ratings, factors @ T, 1.0, weights=weights) @ T.T


def squared_error(watched, extra, user_factors, item_factors):
    """Σ over **all** cells c_ij (p_ij - u_i·v_j)², without visiting the blank ones.

    Were every p zero and every c one, the sum would be ‖UVᵀ‖² = trace(UᵀU VᵀV); the watched cells
    then add what they change.

    Parameters
    ----------
    watched : RatingMatrix
        Holds a 1 in every watched cell.
    extra : ndarray, shape (nnz,)
        c_ij - 1, in the order of ``watched.values``.
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> once = RatingMatrix.from_dense([[1, np.nan]])  # 4 (1 - 2)² + 1 (0 - 2)²
    >>> squared_error(once, np.array([3.0]), np.array([[1.0]]), np.array([[2.0], [2.0]]))
    8.0
    """
    from ..solvers import compiled as kernels

    everywhere = np.sum((user_factors.T @ user_factors) * (item_factors.T @ item_factors))
    at_watched = np.sum(user_factors * (watched.by_user @ item_factors))  # Σ u_i·v_j over them
    error = kernels.squared_error(watched, user_factors, item_factors, weights=extra)
    return float(everywhere + watched.nnz - 2 * at_watched + error)


def objective(watched, extra, user_factors, item_factors, lam):
    """What implicit ALS minimizes: `squared_error` + λ (Σ‖u_i‖² + Σ‖v_j‖²)."""
    error = squared_error(watched, extra, user_factors, item_factors)
    return error + penalty(watched, user_factors, item_factors, lam)


def _whitening(gram):
    """T with Tᵀ gram T = I; directions that rounding cannot tell from zero are left out."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > len(values) * np.finfo(float).eps * values[-1]
    return np.where(kept, vectors / np.sqrt(np.where(kept, values, 1.0)), 0.0)
