"""Every exercise's check against answers as learners write them: right ones and wrong ones.

The right answers are computed here in another way than in the package, and the wrong ones are
written as somebody would who makes the mistake.
"""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from als_lesson import exercises as checks
from als_lesson.exercises import EXERCISES
from als_lesson.exercises.engine import SIZES, read, same

ZERO_FILL = "blank cells were counted as zeros"
NAN = "NaN in, NaN out"
ZERO = "a rating of 0 was taken for a blank"
NAMES = sorted(EXERCISES)
blank = np.nan


def seen(row):
    return ~np.isnan(row)


# ---- right answers, written from the formulas --------------------------------------------------


def blanks(R):
    return sum(math.isnan(cell) for row in R for cell in row)


def to_index(ids, known):
    return [known.index(one) if one in known else -1 for one in ids]


def to_ids(indexes, index_of):
    return [next(one for one, index in index_of.items() if index == wanted) for wanted in indexes]


def density(R):
    return 1 - blanks(R) / R.size


def movie_means(R):
    return [sum(column[seen(column)]) / seen(column).sum() for column in R.T]


def squared_error(R, prediction):
    cells = [(i, j) for i, j in np.ndindex(R.shape) if not math.isnan(R[i, j])]
    return sum((R[cell] - prediction[cell]) ** 2 for cell in cells)


def fill_with_means(R):
    return pd.DataFrame(R).fillna(pd.DataFrame(R).mean())


def by_lstsq(y, X, penalty):
    """Ridge regression over the observed y, as least squares on the augmented system."""
    k, rated = X.shape[1], seen(y)
    features = np.vstack([X[rated], math.sqrt(penalty) * np.eye(k)])
    return np.linalg.lstsq(features, np.append(y[rated], np.zeros(k)), rcond=None)[0]


def added(R, U, V):
    return squared_error(np.nan_to_num(R), U @ V.T) - squared_error(R, U @ V.T)


def solve_scalar(r, v, lam):
    return by_lstsq(r, v[:, None], lam)[0]


def solve_user(R, V, i, lam):
    return by_lstsq(R[i], V, lam)


def solve_movie(R, U, j, lam):
    return by_lstsq(R[:, j], U, lam)


def half_step_movies(R, U, lam):
    return [solve_movie(R, U, j, lam) for j in range(R.shape[1])]


def catches(solve):
    """The gradient of the masked objective vanishes where a right solver stops."""
    R = np.array([[5.0, np.nan, 1.0], [np.nan, 2.0, 4.0]])
    F = np.array([[1.0, 0.5], [0.3, 2.0], [1.5, 1.0]])
    slopes = np.nan_to_num(solve(R, F, 0.5) @ F.T - R) @ F + 0.5 * solve(R, F, 0.5)
    return np.abs(slopes).max() > 1e-6


def rmse(R, U, V):
    return math.sqrt(squared_error(R, U @ V.T) / seen(R).sum())


def residuals(R, mean, user_biases, item_biases):
    table = pd.DataFrame(R) - mean
    return table.sub(user_biases, axis="index").sub(item_biases, axis="columns")


def weighted_objective(R, U, V, lam):
    total = squared_error(R, U @ V.T)
    for i, j in zip(*np.nonzero(seen(R)), strict=True):  # a rating brings both its rows' penalty
        total += lam * (U[i] @ U[i] + V[j] @ V[j])
    return total


def choice(table, column="held_out_rmse"):
    best = table[table.iteration == table.iteration.max()].sort_values(column).iloc[0]
    return best.k, best.lam


def one_se(table, times=1, ascending=(True, False)):
    best = table.sort_values("rmse").iloc[0]
    near = table[table.rmse - best.rmse <= times * best.se]
    first = near.sort_values(["k", "lam"], ascending=list(ascending)).iloc[0]
    return first.k, first.lam


def one_rating(r, v, lam):
    return np.linalg.lstsq([[v], [lam**0.5]], [r, 0])[0][0]


def taste(X, residuals, v, lam):
    return v @ by_lstsq(residuals, X, lam)


def contributions(X, residuals, v, lam):
    """Taste is linear in the residuals, so each one's part is what it gives alone."""
    return [taste(X, residuals * one, v, lam) for one in np.eye(len(X))]


def recommend(scores, seen, n):
    return sorted(np.flatnonzero(~seen), key=lambda item: -scores[item])[:n]


def neighbours(V, j, n):
    def angle(i):
        return -(V[i] @ V[j]) / math.sqrt((V[i] @ V[i]) * (V[j] @ V[j]))

    return sorted((i for i in range(len(V)) if i != j), key=angle)[:n]


def dcg(recommended, relevant, n, first=1):
    places = enumerate(recommended[:n], first)
    return sum(1 / math.log2(place + 1) for place, item in places if item in relevant)


def ndcg(recommended, relevant, n):
    return dcg(recommended, relevant, n) / dcg(relevant, relevant, n)


def swap(hits, p, q):
    after = list(hits)
    after[p - 1], after[q - 1] = after[q - 1], after[p - 1]
    return sum(
        (b - a) / math.log2(place + 1)
        for place, (a, b) in enumerate(zip(hits, after, strict=True), 1)
    )


def preference_and_confidence(W, alpha):
    cells = [[(float(w > 0), 1 + alpha * w) for w in row] for row in W.tolist()]
    return np.moveaxis(np.array(cells), 2, 0)


def solve_watcher(V, w, alpha, lam):
    """Weighted least squares over every cell, blanks too, with λ as k more of target 0."""
    weights = np.sqrt(1 + alpha * w)
    features = np.vstack([weights[:, None] * V, math.sqrt(lam) * np.eye(V.shape[1])])
    target = np.append(weights * (w > 0), np.zeros(V.shape[1]))
    return np.linalg.lstsq(features, target, rcond=None)[0]


def sgd_update(r, u, v, lam, eta):
    """Down the gradient of (r - u·v)² / 2 + λ (‖u‖² + ‖v‖²) / 2."""
    pull = sum(a * b for a, b in zip(u, v, strict=True)) - r
    return u - eta * (pull * v + lam * u), v - eta * (pull * u + lam * v)


def conflicts(users, items):
    ratings = list(zip(users, items, strict=True))
    pairs = itertools.combinations(ratings, 2)
    return sum(i == other_i or j == other_j for (i, j), (other_i, other_j) in pairs)


