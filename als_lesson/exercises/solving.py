"""Checks on errors and ridge regressions: notebooks 03 to 05."""

import numpy as np

from .toy import FILLED, LAM, OBSERVED, ZERO_FILL, R, U, V
from .verdict import never_raise, run


@never_raise
def check_squared_error(function):
    """`function(R, prediction)` gives the sum of squared errors over the observed cells."""
    prediction = U @ V.T
    error = (R - prediction)[OBSERVED]
    mistakes = {
        ZERO_FILL: np.sum((FILLED - prediction) ** 2),
        "that is its square root, √SSE": np.sqrt(error @ error),
        "that is the mean of the squared errors; the sum was asked for": np.mean(error**2),
        "those are summed absolute errors; square them": np.abs(error).sum(),
    }
    return run(function, (R, prediction), error @ error, mistakes, "blank cells stay out of it")


@never_raise
def check_mean_fill(function):
    """`function(R)` fills each blank with its movie's mean, shape (n_users, n_items)."""
    by_movie = np.where(OBSERVED, R, np.nanmean(R, axis=0))
    mistakes = {
        "axes swapped: those are the users' means": np.where(
            OBSERVED, R, np.nanmean(R, axis=1)[:, None]
        ),
        "the movie means counted blanks as zeros": np.where(OBSERVED, R, FILLED.mean(axis=0)),
        "blanks became zeros; give them their movie's mean": FILLED,
        "that is the overall mean; each movie has its own": np.where(OBSERVED, R, np.nanmean(R)),
    }
    return run(function, (R,), by_movie, mistakes, "blanks filled, ratings untouched")


@never_raise
def check_solve_user(function):
    """`function(R, V, i, lam)` solves user i's ridge regression, shape (k,)."""
    i = 1
    right, mistakes = _ridge_answers(R[i], V, LAM)
    mistakes["axes swapped: user i is a row of R; that came from a column"] = _ridge(
        R[OBSERVED[:, i], i], V[: R.shape[0]][OBSERVED[:, i]], LAM
    )
    return run(function, (R, V, i, LAM), right, mistakes, "one user, the observed movies only")


@never_raise
def check_solve_movie(function):
    """`function(R, U, j, lam)` solves movie j's ridge regression, shape (k,)."""
    j = 3
    right, mistakes = _ridge_answers(R[:, j], U, LAM)
    mistakes["axes swapped: movie j is a column of R; that came from a row"] = _ridge(
        R[j, :4][OBSERVED[j, :4]], U[OBSERVED[j, :4]], LAM
    )
    return run(function, (R, U, j, LAM), right, mistakes, "the same step, with users as features")


@never_raise
def check_rmse(function):
    """`function(R, U, V)` gives the RMSE over the observed cells."""
    error = (R - U @ V.T)[OBSERVED]
    filled = FILLED - U @ V.T
    mistakes = {
        "that is √SSE, the loss; RMSE divides by the number of ratings first": np.sqrt(
            error @ error
        ),
        "that is the mean squared error; take its root": np.mean(error**2),
        ZERO_FILL: np.sqrt(np.mean(filled**2)),
        "the sum was divided by all cells, not by the observed ones": np.sqrt(
            error @ error / R.size
        ),
        "that is the mean absolute error": np.abs(error).mean(),
    }
    right = np.sqrt(np.mean(error**2))
    return run(function, (R, U, V), right, mistakes, "in stars, per observed rating")


@never_raise
def check_half_step(function):
    """`function(R, U, lam)` solves for all movies at once, shape (n_items, k)."""
    answers = [_ridge_answers(R[:, j], U, LAM) for j in range(R.shape[1])]
    right = np.array([answer for answer, _ in answers])
    mistakes = {
        message: np.array([wrong[message] for _, wrong in answers]) for message in answers[0][1]
    }
    return run(function, (R, U, LAM), right, mistakes, "every movie solved, users held fixed")


def _ridge(y, X, penalty):
    return np.linalg.solve(X.T @ X + penalty * np.eye(X.shape[1]), X.T @ y)


def _ridge_answers(y, X, lam):
    """The right solution for one row and the usual wrong ones."""
    seen = ~np.isnan(y)
    y, features = y[seen], X[seen]
    everything = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), features.T @ y)
    mistakes = {
        "the Gram matrix sums over every row; that counts blank cells as zeros": everything,
        "λ is missing": np.linalg.pinv(features) @ y,
        "that is λ·n, the weighted penalty; here it is λ": _ridge(y, features, lam * len(y)),
        "the right-hand side is right; now solve with the Gram matrix": features.T @ y,
    }
    return _ridge(y, features, lam), mistakes
