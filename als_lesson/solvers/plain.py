"""One half-step: a ridge regression for every row, all at once."""

import numpy as np


def half_step(ratings, factors, lam, weighted=False):
    """Solve every row's ridge regression at once, the other side's `factors` being the features.

    u_i = (Σ_j v_j v_jᵀ + λI)⁻¹ Σ_j r_ij v_j, both sums over the items j that user i rated;
    weighted: λ n_i in place of λ.

    Parameters
    ----------
    ratings : scipy.sparse.csr_array, shape (n_rows, n_others)
        ``matrix.by_user`` to solve for users, ``matrix.by_item`` for items.
    factors : ndarray, shape (n_others, k)
    lam : float
        λ ≥ 0. With λ = 0 and fewer ratings than k, the solution of minimum norm.
    weighted : bool

    Returns
    -------
    ndarray, shape (n_rows, k)
        A row without ratings gets zeros.

    Raises
    ------
    ValueError
        If λ is negative or NaN.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[4, np.nan, 2]])
    >>> half_step(R.by_user, np.array([[1.], [1.], [1.]]), lam=1)
    array([[2.]])
    """
    if not lam >= 0:
        raise ValueError(f"lam={lam} must be a number, 0 or more")
    n_rows, k = ratings.shape[0], factors.shape[1]
    counts = np.diff(ratings.indptr)
    observed = ratings.copy()
    observed.data = np.ones_like(ratings.data)
    gram = np.empty((n_rows, k, k))
    for a in range(k):  # over factors, never over users: row a of every user's Gram matrix
        gram[:, a] = observed @ (factors * factors[:, [a]])
    gram[:, range(k), range(k)] += lam * (counts[:, None] if weighted else 1)
    right = (ratings @ factors)[..., None]
    rated = counts > 0
    solved = np.zeros((n_rows, k))
    # Beside entries of the Gram matrix 1e12 times its size, λ drowns in rounding: treat as none.
    if lam > 1e-12 * np.abs(gram).max(initial=1.0):
        solved[rated] = np.linalg.solve(gram[rated], right[rated])[..., 0]
    else:
        inverse = np.linalg.pinv(gram[rated], rcond=1e-10, hermitian=True)
        solved[rated] = (inverse @ right[rated])[..., 0]
    return solved