def to_fetch(users, items, machine, machines):
    pairs = zip(users.tolist(), items.tolist(), strict=True)
    return sorted({j for i, j in pairs if i % machines == machine != j % machines})


def memory_needed(n_users, n_items, n_ratings, k):
    both_orders = 2 * n_ratings * (np.float64().nbytes + np.int32().nbytes)
    return both_orders + (n_users + n_items) * np.zeros(k).nbytes


RIGHT = {
    "blanks": blanks,
    "prediction": lambda u, v: sum(a * b for a, b in zip(u, v, strict=True)),
    "to_index": to_index,
    "to_ids": to_ids,
    "density": density,
    "movie_means": movie_means,
    "mean_fill": fill_with_means,
    "squared_error": squared_error,
    "solve_scalar": solve_scalar,
    "added": added,
    "solve_user": solve_user,
    "solve_movie": solve_movie,
    "half_step": half_step_movies,
    "catches": catches,
    "rmse": rmse,
    "residuals": residuals,
    "weighted_objective": weighted_objective,
    "choice": choice,
    "one_se": one_se,
    "one_rating": one_rating,
    "contributions": contributions,
    "recommend": recommend,
    "neighbours": neighbours,
    "ndcg": ndcg,
    "swap": swap,
    "confidence": preference_and_confidence,
    "solve_watcher": solve_watcher,
    "sgd_update": sgd_update,
    "conflicts": conflicts,
    "to_fetch": to_fetch,
    "memory": memory_needed,
}


# ---- the usual wrong ones ----------------------------------------------------------------------


def gram_over_everything(y, X, lam):
    rated = seen(y)
    return (X[rated].T @ y[rated]) @ np.linalg.inv(X.T @ X + lam * np.eye(X.shape[1]))


def zeros_for_blanks(y, X, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ np.nan_to_num(y))


def without_lam(y, X, lam):
    return np.linalg.inv(X[seen(y)].T @ X[seen(y)]) @ X[seen(y)].T @ y[seen(y)]


def lam_times_n(y, X, lam):
    return by_lstsq(y, X, lam * seen(y).sum())


def right_side_only(y, X, lam):
    return sum(r * x for r, x in zip(y, X, strict=True) if not math.isnan(r))


def lam_everywhere(y, X, lam):
    X, y = X[seen(y)], y[seen(y)]
    return np.linalg.inv(X.T @ X + lam) @ (X.T @ y)


def unmasked(y, X, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)


def not_zero_as_mask(y, X, lam):
    mask = y != 0
    return np.linalg.solve(X[mask].T @ X[mask] + lam * np.eye(X.shape[1]), X[mask].T @ y[mask])


def positive_as_mask(y, X, lam):
    return by_lstsq(np.where(y > 0, y, np.nan), X, lam)


def two_by_two(y, X, lam):
    X, y = X[seen(y)], y[seen(y)]
    return np.linalg.solve(X.T @ X + lam * np.eye(2), X.T @ y)


def mean_of_products(y, X, lam):
    X, y = X[seen(y)], y[seen(y)]
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y / len(y))


RIDGE_MISTAKES = [
    ("Gram matrix sums over every row", gram_over_everything),
    ("Gram matrix sums over every row", zeros_for_blanks),
    ("λ is missing", without_lam),
    ("that is λ·n", lam_times_n),
    ("now solve with the Gram matrix", right_side_only),
    ("diagonal only", lam_everywhere),
    (NAN, unmasked),
    ("R != 0 keeps the blanks", not_zero_as_mask),
    (ZERO, positive_as_mask),
    ("k = 2 is hard-coded", two_by_two),
    ("the right-hand side is a mean", mean_of_products),
]


def for_user(solve):
    return lambda R, V, i, lam: solve(R[i], V, lam)


def for_movie(solve):
    return lambda R, U, j, lam: solve(R[:, j], U, lam)


def for_all_movies(solve):
    return lambda R, U, lam: np.array([solve(column, U, lam) for column in R.T])


def column_for_row(R, V, i, lam):
    obs = ~np.isnan(R[:, i])
    return np.linalg.solve(V[obs].T @ V[obs] + lam * np.eye(V.shape[1]), V[obs].T @ R[obs, i])


def row_for_column(R, U, j, lam):
    obs = ~np.isnan(R[j])
    return np.linalg.solve(U[obs].T @ U[obs] + lam * np.eye(U.shape[1]), U[obs].T @ R[j, obs])


def column_masked_by_row(R, U, j, lam):
    obs = ~np.isnan(R[j])
    return np.linalg.solve(U[obs].T @ U[obs] + lam * np.eye(U.shape[1]), U[obs].T @ R[obs, j])


def over_rows(R, U, lam):
    V = []
    for r in R:
        obs = ~np.isnan(r)
        A = U[obs].T @ U[obs] + lam * np.eye(U.shape[1])
        V.append(np.linalg.solve(A, U[obs].T @ r[obs]))
    return np.array(V)


def return_in_the_loop(R, U, lam):
    for r in R.T:
        return [by_lstsq(r, U, lam)]


def filled_with(means):
    return lambda R: np.where(np.isnan(R), means(R), R)


def penalty(R, U, V, users=True, movies=True):
    total = seen(R).sum(axis=1) @ (U**2).sum(axis=1) if users else 0
    return total + (seen(R).sum(axis=0) @ (V**2).sum(axis=1) if movies else 0)


def by_series_map(ids, known):
    return pd.Series(ids).map({one: index for index, one in enumerate(known)})


def seen_scored_zero(scores, seen, n):
    scores = scores.copy()
    scores[seen] = 0
    return np.argsort(-scores, kind="stable")[:n]


def leave_one_out(X, residuals, v, lam):
    others = [np.delete(np.arange(len(X)), one) for one in range(len(X))]
    return [taste(X, residuals, v, lam) - taste(X[o], residuals[o], v, lam) for o in others]


def v_from_moved_u(r, u, v, lam, eta):
    moved, _ = sgd_update(r, u, v, lam, eta)
    return moved, v + eta * ((r - u @ v) * moved - lam * v)


def in_place(r, u, v, lam, eta):
    u += eta * ((r - u @ v) * v - lam * u)
    v += eta * ((r - u @ v) * u - lam * v)
    return u, v


