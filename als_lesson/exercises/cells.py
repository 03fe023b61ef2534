"""Checks on ids, cells, fillings and predictions: notebooks 00 to 03."""

import numpy as np

from . import toy
from .engine import Exercise, through

ZERO_FILL = "blank cells were counted as zeros; keep only the observed ones"
NOT_MASKED = (
    "NaN in, NaN out: the blanks are still in there; np.isnan finds them, == np.nan does not"
)
ZERO_IS_BLANK = "a rating of 0 was taken for a blank"


def seen(R):
    """The mask of what was rated."""
    return ~np.isnan(R)


def no_zeros(R):
    """Ratings of 0 made blank, as `R > 0` and `np.nan_to_num(R) != 0` have it."""
    return np.where(R > 0, R, np.nan)


def _table(rng, size):
    return (toy.table(rng, size),)


def _two_rows(rng, size):
    return tuple(toy.factors(rng, 2, size + 1))


def _roles_swapped(u, v):
    """`U[j] @ V[i]` in place of `U[i] @ V[j]`, for users and movies of the toy."""
    (i,), (j,) = (
        np.flatnonzero((rows == one).all(axis=1)) for rows, one in ((toy.U, u), (toy.V, v))
    )
    return toy.U[j] @ toy.V[i]


def _ids(rng, size):
    everybody = rng.permutation(np.arange(10, 100))[: 2 * size + 2].tolist()
    return rng.choice(everybody, size + 2).tolist(), everybody[: size + 1]


def _place(ids, known, unseen=-1):
    return [known.index(one) if one in known else unseen for one in ids]


def _indexes(rng, size):
    n = size + 1
    ids = rng.permutation(n if rng.rand() < 0.3 else 90)[:n].tolist()  # like indexes, or like ids
    return rng.randint(0, n, size + 2).tolist(), dict(
        zip(ids, rng.permutation(n).tolist(), strict=True)
    )


def _to_ids(indexes, index_of):
    id_of = {index: one for one, index in index_of.items()}
    return [id_of[index] for index in indexes]


def _table_and_prediction(rng, size):
    R, U, V, _ = toy.model(rng, size)
    return R, np.round(U @ V.T, 1)


def over_rated(mistake):
    """A mistake with the errors of observed cells, as one with a table and a prediction."""
    return lambda R, P: mistake((R - P)[seen(R)])


check_blanks = Exercise("blanks", _table, [
    ("the number of blank cells", lambda R: np.isnan(R).sum()),
    ("that is the number of ratings; the blanks are the other cells", lambda R: seen(R).sum()),
    ("that is every cell, rated or not", lambda R: R.size),
    ("0 is what R == np.nan counts: nothing equals NaN, not even NaN", lambda R: 0),
    ("that is the share of blanks; their number was asked for", lambda R: np.isnan(R).mean()),
    ("that is the mask of the blanks; count its True", np.isnan),
    ("that is the mask of the ratings; count the blanks", seen),
    ("those are the blanks of each user; add them up", lambda R: np.isnan(R).sum(axis=1)),
    ("those are the blanks of each movie; add them up", lambda R: np.isnan(R).sum(axis=0)),
])  # fmt: skip

check_prediction = Exercise("prediction", _two_rows, [
    ("the products, factor by factor, added up", lambda u, v: np.dot(u, v)),
    ("those are the products; a prediction is their sum", lambda u, v: u * v),
    ("that is the sum of the factors; multiply pair by pair first", lambda u, v: np.sum(u) + np.sum(v)),
    ("that is the mean of the products; a prediction is their sum", lambda u, v: np.mean(u * v)),
    ("that was cut off at 5 stars; a prediction may be more", lambda u, v: min(u @ v, 5)),
    ("that is rounded; a prediction need not be whole", lambda u, v: np.round(u @ v)),
    ("the roles are swapped: a user is a row of U, a movie a row of V", _roles_swapped),
    ("that is every factor times every other; pair each with its own", np.outer),
    ("only the first pair was multiplied", lambda u, v: u[0] * v[0]),
    ("that is the cosine; a prediction keeps the lengths", lambda u, v: u @ v / np.sqrt((u @ u) * (v @ v))),
])  # fmt: skip

