"""Alternating Least Squares: fix V and solve for U, fix U and solve for V, repeat."""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..data.matrix import as_matrix
from ..data.memory import require_memory
from ..data.settings import check_choice, check_flag, check_number, check_whole
from ..metrics.ratings import penalty
from ..solvers import ENGINES, half_step, squared_error
from .fit import follow, last_of, left_over

DTYPES = ("float64", "float32")


class Step(NamedTuple):
    """The factors after one half-step, or one epoch of SGD, and what they reach."""

    iteration: int  # 1, 2, ...
    side: str  # "users" or "items": which factors have just moved; after an epoch, "both"
    user_factors: np.ndarray  # (n_users, k)
    item_factors: np.ndarray  # (n_items, k)
    objective: float
    squared_error: float  # the objective without its penalty; of SGD, whatever the loss, the SSE


def als_steps(
    ratings,
    k=2,
    lam=0.1,
    *,
    n_iter=20,
    weighted=False,
    seed=0,
    engine="compiled",
    dtype="float64",
    cg_steps=None,
):
    """Yield the factors after every half-step, users first.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
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
    engine : {"compiled", "numpy"}
        Fast, or written to be read. The same answer.
    dtype : {"float64", "float32"}
        Of the factors; in single precision they take half the memory, and are good to about four
        digits.
    cg_steps : int, optional
        So many steps of conjugate gradient for each row, from where it was, instead of its exact
        solution. More iterations to the same end; with a k of 100 and more, in less time.

    Yields
    ------
    Step

    Raises
    ------
    ValueError
        If a setting is out of range; TypeError if `ratings` are none.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[5, 1], [4, np.nan]])
    >>> [step.side for step in als_steps(R, k=1, n_iter=2)]
    ['users', 'items', 'users', 'items']
    """
    matrix = as_matrix(ratings)
    k, lam, n_iter, seed = check_settings(k, lam, n_iter, seed, matrix.shape)
    weighted, engine = check_flag("weighted", weighted), check_choice("engine", engine, ENGINES)
    return alternate(
        matrix,
        k,
        n_iter,
        seed,
        solve=partial(half_step, lam=lam, weighted=weighted, engine=engine, cg_steps=cg_steps),
        error=partial(squared_error, matrix.by_user, engine=engine),
        cost=partial(penalty, matrix, lam=lam, weighted=weighted),
        dtype=check_choice("dtype", dtype, DTYPES),
    )


def alternate(matrix, k, n_iter, seed, solve, error, cost, dtype=np.float64):
    """Yield a Step after every half-step, whatever the half-step solves.

    Parameters
    ----------
    matrix : RatingMatrix
    k, n_iter, seed : int
        As in `als_steps`.
    solve : callable
        From one side's rows of the matrix (n_rows, n_others) and the other side's factors
        (n_others, k) to its own factors (n_rows, k); `start` is what these were, if they were.
    error, cost : callable
        From both factors to the squared error and the penalty, whose sum cannot rise.
    dtype : NumPy data type
        Of the starting factors, and so of what `solve` makes of them.
    """
    rng = np.random.RandomState(seed)  # a stream that NumPy has frozen: same seed, same start
    U, V = None, rng.random_sample((matrix.shape[1], k)).astype(dtype)
    for iteration in range(1, n_iter + 1):
        for side in ("users", "items"):
            if side == "users":
                U = solve(matrix.by_user, V, start=U)
            else:
                V = solve(matrix.by_item, U, start=V)
            sse = error(U, V)
            yield Step(iteration, side, U, V, sse + cost(U, V), sse)


def iterations(
    ratings,
    k=2,
    lam=0.1,
    *,
    n_iter=20,
    weighted=False,
    seed=0,
    held_out=None,
    baseline=None,
    engine="compiled",
    dtype="float64",
    cg_steps=None,
):
    """Yield a Fit after every iteration: what `fit_als` returns, while it is being made.

    Parameters
    ----------
    ratings, k, lam, n_iter, weighted, seed, held_out, baseline, engine, dtype, cg_steps
        As in `fit_als`.

    Yields
    ------
    Fit
        Its history ends with the iteration just done.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[5, 1], [4, np.nan]])
    >>> [len(fit.history) for fit in iterations(R, k=1, n_iter=3)]
    [1, 2, 3]
    """
    matrix = as_matrix(ratings)
    target = left_over(matrix, baseline)
    settings = {"n_iter": n_iter, "weighted": weighted, "seed": seed, "cg_steps": cg_steps}
    steps = als_steps(target, k, lam, engine=engine, dtype=dtype, **settings)
    ends = (step for step in steps if step.side == "items")
    return follow(ends, matrix, lam, weighted, baseline, held_out)


def fit_als(
    ratings,
    k=2,
    lam=0.1,
    *,
    n_iter=20,
    weighted=False,
    seed=0,
    held_out=None,
    baseline=None,
    progress=False,
    engine="compiled",
    dtype="float64",
    cg_steps=None,
):
    """Fit R ≈ U Vᵀ on the observed ratings by alternating ridge regressions.

    Minimizes Σ over observed (r_ij - u_i·v_j)² + λ (Σ‖u_i‖² + Σ‖v_j‖²).

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
        The training ratings.
    k, lam, n_iter, weighted, seed, engine, dtype, cg_steps
        As in `als_steps`.
    held_out : RatingMatrix, DataFrame or Dataset, optional
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
    the Netflix Prize", https://doi.org/10.1007/978-3-540-68880-8_32; its penalty is the weighted
    one.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> fit = fit_als(R, k=1, lam=1e-9)
    >>> np.round(fit.predict(), 3).tolist()
    [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    """
    fits = iterations(
        ratings,
        k,
        lam,
        n_iter=n_iter,
        weighted=weighted,
        seed=seed,
        held_out=held_out,
        baseline=baseline,
        engine=engine,
        dtype=dtype,
        cg_steps=cg_steps,
    )
    return last_of(fits, n_iter, progress, f"ALS, k = {k}")


def check_settings(k, lam, n_iter, seed, shape=(), name="n_iter"):
    """The same, looked over; ValueError if one is out of range, or factors could not fit."""
    k = check_whole("k", k, "a whole number of factors, 1 or more")
    require_memory(16 * k * sum(shape), f"factors of rank k = {k:,}", "choose a smaller k")
    n_iter = check_whole(name, n_iter)
    seed = check_whole("seed", seed, f"a whole number from 0 to {2**32 - 1}", 0, 2**32 - 1)
    return k, check_number("lam", lam), n_iter, seed
