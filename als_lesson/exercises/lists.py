"""Checks on explanations, neighbours, lists and their marks: notebooks 09 to 11."""

import numpy as np

from . import toy
from .engine import Exercise
from .solving import ridge


def _newcomer(rng, size):
    k, n = rng.randint(1, 4), size + 1
    left_over = rng.randint(1, 21, n) / 10 * rng.choice([-1, 1], n)
    return toy.factors(rng, n, k), left_over, toy.factors(rng, k), rng.randint(2, 20) / 10 + 0.05


def _parts(X, residuals, v, lam):
    return X @ ridge(X.T @ X, v, lam) * residuals


def _without_each(X, e, v, lam):
    others = ~np.eye(len(X), dtype=bool)
    return sum(_parts(X, e, v, lam)) - [sum(_parts(X[o], e[o], v, lam)) for o in others]


def _scores(rng, size):
    scores = (rng.permutation(4**size + 1) - 4**size // 2) / 10  # half of them below zero
    seen = rng.rand(len(scores)) < 0.4
    seen[rng.randint(len(seen))] = False
    return scores, seen, int(rng.randint(1, np.sum(~seen) + 1))


def _best(scores, seen, n):
    return np.argsort(np.where(seen, np.inf, -scores))[: min(n, np.sum(~seen))]


def _rows(rng, size):
    V = np.round(rng.standard_normal((size + 3, rng.randint(2, 4))), 2)  # no equal angles
    return V, int(rng.randint(len(V))), int(rng.randint(1, len(V)))


def _likeness(V, j):
    return V @ V[j] / np.linalg.norm(V, axis=1)


def _nearest(V, j, n, likeness=_likeness):
    return _best(likeness(V, j), np.arange(len(V)) == j, n)


def _listed(rng, size):
    items = rng.permutation(3 * size + 3).tolist()
    relevant = rng.permutation(items[: 2 * size + 2])[: rng.randint(1, size + 3)].tolist()
    return items[: 2 * size + 1], relevant, int(rng.randint(1, size + 2))


def _worth(n, first=1):
    return 1 / np.log2(np.arange(first, n + first) + 1)


def _dcg(recommended, relevant, n, worth=_worth):
    return np.isin(recommended[:n], relevant) @ worth(len(recommended[:n]))


def _ndcg(recommended, relevant, n, worth=_worth):
    return _dcg(recommended, relevant, n, worth) / worth(min(n, len(relevant))).sum()


def _hits(recommended, relevant, n):
    return np.isin(recommended[:n], relevant).sum()


def _places(rng, size):
    p, q = rng.permutation(size + 2)[:2] + 1
    return rng.randint(0, 2, size + 2), int(p), int(q)


def _gain(hits, p, q, worth=_worth):
    return (hits[p - 1] - hits[q - 1]) * (worth(100)[q - 1] - worth(100)[p - 1])


check_contributions = Exercise("contributions", _newcomer, [
    ("each rating's part of the taste for v; together they are the taste", _parts),
    ("that is leave-one-out: the rest was refitted, so the parts do not add up", _without_each),
    ("those are likenesses times residuals; the inverse of XᵀX + λI stands between", lambda X, e, v, lam: X @ v * e),
    ("the residuals are missing; those are the weights they get", lambda X, e, v, lam: X @ ridge(X.T @ X, v, lam)),
    ("that is a part for each factor; one for each rating was asked for", lambda X, e, v, lam: ridge(X.T @ X, X.T @ e, lam) * v),
    ("λ is missing", lambda X, e, v, lam: _parts(X, e, v, 0)),
    ("that is λ·n, the weighted penalty; here it is λ", lambda X, e, v, lam: _parts(X, e, v, lam * len(X))),
    ("those are shares; the parts add up to the taste, not to 1", lambda X, e, v, lam: _parts(X, e, v, lam) / sum(_parts(X, e, v, lam))),
    ("the taste was dealt out evenly; each rating has its own part", lambda X, e, v, lam: 0 * e + np.mean(_parts(X, e, v, lam))),
    ("those are the fitted residuals; v is the movie asked about", lambda X, e, v, lam: X @ ridge(X.T @ X, X.T @ e, lam)),
    ("each rating was solved alone; one inverse serves all", lambda X, e, v, lam: [_parts(x[None], e[i], v, lam)[0] for i, x in enumerate(X)]),
])  # fmt: skip

check_recommend = Exercise("recommend", _scores, [
    ("the n best that were not seen, best first", _best),
    ("what was seen is in there; leave it out", lambda s, seen, n: np.argsort(-s)[:n]),
    ("those are the worst; the best comes first", lambda s, seen, n: _best(-s, seen, n)),
    ("those are the right items, the best of them last", lambda s, seen, n: _best(s, seen, n)[::-1]),
    ("those are the right items, in the order of the catalogue; sort them by score", lambda s, seen, n: np.sort(_best(s, seen, n))),
    ("those are the scores; give the indexes of the items", lambda s, seen, n: s[_best(s, seen, n)]),
    ("positions shifted when the seen items were removed; use those of the full list", lambda s, seen, n: np.argsort(-s[~seen])[:n]),
    ("the seen were given a score of 0, and others have less", lambda s, seen, n: np.argsort(-s * ~seen, kind="stable")[:n]),
    ("the seen were given a score of 0; others have less", lambda s, seen, n: np.argsort(-s * ~seen)[:n]),
    ("the seen got a score of 0, and others have less", lambda s, seen, n: np.argsort(s * ~seen)[::-1][:n]),
    ("n was ignored: those are all that were not seen", lambda s, seen, n: _best(s, seen, len(s))),
    ("those are the worst, and what was seen is in there", lambda s, seen, n: np.argsort(s)[:n]),
    ("that is what was seen; leave it out", lambda s, seen, n: _best(s, ~seen, n)),
    ("n were taken before the seen were left out; that leaves too few", lambda s, seen, n: [i for i in np.argsort(-s)[:n] if not seen[i]]),
    ("those are the first that were not seen, whatever their score", lambda s, seen, n: np.flatnonzero(~seen)[:n]),
    ("that is a mask; give indexes, best first", lambda s, seen, n: np.isin(np.arange(len(s)), _best(s, seen, n))),
])  # fmt: skip

check_neighbours = Exercise("neighbours", _rows, [
    ("the n items at the smallest angle to j, nearest first", _nearest),
    ("j itself is in there; it is nobody's neighbour", lambda V, j, n: np.argsort(-_likeness(V, j))[:n]),
    ("that goes by u·v; divide by the lengths, an angle has none", lambda V, j, n: _nearest(V, j, n, lambda V, j: V @ V[j])),
    ("that goes by distance; an angle does not care how long a row is", lambda V, j, n: _nearest(V, j, n, lambda V, j: -np.linalg.norm(V - V[j], axis=1))),
    ("opposite directions are no likeness; keep the sign of the cosine", lambda V, j, n: _nearest(V, j, n, lambda V, j: abs(_likeness(V, j)))),
    ("those are at the largest angle; the largest cosine is the smallest angle", lambda V, j, n: _nearest(V, j, n, lambda V, j: -_likeness(V, j))),
    ("those are the right ones, the nearest of them last", lambda V, j, n: _nearest(V, j, n)[::-1]),
    ("those are the cosines; give the indexes of the items", lambda V, j, n: (_likeness(V, j) / np.linalg.norm(V[j]))[_nearest(V, j, n)]),
    ("n was ignored: those are all the others", lambda V, j, n: _nearest(V, j, len(V))),
    ("n were taken before j was left out; that leaves too few", lambda V, j, n: np.argsort(-_likeness(V, j))[1:n]),
])  # fmt: skip

check_ndcg = Exercise("ndcg", _listed, [
    ("the hits, discounted by place, over those of the best possible list", _ndcg),
    ("that is the DCG; divide it by that of the best possible list", _dcg),
    ("that is the precision; a hit further down must count less", lambda listed, relevant, n: _hits(listed, relevant, n) / n),
    ("that is the recall; a hit further down must count less", lambda listed, relevant, n: _hits(listed, relevant, n) / len(relevant)),
    ("that is the number of hits; a hit further down must count less", _hits),
    ("the best possible list has as many hits as there are relevant items, no more", lambda listed, relevant, n: _dcg(listed, relevant, n) / _worth(n).sum()),
    ("the best possible list is cut after n places too", lambda listed, relevant, n: _dcg(listed, relevant, n) / _worth(len(relevant)).sum()),
    ("the list was not cut after n places", lambda listed, relevant, n: _dcg(listed, relevant, 999) / _worth(min(n, len(relevant))).sum()),
    ("neither list was cut after n places", lambda listed, relevant, n: _ndcg(listed, relevant, 999)),
    ("a hit in place p is worth 1 / log₂(p + 1), and places count from 1", lambda listed, relevant, n: _ndcg(listed, relevant, n, lambda n: _worth(n, 2))),
    ("a hit in place p is worth 1 / log₂(p + 1), not 1 / p", lambda listed, relevant, n: _ndcg(listed, relevant, n, lambda n: 1 / np.arange(1, n + 1))),
    ("the best possible list starts with all that is relevant, not only with what was hit", lambda listed, relevant, n: _dcg(listed, relevant, n) / max(_worth(_hits(listed, relevant, n)).sum(), 1e-9)),
    ("the best possible list starts with all that is relevant, even where nothing was hit", lambda listed, relevant, n: _dcg(listed, relevant, n) / _worth(_hits(listed, relevant, n)).sum()),
    ("that says whether there is a hit; add them up, discounted by place", lambda listed, relevant, n: _hits(listed, relevant, n) > 0),
    ("recommended and relevant changed roles", lambda listed, relevant, n: _ndcg(relevant, listed, n)),
])  # fmt: skip

check_swap = Exercise("swap", _places, [
    ("what the DCG gains when places p and q, counted from 1, trade their items", _gain),
    ("that is the DCG before the swap", lambda hits, p, q: hits @ _worth(len(hits))),
    ("that is the DCG after the swap; its gain was asked for", lambda hits, p, q: hits @ _worth(len(hits)) + _gain(hits, p, q)),
    ("that is before minus after; a gain is after minus before", lambda hits, p, q: -_gain(hits, p, q)),
    ("a swap can lose; keep the sign", lambda hits, p, q: abs(_gain(hits, p, q))),
    ("a hit in place p is worth 1 / log₂(p + 1), and places count from 1", lambda hits, p, q: _gain(hits, p, q, lambda n: _worth(n, 2))),
    ("places count from 1, and positions from 0: place p is hits[p - 1]", lambda hits, p, q: (hits[p] - hits[q]) * (_worth(100)[q] - _worth(100)[p])),
    ("a hit in place p is worth 1 / log₂(p + 1), not 1 / p", lambda hits, p, q: _gain(hits, p, q, lambda n: 1 / np.arange(1, n + 1))),
    ("that logarithm has base e; DCG takes base 2", lambda hits, p, q: _gain(hits, p, q) / np.log(2)),
    ("two hits, or two misses, gain nothing by trading places", lambda hits, p, q: _worth(100)[q - 1] - _worth(100)[p - 1]),
    ("what trades places counts: two hits, or two misses, gain nothing, and a swap can lose", lambda hits, p, q: abs(_worth(100)[q - 1] - _worth(100)[p - 1])),
])  # fmt: skip
