"""Fit a grid of k and λ and put every number into one tidy table."""

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..data.matrix import RatingMatrix
from .als import als_steps, fit_als


def sweep(
    train,
    held_out,
    ks,
    lams,
    *,
    n_iter=20,
    weighted=False,
    baseline=None,
    seed=0,
    progress=False,
    engine="compiled",
    dtype="float64",
):
    """Fit every pair of k and λ on `train`, score each iteration on `held_out`.

    Parameters
    ----------
    train : DataFrame or RatingMatrix
    held_out : DataFrame or RatingMatrix
        Validation ratings to choose by. Keep a third part, the test set, out of the sweep.
    ks : int or iterable of int
    lams : float or iterable of float
    n_iter, weighted, baseline, seed, engine, dtype
        As in `fit_als`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    DataFrame
        A row per (k, lam, iteration), with the columns k, lam, iteration, objective, loss,
        train_rmse, held_out_rmse.

    Raises
    ------
    ValueError
        If the grid is empty, or as in `fit_als`.

    Examples
    --------
    >>> from als_lesson import simulate_ratings, split_ratings
    >>> ratings = simulate_ratings(n_users=50, n_movies=400, n_ratings=2000).ratings
    >>> table = sweep(*split_ratings(ratings), ks=[1, 2], lams=[0.1], n_iter=3)
    >>> len(table), table.columns[-1]
    (6, 'held_out_rmse')
    """
    ks, lams = (np.atleast_1d(list(v) if isinstance(v, Iterable) else v) for v in (ks, lams))
    grid = list(product(ks.tolist(), lams.tolist()))
    if not grid:
        raise ValueError("the grid is empty: give at least one k and one λ")
    if not isinstance(train, RatingMatrix):
        train = RatingMatrix.from_ratings(train)
    for k, lam in grid:  # a wrong setting shows before the first fit, not after the last but one
        als_steps(train, k, lam, n_iter=n_iter, engine=engine, dtype=dtype)
    runs = []
    for k, lam in tqdm(grid, desc="sweep", unit="fit", disable=not progress):
        fit = fit_als(
            train,
            k,
            lam,
            n_iter=n_iter,
            weighted=weighted,
            baseline=baseline,
            seed=seed,
            held_out=held_out,
            engine=engine,
            dtype=dtype,
        )
        runs.append(fit.history.assign(k=k, lam=lam))
    table = pd.concat(runs, ignore_index=True)
    first = ["k", "lam", "iteration"]
    return table[first + [c for c in table.columns if c not in first]]
