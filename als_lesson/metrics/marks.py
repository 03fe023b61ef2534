"""The numbers that lists are judged by."""

import numpy as np
import pandas as pd
from scipy import sparse

from ..data.table import validate_ratings


def precision_at(recommended, relevant, n=10):
    """The share of the first n recommendations that are relevant.

    Parameters
    ----------
    recommended : array_like of int
        Items, best first.
    relevant : array_like of int
        The items that would have been right, in any order.
    n : int
        How much of the list counts. A shorter list gets no credit for its missing places.

    Examples
    --------
    >>> precision_at([4, 0, 2], relevant=[0, 1, 2], n=3)
    0.6666666666666666
    """
    return float(_hits(recommended, relevant, n).sum() / n)


def recall_at(recommended, relevant, n=10):
    """The share of the relevant items that the first n recommendations found.

    Parameters
    ----------
    recommended, relevant, n
        As in `precision_at`.

    Examples
    --------
    >>> recall_at([4, 0, 2], relevant=[0, 1, 2, 3], n=3)
    0.5
    """
    return float(_hits(recommended, relevant, n).sum() / len(relevant))


def ndcg_at(recommended, relevant, n=10):
    """Hits discounted by place, as a share of what the best possible list would get.

    DCG = Σ 1 / log₂(place + 1) over the places, counted from 1, that hold a relevant item; nDCG
    divides it by the DCG of a list that begins with the relevant items.

    Parameters
    ----------
    recommended, relevant, n
        As in `precision_at`.

    References
    ----------
    Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques".

    Examples
    --------
    >>> ndcg_at([4, 0], relevant=[0], n=2)  # right, but in the second place: 1 / log₂ 3
    0.6309297535714575
    """
    hits = _hits(recommended, relevant, n)
    return float(hits @ _discount(len(hits)) / _discount(min(n, len(relevant))).sum())


def coverage(lists, n_items):
    """The share of the catalogue that appears in at least one list.

    Parameters
    ----------
    lists : ndarray of int, shape (n_users, n)
        Negative entries, places left empty, do not count.
    n_items : int

    Examples
    --------
    >>> coverage(np.array([[0, 1], [0, 2]]), n_items=6)
    0.5
    """
    recommended = np.unique(lists)
    return float((recommended >= 0).sum() / n_items)


def evaluate_top_n(lists, train, held_out, *, likes=4.0):
    """Score lists by held-out ratings: mean precision, recall and nDCG, and coverage.

    Parameters
    ----------
    lists : dict of str to ndarray of int, shape (n_users, n)
        For each model its `top_n`.
    train : RatingMatrix
    held_out : DataFrame
    likes : float
        A held-out rating of at least so many stars makes a movie relevant.

    Returns
    -------
    DataFrame
        A row for each model, with the columns precision, recall, ndcg, coverage.

    Raises
    ------
    ValueError
        If no user has a relevant movie in `held_out`, a pair stands there twice, or a list is
        missing.

    Notes
    -----
    Users without a relevant movie are left out of the means. A relevant movie that `train` does
    not hold cannot be found, and counts as missed.
    """
    validate_ratings(held_out, "held_out")
    for name, table in lists.items():
        if len(table) != train.shape[0]:
            raise ValueError(f"{name}: {len(table)} lists for {train.shape[0]} users; use top_n")
    users, items, ratings = train.locate(held_out)
    chosen = (users >= 0) & (ratings >= likes)
    n_relevant = np.bincount(users[chosen], minlength=train.shape[0])
    judged = np.flatnonzero(n_relevant)
    if judged.size == 0:
        raise ValueError(f"nobody gave {likes} stars or more to a held-out movie; lower `likes`")
    known = chosen & (items >= 0)
    cells = users[known], items[known]
    relevant = sparse.csr_array((np.ones(known.sum()), cells), shape=train.shape)
    rows = {
        name: _judge(table[judged], relevant[judged], n_relevant[judged])
        | {"coverage": coverage(table, train.shape[1])}
        for name, table in lists.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _judge(lists, relevant, n_relevant):
    """Mean precision, recall and nDCG of the lists of users who each have something relevant."""
    n = lists.shape[1]
    places = np.repeat(np.arange(len(lists)), n), lists.ravel()
    hits = np.asarray(relevant[places]).reshape(lists.shape) * (lists >= 0)
    ideal = np.cumsum(_discount(n))[np.minimum(n_relevant, n) - 1]
    return {
        "precision": float(np.mean(hits.sum(axis=1) / n)),
        "recall": float(np.mean(hits.sum(axis=1) / n_relevant)),
        "ndcg": float(np.mean(hits @ _discount(n) / ideal)),
    }


def _hits(recommended, relevant, n):
    """Which of the first n recommendations are relevant (at most n,)."""
    if len(relevant) == 0:
        raise ValueError("nothing is relevant, so no list can be judged; leave such users out")
    return np.isin(np.asarray(recommended)[:n], np.asarray(relevant))


def _discount(n):
    """What a hit in each of n places is worth: 1, 0.63, 0.5, ..."""
    return 1 / np.log2(np.arange(2, n + 2))