def eta_off_lam(r, u, v, lam, eta):
    error = r - u @ v
    return u + eta * error * v - lam * u, v + eta * error * u - lam * v


def along_itself(r, u, v, lam, eta):
    error = r - u @ v
    return u + eta * (error * u - lam * u), v + eta * (error * v - lam * v)


def in_any_conflict(users, items):
    pairs = enumerate(zip(users, items, strict=True))
    others = [
        {n for n in range(len(users)) if users[n] == i or items[n] == j} - {m}
        for m, (i, j) in pairs
    ]
    return sum(bool(one) for one in others)


def watcher(gram, right, penalty=lambda lam, k: lam * np.eye(k)):
    """A solution from a Gram matrix and a right-hand side, each a function of VᵀV, X and c."""

    def _solved(V, w, alpha, lam):
        G, X, c = V.T @ V, V[w > 0], (1 + alpha * w)[w > 0]
        return np.linalg.inv(gram(G, X, c) + penalty(lam, len(G))) @ right(G, X, c)

    return _solved


def trick(G, X, c):
    return G + X.T @ np.diag(c - 1) @ X


def c_right(G, X, c):
    return X.T @ c


# check: [(part of its diagnosis, wrong answer)]
WRONG = [
    ("blanks", [
        ("the number of ratings", lambda R: R[seen(R)].size),
        ("every cell", lambda R: R.size),
        ("0 is what R == np.nan counts", lambda R: (blank == R).sum()),
        ("that is the share", lambda R: np.isnan(R).sum() / R.size),
        ("the mask of the blanks", lambda R: np.isnan(R)),
        ("those are the blanks of each user", lambda R: [np.isnan(row).sum() for row in R]),
        ("the number of ratings", lambda R: np.sum(blank != R) - np.isnan(R).sum()),
        ("those are the blanks of each movie", lambda R: sum(np.isnan(R))),
    ]),
    ("prediction", [
        ("those are the products", lambda u, v: [a * b for a, b in zip(u, v, strict=True)]),
        ("sum of the factors", lambda u, v: sum(u) + sum(v)),
        ("mean of the products", lambda u, v: np.mean(u * v)),
        ("cut off at 5", lambda u, v: np.clip(u @ v, None, 5)),
        ("rounded", lambda u, v: round(u @ v)),
        ("every factor times every other", lambda u, v: u[:, None] * v),
        ("the cosine", lambda u, v: u @ v / np.linalg.norm(u) / np.linalg.norm(v)),
        ("only the first pair", lambda u, v: u[0] * v[0]),
        ("the sign is wrong", lambda u, v: -(u @ v)),
        ("cut off at 0 and 5", lambda u, v: np.clip(u @ v, 0, 5)),
    ]),
    ("to_index", [
        ("got index 0", lambda ids, known: [max(i, 0) for i in to_index(ids, known)]),
        ("became NaN", by_series_map),
        ("became NaN", lambda ids, known: [{o: n for n, o in enumerate(known)}.get(i) for i in ids]),
        ("count from 0", lambda ids, known: [{o: n for n, o in enumerate(known, 1)}.get(i, -1) for i in ids]),
        ("known was sorted", lambda ids, known: to_index(ids, sorted(known))),
        ("the ids themselves", lambda ids, known: ids),
        ("was dropped", lambda ids, known: [known.index(one) for one in ids if one in known]),
        ("numbered among themselves", lambda ids, known: pd.factorize(np.array(ids))[0]),
        ("got a new index", lambda ids, known: [known.index(one) if one in known else len(known) for one in ids]),
        ("places of known in ids", lambda ids, known: to_index(known, ids)),
        ("stopped with ValueError", lambda ids, known: [known.index(one) for one in ids]),
        ("numbers were expected", lambda ids, known: {one: known.index(one) for one in ids if one in known}),
    ]),
    ("to_ids", [
        ("order of the dictionary", lambda indexes, index_of: [list(index_of)[i] for i in indexes]),
        ("were sorted", lambda indexes, index_of: [sorted(index_of)[i] for i in indexes]),
        ("the indexes themselves", lambda indexes, index_of: indexes),
        ("repeats were dropped", lambda indexes, index_of: to_ids(pd.unique(np.array(indexes)), index_of)),
        ("leads from id to index", lambda indexes, index_of: [index_of[i] for i in indexes]),
        ("all known ids", lambda indexes, index_of: list(index_of.keys())),
        ("right numbers, sorted", lambda indexes, index_of: sorted(to_ids(indexes, index_of))),
        ("that is text", lambda indexes, index_of: [str(one) for one in to_ids(indexes, index_of)]),
        ("reverse order", lambda indexes, index_of: to_ids(indexes, index_of)[::-1]),
        ("indexes; ids are its keys", lambda indexes, index_of: [list(index_of.values())[i] for i in indexes]),
    ]),
    ("density", [
        ("percentage", lambda R: 100 * density(R)),
        ("share of blanks", lambda R: np.isnan(R).mean()),
        ("NaN was counted as a rating", lambda R: np.count_nonzero(R) / R.size),
        (ZERO, lambda R: np.mean(R > 0)),
        (ZERO, lambda R: np.count_nonzero(np.nan_to_num(R)) / R.size),
        ("the number of ratings", lambda R: R[seen(R)].size),
        ("0 is what R == np.nan finds", lambda R: (blank == R).mean()),
        ("1 is what R != np.nan finds", lambda R: (blank != R).mean()),
        ("ratings over blanks", lambda R: seen(R).sum() / blanks(R)),
        ("ratings per user", lambda R: seen(R).sum() / R.shape[0]),
        ("each user's share", lambda R: [seen(row).mean() for row in R]),
        ("the mean rating", lambda R: R[seen(R)].mean()),
        ("that is text", lambda R: f"{density(R):.0%}"),
    ]),
    ("movie_means", [
        (ZERO_FILL, lambda R: np.nan_to_num(R).mean(axis=0)),
        ("axes swapped", lambda R: np.nanmean(R, axis=1)),
        ("one mean for all", np.nanmean),
        (NAN, lambda R: R.mean(axis=0)),
        (ZERO, lambda R: [column[column > 0].mean() for column in R.T]),
        ("those are sums", lambda R: np.nansum(R, axis=0)),
        ("numbers of ratings", lambda R: np.sum(seen(R), axis=0)),
        ("medians", lambda R: np.nanmedian(R, axis=0)),
        ("rounded", lambda R: np.round(movie_means(R), 1)),
        ("that is the mean of what", lambda R: np.mean(movie_means(R))),
    ]),
    ("mean_fill", [
        ("axes swapped", filled_with(lambda R: np.nanmean(R, axis=1, keepdims=True))),
        ("counted blanks as zeros", filled_with(lambda R: np.nan_to_num(R).mean(axis=0))),
        ("blanks became zeros", np.nan_to_num),
        ("overall mean", filled_with(np.nanmean)),
        ("overwritten too", lambda R: np.tile(np.nanmean(R, axis=0), (len(R), 1))),
        ("still blank", filled_with(lambda R: R.mean(axis=0))),
        ("changed places", lambda R: np.where(np.isnan(R), R, np.nanmean(R, axis=0))),
        ("means alone", movie_means),
        (ZERO, lambda R: np.where(R > 0, R, movie_means(R))),
        ("axes are swapped", lambda R: fill_with_means(R).T),
    ]),
    ("squared_error", [
        (ZERO_FILL, lambda R, P: np.sum((np.nan_to_num(R) - P) ** 2)),
        ("square root", lambda R, P: np.linalg.norm((R - P)[seen(R)])),
        ("mean of the squared errors", lambda R, P: np.nanmean((R - P) ** 2)),
        ("absolute errors", lambda R, P: np.nansum(abs(R - P))),
        (NAN, lambda R, P: np.sum((R - P) ** 2)),
        (NAN, lambda R, P: np.sum((R - P)[blank != R] ** 2)),
        (ZERO, lambda R, P: np.sum((R - P)[R > 0] ** 2)),
        ("before they were squared", lambda R, P: np.nansum(R - P) ** 2),
        ("+ and - cancel", lambda R, P: np.nansum(R - P)),
        ("RMSE", lambda R, P: math.sqrt(np.nanmean((R - P) ** 2))),
        ("add them up", lambda R, P: (R - P) ** 2),
        ("cut off", lambda R, P: squared_error(R, np.clip(P, 0, 5))),
        ("0.5 times", lambda R, P: squared_error(R, P) / 2),
    ]),
    ("solve_scalar", [
        ("runs over every movie", lambda r, v, lam: np.nansum(r * v) / (np.sum(v**2) + lam)),
        (NAN, lambda r, v, lam: np.sum(r * v) / (np.sum(v**2) + lam)),
        ("λ is missing", lambda r, v, lam: np.nansum(r * v) / np.sum(v[seen(r)] ** 2)),
        ("that is Σrv", lambda r, v, lam: np.nansum(r * v)),
        ("λ·n", lambda r, v, lam: solve_scalar(r, v, lam * seen(r).sum())),
        ("below stands (Σv)²", lambda r, v, lam: np.nansum(r * v) / (np.sum(v[seen(r)]) ** 2 + lam)),
        ("Σv²", lambda r, v, lam: np.nansum(r * v) / (np.sum(v[seen(r)]) + lam)),
        ("each movie got its own u", lambda r, v, lam: (r * v / (v**2 + lam))[seen(r)]),
        ("2λ", lambda r, v, lam: solve_scalar(r, v, 2 * lam)),
        ("brackets", lambda r, v, lam: np.nansum(r * v) / np.sum(v[seen(r)] ** 2) + lam),
        ("λ multiplies", lambda r, v, lam: np.nansum(r * v) / (np.sum(v[seen(r)] ** 2) * lam)),
        (ZERO, lambda r, v, lam: solve_scalar(np.where(r > 0, r, np.nan), v, lam)),
    ]),
    ("solve_user", [(words, for_user(wrong)) for words, wrong in RIDGE_MISTAKES]
    + [
        ("axes swapped", column_for_row),
        ("use i", lambda R, V, i, lam: solve_user(R, V, 0, lam)),
        ("k = 2 is hard-coded", lambda R, V, i, lam: two_by_two(R[i], V, lam)),
        ("0.5 times", lambda R, V, i, lam: solve_user(R, V, i, lam) / 2),
    ]),
    ("solve_movie", [(words, for_movie(wrong)) for words, wrong in RIDGE_MISTAKES]
    + [
        ("axes swapped", row_for_column),
        ("masked by a row", column_masked_by_row),
        ("use j", lambda R, U, j, lam: solve_movie(R, U, 0, lam)),
    ]),
    ("half_step", [(words, for_all_movies(wrong)) for words, wrong in RIDGE_MISTAKES]
    + [
        ("loops over the rows of R", over_rows),
        ("shape", return_in_the_loop),
        ("only the first", lambda R, U, lam: solve_movie(R, U, 0, lam)),
        ("axes are swapped", lambda R, U, lam: np.transpose(half_step_movies(R, U, lam))),
    ]),
    ("catches", [
        ("shows no slip", lambda solve: not np.allclose(solve(np.ones((2, 2)), np.eye(2), 1), 0.5)),
        ("compare up to rounding", lambda solve: True),
        ("True and False are swapped", lambda solve: not catches(solve)),
        ("by one Gram matrix", lambda solve: "inv" in solve.__name__),
        ("by filling", lambda solve: "fill" in solve.__name__),
        ("that is text", lambda solve: "slipped" if catches(solve) else "right"),
        ("returned nothing here", lambda solve: True if catches(solve) else None),
        ("stopped with TypeError", lambda solve: solve() is None),
    ]),
    ("added", [
        ("over all cells", lambda R, U, V: np.sum((U @ V.T)[np.nan != R] ** 2)),
        ("nothing equals NaN", lambda R, U, V: np.sum((U @ V.T)[np.nan == R] ** 2)),
        ("the observed cells", lambda R, U, V: np.sum((U @ V.T)[seen(R)] ** 2)),
        ("whole zero-filled", lambda R, U, V: np.sum((np.nan_to_num(R) - U @ V.T) ** 2)),
        ("both objectives count", lambda R, U, V: squared_error(R, U @ V.T)),
        ("R is NaN in the blanks", lambda R, U, V: np.sum((R - U @ V.T)[np.isnan(R)] ** 2)),
        (ZERO, lambda R, U, V: np.sum((U @ V.T)[np.nan_to_num(R) == 0] ** 2)),
        ("square them first", lambda R, U, V: (U @ V.T)[np.isnan(R)].sum()),
        ("before they were squared", lambda R, U, V: (U @ V.T)[np.isnan(R)].sum() ** 2),
        ("number of blanks", lambda R, U, V: blanks(R)),
        ("single squares", lambda R, U, V: (U @ V.T)[np.isnan(R)] ** 2),
        ("each user's part", lambda R, U, V: np.sum(np.isnan(R) * (U @ V.T) ** 2, axis=1)),
        ("2 times", lambda R, U, V: 2 * added(R, U, V)),
        ("the sign is wrong", lambda R, U, V: -added(R, U, V)),
        ("stopped with ValueError", lambda R, U, V: np.sum((U @ V)[np.isnan(R)] ** 2)),
    ]),
    ("rmse", [
        ("√SSE, the loss", lambda R, U, V: np.sqrt(np.nansum((R - U @ V.T) ** 2))),
        ("take its root", lambda R, U, V: np.nanmean((R - U @ V.T) ** 2)),
        (ZERO_FILL, lambda R, U, V: np.sqrt(np.mean((np.nan_to_num(R) - U @ V.T) ** 2))),
        ("all cells", lambda R, U, V: np.sqrt(np.mean(np.nan_to_num(R - U @ V.T) ** 2))),
        ("mean absolute error", lambda R, U, V: np.nanmean(abs(R - U @ V.T))),
        ("√SSE / n", lambda R, U, V: np.sqrt(squared_error(R, U @ V.T)) / seen(R).sum()),
        (NAN, lambda R, U, V: np.sqrt(np.mean((R - U @ V.T) ** 2))),
        (ZERO, lambda R, U, V: np.sqrt(np.mean((R - U @ V.T)[R > 0] ** 2))),
        ("standard deviation", lambda R, U, V: np.nanstd(R - U @ V.T)),
        ("SSE; divide", lambda R, U, V: squared_error(R, U @ V.T)),
        ("n - 1", lambda R, U, V: rmse(R, U, V) * np.sqrt(seen(R).sum() / (seen(R).sum() - 1))),
        ("stopped with ValueError", lambda R, U, V: np.sqrt(np.nanmean((R - U @ V) ** 2))),
    ]),
    ("residuals", [
        ("0 minus the biases", lambda R, m, a, b: residuals(np.nan_to_num(R), m, a, b)),
        ("a blank became 0;", lambda R, m, a, b: residuals(R, m, a, b).fillna(0)),
        ("mean is missing", lambda R, m, a, b: residuals(R, 0, a, b)),
        ("users' biases are missing", lambda R, m, a, b: residuals(R, m, 0 * a, b)),
        ("movies' biases are missing", lambda R, m, a, b: residuals(R, m, a, 0 * b)),
        ("adds the biases", lambda R, m, a, b: residuals(R, -m, -a, -b)),
        ("sign is wrong", lambda R, m, a, b: -residuals(R, m, a, b)),
        ("biases' predictions", lambda R, m, a, b: m + np.add.outer(a, b)),
        ("axes swapped", lambda R, m, a, b: R - (m + a + b[:, None])),
        ("brackets", lambda R, m, a, b: residuals(R, m, -a, -b)),
        (ZERO, lambda R, m, a, b: residuals(np.where(R > 0, R, np.nan), m, a, b)),
    ]),
    ("weighted_objective", [
        ("plain λ penalty", lambda R, U, V, lam: squared_error(R, U @ V.T) + lam * (np.sum(U**2) + np.sum(V**2))),
        ("λ is missing", lambda R, U, V, lam: weighted_objective(R, U, V, 1)),
        ("penalty is missing", lambda R, U, V, lam: squared_error(R, U @ V.T)),
        ("only the users' penalty", lambda R, U, V, lam: squared_error(R, U @ V.T) + lam * penalty(R, U, V, movies=False)),
        ("only the movies' penalty", lambda R, U, V, lam: squared_error(R, U @ V.T) + lam * penalty(R, U, V, users=False)),
        (ZERO_FILL, lambda R, U, V, lam: np.sum((np.nan_to_num(R) - U @ V.T) ** 2) + lam * penalty(R, U, V)),
        (NAN, lambda R, U, V, lam: np.sum((R - U @ V.T) ** 2) + lam * penalty(R, U, V)),
        (
            "lengths were not squared",
            lambda R, U, V, lam: squared_error(R, U @ V.T)
            + lam * (seen(R).sum(1) @ np.linalg.norm(U, axis=1) + seen(R).sum(0) @ np.linalg.norm(V, axis=1)),
        ),
        ("mean of the squared errors", lambda R, U, V, lam: np.nanmean((R - U @ V.T) ** 2) + lam * penalty(R, U, V)),
        ("counts changed sides", lambda R, U, V, lam: squared_error(R, U @ V.T) + lam * penalty(R.T, U, V)),
    ]),
    ("choice", [
        ("the ratings it was fitted to", lambda table: choice(table, "train_rmse")),
        ("λ before k", lambda table: choice(table)[::-1]),
        ("largest held-out error", lambda table: choice(table.assign(held_out_rmse=-table.held_out_rmse))),
        ("last iteration", lambda table: choice(table.assign(iteration=1))),
        ("row's label", lambda table: table[table.iteration == 2].held_out_rmse.idxmin()),
        ("smallest error", lambda table: table[table.iteration == 2].held_out_rmse.min()),
        ("same answer for every input", lambda table: (10, 0.1)),
        ("largest k and λ", lambda table: (table.k.max(), table.lam.max())),
        ("only the first", lambda table: choice(table)[0]),
    ]),
    ("one_se", [
        ("the best mean", lambda table: one_se(table, 0)),
        ("each row's own error", lambda table: one_se(table[table.rmse - table.se <= table.rmse.min()], 1e9)),
        ("not two", lambda table: one_se(table, 2)),
        ("larger λ is simpler", lambda table: one_se(table, ascending=(True, True))),
        ("smaller k is simpler", lambda table: one_se(table, ascending=(False, False))),
        ("most complex", lambda table: one_se(table, ascending=(False, True))),
        ("simplest of all", lambda table: one_se(table, 1e9)),
        ("λ before k", lambda table: one_se(table)[::-1]),
        ("smallest standard error", lambda table: one_se(table.assign(rmse=table.se, se=0))),
    ]),
    ("one_rating", [
        ("λ is missing", lambda r, v, lam: r / v),
        ("the right-hand side", lambda r, v, lam: v * r),
        ("v², not v", lambda r, v, lam: v * r / (lam + v)),
        ("does not multiply", lambda r, v, lam: v * r / (lam * v * v)),
        ("above stands r·v", lambda r, v, lam: r / (lam + v**2)),
        ("square v below", lambda r, v, lam: r / (lam + v)),
        ("2λ", lambda r, v, lam: one_rating(r, v, 2 * lam)),
        ("brackets", lambda r, v, lam: r * v / v**2 + lam),
    ]),
    ("contributions", [
        ("leave-one-out", leave_one_out),
        ("likenesses", lambda X, e, v, lam: X @ v * e),
        ("residuals are missing", lambda X, e, v, lam: contributions(X, 1 + 0 * e, v, lam)),
        ("for each factor", lambda X, e, v, lam: v * by_lstsq(e, X, lam)),
        ("the sum of what", lambda X, e, v, lam: taste(X, e, v, lam)),
        ("shares", lambda X, e, v, lam: contributions(X, e, v, lam) / taste(X, e, v, lam)),
        ("dealt out evenly", lambda X, e, v, lam: np.full(len(e), taste(X, e, v, lam) / len(e))),
        ("the sign is lost", lambda X, e, v, lam: np.abs(contributions(X, e, v, lam))),
        ("fitted residuals", lambda X, e, v, lam: X @ by_lstsq(e, X, lam)),
        ("solved alone", lambda X, e, v, lam: [taste(X[[n]], e[[n]], v, lam) for n in range(len(e))]),
    ]),
    ("recommend", [
        ("what was seen is in there", lambda scores, seen, n: np.argsort(-scores)[:n]),
        ("the worst", lambda scores, seen, n: recommend(-scores, seen, n)),
        ("the best of them last", lambda *given: recommend(*given)[::-1]),
        ("order of the catalogue", lambda *given: sorted(recommend(*given))),
        ("those are the scores", lambda scores, *rest: scores[recommend(scores, *rest)]),
        ("positions shifted", lambda scores, seen, n: np.argsort(-scores[~seen])[:n]),
        ("a score of 0", seen_scored_zero),
        ("a score of 0", lambda scores, seen, n: np.argsort(-(scores * ~seen))[:n]),
        ("a score of 0", lambda scores, seen, n: np.argsort(scores * ~seen)[::-1][:n]),
        ("n was ignored", lambda scores, seen, n: recommend(scores, seen, 10**4)),
        ("that is what was seen", lambda scores, seen, n: recommend(scores, ~seen, n)),
        ("in another order", lambda *given: sorted(recommend(*given), key=lambda j: (j % 3, j))),
        ("too few", lambda scores, seen, n: [i for i in np.argsort(-scores)[:n] if not seen[i]]),
        ("only the first", lambda *given: recommend(*given)[0]),
    ]),
    ("neighbours", [
        ("j itself", lambda V, j, n: [j, *neighbours(V, j, n - 1)]),
        ("divide by the lengths", lambda V, j, n: sorted({*range(len(V))} - {j}, key=lambda i: -(V[i] @ V[j]))[:n]),
        ("goes by distance", lambda V, j, n: sorted({*range(len(V))} - {j}, key=lambda i: math.dist(V[i], V[j]))[:n]),
        ("largest angle", lambda V, j, n: neighbours(V, j, 99)[::-1][:n]),
        ("nearest of them last", lambda V, j, n: neighbours(V, j, n)[::-1]),
        ("n was ignored", lambda V, j, n: neighbours(V, j, 99)),
        ("too few", lambda V, j, n: neighbours(V, j, n - 1)),
        ("only the first", lambda *given: neighbours(*given)[0]),
        ("those are the cosines", lambda V, j, n: [V[i] @ V[j] / math.sqrt((V[i] @ V[i]) * (V[j] @ V[j])) for i in neighbours(V, j, n)]),
    ]),
    ("ndcg", [
        ("even where nothing was hit", lambda listed, right, n: np.divide(
            dcg(listed, right, n), dcg(hit := [*{*listed[:n]} & {*right}], hit, n))),
        ("that is the DCG", dcg),
        ("the precision", lambda listed, right, n: len({*listed[:n]} & {*right}) / n),
        ("the recall", lambda listed, right, n: len({*listed[:n]} & {*right}) / len(right)),
        ("no more", lambda listed, right, n: dcg(listed, right, n) / dcg(range(99), range(99), n)),
        ("list was not cut", lambda listed, right, n: dcg(listed, right, 99) / dcg(right, right, n)),
        ("cut after n places too", lambda listed, right, n: dcg(listed, right, n) / dcg(right, right, 99)),
        ("neither list", lambda listed, right, n: ndcg(listed, right, 99)),
        ("places count from 1", lambda listed, right, n: dcg(listed, right, n, 2) / dcg(right, right, n, 2)),
        ("number of hits", lambda listed, right, n: len({*listed[:n]} & {*right})),
        ("changed roles", lambda listed, right, n: dcg(right, listed, n) / dcg(listed, listed, n)),
        ("whether there is a hit", lambda listed, right, n: bool({*listed[:n]} & {*right})),
    ]),
    ("swap", [
        ("what trades places counts", lambda hits, p, q: abs(1 / np.log2(p + 1) - 1 / np.log2(q + 1))),
        ("before minus after", lambda hits, p, q: -swap(hits, p, q)),
        ("keep the sign", lambda hits, p, q: abs(swap(hits, p, q))),
        ("before the swap", lambda hits, p, q: dcg(np.arange(len(hits)), np.flatnonzero(hits), 99)),
        ("after the swap", lambda hits, p, q: dcg(range(len(hits)), np.flatnonzero(hits), 99) + swap(hits, p, q)),
        ("base e", lambda hits, p, q: swap(hits, p, q) * math.log2(math.e)),
        ("gain nothing by trading", lambda hits, p, q: 1 / math.log2(q + 1) - 1 / math.log2(p + 1)),
        ("not 1 / p", lambda hits, p, q: (hits[p - 1] - hits[q - 1]) * (1 / q - 1 / p)),
        ("places count from 1", lambda hits, p, q: (hits[p - 1] - hits[q - 1]) * (1 / math.log2(q + 2) - 1 / math.log2(p + 2))),
    ]),
    ("confidence", [
        ("C before P", lambda W, a: preference_and_confidence(W, a)[::-1]),
        ("P holds the counts", lambda W, a: (W, 1 + a * W)),
        ("a blank has confidence 0", lambda W, a: (W > 0, a * W)),
        ("blanks have confidence 0", lambda W, a: (W > 0, np.where(W > 0, 1 + a * W, 0))),
        ("grows with its count", lambda W, a: (W > 0, np.where(W, 1 + a, 1))),
        ("α is missing", lambda W, a: (W > 0, 1 + W)),
        ("blanks were masked", lambda W, a: [np.where(W == 0, np.nan, x) for x in (W > 0, 1 + a * W)]),
        ("(1 + α)", lambda W, a: (W > 0, W + a * W)),
        ("C alone", lambda W, a: 1 + a * W),
        ("turned round", lambda W, a: (W == 0, 1 + a * W)),
    ]),
    ("solve_watcher", [
        ("VᵀV is missing: the blank cells", watcher(lambda G, X, c: X.T @ np.diag(c - 1) @ X, c_right)),
        ("runs over the watched movies only", watcher(lambda G, X, c: X.T @ np.diag(c) @ X, c_right)),
        ("counted twice", watcher(lambda G, X, c: trick(G, X, c + 1), c_right)),
        ("lacks the confidences", watcher(trick, lambda G, X, c: sum(X))),
        ("where c belongs", watcher(trick, lambda G, X, c: X.T @ (c - 1))),
        ("that is the slip", watcher(lambda G, X, c: G, lambda G, X, c: sum(X))),
        ("the correction is missing", watcher(lambda G, X, c: G, c_right)),
        ("λ is missing", watcher(trick, c_right, lambda lam, k: 0)),
        ("now solve", lambda V, w, alpha, lam: V.T @ ((w > 0) * (1 + alpha * w))),
        ("α is missing", lambda V, w, alpha, lam: solve_watcher(V, w, 1, lam)),
        ("grows with the count", lambda V, w, alpha, lam: solve_watcher(V, w > 0, alpha, lam)),
        ("the count stands where", lambda V, w, alpha, lam: np.linalg.solve(V.T @ V + V[w > 0].T @ np.diag(w[w > 0] - 1) @ V[w > 0] + lam * np.eye(V.shape[1]), V.T @ w)),
        ("watches one less", watcher(lambda G, X, c: X.T @ np.diag(c - 1) @ X, lambda G, X, c: X.T @ (c - 1))),
        ("diagonal only", watcher(trick, c_right, lambda lam, k: lam)),
        ("holds every blank already", watcher(lambda G, X, c: G + trick(G, X, c), c_right)),
    ]),
    ("sgd_update", [
        ("uphill", lambda r, u, v, lam, eta: sgd_update(r, u, v, lam, -eta)),
        ("pull them in", lambda r, u, v, lam, eta: sgd_update(r, u, v, -lam, eta)),
        ("keep the old u", v_from_moved_u),
        ("keep the old u, and its error; besides, it changes its argument u, v", in_place),
        ("λ is missing", lambda r, u, v, lam, eta: sgd_update(r, u, v, 0, eta)),
        ("that is twice as far", lambda r, u, v, lam, eta: sgd_update(r, u, v, lam, 2 * eta)),
        ("η is missing", lambda r, u, v, lam, eta: sgd_update(r, u, v, lam, 1)),
        ("the changes", lambda r, u, v, *rest: np.subtract(sgd_update(r, u, v, *rest), [u, v])),
        ("u comes first", lambda *given: sgd_update(*given)[::-1]),
        ("η is missing before λ", eta_off_lam),
        ("along itself", along_itself),
        ("only u came back", lambda *given: sgd_update(*given)[0]),
    ]),
    ("conflicts", [
        ("once from either side", lambda users, items: 2 * conflicts(users, items)),
        ("and each rating with itself", lambda users, items: np.sum((users[:, None] == users) | (items[:, None] == items))),
        ("counted with itself", lambda users, items: conflicts(users, items) + len(users)),
        ("only shared users", lambda users, items: conflicts(users, range(len(items)))),
        ("only shared movies", lambda users, items: conflicts(range(len(users)), items)),
        ("share nothing", lambda users, items: math.comb(len(users), 2) - conflicts(users, items)),
        ("all pairs", lambda users, items: math.comb(len(users), 2)),
        ("ratings in any conflict", in_any_conflict),
        ("same answer for every input", lambda users, items: 8),
    ]),
    ("to_fetch", [
        ("np.unique gives", lambda u, j, m, n: j[(u % n == m) & (j % n != m)]),
        ("need not be sent", lambda u, j, m, n: np.unique(j[u % n == m])),
        ("once is enough", lambda u, j, m, n: sorted(j[(u % n == m) & (j % n != m)])),
        ("has to send", lambda u, j, m, n: np.unique(j[(u % n != m) & (j % n == m)])),
        ("other machines' users", lambda u, j, m, n: np.unique(j[u % n != m])),
        ("its own users rated", lambda u, j, m, n: np.unique(j[j % n != m])),
        ("one for each rating", lambda u, j, m, n: j[u % n == m]),
        ("not how many", lambda *given: len(to_fetch(*given))),
        ("fetched by machine 0", lambda u, j, m, n: to_fetch(u, j, 0, n)),
        ("changed roles", lambda u, j, m, n: to_fetch(j, u, m, n)),
        ("reverse order", lambda *given: to_fetch(*given)[::-1]),
        ("in another order", lambda *given: sorted(to_fetch(*given), key=lambda j: (j % 7, j))),
        ("type set; numbers", lambda *given: {*to_fetch(*given)}),
    ]),
    ("memory", [
        ("stored twice", lambda m, n, r, k: 12 * r + 8 * k * (m + n)),
        ("an index has 4", lambda m, n, r, k: 32 * r + 8 * k * (m + n)),
        ("factors are missing", lambda m, n, r, k: 24 * r),
        ("ratings are missing", lambda m, n, r, k: 8 * k * (m + n)),
        ("single precision", lambda m, n, r, k: 24 * r + 4 * k * (m + n)),
        ("movies have factors too", lambda m, n, r, k: 24 * r + 8 * k * m),
        ("users have factors too", lambda m, n, r, k: 24 * r + 8 * k * n),
        ("not one for each pair", lambda m, n, r, k: 24 * r + 8 * k * m * n),
        ("whole matrix", lambda m, n, r, k: 8 * m * n + 8 * k * (m + n)),
        ("give bytes", lambda *given: memory_needed(*given) / 1e9),
        ("k is missing", lambda m, n, r, k: 24 * r + 8 * (m + n)),
    ]),
]  # fmt: skip
WRONG = dict(WRONG)
PAIRS = [
    pytest.param(name, words, wrong, id=f"{name}: {words}")
    for name, mistakes in WRONG.items()
    for words, wrong in mistakes
]
LISTED = [
    pytest.param(name, words, id=f"{name}: {words}")
    for name in NAMES
    for words in EXERCISES[name].mistakes
]
OF_THE_TOY = "the roles are swapped"  # known of the toy's own factors only


