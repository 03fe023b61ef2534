"""Lists of the best: what each user has not rated yet, sorted by a score, and how good they are."""

from collections.abc import Mapping
from numbers import Integral

import numpy as np
import pandas as pd
from scipy import sparse

from ..data.arrays import as_floats, check_indexes
from ..data.matrix import as_matrix
from ..data.settings import check_number, check_whole


def top_n(model, matrix, n=10, *, block=256):
    """For every user the n items with the highest score among those the user has not rated.

    Parameters
    ----------
    model : fitted model, callable or array_like
        Whatever has a ``predict`` as `Fit` has; or a function from user indexes (b,) to scores
        (b, n_items) or, if all users share them, (n_items,); or the scores themselves, of shape
        (n_users, n_items) or (n_items,).
    matrix : RatingMatrix, DataFrame or Dataset
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
        If a score is NaN, the scores have another shape, or n is not from 1 to the number of items;
        TypeError if `model` is none of the above.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[5, np.nan, np.nan], [np.nan, 4, np.nan]])
    >>> top_n([3, 2, 1], R, n=2).tolist()
    [[1, 2], [0, 2]]
    """
    matrix = as_matrix(matrix)
    n_users, n_items = matrix.shape
    must = f"a whole number from 1 to {n_items}, the number of items"
    n, block = check_whole("n", n, must, highest=n_items), check_whole("block", block)
    score = _scorer(model, matrix.shape)
    lists = np.empty((n_users, n), dtype=np.int64)
    for start in range(0, n_users, block):
        users = np.arange(start, min(start + block, n_users))
        scores = np.empty((len(users), n_items))
        scores[:] = score(users)
        rated = matrix.by_user[users]  # whose nonzero() would miss a rating of 0
        scores[np.repeat(users - start, np.diff(rated.indptr)), rated.indices] = -np.inf
        lists[users] = _best(scores, n)
    return lists


def _scorer(model, shape):
    """A function from user indexes to scores, made of any of the three that `top_n` takes."""
    if hasattr(model, "predict") and not isinstance(model, type):
        return _scorer(lambda users: model.predict(users[:, None], np.arange(shape[1])), shape)
    if callable(model):
        return lambda users: _check_scores(model(users), (len(users), shape[1]))
    scores = _check_scores(model, shape)
    return lambda users: scores if scores.ndim == 1 else scores[users]


def _check_scores(scores, shape):
    """One finite or infinite number for each user and item, or for each item."""
    scores = as_floats(scores, "scores, neither a model nor a function of user indexes")
    if scores.shape not in (shape, shape[1:]):
        raise ValueError(
            f"scores of shape {scores.shape}; give {shape}, one for each user and item, or "
            f"{shape[1:]}, one for each item"
        )
    if np.isnan(scores).any():
        raise ValueError("a score is NaN; every item needs a number to be ranked by")
    return scores


def _best(scores, n):
    """The n best columns of each row, best first; -1 where only -inf is left."""
    last = scores.shape[1] - n
    lowest = np.partition(scores, last, axis=1)[:, last]  # to sort every row takes ten times longer
    lists = np.empty((len(scores), n), dtype=np.int64)
    for row, (score, bar) in enumerate(zip(scores, lowest, strict=True)):
        near = np.flatnonzero(score >= bar)  # more than n, where several equal the last
        best = near[np.argsort(-score[near], kind="stable")[:n]]
        lists[row] = np.where(score[best] == -np.inf, -1, best)
    return lists


def precision_at(recommended, relevant, n=10):
    """The share of the first n recommendations that are relevant.

    Parameters
    ----------
    recommended : list, tuple, Series or array
        Items, best first: indexes, ids or titles. A repeated one counts in its first place only;
        a negative number is a place left empty.
    relevant : any collection
        The items that would have been right, in any order, each counted once; every negative
        number stands for an unseen item of its own, which no list can hold.
    n : int
        How much of the list counts. A shorter list gets no credit for its missing places.

    Raises
    ------
    ValueError
        If nothing is relevant, or n is no whole number from 1 on; TypeError if an argument is no
        collection of items.

    Examples
    --------
    >>> precision_at([4, 0, 2], relevant=[0, 1, 2], n=3)
    0.6666666666666666
    """
    hits, _ = _hits(recommended, relevant, n)
    return float(hits.sum() / n)


