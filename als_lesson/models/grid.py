"""Fit a grid of k and λ and put every number into one tidy table."""

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..data.matrix import as_matrix
from ..data.settings import check_flag, check_number, check_whole
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
    train : RatingMatrix, DataFrame or Dataset
    held_out : RatingMatrix, DataFrame or Dataset
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
    grid = list(product(_values(ks, "ks", check_whole), _values(lams, "lams", check_number)))
    train = as_matrix(train, "train")
    train.locate(held_out)  # so a wrong table, or setting, shows before the first fit
    settings = {"n_iter": n_iter, "weighted": weighted, "seed": seed}
    settings |= {"engine": engine, "dtype": dtype}
    for k, lam in grid:
        als_steps(train, k, lam, **settings)
    settings |= {"held_out": held_out, "baseline": baseline}
    tables = []
    silent = not check_flag("progress", progress)
    for k, lam in tqdm(grid, desc="sweep", unit="fit", disable=silent):
        history = fit_als(train, k, lam, **settings).history
        tables.append(
            pd.concat([pd.DataFrame({"k": k, "lam": lam}, history.index), history], axis=1)
        )
    return pd.concat(tables, ignore_index=True)


def _values(given, name, check):
    """The values of one setting to try: one number, or each of several once."""
    given = given.ravel() if isinstance(given, np.ndarray) else given
    several = isinstance(given, Iterable) and not isinstance(given, str)
    values = [check(name[:-1], value) for value in (given if several else [given])]
    if not values:
        raise ValueError(f"{name}={given!r:.60}: the grid is empty; give at least one number")
    if len(set(values)) < len(values):
        raise ValueError(f"{name}={given!r:.60} names a value twice; give each once")
    return values
