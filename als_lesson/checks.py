"""Instant feedback on exercises: each check runs an answer and says what it sees, never raising.

A check knows the right answer and the usual wrong ones, and names the one it recognizes.
"""

import numpy as np

from .verdict import NOT_STARTED, Verdict, judge, never_raise, run

# A small table for the checks: blanks, an observed zero, and more movies than users, so that
# swapped axes, zero-filling and skipped zeros all show.
_R = np.array(
    [
        [5.0, 4.0, np.nan, 1.0, np.nan],
        [4.0, np.nan, np.nan, 0.0, 2.0],
        [np.nan, 1.0, 5.0, np.nan, 4.0],
        [1.0, np.nan, 4.0, 5.0, np.nan],
    ]
)
_OBSERVED = ~np.isnan(_R)
_FILLED = np.nan_to_num(_R)
_U = np.array([[1.0, 0.5], [0.5, 1.5], [2.0, -0.5], [0.3, 1.0]])
_V = np.array([[1.5, 0.4], [0.8, 1.0], [2.0, 0.1], [0.2, 1.2], [1.0, 1.0]])
_LAM = 0.5
_ZERO_FILL = "blank cells were counted as zeros; keep only the observed ones"


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
    return run(function, (indexes, index_of), [20, 10, 20], mistakes, "every index led back to its id")


@never_raise
def check_density(function):
    """`function(R)` gives the share of observed cells."""
    share = _OBSERVED.mean()
    mistakes = {
        "that is a percentage; give the share, between 0 and 1": 100 * share,
        "that is the share of blanks, the sparsity": 1 - share,
        "NaN was counted as a rating; NaN is not zero, so test with np.isnan": 1 - 1 / 20,
        "a rating of 0 was taken for a blank": np.count_nonzero(_FILLED) / _R.size,
    }
    return run(function, (_R,), share, mistakes, "observed cells over all cells")


@never_raise
def check_movie_means(function):
    """`function(R)` gives each movie's mean over the users who rated it, shape (n_items,)."""
    mistakes = {
        _ZERO_FILL: _FILLED.mean(axis=0),
        "axes swapped: those are the users' means": np.nanmean(_R, axis=1),
        "that is one mean for all movies": np.nanmean(_R),
    }
    right = "each movie's mean, over its own ratings only"
    return run(function, (_R,), np.nanmean(_R, axis=0), mistakes, right)


@never_raise
def check_squared_error(function):
    """`function(R, prediction)` gives the sum of squared errors over the observed cells."""
    prediction = _U @ _V.T
    error = (_R - prediction)[_OBSERVED]
    mistakes = {
        _ZERO_FILL: np.sum((_FILLED - prediction) ** 2),
        "that is its square root, √SSE": np.sqrt(error @ error),
        "that is the mean of the squared errors; the sum was asked for": np.mean(error**2),
        "those are summed absolute errors; square them": np.abs(error).sum(),
    }
    return run(function, (_R, prediction), error @ error, mistakes, "blank cells stay out of it")


@never_raise
def check_mean_fill(function):
    """`function(R)` fills each blank with its movie's mean, shape (n_users, n_items)."""
    by_movie = np.where(_OBSERVED, _R, np.nanmean(_R, axis=0))
    mistakes = {
        "axes swapped: those are the users' means": np.where(
            _OBSERVED, _R, np.nanmean(_R, axis=1)[:, None]
        ),
        "the movie means counted blanks as zeros": np.where(_OBSERVED, _R, _FILLED.mean(axis=0)),
        "blanks became zeros; give them their movie's mean": _FILLED,
        "that is the overall mean; each movie has its own": np.where(
            _OBSERVED, _R, np.nanmean(_R)
        ),
    }
    return run(function, (_R,), by_movie, mistakes, "blanks filled, ratings untouched")


@never_raise
def check_solve_user(function):
    """`function(R, V, i, lam)` solves user i's ridge regression, shape (k,)."""
    i = 1
    right, mistakes = _ridge_answers(_R[i], _V, _LAM)
    mistakes["axes swapped: user i is a row of R; that came from a column"] = _ridge(
        _R[_OBSERVED[:, i], i], _V[: _R.shape[0]][_OBSERVED[:, i]], _LAM
    )
    return run(function, (_R, _V, i, _LAM), right, mistakes, "one user, the observed movies only")


@never_raise
def check_solve_movie(function):
    """`function(R, U, j, lam)` solves movie j's ridge regression, shape (k,)."""
    j = 3
    right, mistakes = _ridge_answers(_R[:, j], _U, _LAM)
    mistakes["axes swapped: movie j is a column of R; that came from a row"] = _ridge(
        _R[j, :4][_OBSERVED[j, :4]], _U[_OBSERVED[j, :4]], _LAM
    )
    return run(function, (_R, _U, j, _LAM), right, mistakes, "the same step, with users as features")


