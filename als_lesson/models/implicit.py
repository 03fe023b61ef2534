"""ALS for implicit feedback: the alternation of `als`, over all cells of a table of watches."""

from functools import partial

import numpy as np

from ..data.matrix import as_matrix
from ..data.settings import check_choice, check_number
from ..metrics.ratings import penalty
from ..solvers import ENGINES, watch_error, watch_step
from .als import alternate, check_settings
from .fit import WatchFit, check_strengths, last_of


def implicit_steps(ratings, k=2, lam=0.1, alpha=1.0, *, n_iter=20, seed=0, engine="compiled"):
    """Yield the factors after every half-step of implicit ALS, users first.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
        Its ratings are the strengths s_ij ≥ 0 of what was watched: counts, hours, stars.
    k : int
        Rank.
    lam : float
        λ ≥ 0.
    alpha : float
        α ≥ 0: a watch has confidence c_ij = 1 + α·s_ij, a blank cell 1.
    n_iter, seed, engine
        As in `als_steps`.

    Yields
    ------
    Step

    Raises
    ------
    ValueError
        If a setting is out of range or a strength is negative; TypeError if `ratings` are none.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> watches = RatingMatrix.from_dense([[1, 3], [2, np.nan]])
    >>> [step.side for step in implicit_steps(watches, k=1, n_iter=2)]
    ['users', 'items', 'users', 'items']
    """
    matrix = as_matrix(ratings)
    k, lam, n_iter, seed = check_settings(k, lam, n_iter, seed, matrix.shape)
    engine, alpha = check_choice("engine", engine, ENGINES), check_number("alpha", alpha)
    check_strengths(matrix.values)
    with np.errstate(over="ignore"):
        strengths = alpha * matrix.values
    if not np.isfinite(strengths).all():
        raise ValueError(f"alpha={alpha:g} makes a confidence infinite; choose a smaller one")
    extra = matrix.with_values(strengths)
    return alternate(
        extra,
        k,
        n_iter,
        seed,
        solve=lambda rows, factors, start: watch_step(rows, factors, lam, engine=engine),
        error=partial(watch_error, extra.by_user, engine=engine),
        cost=partial(penalty, extra, lam=lam),
    )


def fit_implicit(
    ratings, k=2, lam=0.1, alpha=1.0, *, n_iter=20, seed=0, progress=False, engine="compiled"
):
    """Fit preferences p ≈ U Vᵀ over all cells, watched or not, by alternating ridge regressions.

    Minimizes Σ over all c_ij (p_ij - u_i·v_j)² + λ (Σ‖u_i‖² + Σ‖v_j‖²), with p_ij = 1 and
    c_ij = 1 + α·s_ij where watched, p_ij = 0 and c_ij = 1 elsewhere.

    Parameters
    ----------
    ratings, k, lam, alpha, n_iter, seed, engine
        As in `implicit_steps`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    WatchFit
        It predicts preferences instead of stars: near 1 for what was watched, 0 for a user or
        an item without watches. The history holds iteration and objective.

    Raises
    ------
    ValueError, TypeError
        As in `implicit_steps`.

    References
    ----------
    Hu, Koren and Volinsky (2008), "Collaborative filtering for implicit feedback datasets",
    https://doi.org/10.1109/ICDM.2008.22.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> watches = RatingMatrix.from_dense([[1, 1], [1, np.nan]])
    >>> fit_implicit(watches, k=1).predict().round(2).tolist()
    [[1.11, 0.78], [0.78, 0.54]]
    """
    steps = implicit_steps(ratings, k, lam, alpha, n_iter=n_iter, seed=seed, engine=engine)
    return last_of(_follow(steps, lam, alpha), n_iter, progress, f"implicit ALS, k = {k}")


def _follow(steps, lam, alpha):
    """A WatchFit after each iteration, with its history so far."""
    rows = ()
    for step in steps:
        if step.side == "items":
            rows = (*rows, {"iteration": step.iteration, "objective": step.objective})
            yield WatchFit(step.user_factors, step.item_factors, rows, lam, alpha)
