"""Checks on recommended lists: notebook 08."""

import numpy as np

from .verdict import never_raise, run


@never_raise
def check_recommend(function):
    """`function(scores, seen, n)` gives the indexes of the n best-scored items not seen."""
    scores = np.array([0.2, 0.9, 0.4, 0.8, 0.1, 0.6])
    seen = np.array([False, True, False, False, False, False])
    mistakes = {
        "item 1 was seen already; leave the seen ones out": [1, 3, 5],
        "those are the worst; the best comes first": [4, 0, 2],
        "those are the right items, the best of them last": [2, 5, 3],
        "those are the right items, in the order of the catalogue; sort them by score": [2, 3, 5],
        "those are the scores; give the indexes of the items": [0.8, 0.6, 0.4],
        "positions shifted when the seen items were removed; use those of the full list": [2, 4, 1],
    }
    return run(function, (scores, seen, 3), [3, 5, 2], mistakes, "best first, nothing seen twice")


@never_raise
def check_ndcg(function):
    """`function(recommended, relevant, n)` gives nDCG@n; recommended is a list, best first."""
    worth = 1 / np.log2(np.arange(2, 8))  # of places 1 to 6
    dcg, best = worth[0] + worth[2], worth[:3].sum()
    mistakes = {
        "that is the DCG; divide it by that of the best possible list": dcg,
        "that is the precision; a hit further down must count less": 2 / 4,
        "that is the recall; a hit further down must count less": 2 / 3,
        "the best possible list has as many hits as there are relevant items, no more": dcg
        / worth[:4].sum(),
        "the list was not cut after n places": (dcg + worth[4]) / best,
        "a hit in place p is worth 1 / log₂(p + 1), and places count from 1": (worth[1] + worth[3])
        / worth[1:4].sum(),
    }
    arguments = ([5, 0, 2, 6, 3], [2, 5, 3], 4)
    return run(function, arguments, dcg / best, mistakes, "hits, discounted by place")
