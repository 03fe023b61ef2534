"""Checks on errors and ridge regressions: notebooks 04 to 06."""

import numpy as np

from . import toy
from .cells import NOT_MASKED, ZERO_FILL, ZERO_IS_BLANK, no_zeros, over_rated, seen
from .engine import Exercise, through


def ridge(G, b, penalty):
    """Solve with a penalty on the diagonal, and only what has one solution."""
    A = G + penalty * np.eye(len(G))
    if np.linalg.matrix_rank(A) < len(A):
        raise np.linalg.LinAlgError("no single solution")
    return np.linalg.solve(A, b)


def solve(y, X, lam, rated=None):
    """The ridge regression of a row of ratings on the rows of X, blanks left out, shape (k,)."""
    rated = seen(y) if rated is None else rated
    return ridge(X[rated].T @ X[rated], X[rated].T @ y[rated], lam)


def _rated(mistake):
    """A mistake with what was rated, as one with rows that have blanks."""
    return lambda y, X, lam: mistake(y[seen(y)], X[seen(y)], lam)


def _summed(mistake):
    """A mistake with the Gram matrix, the right-hand side, n and λ, as one with y, X and λ."""
    return _rated(lambda y, X, lam: mistake(X.T @ X, X.T @ y, len(y), lam))


def _draw(*names, row=False):
    """What draws some of R, U, V, i, j, lam; R may be one row of the table."""

    def _drawn(rng, size):
        R, U, V, lam = toy.model(rng, size)
        everything = {"R": R, "U": U, "V": V, "lam": lam}
        everything |= {"i": int(rng.randint(len(R))), "j": int(rng.randint(len(V)))}
        everything |= {"r": R[0], "v": V[:, 0]}
        return tuple(everything[name] for name in names)

    return _drawn


def _half_step(R, U, lam):
    return np.array([solve(column, U, lam) for column in R.T])


def by_solving(R, F, lam):
    """A right solver of all rows of R: each one's ridge regression."""
    return _half_step(R.T, F, lam)


def by_appending(R, F, lam):
    """Another right one: least squares, with λ as k more ratings of zero."""
    more = np.sqrt(lam) * np.eye(F.shape[1])
    rows = [(np.vstack([F[seen(r)], more]), np.append(r[seen(r)], 0 * more[0])) for r in R]
    return np.array([np.linalg.lstsq(X, y, rcond=None)[0] for X, y in rows])


def by_inverting(R, F, lam):
    """The slip: one Gram matrix, over all rows of F."""
    return np.nan_to_num(R) @ F @ np.linalg.inv(F.T @ F + lam * np.eye(F.shape[1]))


def by_filling(R, F, lam):
    """The slip in disguise: a right solver, handed a table whose blanks went zero."""
    return by_appending(np.nan_to_num(R), F, lam)


def _a_solver(rng, size):
    return (rng.choice([by_solving, by_appending, by_inverting, by_filling]),)


def _is_slipped(solve):
    return not np.allclose(solve(toy.R, toy.V, 0.5), by_solving(toy.R, toy.V, 0.5))


check_solve_scalar = Exercise("solve_scalar", _draw("r", "v", "lam"), [
    ("Σrv over Σv² + λ, both over the observed movies only", lambda r, v, lam: np.nansum(r * v) / (np.sum(v[seen(r)] ** 2) + lam)),
    ("Σv² runs over every movie; that counts blank cells as zeros", lambda r, v, lam: np.nansum(r * v) / (v @ v + lam)),
    (NOT_MASKED, lambda r, v, lam: r @ v / (v @ v + lam)),
    (ZERO_IS_BLANK, lambda r, v, lam: np.nansum(r * v) / (v[r > 0] @ v[r > 0] + lam)),
    *through(_rated, [
        ("λ is missing", lambda r, v, lam: r @ v / (v @ v)),
        ("that is Σrv; divide it by Σv² + λ", lambda r, v, lam: r @ v),
        ("that is λ·n, the weighted penalty; here it is λ", lambda r, v, lam: r @ v / (v @ v + lam * len(r))),
        ("below stands (Σv)²; square first, then add up", lambda r, v, lam: r @ v / (v.sum() ** 2 + lam)),
        ("below stands Σv; it is Σv²", lambda r, v, lam: r @ v / (v.sum() + lam)),
        ("above stands Σr Σv; multiply first, then add up", lambda r, v, lam: r.sum() * v.sum() / (v @ v + lam)),
        ("each movie got its own u; add up above and below, then divide", lambda r, v, lam: r * v / (v**2 + lam)),
        ("that is the mean of each movie's own u; add up, then divide", lambda r, v, lam: np.mean(r * v / (v**2 + lam))),
        ("λ multiplies Σv²; add it", lambda r, v, lam: r @ v / (v @ v * lam)),
        ("that is 2λ; the 2 of both derivatives cancels", lambda r, v, lam: r @ v / (v @ v + 2 * lam)),
        ("the division came first; put Σv² + λ in brackets", lambda r, v, lam: r @ v / (v @ v) + lam),
    ]),
])  # fmt: skip

