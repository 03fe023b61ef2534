"""Checks on implicit feedback: notebook 10."""

import numpy as np

from .verdict import never_raise, run

# More movies than factors, one user who watched nothing, counts that no two rules agree on.
W = np.array([[3, 0, 1, 0, 0], [0, 2, 0, 0, 5], [0, 0, 0, 0, 0]])
V = np.array([[1.5, 0.4], [0.8, 1.0], [2.0, 0.1], [0.2, 1.2], [1.0, 1.0]])
ALPHA, LAM = 2.0, 0.5


@never_raise
def check_confidence(function):
    """`function(W, alpha)` gives the tables P and C, both of the shape of W."""
    P, C = (W > 0).astype(float), 1 + ALPHA * W
    mistakes = {
        "that is C before P; give P, then C": (C, P),
        "P holds the counts; a preference is 1 if watched, else 0": (W, C),
        "a blank has confidence 0; add 1, or it will not count at all": (P, ALPHA * W),
        "the confidence of a watch grows with its count: 1 + α times the count": (P, 1 + ALPHA * P),
        "α is missing": (P, 1 + W),
        "blanks were masked; they have preference 0 and confidence 1": (
            np.where(W > 0, P, np.nan),
            np.where(W > 0, C, np.nan),
        ),
    }
    right = "every cell has a preference, and a blank has some confidence"
    return run(function, (W, ALPHA), (P, C), mistakes, right)


@never_raise
def check_solve_watcher(function):
    """`function(V, w, alpha, lam)` gives one user's factors, shape (k,), by the trick."""
    w = W[0]
    p, c = (w > 0).astype(float), 1 + ALPHA * w
    eye = np.eye(V.shape[1])
    shared, own, full = V.T @ V, V.T @ ((c - 1)[:, None] * V), V.T @ (c[:, None] * V)
    watched = V[w > 0].T @ (c[w > 0, None] * V[w > 0])
    right, plain = V.T @ (c * p), V.T @ p
    mistakes = {
        "VᵀV is missing: the blank cells do not count": np.linalg.solve(own + LAM * eye, right),
        "VᵀV is missing: the Gram matrix runs over the watched movies only": np.linalg.solve(
            watched + LAM * eye, right
        ),
        "the watched cells are counted twice; the correction holds c - 1, not c": np.linalg.solve(
            shared + watched + LAM * eye, right
        ),
        "VᵀV was added to a sum that holds every blank already": np.linalg.solve(
            shared + full + LAM * eye, right
        ),
        "the right-hand side lacks the confidences: it is Σ c v over the watched": np.linalg.solve(
            full + LAM * eye, plain
        ),
        "the right-hand side has c - 1 where c belongs": np.linalg.solve(
            full + LAM * eye, right - plain
        ),
        "the confidences are missing; that is the slip, with 1 for every cell": np.linalg.solve(
            shared + LAM * eye, plain
        ),
        "the correction is missing; the Gram matrix counts a watch like a blank": np.linalg.solve(
            shared + LAM * eye, right
        ),
        "λ is missing": np.linalg.solve(full, right),
        "the right-hand side is right; now solve with the Gram matrix": right,
    }
    answer = np.linalg.solve(full + LAM * eye, right)
    praise = "all blanks at once, then the watched cells put right"
    return run(function, (V, w, ALPHA, LAM), answer, mistakes, praise)
