"""Alternating Least Squares: fix V and solve for U, fix U and solve for V, repeat."""

import numpy as np
import pandas as pd

from ..data.matrix import require_matrix
from ..metrics.ratings import penalty, rmse, squared_error
from ..solvers.plain import half_step
from .alternation import alternate, check_settings
from .fit import Fit, rated_rows, user_means

ENGINES = ("compiled", "single", "numpy")


def als_steps(matrix, k=2, lam=0.1, *, n_iter=20, weighted=False, seed=0, engine="compiled"):
    """Yield the factors after every half-step, users first.

    Parameters
    ----------
    matrix : RatingMatrix
    k : int
        Rank.
    lam : float
        λ ≥ 0, in stars (as ‖u‖² is).
    n_iter : int
        Iterations; each has a users' and an items' half-step.
    weighted : bool
        Penalty λ·n instead of λ.
    seed : int
        Of the starting item factors, uniform on [0, 1). The users need none: they are solved
        for first.
    engine : {"compiled", "single", "numpy"}
        Fast; the same in single precision, in less memory and good to about four digits; or
        written to be read. The same answer.

    Yields
    ------
    Step

    Raises
    ------
    ValueError
        If a setting is out of range; TypeError if `matrix` is not a RatingMatrix.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[5, 1], [4, np.nan]])
    >>> [step.side for step in als_steps(R, k=1, n_iter=2)]
    ['users', 'items', 'users', 'items']
    """
    require_matrix(matrix)
    check_settings(k, lam, n_iter)
    solve, error = _solver(engine)
    return alternate(
        matrix,
        int(k),
        int(n_iter),
        seed,
        lambda ratings, factors: solve(ratings, factors, lam, weighted),
        lambda *factors: error(matrix, *factors) + penalty(matrix, *factors, lam, weighted),
        np.float32 if engine == "single" else np.float64,
    )


def _solver(engine):
    """An engine's half_step and squared_error; numba is imported only if it is used."""
    if engine not in ENGINES:
        raise ValueError(f"engine={engine!r} is not one of {list(ENGINES)}")
    if engine == "numpy":
        return half_step, squared_error
    from ..solvers import compiled as kernels

    return kernels.half_step, kernels.squared_error


def fit_als(
    matrix,
    k=2,
    lam=0.1,
    n_iter=20,
    *,
    weighted=False,
    seed=0,
    held_out=None,
    baseline=None,
    progress=False,
    engine="compiled",
):
    """Fit R ≈ U Vᵀ on the observed ratings by alternating ridge regressions.

    Minimizes Σ over observed (r_ij - u_i·v_j)² + λ (Σ‖u_i‖² + Σ‖v_j‖²).

    Parameters
    ----------
    matrix : RatingMatrix
        The training ratings.
    k, lam, n_iter, weighted, seed, engine
        As in `als_steps`.
    held_out : DataFrame or RatingMatrix, optional
        Ratings to score each iteration on; they never influence the factors.
    baseline : Biases, optional
        For instance ``fit_biases(matrix)``: the factors then explain what it leaves over.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError, TypeError
        As in `als_steps`.

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan (2008), "Large-scale parallel collaborative filtering for
    the Netflix Prize"; its penalty is the weighted one.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> fit = fit_als(R, k=1, lam=1e-9)
    >>> np.round(fit.predict(), 3).tolist()
    [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    """
    require_matrix(matrix)
    target = matrix if baseline is None else _left_over(matrix, baseline)
    steps = als_steps(target, k, lam, n_iter=n_iter, weighted=weighted, seed=seed, engine=engine)
    if progress:
        from tqdm.auto import tqdm

        steps = tqdm(steps, total=2 * n_iter, desc=f"ALS, k = {k}", unit="half-step")
    known = {"fallback": user_means(matrix), "baseline": baseline, "rated": rated_rows(matrix)}
    located = None if held_out is None else matrix.locate(held_out)
    history = []
    for step in steps:
        if step.side == "items":
            factors = step.user_factors, step.item_factors
            fit = Fit(*factors, None, lam, weighted, **known)
            history.append(score(step, fit, target, located))
    return Fit(*factors, pd.DataFrame(history), lam, weighted, **known)


def score(step, fit, target, located=None):
    """One row of the history; `target` holds the ratings, or what the baseline left over."""
    factors = step.user_factors, step.item_factors
    error = max(0.0, step.objective - penalty(target, *factors, fit.lam, fit.weighted))
    row = {
        "iteration": step.iteration,
        "objective": step.objective,
        "loss": error**0.5,
        "train_rmse": (error / target.nnz) ** 0.5,
    }
    if located is not None:
        users, items, ratings = located
        row["held_out_rmse"] = rmse(ratings, fit.predict(users, items))
    return row


def _left_over(matrix, baseline):
    """What the baseline leaves over of the ratings; stop if it is none, or of another matrix."""
    if not hasattr(baseline, "predict"):
        raise TypeError(
            f"the baseline is a {type(baseline).__name__}; pass fit_biases(matrix) or fit_mean(matrix)"
        )
    shape = getattr(baseline, "shape", matrix.shape)
    if shape != matrix.shape:
        raise ValueError(
            f"the baseline is for {shape[0]:,} users x {shape[1]:,} items, the matrix has "
            f"{matrix.shape[0]:,} x {matrix.shape[1]:,}; fit it on the same matrix"
        )
    return matrix.with_values(matrix.values - baseline.predict(*matrix.entries()))