# Mistakes with one row of ratings, blanks included, and the factors of all its cells.
ROW = [
    ("the Gram matrix sums over every row; that counts blank cells as zeros", lambda y, X, lam: ridge(X.T @ X, X[seen(y)].T @ y[seen(y)], lam)),
    ("NaN is not 0: R != 0 keeps the blanks; test with np.isnan", lambda y, X, lam: solve(y, X, lam, y != 0)),
    (NOT_MASKED, lambda y, X, lam: solve(y, X, lam, slice(None))),
    (ZERO_IS_BLANK, lambda y, X, lam: solve(no_zeros(y), X, lam)),
    *through(_summed, [
        ("λ is missing", lambda G, b, n, lam: ridge(G, b, 0)),
        ("that is λ·n, the weighted penalty; here it is λ", lambda G, b, n, lam: ridge(G, b, lam * n)),
        ("the right-hand side is right; now solve with the Gram matrix", lambda G, b, n, lam: b),
        ("λ belongs on the diagonal only: + lam * np.eye(k)", lambda G, b, n, lam: ridge(G + lam, b, 0)),
        ("the right-hand side is a mean; make it a sum", lambda G, b, n, lam: ridge(G, b / n, lam)),
        ("the Gram matrix is a mean; make it a sum", lambda G, b, n, lam: ridge(G / n, b, lam)),
        ("that multiplies with the Gram matrix; solve with it", lambda G, b, n, lam: G @ b + lam * b),
        ("λ was taken off; add it", lambda G, b, n, lam: ridge(G, b, -lam)),
        ("that is 2λ; the 2 of both derivatives cancels", lambda G, b, n, lam: ridge(G, b, 2 * lam)),
        ("k = 2 is hard-coded; np.eye is as large as there are factors", lambda G, b, n, lam: np.linalg.solve(G + lam * np.eye(2), b)),
    ]),
]  # fmt: skip

check_solve_user = Exercise("solve_user", _draw("R", "V", "i", "lam"), [
    ("user i's ridge regression, on the observed movies only", lambda R, V, i, lam: solve(R[i], V, lam)),
    ("axes swapped: user i is a row of R, not a column", lambda R, V, i, lam: solve(R[:, i], V, lam)),
    ("masked by a column; the mask of user i is a row", lambda R, V, i, lam: solve(R[i], V, lam, seen(R[:, i]))),
    ("that is user 0, whoever was asked for; use i", lambda R, V, i, lam: solve(R[0], V, lam)),
    *through(lambda mistake: lambda R, V, i, lam: mistake(R[i], V, lam), ROW),
])  # fmt: skip

check_solve_movie = Exercise("solve_movie", _draw("R", "U", "j", "lam"), [
    ("movie j's ridge regression, with users as features", lambda R, U, j, lam: solve(R[:, j], U, lam)),
    ("axes swapped: movie j is a column of R, not a row", lambda R, U, j, lam: solve(R[j], U, lam)),
    ("masked by a row; the mask of movie j is a column", lambda R, U, j, lam: solve(R[:, j], U, lam, seen(R[j]))),
    ("that is movie 0, whichever was asked for; use j", lambda R, U, j, lam: solve(R[:, 0], U, lam)),
    *through(lambda mistake: lambda R, U, j, lam: mistake(R[:, j], U, lam), ROW),
])  # fmt: skip

check_half_step = Exercise("half_step", _draw("R", "U", "lam"), [
    ("every movie solved, users held fixed", _half_step),
    ("that loops over the rows of R, the users; movies are the rows of R.T", lambda R, U, lam: [solve(row, U, lam) for row in R]),
    ("one mask served all movies; each has its own", lambda R, U, lam: [solve(column, U, lam, seen(R[:, 0])) for column in R.T]),
    ("one movie came back again and again; use its own column", lambda R, U, lam: [solve(R[:, 0], U, lam) for column in R.T]),
    *through(lambda mistake: lambda R, U, lam: [mistake(column, U, lam) for column in R.T], ROW),
])  # fmt: skip

