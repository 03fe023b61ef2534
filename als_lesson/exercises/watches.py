"""Checks on implicit feedback: notebook 12."""

import numpy as np

from . import toy
from .engine import Exercise, through
from .solving import ridge


def _watches(rng, size):
    W = rng.choice([0, 0, 1, 2, 3, 5], rng.randint(1, size + 2, 2))
    W.flat[rng.randint(W.size)] = 2
    return W, rng.randint(1, 20) / 4 + 0.05


def _tables(P, C):
    """A mistake with both tables, each a function of the right P, W and alpha."""
    return lambda W, alpha: (P(1.0 * (W > 0), W, alpha), C(1.0 * (W > 0), W, alpha))


def _p(P, W, a):
    return P


def _c(P, W, a):
    return 1 + a * W


def _watcher(rng, size):
    V = toy.factors(rng, size + 2, rng.randint(1, 4))
    w = rng.choice([0, 0, 1, 2, 5], len(V))
    w[rng.randint(len(w))] = 3
    return V, w, rng.randint(1, 20) / 4 + 0.05, rng.randint(2, 20) / 10 + 0.05


def _parts(mistake):
    """A mistake with VᵀV, the watched rows, their confidences and λ, as one with V, w, α and λ."""
    return lambda V, w, alpha, lam: mistake(V.T @ V, V[w > 0], 1 + alpha * w[w > 0], lam)


def _gram(X, weights):
    return X.T @ (weights[:, None] * X)


def _solved(gram, X, c, lam):
    return ridge(gram + _gram(X, c - 1), X.T @ c, lam)


check_confidence = Exercise("confidence", _watches, [
    ("a preference and a confidence for every cell, a blank's above 0", _tables(_p, _c)),
    ("that is C before P; give P, then C", _tables(_c, _p)),
    ("P holds the counts; a preference is 1 if watched, else 0", _tables(lambda P, W, a: W, _c)),
    ("P is turned round: 1 is for what was watched", _tables(lambda P, W, a: 1 - P, _c)),
    ("one watch is a watch: P is 1 from there on", _tables(lambda P, W, a: W > 1, _c)),
    ("a blank has confidence 0; add 1, or it will not count at all", _tables(_p, lambda P, W, a: a * W)),
    ("blanks have confidence 0; they have 1, or will not count at all", _tables(_p, lambda P, W, a: (1 + a * W) * P)),
    ("the confidence of a watch grows with its count: 1 + α times the count", _tables(_p, lambda P, W, a: 1 + a * P)),
    ("α is missing", _tables(_p, lambda P, W, a: 1 + W)),
    ("that is (1 + α) times the count; it is 1 plus α times the count", _tables(_p, lambda P, W, a: (1 + a) * W)),
    ("that is α times (1 + the count); it is 1 plus α times the count", _tables(_p, lambda P, W, a: a * (1 + W))),
    ("blanks were masked; they have preference 0 and confidence 1", _tables(lambda P, W, a: np.where(W, P, np.nan), lambda P, W, a: np.where(W, 1 + a * W, np.nan))),
    ("that is C alone; give P, then C", lambda W, a: 1 + a * W),
    ("that is P alone; give P, then C", lambda W, a: W > 0),
])  # fmt: skip

check_solve_watcher = Exercise("solve_watcher", _watcher, [
    ("every cell counts: a blank with confidence 1, a watch with 1 + α times its count", lambda V, w, alpha, lam: _parts(_solved)(V, w, alpha, lam)),
    ("the count stands where the confidence 1 + αw belongs", lambda V, w, a, lam: _solved(V.T @ V, V[w > 0], w[w > 0], lam)),
    ("the confidence is 1 + αw; 1 is missing", lambda V, w, a, lam: _solved(V.T @ V, V[w > 0], a * w[w > 0], lam)),
    ("α is missing", lambda V, w, a, lam: _solved(V.T @ V, V[w > 0], 1 + w[w > 0], lam)),
    ("the confidence grows with the count: 1 + αw", lambda V, w, a, lam: _solved(V.T @ V, V[w > 0], 1 + a + 0 * w[w > 0], lam)),
    ("the preference is 1 for whatever was watched; w stands in its place", lambda V, w, a, lam: ridge(V.T @ V + _gram(V, a * w), V.T @ ((1 + a * w) * w), lam)),
    *through(_parts, [
        ("VᵀV was added to a sum that holds every blank already", lambda G, X, c, lam: _solved(2 * G, X, c, lam)),
        ("VᵀV is missing: the blank cells do not count", lambda G, X, c, lam: _solved(0 * G, X, c, lam)),
        ("VᵀV is missing: the Gram matrix runs over the watched movies only", lambda G, X, c, lam: _solved(X.T @ X, X, c, lam)),
        ("blanks have confidence 0, and watches one less than c", lambda G, X, c, lam: ridge(_gram(X, c - 1), X.T @ (c - 1), lam)),
        ("the watched cells are counted twice; the correction holds c - 1, not c", lambda G, X, c, lam: _solved(G + X.T @ X, X, c, lam)),
        ("the right-hand side lacks the confidences: it is Σ c v over the watched", lambda G, X, c, lam: ridge(G + _gram(X, c - 1), X.sum(axis=0), lam)),
        ("the right-hand side has c - 1 where c belongs", lambda G, X, c, lam: ridge(G + _gram(X, c - 1), X.T @ (c - 1), lam)),
        ("the confidences are missing; that is the slip, with 1 for every cell", lambda G, X, c, lam: ridge(G, X.sum(axis=0), lam)),
        ("the correction is missing; the Gram matrix counts a watch like a blank", lambda G, X, c, lam: ridge(G, X.T @ c, lam)),
        ("λ is missing", lambda G, X, c, lam: _solved(G, X, c, 0)),
        ("that is λ·n, the weighted penalty; here it is λ", lambda G, X, c, lam: _solved(G, X, c, lam * len(X))),
        ("λ belongs on the diagonal only: + lam * np.eye(k)", lambda G, X, c, lam: _solved(G + lam, X, c, 0)),
        ("the right-hand side is right; now solve with the Gram matrix", lambda G, X, c, lam: X.T @ c),
        ("c - 1 was multiplied in on both sides, and so squared", lambda G, X, c, lam: ridge(G + _gram(X, (c - 1) ** 2), X.T @ c, lam)),
        ("the watched were taken out of VᵀV; add their c - 1 to it", lambda G, X, c, lam: ridge(G - _gram(X, c - 1), X.T @ c, lam)),
    ]),
])  # fmt: skip
