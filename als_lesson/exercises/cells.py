"""Checks on ids, cells and predictions: notebooks 00 to 02."""

import numpy as np

from .toy import FILLED, OBSERVED, ZERO_FILL, R
from .verdict import judge, never_raise, run


@never_raise
def check_blanks(answer, R):
    """How many cells of R (n_users, n_items) are blank; mistakes: counting the rated ones."""
    observed = np.count_nonzero(~np.isnan(R))
    mistakes = {
        "that is the number of ratings; the blanks are the other cells": observed,
        "that is every cell, rated or not": R.size,
    }
    return judge(answer, R.size - observed, mistakes, "nobody has rated those cells")


@never_raise
def check_prediction(answer, u, v):
    """The predicted rating u·v of factors u and v, shapes (k,)."""
    u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    mistakes = {
        "those are the products; a prediction is their sum": u * v,
        "that is the sum of the factors; multiply pair by pair first": u.sum() + v.sum(),
        "that is the mean of the products; a prediction is their sum": np.mean(u * v),
    }
    return judge(answer, u @ v, mistakes, "multiplied factor by factor, then added up")


@never_raise
def check_to_index(function):
    """`function(ids, known)` gives the position of each id in the list known, -1 if unseen."""
    known, ids = [30, 10, 20], [20, 30, 99, 10]
    mistakes = {
        "an unseen id got index 0, which belongs to somebody else": [2, 0, 0, 1],
        "indexes count from 0, so the first known id gets 0": [3, 1, -1, 2],
        "known was sorted; indexes follow the order of appearance": [1, 2, -1, 0],
        "those are the ids themselves": ids,
        "the unseen id was dropped; it needs an index of -1": [2, 0, 1],
    }
    right = "every id got its position and the unseen one -1"
    return run(function, (ids, known), [2, 0, -1, 1], mistakes, right)


@never_raise
def check_to_ids(function):
    """`function(indexes, index_of)` gives the id at each index, index_of mapping id to index."""
    indexes, index_of = [2, 0, 2], {30: 1, 10: 0, 20: 2}
    mistakes = {
        "ids were taken in the order of the dictionary, not by their index": [20, 30, 20],
        "ids were sorted; an index need not follow the size of the id": [30, 10, 30],
        "those are the indexes themselves": indexes,
        "repeats were dropped; every index gets its id": [20, 10],
    }
    return run(
        function, (indexes, index_of), [20, 10, 20], mistakes, "every index led back to its id"
    )


@never_raise
def check_density(function):
    """`function(R)` gives the share of observed cells."""
    share = OBSERVED.mean()
    mistakes = {
        "that is a percentage; give the share, between 0 and 1": 100 * share,
        "that is the share of blanks, the sparsity": 1 - share,
        "NaN was counted as a rating; NaN is not zero, so test with np.isnan": 1 - 1 / 20,
        "a rating of 0 was taken for a blank": np.count_nonzero(FILLED) / R.size,
    }
    return run(function, (R,), share, mistakes, "observed cells over all cells")


@never_raise
def check_movie_means(function):
    """`function(R)` gives each movie's mean over the users who rated it, shape (n_items,)."""
    mistakes = {
        ZERO_FILL: FILLED.mean(axis=0),
        "axes swapped: those are the users' means": np.nanmean(R, axis=1),
        "that is one mean for all movies": np.nanmean(R),
    }
    right = "each movie's mean, over its own ratings only"
    return run(function, (R,), np.nanmean(R, axis=0), mistakes, right)
