"""How good is a list of ten movies? Top-N lists, and the numbers they are judged by."""

import numpy as np
import pandas as pd
from scipy import sparse

from .validate import validate_ratings


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


def top_n(score, matrix, n=10, *, block=256):
    """For every user the n items with the highest score among those the user has not rated.

    Parameters
    ----------
    score : callable
        From user indexes (b,) to scores (b, n_items), or (n_items,) if all users share them.
    matrix : RatingMatrix
        The training ratings: what they cover is not recommended again.
    n : int
    block : int
        Users scored at a time, which bounds the memory it takes.

    Returns
    -------
    ndarray of int, shape (n_users, n)
        Item indexes, best first; of equal scores the lower index. -1 where a user has rated so
        much that fewer than n items are left.

    Raises
    ------
    ValueError
        If a score is NaN, or n does not lie between 1 and the number of items.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[5, np.nan, np.nan], [np.nan, 4, np.nan]])
    >>> top_n(lambda users: np.array([3, 2, 1]), R, n=2).tolist()
    [[1, 2], [0, 2]]
    """
    if not callable(score):
        raise TypeError(
            f"top_n wants a function of user indexes, got {type(score).__name__}; for a fit, "
            "pass lambda users: fit.predict(users[:, None], np.arange(matrix.shape[1]))"
        )
    n_users, n_items = matrix.shape
    if not 1 <= n <= n_items:
        raise ValueError(f"n={n} must lie between 1 and {n_items:,}, the number of items")
    lists = np.empty((n_users, n), dtype=np.int64)
    for start in range(0, n_users, block):
        users = np.arange(start, min(start + block, n_users))
        scores = np.empty((len(users), n_items))
        scores[:] = score(users)
        if np.isnan(scores).any():
            raise ValueError("a score is NaN; every item needs a number to be ranked by")
        rated = matrix.by_user[users]  # whose nonzero() would miss a rating of 0
        scores[np.repeat(users - start, np.diff(rated.indptr)), rated.indices] = -np.inf
        lists[users] = _best(scores, n)
    return lists


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


def _best(scores, n):
    """The n best columns of each row, best first; -1 where only -inf is left."""
    last = scores.shape[1] - n
    lowest = np.partition(scores, last, axis=1)[:, last]  # sorting every row takes ten times as long
    lists = np.empty((len(scores), n), dtype=np.int64)
    for row, (score, bar) in enumerate(zip(scores, lowest, strict=True)):
        near = np.flatnonzero(score >= bar)  # more than n, where several equal the last
        best = near[np.argsort(-score[near], kind="stable")[:n]]
        lists[row] = np.where(score[best] == -np.inf, -1, best)
    return lists


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