check_to_index = Exercise("to_index", _ids, [
    ("each id's position in known, -1 for the unseen", _place),
    ("an unseen id got index 0, which belongs to somebody else", lambda ids, known: _place(ids, known, 0)),
    ("an unseen id became NaN, as Series.map leaves it; it needs -1", lambda ids, known: _place(ids, known, np.nan)),
    ("an unseen id got a new index; it needs -1", lambda ids, known: _place(ids, known, len(known))),
    ("indexes count from 0, so the first known id gets 0", lambda ids, known: _place(ids, [None, *known])),
    ("indexes count from 0, and the unseen get -1", lambda ids, known: _place(ids, [None, *known], 0)),
    ("known was sorted; indexes follow the order of appearance", lambda ids, known: _place(ids, sorted(known))),
    ("ids were numbered among themselves; the index is the place in known", lambda ids, known: _place(ids, [*dict.fromkeys(ids)])),
    ("those are places in ids; the index is the place in known", lambda ids, known: [*range(len(ids))]),
    ("those are the ids themselves", lambda ids, known: ids),
    ("the unseen id was dropped; it needs an index of -1", lambda ids, known: [i for i in _place(ids, known) if i >= 0]),
    ("those are the places of known in ids; turn it round", lambda ids, known: _place(known, ids)),
    ("that says whether an id is known, not where", lambda ids, known: np.isin(ids, known)),
])  # fmt: skip

check_to_ids = Exercise("to_ids", _indexes, [
    ("the id at each index", _to_ids),
    ("ids were taken in the order of the dictionary, not by their index", lambda indexes, index_of: [[*index_of][i] for i in indexes]),
    ("ids were sorted; an index need not follow the size of the id", lambda indexes, index_of: [sorted(index_of)[i] for i in indexes]),
    ("those are the indexes themselves", lambda indexes, index_of: indexes),
    ("index_of leads from id to index; turn it round first", lambda indexes, index_of: [index_of[i] for i in indexes]),
    ("repeats were dropped; every index gets its id", lambda indexes, index_of: _to_ids([*dict.fromkeys(indexes)], index_of)),
    ("repeats were dropped, and the rest sorted", lambda indexes, index_of: _to_ids(sorted({*indexes}), index_of)),
    ("those are all known ids; one was asked for each index", lambda indexes, index_of: [*index_of]),
    ("those are all known ids, by index; one was asked for each index", lambda indexes, index_of: sorted(index_of, key=index_of.get)),
    ("those are values of index_of, so indexes; ids are its keys", lambda indexes, index_of: [[*index_of.values()][i] for i in indexes]),
])  # fmt: skip

check_density = Exercise("density", _table, [
    ("observed cells over all cells", lambda R: seen(R).mean()),
    ("that is a percentage; give the share, between 0 and 1", lambda R: 100 * seen(R).mean()),
    ("that is the share of blanks, the sparsity", lambda R: np.isnan(R).mean()),
    ("NaN was counted as a rating; NaN is not zero, so test with np.isnan", lambda R: np.mean(R != 0)),
    (ZERO_IS_BLANK, lambda R: np.mean(R > 0)),
    ("that is the number of ratings; divide it by the number of cells", lambda R: seen(R).sum()),
    ("1 is what R != np.nan finds: nothing equals NaN, so all cells", lambda R: 1),
    ("0 is what R == np.nan finds: nothing equals NaN, not even NaN", lambda R: 0),
    ("that is ratings over blanks; divide by all cells", lambda R: seen(R).sum() / np.isnan(R).sum()),
    ("that is ratings per user; divide by all cells", lambda R: seen(R).sum() / len(R)),
    ("that is each user's share; one was asked for", lambda R: seen(R).mean(axis=1)),
    ("that is each movie's share; one was asked for", lambda R: seen(R).mean(axis=0)),
    ("that is the mean rating; the share of rated cells was asked for", np.nanmean),
])  # fmt: skip