@never_raise
def check_rmse(function):
    """`function(R, U, V)` gives the RMSE over the observed cells."""
    error = (_R - _U @ _V.T)[_OBSERVED]
    filled = _FILLED - _U @ _V.T
    mistakes = {
        "that is √SSE, the loss; RMSE divides by the number of ratings first": np.sqrt(error @ error),
        "that is the mean squared error; take its root": np.mean(error**2),
        _ZERO_FILL: np.sqrt(np.mean(filled**2)),
        "the sum was divided by all cells, not by the observed ones": np.sqrt(
            error @ error / _R.size
        ),
        "that is the mean absolute error": np.abs(error).mean(),
    }
    right = np.sqrt(np.mean(error**2))
    return run(function, (_R, _U, _V), right, mistakes, "in stars, per observed rating")


@never_raise
def check_half_step(function):
    """`function(R, U, lam)` solves for all movies at once, shape (n_items, k)."""
    answers = [_ridge_answers(_R[:, j], _U, _LAM) for j in range(_R.shape[1])]
    right = np.array([answer for answer, _ in answers])
    mistakes = {
        message: np.array([wrong[message] for _, wrong in answers]) for message in answers[0][1]
    }
    return run(function, (_R, _U, _LAM), right, mistakes, "every movie solved, users held fixed")


@never_raise
def check_weighted_objective(function):
    """`function(R, U, V, lam)` gives the objective with the λ·n penalty."""
    error = (_R - _U @ _V.T)[_OBSERVED]
    u_norms, v_norms = (_U**2).sum(axis=1), (_V**2).sum(axis=1)
    n_users, n_items = _OBSERVED.sum(axis=1), _OBSERVED.sum(axis=0)
    sse, weighted = error @ error, n_users @ u_norms + n_items @ v_norms
    filled = np.sum((_FILLED - _U @ _V.T) ** 2)
    mistakes = {
        "that is the plain λ penalty; multiply each row's by its number of ratings": sse
        + _LAM * (u_norms.sum() + v_norms.sum()),
        "λ is missing": sse + weighted,
        "the penalty is missing": sse,
        "only the users' penalty is there": sse + _LAM * n_users @ u_norms,
        "only the movies' penalty is there": sse + _LAM * n_items @ v_norms,
        _ZERO_FILL: filled + _LAM * weighted,
    }
    right = sse + _LAM * weighted
    return run(function, (_R, _U, _V, _LAM), right, mistakes, "each penalty counts once a rating")


@never_raise
def check_choice(answer, table):
    """The pair (k, λ) to keep, given the `table` of a sweep at its last iteration."""
    last = table[table["iteration"] == table["iteration"].max()]
    best, overfit, worst = (
        last.loc[place, ["k", "lam"]].to_numpy(dtype=float)
        for place in (
            last["validation_rmse"].idxmin(),
            last["train_rmse"].idxmin(),
            last["validation_rmse"].idxmax(),
        )
    )
    mistakes = {
        "that pair is best on the ratings it was fitted to; choose on the validation ratings": overfit,
        "that is λ before k; give (k, λ)": best[::-1],
        "that pair has the largest validation error; look for the smallest": worst,
    }
    return judge(answer, best, mistakes, "chosen on ratings the fit never saw")


@never_raise
def check_one_rating(function):
    """`function(r, v, lam)` gives the best u for one rating r and one movie factor v, k = 1."""
    r, v, lam = 4.0, 0.5, 0.3
    mistakes = {
        "λ is missing": r / v,
        "that is the right-hand side; divide by v² + λ": r * v,
        "the Gram matrix is v², not v": r * v / (v + lam),
        "λ is added once, to v²; it does not multiply it": r * v / (v**2 * lam),
    }
    right = "ridge regression with one feature and one rating"
    return run(function, (r, v, lam), r * v / (v**2 + lam), mistakes, right)


@never_raise
def check_below_biases(answer, explorer, margin=0.01):
    """Settings for ``explorer.set`` whose held-out RMSE is below the biases' by `margin`."""
    if answer is None or answer is Ellipsis:
        return NOT_STARTED
    try:
        explorer.set(**answer)
        gap = explorer.bias_rmse - explorer.run.held_out[-1]
    except Exception as error:  # whatever the learner wrote, the check must survive it
        return Verdict(False, f"those settings stopped with {type(error).__name__}: {error}")
    if gap > margin:
        return Verdict(True, f"{gap:.3f} below the biases")
    hint = "" if explorer.run.biased else "; what the biases say is left for the factors to say"
    side = f"only {gap:.3f} below" if gap >= 0 else f"{-gap:.3f} above"
    return Verdict(False, f"{side} the biases, and {margin} below was asked for{hint}")


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
        "a hit in place p is worth 1 / log₂(p + 1), and places count from 1": (
            worth[1] + worth[3]
        ) / worth[1:4].sum(),
    }
    arguments = ([5, 0, 2, 6, 3], [2, 5, 3], 4)
    return run(function, arguments, dcg / best, mistakes, "hits, discounted by place")


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