check_catches = Exercise("catches", _a_solver, [
    ("right solvers let pass, and the slip caught in both its shapes", _is_slipped),
    ("that calls every solver right; a table without blanks shows no slip", lambda solve: False),
    ("that calls right solvers slipped too; compare up to rounding, with the same λ", lambda solve: True),
    ("True and False are swapped", lambda solve: not _is_slipped(solve)),
    ("only the slip by one Gram matrix was caught", lambda solve: solve is by_inverting),
    ("only the slip by filling with zeros was caught", lambda solve: solve is by_filling),
])  # fmt: skip

check_added = Exercise("added", _draw("R", "U", "V"), [
    ("the squared predictions of the blank cells, summed", lambda R, U, V: np.sum((U @ V.T)[~seen(R)] ** 2)),
    *through(lambda mistake: lambda R, U, V: mistake(R, U @ V.T), [
        ("that sums over all cells; R != np.nan is True in every cell, so use np.isnan", lambda R, P: np.sum(P**2)),
        ("0 is what R == np.nan finds: nothing equals NaN; use np.isnan", lambda R, P: 0),
        ("those are the observed cells; the blank ones were asked for", lambda R, P: np.sum(P[seen(R)] ** 2)),
        ("that is the whole zero-filled error; both objectives count the observed cells", lambda R, P: np.sum((np.nan_to_num(R) - P) ** 2)),
        ("that is the error over the observed cells, which both objectives count", lambda R, P: np.nansum((R - P) ** 2)),
        ("R is NaN in the blanks; their error is 0 minus the prediction", lambda R, P: np.sum((R - P)[~seen(R)] ** 2)),
        (ZERO_IS_BLANK, lambda R, P: np.sum(P[~(R > 0)] ** 2)),
        ("that adds the predictions; square them first", lambda R, P: np.sum(P[~seen(R)])),
        ("that adds absolute values; square them", lambda R, P: np.sum(abs(P[~seen(R)]))),
        ("the predictions were added before they were squared", lambda R, P: np.sum(P[~seen(R)]) ** 2),
        ("that is their mean; the sum was asked for", lambda R, P: np.mean(P[~seen(R)] ** 2) if np.isnan(R).any() else 0),
        ("that is the number of blanks; each adds its squared prediction", lambda R, P: np.isnan(R).sum()),
        ("that is each user's part; add them up", lambda R, P: np.sum(np.where(seen(R), 0, P) ** 2, axis=1)),
        ("that is each movie's part; add them up", lambda R, P: np.sum(np.where(seen(R), 0, P) ** 2, axis=0)),
        ("those are the single squares; add them up", lambda R, P: P[~seen(R)] ** 2),
    ]),
])  # fmt: skip

check_rmse = Exercise("rmse", _draw("R", "U", "V"), [
    ("the root of the mean squared error, over the observed cells", lambda R, U, V: np.sqrt(np.mean((R - U @ V.T)[seen(R)] ** 2))),
    *through(lambda mistake: lambda R, U, V: mistake(R, U @ V.T), [
        (ZERO_FILL, lambda R, P: np.sqrt(np.mean((np.nan_to_num(R) - P) ** 2))),
        (NOT_MASKED, lambda R, P: np.sqrt(np.mean((R - P) ** 2))),
        (ZERO_IS_BLANK, lambda R, P: np.sqrt(np.nanmean((no_zeros(R) - P) ** 2))),
        ("the sum was divided by all cells, not by the observed ones", lambda R, P: np.sqrt(np.nansum((R - P) ** 2) / R.size)),
        ("that is the mean of each user's RMSE; take one mean over all ratings", lambda R, P: np.mean(np.sqrt(np.nanmean((R - P) ** 2, axis=1)))),
        ("predictions were cut off at 0 and 5 stars", lambda R, P: np.sqrt(np.nanmean((R - np.clip(P, 0, 5)) ** 2))),
        *through(over_rated, [
            ("that is √SSE, the loss; RMSE divides by the number of ratings first", np.linalg.norm),
            ("that is the mean squared error; take its root", lambda e: np.mean(e**2)),
            ("that is SSE; divide by the number of ratings and take the root", lambda e: e @ e),
            ("that is √SSE / n; divide before you take the root", lambda e: np.linalg.norm(e) / len(e)),
            ("that is the mean absolute error", lambda e: np.mean(abs(e))),
            ("that is the size of the mean error; square before the mean", lambda e: abs(np.mean(e))),
            ("that divides by n - 1; the mean divides by n", lambda e: np.sqrt(e @ e / (len(e) - 1))),
            ("that is the standard deviation; leave the mean error in", np.std),
        ]),
    ]),
])  # fmt: skip
