"""Hold ratings out, so that a model is judged by ratings it has not seen."""

from numbers import Integral, Real

import numpy as np

from .table import require_table


def split_ratings(ratings, fraction=0.2, seed=0):
    """Set a random part of the ratings aside, to judge a model by ratings it has not seen.

    Parameters
    ----------
    ratings : DataFrame or Dataset
        One row per rating, n rows.
    fraction : float
        The part to set aside, between 0 and 1.
    seed : int
        The same seed gives the same split, on every machine.

    Returns
    -------
    train, held_out : DataFrame
        n - round(fraction * n) and round(fraction * n) rows, in the order of the table.

    Raises
    ------
    ValueError
        If `fraction` is not between 0 and 1, or one part would be empty.
    TypeError
        If `ratings` is neither a table nor a Dataset.

    Examples
    --------
    >>> import pandas as pd
    >>> train, held_out = split_ratings(pd.DataFrame({"rating": range(10)}))
    >>> len(train), len(held_out)
    (8, 2)
    """
    ratings = require_table(ratings, "ratings")
    if not (isinstance(fraction, Real) and 0 < fraction < 1):
        raise ValueError(f"fraction={fraction!r:.60}: give a number between 0 and 1, such as 0.2.")
    n_held_out = round(fraction * len(ratings))
    if not 0 < n_held_out < len(ratings):
        raise ValueError(
            f"fraction={fraction} of {len(ratings)} ratings leaves one part empty; use more "
            "ratings or a fraction nearer to 0.5."
        )
    return _cut(ratings, _shuffled_ranks(len(ratings), seed) < n_held_out)


def kfold_ratings(ratings, n_folds=5, seed=0):
    """Split the ratings several times, so that each is held out exactly once.

    Parameters
    ----------
    ratings : DataFrame or Dataset
        One row per rating, n rows.
    n_folds : int
        How many splits, from 2 to n.
    seed : int
        The same seed gives the same splits, on every machine.

    Yields
    ------
    train, held_out : DataFrame
        As from `split_ratings`, with about n / n_folds rows held out.

    Raises
    ------
    ValueError
        If `n_folds` is no whole number, below 2, or above the number of ratings.
    TypeError
        If `ratings` is neither a table nor a Dataset.

    Examples
    --------
    >>> import pandas as pd
    >>> folds = kfold_ratings(pd.DataFrame({"rating": range(10)}), n_folds=4)
    >>> [len(held_out) for train, held_out in folds]
    [3, 3, 2, 2]
    """
    ratings = require_table(ratings, "ratings")
    if not (isinstance(n_folds, Integral) and 2 <= n_folds <= len(ratings)):
        raise ValueError(
            f"n_folds={n_folds!r:.60} for {len(ratings)} ratings; give a whole number of folds, "
            "at least 2 and at most one per rating."
        )
    fold = _shuffled_ranks(len(ratings), seed) % n_folds
    return (_cut(ratings, fold == number) for number in range(n_folds))


def _shuffled_ranks(n, seed):
    """Deal the numbers 0 to n - 1 out at random, one to each row."""
    # RandomState, not default_rng: NumPy promises never to change its stream (NEP 19).
    return np.random.RandomState(seed).permutation(n)


def _cut(ratings, chosen):
    return ratings[~chosen].reset_index(drop=True), ratings[chosen].reset_index(drop=True)
