"""What a fit is good for, predictions and a place for a newcomer; and how its history is kept."""

from collections import deque
from collections.abc import Iterator, MappingView
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from ..data.arrays import as_floats, check_indexes
from ..data.settings import check_flag, check_number
from ..metrics.ratings import check_pairs, predict_pairs, rmse
from ..solvers import half_step, watch_step


@dataclass(frozen=True, eq=False)
class Factors:
    """U and V, how they got there, and what both kinds of fit do with them.

    Parameters
    ----------
    user_factors, item_factors : ndarray, shapes (n_users, k) and (n_items, k)
        U and V.
    rows : tuple of dict
        The rows of `history`.
    lam : float
        The λ used.
    """

    user_factors: np.ndarray
    item_factors: np.ndarray
    rows: tuple
    lam: float

    @property
    def shape(self):
        """(n_users, n_items)."""
        return len(self.user_factors), len(self.item_factors)

    @cached_property
    def history(self):
        """A DataFrame with a row per iteration: iteration, objective, and what else is known."""
        return pd.DataFrame(self.rows)

    def predict(self, users=None, items=None):
        """u_i·v_j for index pairs (n_pairs,), or for every cell (n_users, n_items).

        Index -1, a user or item unseen in training, counts as zeros, as do rows without any data.
        """
        return predict_pairs(self.user_factors, self.item_factors, users, items)[()]

    def fold_in(self, item_indexes, ratings, lam=None):
        """Factors (k,) of a newcomer, as the function `fold_in` says."""
        row = newcomer(item_indexes, ratings, len(self.item_factors))
        return self._solve(row, self.lam if lam is None else check_number("lam", lam))[0]

    def predict_newcomer(self, item_indexes, ratings):
        """Predictions (n_items,) for somebody new with these `ratings` (n,) of items (n,)."""
        return self.item_factors @ self.fold_in(item_indexes, ratings)


@dataclass(frozen=True, eq=False)
class Fit(Factors):
    """Factors fitted to stars, how they got there, and how to predict with them.

    Parameters
    ----------
    user_factors, item_factors, rows, lam
        As in `Factors`; `history` has the columns iteration, objective, loss, train_rmse and,
        where ratings were held out, held_out_rmse.
    weighted : bool
        Whether the penalty was λ·n.
    fallback : ndarray, shape (n_users + 1,)
        Prediction, without baseline, for a movie without training ratings: the user's mean, as
        ``matrix.user_means()`` gives it. The last entry, the overall mean, is for an unseen user.
    rated : (ndarray of bool, shape (n_users,), ndarray of bool, shape (n_items,))
        Who has training ratings.
    baseline : Biases, or another model of the same table, optional
        What was subtracted from the ratings before the fit; it is added to every prediction.

    Examples
    --------
    >>> from als_lesson import RatingMatrix, fit_als
    >>> fit = fit_als(RatingMatrix.from_dense([[5, 4], [5, np.nan]]), k=1, lam=1e-9)
    >>> np.round(fit.predict([1, 1, -1], [1, -1, -1]), 2)
    array([4.  , 5.  , 4.67])
    """

    weighted: bool
    fallback: np.ndarray
    rated: tuple
    baseline: object = None

    def predict(self, users=None, items=None):
        """Predicted ratings in stars: (n_pairs,) for index pairs, or every cell (n_users, n_items).

        Index -1 stands for a user or item unseen in training. A row without training ratings has
        zero factors: it gets the baseline alone or, without a baseline, `fallback`.
        """
        pairs = check_pairs(users, items, (len(self.user_factors), len(self.item_factors)))
        predicted = predict_pairs(self.user_factors, self.item_factors, users, items)
        if self.baseline is not None:
            return (predicted + self.baseline.predict(users, items))[()]
        rated_user, rated_item = (np.append(mask, False) for mask in self.rated)  # -1: False
        users, items = pairs or np.ogrid[: predicted.shape[0], : predicted.shape[1]]
        cold = ~(rated_user[users] & rated_item[items])
        np.copyto(predicted, self.fallback[users], where=cold)
        return predicted[()]  # one pair: a plain number

    def predict_newcomer(self, item_indexes, ratings):
        """Stars (n_items,) that somebody new with these `ratings` (n,) of items (n,) would give.

        What a user of the table with the same ratings is predicted: what the baseline says, if
        there is one, plus taste, V @ u.
        """
        row = newcomer(item_indexes, ratings, self.shape[1])
        known = row.indices, row.data.copy()
        taste = self.item_factors @ self._solve(row, self.lam)[0]
        if self.baseline is not None:
            return taste + self.baseline.predict_newcomer(*known)
        if row.nnz == 0:
            return np.full(len(taste), self.fallback[-1])
        return np.where(self.rated[1], taste, row.data.mean())

    def _solve(self, row, lam):
        if self.baseline is not None:
            usual = self.baseline.predict_newcomer(row.indices, row.data)
            row.data -= usual[row.indices]
        return half_step(row, self.item_factors, lam, self.weighted, engine="numpy")


@dataclass(frozen=True, eq=False)
class WatchFit(Factors):
    """Factors fitted to watches: they predict preferences, near 1 for what was watched.

    Parameters
    ----------
    user_factors, item_factors, rows, lam
        As in `Factors`; `history` has the columns iteration and objective.
    alpha : float
        α: whatever was watched counted with confidence 1 + α·strength.

    Examples
    --------
    >>> from als_lesson import RatingMatrix, fit_implicit
    >>> fit = fit_implicit(RatingMatrix.from_dense([[1, 1], [1, np.nan]]), k=1)
    >>> np.round(fit.predict_newcomer([0], [1]), 2)
    array([0.77, 0.54])
    """

    alpha: float

    def _solve(self, row, lam):
        check_strengths(row.data)
        return watch_step(self.alpha * row, self.item_factors, lam, engine="numpy")


