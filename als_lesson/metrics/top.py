"""Lists of the best: what each user has not rated yet, sorted by a score."""

import numpy as np


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


def _best(scores, n):
    """The n best columns of each row, best first; -1 where only -inf is left."""
    last = scores.shape[1] - n
    lowest = np.partition(scores, last, axis=1)[
        :, last
    ]  # sorting every row takes ten times as long
    lists = np.empty((len(scores), n), dtype=np.int64)
    for row, (score, bar) in enumerate(zip(scores, lowest, strict=True)):
        near = np.flatnonzero(score >= bar)  # more than n, where several equal the last
        best = near[np.argsort(-score[near], kind="stable")[:n]]
        lists[row] = np.where(score[best] == -np.inf, -1, best)
    return lists