def test_every_exercise_is_tested_here():
    assert set(NAMES) == set(RIGHT) == set(WRONG)
    assert {*checks.__all__} == {"EXERCISES", "check_below_biases"} | {f"check_{n}" for n in NAMES}
    for name in NAMES:
        assert len(WRONG[name]) >= 8
        assert getattr(checks, f"check_{name}") is EXERCISES[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_agrees_with_another_computation(name):
    one = EXERCISES[name]
    for seed in range(5):
        rng = np.random.RandomState(seed)
        for size in SIZES:
            given = one.draw(rng, size)
            assert same(read(RIGHT[name](*given)), read(one.oracle(*given)))


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answer_is_recognized(name):
    for seed in range(10):
        verdict = EXERCISES[name](RIGHT[name], seed=seed)
        assert verdict.correct, verdict
        assert repr(verdict).startswith("✓ ")


@pytest.mark.parametrize(("name", "words", "wrong"), PAIRS)
def test_a_wrong_answer_gets_its_diagnosis_whatever_the_seed(name, words, wrong):
    for seed in range(3):
        verdict = EXERCISES[name](wrong, seed=seed)
        assert not verdict.correct
        assert words in verdict.message
        assert repr(verdict).startswith("Not yet: ")
        assert "input: " in verdict.example and "expected: " in verdict.example


@pytest.mark.parametrize(("name", "words"), [p for p in LISTED if OF_THE_TOY not in p.values[1]])
def test_every_mistake_known_is_told_from_all_others(name, words):
    for seed in range(2):
        assert EXERCISES[name](EXERCISES[name].mistakes[words], seed=seed).message == words


@pytest.mark.parametrize("name", NAMES)
def test_no_constant_passes(name):
    one = EXERCISES[name]
    given = one.draw(np.random.RandomState(0), 2)
    for seed in range(4):
        for constant in (
            0,
            1,
            0.5,
            True,
            [],
            one.oracle(*given),
            one.oracle(*one.draw(np.random.RandomState(seed), 1)),
        ):
            assert not one(lambda *given, constant=constant: constant, seed=seed).correct


# ---- answers that are values -------------------------------------------------------------------

TOY = np.array([[5, 4, np.nan], [np.nan, np.nan, 2], [1, np.nan, np.nan], [4, np.nan, np.nan]])
U = np.array([[2.0, 0.3], [1.7, 0.3], [0.3, 2.2], [0.3, 2.0]])
V = np.array([[2.4, 0.2], [1.9, 0.3], [0.3, 2.2], [0.2, 2.3], [0.8, 1.7]])
SWEEP = pd.DataFrame(
    [  # the first row is not the last iteration
        (2, 0.1, 1, 0.1, 0.1),
        (2, 0.1, 2, 0.8, 0.9),
        (2, 1.0, 2, 0.9, 0.85),
        (9, 0.1, 2, 0.3, 1.2),
        (9, 0.01, 2, 0.2, 1.1),
    ],
    columns=["k", "lam", "iteration", "train_rmse", "held_out_rmse"],
)


@pytest.mark.parametrize(
    ("name", "answer", "given", "words"),
    [
        ("blanks", 5, (TOY,), "the number of ratings"),
        ("blanks", 12, (TOY,), "every cell"),
        ("blanks", 0, (TOY,), "nothing equals NaN"),
        ("blanks", 7 / 12, (TOY,), "the share of blanks"),
        ("blanks", np.isnan(TOY), (TOY,), "count its True"),
        ("blanks", 6, (TOY,), "6 is not the number of blank cells; here is a smaller example"),
        ("blanks", "7", (TOY,), "that is text"),
        ("blanks", [7], (TOY,), "one number was expected"),
        ("prediction", U[3] @ V[2], (U[2], V[3]), "the roles are swapped"),
        ("prediction", U[2] * V[3], (U[2], V[3]), "those are the products"),
        ("prediction", 5, (U[2], V[3]), "cut off at 5 stars; a prediction may be more"),
        ("prediction", 2.5, (U[2], V[3]), "smaller example"),
        ("choice", (9, 0.01), (SWEEP,), "the ratings it was fitted to"),
        ("choice", (1.0, 2), (SWEEP,), "λ before k"),
        ("choice", (9, 0.1), (SWEEP,), "largest held-out error"),
        ("choice", (2, 0.1), (SWEEP,), "best on its way"),
        ("choice", (10, 0.1), (SWEEP,), "is not the pair (k, λ)"),
    ],
)
def test_a_wrong_value_is_recognized_or_a_smaller_question_answered(name, answer, given, words):
    verdict = EXERCISES[name](answer, *given, seed=0)
    assert not verdict.correct and words in verdict.message
    known = any(words in mistake for mistake in EXERCISES[name].mistakes) or "text" in words
    assert ("expected: " in verdict.example) != known


@pytest.mark.parametrize(
    ("name", "answer", "given"),
    [("blanks", 7, (TOY,)), ("prediction", 5.12, (U[2], V[3])), ("choice", (2, 1.0), (SWEEP,))],
)
def test_a_right_value_is_right(name, answer, given):
    assert EXERCISES[name](answer, *given).correct