def fold_in(fit, item_indexes, ratings, lam=None):
    """Factors of a new user from a few ratings: one ridge regression, nothing retrained.

    u = (Σ v_j v_jᵀ + λI)⁻¹ Σ r_j v_j over the movies j that the user rated.

    Parameters
    ----------
    fit : Fit, WatchFit, ZeroFilledSVD or Biases
    item_indexes : array_like of int, shape (n,)
        Which movies, as indexes of ``fit.item_factors``.
    ratings : array_like, shape (n,)
        Stars; for a fit to watches, their strengths.
    lam : float, optional
        λ; the one `fit` used, if left out. Multiplied by n if the fit was weighted.

    Returns
    -------
    ndarray, shape (k,)
        With no ratings, zeros. Of `Biases` the one number they have for a user, in stars.

    Raises
    ------
    ValueError
        If the lengths differ, a movie appears twice, a rating is not finite or λ is negative;
        IndexError for an index out of range.

    Notes
    -----
    Where the fit has a baseline, these factors explain what it leaves over, the new user's own
    bias included; ``fit.predict_newcomer(item_indexes, ratings)`` adds all of it up. For a fit to
    watches, one row of `watch_step`.

    Examples
    --------
    >>> from als_lesson import RatingMatrix, fit_als
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> fit = fit_als(R, k=1, lam=1e-9)
    >>> np.round(fold_in(fit, [0], [4.]) @ fit.item_factors.T, 3)
    array([4., 8.])
    """
    if not hasattr(fit, "fold_in"):
        raise TypeError(
            f"fold_in wants what fit_als returns, or its like; got {type(fit).__name__}"
        )
    return fit.fold_in(item_indexes, ratings, lam)


def newcomer(item_indexes, ratings, n_items):
    """A newcomer's ratings as a row (1, n_items); stop unless each is of another known movie."""
    item_indexes, ratings = map(_listed, (item_indexes, ratings))
    item_indexes = check_indexes(item_indexes, n_items)
    ratings = as_floats(ratings, "a newcomer's ratings")
    if item_indexes.shape != ratings.shape or item_indexes.ndim != 1:
        raise ValueError(
            f"fold_in wants one rating per movie; got {item_indexes.shape} item_indexes "
            f"and {ratings.shape} ratings"
        )
    if len(np.unique(item_indexes)) != len(item_indexes):
        raise ValueError("fold_in got a movie twice; keep one rating per movie")
    if (item_indexes < 0).any():
        raise IndexError("fold_in cannot use a rating of an unseen movie; leave out index -1")
    if not np.isfinite(ratings).all():
        raise ValueError("fold_in got a rating that is not a finite number; leave that movie out")
    cells = np.zeros(len(ratings), dtype=int), item_indexes
    return sparse.csr_array((ratings, cells), shape=(1, n_items))


def _listed(values):
    """The values of a dict, or of a generator, which NumPy would take for a single thing."""
    return list(values) if isinstance(values, Iterator | MappingView) else values


def check_strengths(strengths):
    """Stop unless each can be how often, or how long, something was watched."""
    wrong = strengths[strengths < 0]
    if wrong.size:
        raise ValueError(
            f"a watch of strength {wrong[0]:g}: strengths are counts, hours or stars, 0 or more; "
            "leave a cell blank if nothing was watched"
        )


# ---- while it is being made ----------------------------------------------------------------------


def left_over(matrix, baseline):
    """What the baseline leaves over of the ratings; stop if it is none, or of another matrix."""
    if baseline is None:
        return matrix
    if isinstance(baseline, type) or not hasattr(baseline, "predict_newcomer"):
        raise TypeError(
            f"the baseline is a {type(baseline).__name__}; pass fit_biases(matrix) or fit_mean(matrix)"
        )
    shape = baseline.shape
    if shape != matrix.shape:
        raise ValueError(
            f"the baseline is for {shape[0]:,} users x {shape[1]:,} items, the matrix has "
            f"{matrix.shape[0]:,} x {matrix.shape[1]:,}; fit it on the same matrix"
        )
    return matrix.with_values(matrix.values - baseline.predict(*matrix.entries()))


def follow(steps, matrix, lam, weighted, baseline, held_out):
    """A Fit for each step of a fit to ``left_over(matrix, baseline)``, with its history so far."""
    located = None if held_out is None else matrix.locate(held_out)
    rated = matrix.rated("users"), matrix.rated("items")
    known = {"fallback": matrix.user_means(), "rated": rated, "baseline": baseline}
    rows = ()
    for step in steps:
        fit = Fit(step.user_factors, step.item_factors, rows, float(lam), bool(weighted), **known)
        row = row_of_history(step.iteration, step.objective, step.squared_error, matrix.nnz)
        if located is not None:
            users, items, ratings = located
            row["held_out_rmse"] = rmse(ratings, fit.predict(users, items))
        rows = (*rows, row)
        yield replace(fit, rows=rows)


def row_of_history(iteration, objective, sse, nnz):
    """One row of a fit's history; loss and RMSE are in stars."""
    reached = {"iteration": iteration, "objective": objective}
    return reached | {"loss": sse**0.5, "train_rmse": (sse / nnz) ** 0.5}


def last_of(fits, n_iter, progress, title):
    """The last of some fits, with a progress bar on the way if one is asked for."""
    if check_flag("progress", progress):
        from tqdm.auto import tqdm

        fits = tqdm(fits, total=int(n_iter), desc=title, unit="iteration")
    return deque(fits, maxlen=1).pop()
