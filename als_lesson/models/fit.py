"""What a fit is good for: predictions, and a place for a newcomer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data.matrix import RatingMatrix
from ..metrics.ratings import check_indexes, predict_pairs
from ..solvers.plain import half_step
from . import confidence


@dataclass(frozen=True, eq=False)
class Fit:
    """Fitted factors, how they got there, and how to predict with them.

    Parameters
    ----------
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)
        U and V.
    history : DataFrame
        A row per iteration: iteration, objective, loss, train_rmse and, where ratings were held
        out, held_out_rmse.
    lam, weighted : float, bool
        The penalty used.
    fallback : ndarray, shape (n_users + 1,)
        Prediction, without baseline, for a movie without training ratings: the user's mean, as
        `user_means` gives it. The last entry, the overall mean, is for an unseen user.
    baseline : Biases, or an object with the same ``predict`` and ``fold_in``, optional
        What was subtracted from the ratings before the fit; it is added to every prediction.
    alpha : float, optional
        α of a fit to watches: it predicts preferences, and everything it was fitted to counted
        with confidence 1 + α·strength.
    rated : (ndarray of bool, shape (n_users,), ndarray of bool, shape (n_items,)), optional
        Who has training ratings; if left out, whose factors are not all zero.

    Examples
    --------
    >>> from als_lesson import fit_als
    >>> fit = fit_als(RatingMatrix.from_dense([[5, 4], [5, np.nan]]), k=1, lam=1e-9)
    >>> np.round(fit.predict([1, 1, -1], [1, -1, -1]), 2)
    array([4.  , 5.  , 4.67])
    """

    user_factors: np.ndarray
    item_factors: np.ndarray
    history: pd.DataFrame
    lam: float
    weighted: bool
    fallback: np.ndarray
    baseline: object = None
    alpha: float | None = None
    rated: tuple = None

    def predict(self, users=None, items=None):
        """Predicted ratings in stars: (n_pairs,) for index pairs, or every cell (n_users, n_items).

        Index -1 stands for a user or item unseen in training. A row without training ratings has
        zero factors: it gets the baseline alone or, without a baseline, `fallback`.
        """
        if (users is None) != (items is None):
            raise ValueError("give users and items together, or neither to predict every cell")
        if users is None:
            return self._predict_all()
        users, items = np.broadcast_arrays(users, items)
        predicted = predict_pairs(self.user_factors, self.item_factors, users, items)
        if self.baseline is not None:
            return predicted + self.baseline.predict(users, items)
        rated_user, rated_item = (np.append(mask, False) for mask in self._rated())  # -1: False
        known = rated_user[users] & rated_item[items]
        return np.where(known, predicted, self.fallback[users])[()]  # one pair: a plain number

    def _predict_all(self):
        predicted = self.user_factors @ self.item_factors.T
        if self.baseline is not None:
            return predicted + self.baseline.predict()
        rated_user, rated_item = self._rated()
        predicted[:, ~rated_item] = self.fallback[:-1, None]
        predicted[~rated_user] = self.fallback[:-1][~rated_user, None]
        return predicted

    def _rated(self):
        """Who has training ratings: masks (n_users,) and (n_items,)."""
        return self.rated or (self.user_factors.any(axis=1), self.item_factors.any(axis=1))


def user_means(matrix):
    """Mean rating of each user, then the overall mean for users without any: (n_users + 1,)."""
    counts, overall = matrix.counts("users"), matrix.values.mean()
    sums = matrix.by_user.sum(axis=1)
    means = np.divide(sums, counts, out=np.full(len(counts), overall), where=counts > 0)
    return np.append(means, overall)


def rated_rows(matrix):
    """Who has ratings: masks of the users (n_users,) and of the items (n_items,)."""
    return matrix.counts("users") > 0, matrix.counts("items") > 0


def fold_in(fit, item_indexes, ratings, lam=None):
    """Factors of a new user from a few ratings: one ridge regression, nothing retrained.

    u = (Σ v_j v_jᵀ + λI)⁻¹ Σ r_j v_j over the movies j that the user rated.

    Parameters
    ----------
    fit : Fit
    item_indexes : array_like of int, shape (n,)
        Which movies, as indexes of ``fit.item_factors``.
    ratings : array_like, shape (n,)
        Stars; for a fit to watches, their strengths.
    lam : float, optional
        λ; the one `fit` used, if left out. Multiplied by n if the fit was weighted.

    Returns
    -------
    ndarray, shape (k,)
        With no ratings, zeros.

    Raises
    ------
    ValueError
        If the lengths differ, a movie appears twice, a rating is not finite or λ is negative;
        IndexError for an index out of range.

    Notes
    -----
    Where the fit has a baseline, these factors explain what it leaves over, the new user's own
    bias included: stars are ``b.predict(-1, items) + b.fold_in(item_indexes, ratings) + V @ u``,
    with ``b = fit.baseline``. For a fit to watches, one row of `confidence.half_step`.

    Examples
    --------
    >>> from als_lesson import fit_als
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> fit = fit_als(R, k=1, lam=1e-9)
    >>> np.round(fold_in(fit, [0], [4.]) @ fit.item_factors.T, 3)
    array([4., 8.])
    """
    item_indexes, ratings = _check_newcomer(item_indexes, ratings, len(fit.item_factors))
    if fit.baseline is not None:
        bias = fit.baseline.fold_in(item_indexes, ratings)
        ratings = ratings - fit.baseline.predict(-1, item_indexes) - bias
    if not np.isfinite(ratings).all():
        raise ValueError("fold_in got a rating that is not a finite number; leave that movie out")
    row = np.full((1, len(fit.item_factors)), np.nan)
    row[0, item_indexes] = ratings
    row = RatingMatrix.from_dense(row).by_user
    lam = fit.lam if lam is None else lam
    if fit.alpha is not None:
        return confidence.half_step(fit.alpha * row, fit.item_factors, lam)[0]
    return half_step(row, fit.item_factors, lam, fit.weighted)[0]


def _check_newcomer(item_indexes, ratings, n_items):
    """Both as arrays; stop unless there is one rating for each of some movies known here."""
    item_indexes = check_indexes(item_indexes, n_items)
    ratings = np.asarray(ratings, dtype=float)
    if item_indexes.shape != ratings.shape or item_indexes.ndim != 1:
        raise ValueError(
            f"fold_in wants one rating per movie; got {item_indexes.shape} item_indexes "
            f"and {ratings.shape} ratings"
        )
    if len(np.unique(item_indexes)) != len(item_indexes):
        raise ValueError("fold_in got a movie twice; keep one rating per movie")
    if (item_indexes < 0).any():
        raise IndexError("fold_in cannot use a rating of an unseen movie; leave out index -1")
    return item_indexes, ratings