check_movie_means = Exercise("movie_means", _table, [
    ("each movie's mean, over its own ratings only", lambda R: np.nansum(R, axis=0) / seen(R).sum(axis=0)),
    (ZERO_FILL, lambda R: np.nan_to_num(R).mean(axis=0)),
    ("axes swapped: those are the users' means", lambda R: np.nanmean(R, axis=1)),
    ("that is one mean for all movies", np.nanmean),
    (NOT_MASKED, lambda R: R.mean(axis=0)),
    (ZERO_IS_BLANK, lambda R: np.nanmean(no_zeros(R), axis=0)),
    ("those are sums; divide each by its number of ratings", lambda R: np.nansum(R, axis=0)),
    ("those are the numbers of ratings, not their means", lambda R: seen(R).sum(axis=0)),
    ("those are medians; means were asked for", lambda R: np.nanmedian(R, axis=0)),
    ("each sum was divided by the number of all ratings", lambda R: np.nansum(R, axis=0) / seen(R).sum()),
])  # fmt: skip

check_mean_fill = Exercise("mean_fill", _table, [
    ("blanks filled with their movie's mean, ratings untouched", lambda R: np.where(seen(R), R, np.nanmean(R, axis=0))),
    ("axes swapped: those are the users' means", lambda R: np.where(seen(R), R, np.nanmean(R, axis=1)[:, None])),
    ("the movie means counted blanks as zeros", lambda R: np.where(seen(R), R, np.nan_to_num(R).mean(axis=0))),
    ("blanks became zeros; give them their movie's mean", np.nan_to_num),
    ("that is the overall mean; each movie has its own", lambda R: np.where(seen(R), R, np.nanmean(R))),
    ("ratings were overwritten too; fill only the blanks", lambda R: 0 * np.nan_to_num(R) + np.nanmean(R, axis=0)),
    ("blanks are still blank: nothing was filled in, or NaN", lambda R: R),
    ("the movie means left out ratings of 0", lambda R: np.where(seen(R), R, np.nanmean(no_zeros(R), axis=0))),
    ("ratings and blanks changed places: np.where(test, if True, if False)", lambda R: np.where(seen(R), np.nanmean(R, axis=0), R)),
    ("those are medians; means were asked for", lambda R: np.where(seen(R), R, np.nanmedian(R, axis=0))),
    ("those are the means alone; fill them into R", lambda R: np.nanmean(R, axis=0)),
    (ZERO_IS_BLANK, lambda R: np.where(R > 0, R, np.nanmean(R, axis=0))),
])  # fmt: skip

check_squared_error = Exercise("squared_error", _table_and_prediction, [
    ("squared errors, summed over the observed cells", lambda R, prediction: np.sum((R - prediction)[seen(R)] ** 2)),
    (ZERO_FILL, lambda R, P: np.sum((np.nan_to_num(R) - P) ** 2)),
    (NOT_MASKED, lambda R, P: np.sum((R - P) ** 2)),
    (ZERO_IS_BLANK, lambda R, P: np.nansum((no_zeros(R) - P) ** 2)),
    ("those are the squared errors; add them up", lambda R, P: (R - P) ** 2),
    ("those are the squared errors, blanks as 0; add them up", lambda R, P: np.nan_to_num(R - P) ** 2),
    ("predictions were cut off at 0 and 5 stars", lambda R, P: np.nansum((R - np.clip(P, 0, 5)) ** 2)),
    ("that was divided by all cells; it is a sum", lambda R, P: np.nansum((R - P) ** 2) / R.size),
    *through(over_rated, [
        ("that is its square root, √SSE", np.linalg.norm),
        ("that is the mean of the squared errors; the sum was asked for", lambda e: np.mean(e**2)),
        ("that is the RMSE; the sum was asked for", lambda e: np.sqrt(np.mean(e**2))),
        ("those are summed absolute errors; square them", lambda e: np.sum(abs(e))),
        ("the errors were added before they were squared", lambda e: np.sum(e) ** 2),
        ("those are summed errors, in which + and - cancel; square each", np.sum),
    ]),
])  # fmt: skip