def recall_at(recommended, relevant, n=10):
    """The share of the relevant items that the first n recommendations found.

    Parameters
    ----------
    recommended, relevant, n
        As in `precision_at`.

    Examples
    --------
    >>> recall_at([4, 0, 2], relevant={0, 1, 2, 3}, n=3)
    0.5
    """
    hits, n_relevant = _hits(recommended, relevant, n)
    return float(hits.sum() / n_relevant)


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
    Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques",
    https://doi.org/10.1145/582415.582418.

    Examples
    --------
    >>> ndcg_at([4, 0], relevant=[0], n=2)  # right, but in the second place: 1 / log₂ 3
    0.6309297535714575
    """
    hits, n_relevant = _hits(recommended, relevant, n, by_place=True)
    return float(hits @ _discount(len(hits)) / _discount(min(n, n_relevant)).sum())


def _hits(recommended, relevant, n, by_place=False):
    """Which of the first n recommendations are relevant (at most n,); how many there are to find."""
    n = check_whole("n", n)
    if isinstance(recommended, set | frozenset) and (by_place or len(recommended) > n):
        raise TypeError("a set has no first place: pass the recommendations as a list, best first")
    listed = _things(recommended, "recommended")[:n]
    relevant = _things(relevant, "relevant")
    if not relevant:
        raise ValueError("nothing is relevant, so no list can be judged; leave such users out")
    to_find = {thing for thing in relevant if not _is_empty(thing)}
    first_places = {thing: place for place, thing in reversed(list(enumerate(listed)))}
    hits = np.zeros(len(listed))
    hits[[first_places[thing] for thing in to_find & first_places.keys()]] = 1
    return hits, len(to_find) + sum(map(_is_empty, relevant))


def _things(collection, name):
    """The items of any collection a person would hand over, as a list of plain values."""
    values = getattr(collection, "tolist", lambda: collection)()  # of an array or a Series
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name}={collection!r} is no collection of items; pass a list")
    values = [getattr(value, "item", lambda value=value: value)() for value in values]
    if any(isinstance(value, bool | list | tuple) for value in values):
        raise TypeError(
            f"{name} holds a {type(values[0]).__name__}, not items; pass one user's items, and for "
            "a mask np.flatnonzero(mask)"
        )
    return values


def _is_empty(thing):
    """Whether it is the -1 of a place left empty, or of an item that is not known."""
    return isinstance(thing, Integral | float) and thing < 0


def coverage(lists, n_items):
    """The share of the catalogue that appears in at least one list.

    Parameters
    ----------
    lists : ndarray of int, shape (n_users, n), or a list of lists
        Item indexes. Negative entries, places left empty, do not count.
    n_items : int

    Examples
    --------
    >>> coverage([[0, 1], [0, 2]], n_items=6)
    0.5
    """
    if not hasattr(lists, "__iter__"):
        raise TypeError(f"lists={lists!r:.80} are none; pass what top_n returns")
    n_items = check_whole("n_items", n_items)
    rows = [np.ravel(row) for row in lists if np.size(row)]
    shown = check_indexes(np.unique(np.concatenate(rows)) if rows else [], n_items)
    return float((shown >= 0).sum() / n_items)


def evaluate_top_n(models, train, held_out, n=10, *, likes=None):
    """Score lists by held-out ratings: mean precision, recall and nDCG, and coverage.

    Parameters
    ----------
    models : dict of str to model, or to ndarray of int, shape (n_users, n)
        What `top_n` takes a model, or the lists it made.
    train, held_out : RatingMatrix, DataFrame or Dataset
    n : int
        How many items the model of a user lists; lists that are given count as long as they are.
    likes : float, optional
        A held-out rating of at least so many stars makes a movie relevant; if left out, four
        fifths of the highest rating in `train`, so 4 stars of 5.

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

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> train = RatingMatrix.from_dense([[5, np.nan, np.nan]])
    >>> held_out = pd.DataFrame({"userId": [0], "movieId": [2], "rating": [4.0]})
    >>> evaluate_top_n({"popularity": [[1, 2]]}, train, held_out).recall.item()
    1.0
    """
    if not (isinstance(models, Mapping) and models):
        raise TypeError("evaluate_top_n wants a dict of models or lists by name, at least one")
    n, train = check_whole("n", n), as_matrix(train, "train")
    likes = 0.8 * train.values.max() if likes is None else likes
    likes = check_number("likes", likes, "a number of stars", lowest=-np.inf)
    users, items, ratings = train.locate(as_matrix(held_out, "held_out"))
    chosen = (users >= 0) & (ratings >= likes)
    n_relevant = np.bincount(users[chosen], minlength=train.shape[0])
    judged = np.flatnonzero(n_relevant)
    if judged.size == 0:
        raise ValueError(
            f"nobody in `train` gave {likes:g} stars or more to a held-out movie; lower `likes`"
        )
    known = chosen & (items >= 0)
    cells = users[known], items[known]
    relevant = sparse.csr_array((np.ones(known.sum()), cells), shape=train.shape)
    rows = {}
    for name, model in models.items():
        lists = _lists(name, model, train, n)
        rows[name] = _judge(lists[judged], relevant[judged], n_relevant[judged])
        rows[name]["coverage"] = coverage(lists, train.shape[1])
    return pd.DataFrame.from_dict(rows, orient="index")


def _lists(name, model, train, n):
    """The lists of a model, made or given."""
    if hasattr(model, "predict") or callable(model):
        return top_n(model, train, n)
    try:
        lists = check_indexes(model, train.shape[1])
    except (IndexError, ValueError) as error:  # ValueError: lists of several lengths
        raise type(error)(f"{name}: {error}; make the lists with top_n") from None
    if lists.ndim != 2 or len(lists) != train.shape[0] or lists.size == 0:
        raise ValueError(
            f"{name}: lists of shape {lists.shape} for {train.shape[0]} users; use top_n"
        )
    return lists


def _judge(lists, relevant, n_relevant):
    """Mean precision, recall and nDCG of the lists of users who each have something relevant."""
    n = lists.shape[1]
    places = np.repeat(np.arange(len(lists)), n), lists.ravel()
    hits = np.asarray(relevant[places]).reshape(lists.shape) * (lists >= 0)
    order = np.argsort(lists, axis=1, kind="stable")
    again = np.diff(np.take_along_axis(lists, order, axis=1), axis=1, prepend=-2) == 0
    hits[np.arange(len(lists))[:, None], order] *= ~again  # an item counts in its first place only
    ideal = np.cumsum(_discount(n))[np.minimum(n_relevant, n) - 1]
    return {
        "precision": float(np.mean(hits.sum(axis=1) / n)),
        "recall": float(np.mean(hits.sum(axis=1) / n_relevant)),
        "ndcg": float(np.mean(hits @ _discount(n) / ideal)),
    }


def _discount(n):
    """What a hit in each of n places is worth: 1, 0.63, 0.5, ..."""
    return 1 / np.log2(np.arange(2, n + 2))
