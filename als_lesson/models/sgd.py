"""Stochastic gradient descent on the objective of ALS: one rating at a time, one step each.

A rating's part of the objective is ρ(e) + λ (‖u_i‖² / n_i + ‖v_j‖² / n_j), e = r_ij - u_i·v_j, with
n_i and n_j the ratings of its user and its item: over all ratings these parts add up to the
objective. The weighted penalty leaves out the n. A step goes down half the part's gradient:

    u_i += η (ψ v_j - λ u_i / n_i),    v_j += η (ψ u_i - λ v_j / n_j),    ψ = ρ'(e) / 2.
"""

import sys
from functools import partial

import numpy as np

from ..data.arrays import as_floats
from ..data.matrix import as_matrix
from ..data.settings import check_flag, check_number
from ..metrics.ratings import penalty
from ..solvers import accelerate
from .als import Step, check_settings
from .fit import follow, last_of, left_over

RUNAWAY = 10  # times the objective of the start, or of all zeros: no way to a minimum leads there


def sgd_steps(
    ratings, k=2, lam=0.1, *, n_epochs=20, learning_rate=0.02, weighted=False, huber=np.inf, seed=0
):
    """Yield the factors after every epoch, each observed rating visited once, in random order.

    Minimizes Σ over observed ρ(r_ij - u_i·v_j) + λ (Σ‖u_i‖² + Σ‖v_j‖²), where ρ(e) = e² up to an
    error of `huber` and grows along the tangent, δ (2|e| - δ), beyond.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
    k : int
        Rank.
    lam : float
        λ ≥ 0, in stars.
    n_epochs : int
        Passes over the ratings.
    learning_rate : float or array_like, shape (n_epochs,)
        η > 0, for all epochs or for each; only where it shrinks can the objective settle.
    weighted : bool
        Penalty λ·n instead of λ.
    huber : float
        Huber's δ > 0, in stars; infinite for least squares.
    seed : int
        Of the starting factors, uniform on [0, 1), the items' as in `als_steps`, and of the order.

    Yields
    ------
    Step
        Its side is "both".

    Raises
    ------
    ValueError
        If a setting is out of range; TypeError if `ratings` are none.
    FloatingPointError
        If the steps are so long that the factors run off to infinity.

    Notes
    -----
    A user or item without ratings is never visited; its factors start, and stay, at zero.

    References
    ----------
    Funk (2006), "Netflix update: try this at home"; Huber (1964), "Robust estimation of a
    location parameter", https://doi.org/10.1214/aoms/1177703732.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> *_, last = sgd_steps(R, k=1, lam=0, n_epochs=500)
    >>> np.round(last.user_factors @ last.item_factors.T, 3).tolist()
    [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    """
    matrix = as_matrix(ratings)
    k, lam, n_epochs, seed = check_settings(k, lam, n_epochs, seed, matrix.shape, "n_epochs")
    rates, huber = _check_rates(learning_rate, n_epochs), _check_huber(huber)
    return _descend(matrix, k, lam, rates, check_flag("weighted", weighted), huber, seed)


def fit_sgd(
    ratings,
    k=2,
    lam=0.1,
    *,
    n_iter=20,
    learning_rate=0.02,
    weighted=False,
    huber=np.inf,
    seed=0,
    held_out=None,
    baseline=None,
    progress=False,
):
    """Fit R ≈ U Vᵀ on the observed ratings by stochastic gradient descent.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
        The training ratings.
    n_iter : int
        Epochs.
    k, lam, learning_rate, weighted, huber, seed
        As in `sgd_steps`.
    held_out, baseline, progress
        As in `fit_als`.

    Returns
    -------
    Fit
        As from `fit_als`, a row of the history for each epoch.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        As in `sgd_steps`.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> fit_sgd(R, k=1, lam=0, n_iter=500).predict().round(3).tolist()
    [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    """
    matrix = as_matrix(ratings)
    check_settings(k, lam, n_iter, seed)
    settings = {"learning_rate": learning_rate, "weighted": weighted, "huber": huber, "seed": seed}
    steps = sgd_steps(left_over(matrix, baseline), k, lam, n_epochs=n_iter, **settings)
    fits = follow(steps, matrix, lam, weighted, baseline, held_out)
    return last_of(fits, n_iter, progress, f"SGD, k = {k}")


def _check_rates(learning_rate, n_epochs):
    """One η for each epoch."""
    rates = as_floats(learning_rate, "learning_rate")
    right = rates.shape in ((), (n_epochs,)) and (np.isfinite(rates) & (rates > 0)).all()
    if not right:
        raise ValueError(
            f"learning_rate={learning_rate!r:.60} must be a finite number above 0, or one for each "
            f"of the {n_epochs} epochs"
        )
    return np.broadcast_to(rates, n_epochs)


def _check_huber(huber):
    """Huber's δ."""
    must = "a number of stars above 0; np.inf turns it off"
    return check_number("huber", huber, must, sys.float_info.min, np.inf)


def _run_off(rate, when=""):
    """What to say when the factors grow without end."""
    return FloatingPointError(
        f"the factors run off to infinity{when}: steps of learning_rate={rate:g} are too long "
        f"here; try {min(rate / 10, 0.02):g}"
    )


def _descend(matrix, k, lam, rates, weighted, huber, seed):
    """The generator behind `sgd_steps`, which looks the settings over before the first step."""
    start, order = (np.random.RandomState(seed) for _ in range(2))
    ratings = (*matrix.entries(), matrix.values)
    counts = [matrix.counts(side) for side in ("users", "items")]
    V, U = (start.random_sample((len(n), k)) * (n > 0)[:, None] for n in reversed(counts))
    shares = _shares(matrix, lam, weighted)
    cost = partial(penalty, matrix, lam=lam, weighted=weighted)
    nothing = _error(*ratings, np.zeros_like(U), np.zeros_like(V), huber)
    limit = RUNAWAY * max(_error(*ratings, U, V, huber) + cost(U, V), nothing)
    for epoch, rate in enumerate(rates, start=1):
        _visit(ratings, order.permutation(matrix.nnz), U, V, rate, shares, huber)
        reached = _error(*ratings, U, V, huber) + cost(U, V)
        if not reached <= limit:  # nor if it is NaN
            raise _run_off(rate, f", in epoch {epoch}")
        sse = _error(*ratings, U, V, np.inf)
        yield Step(epoch, "both", U.copy(), V.copy(), reached, sse)


def sgd_epoch(
    matrix,
    order,
    user_factors,
    item_factors,
    lam=0.1,
    *,
    learning_rate=0.02,
    weighted=False,
    huber=np.inf,
):
    """One step for each rating, in this order: an epoch. Both factors change in place.

    Parameters
    ----------
    matrix : RatingMatrix
    order : array_like of int, shape (n,)
        Which ratings to visit, as positions in ``matrix.values``.
    user_factors, item_factors : ndarray of float, shapes (n_users, k) and (n_items, k)
    lam, learning_rate, weighted, huber
        As in `sgd_steps`.

    Raises
    ------
    ValueError, TypeError
        If a setting is out of range, or an array has another shape or type, or holds a number
        that is not finite; FloatingPointError if these steps lead to one.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> U, V = np.ones((1, 1)), np.ones((1, 1))
    >>> sgd_epoch(RatingMatrix.from_dense([[3.0]]), [0], U, V, lam=0, learning_rate=0.1)
    >>> U, V  # 1 + 0.1 · (3 - 1) · 1
    (array([[1.2]]), array([[1.2]]))
    """
    matrix = as_matrix(matrix, "matrix")
    rate, huber = _check_rates(learning_rate, 1)[0], _check_huber(huber)
    lam, weighted = check_number("lam", lam), check_flag("weighted", weighted)
    order = np.asarray(order, dtype=None if np.size(order) else int)
    ends = (order.min(initial=0), order.max(initial=0)) if order.dtype.kind in "iu" else (-1,)
    if order.ndim != 1 or min(ends) < 0 or max(ends) >= matrix.nnz:
        raise ValueError(
            f"order must hold whole numbers from 0 to {matrix.nnz - 1}, positions in matrix.values"
        )
    k = np.shape(user_factors)[-1:]
    for name, factors, n in (
        ("user_factors", user_factors, matrix.shape[0]),
        ("item_factors", item_factors, matrix.shape[1]),
    ):
        right = isinstance(factors, np.ndarray) and factors.dtype == float
        right = right and factors.flags.writeable and factors.shape == (n, *k)
        if not (right and np.isfinite(factors).all()):
            raise ValueError(
                f"{name} must be an array of finite float64, of shape {(n, *k)}, that may change "
                "in place"
            )
    ratings = (*matrix.entries(), matrix.values)
    _visit(ratings, order, user_factors, item_factors, rate, _shares(matrix, lam, weighted), huber)
    if not (np.isfinite(user_factors).all() and np.isfinite(item_factors).all()):
        raise _run_off(rate)


def _shares(matrix, lam, weighted):
    """λ / n of every user and of every item; for the weighted penalty, λ."""
    counts = matrix.counts("users"), matrix.counts("items")
    return tuple(lam / (np.ones(len(n)) if weighted else np.maximum(n, 1)) for n in counts)


@accelerate
def _visit(ratings, order, U, V, rate, shares, huber):
    """One step for each rating, in this order; U and V change in place."""
    users, items, values = ratings
    user_shares, item_shares = shares
    for n in order:
        i, j = users[n], items[n]
        u, v, error = U[i], V[j], values[n]
        for c in range(len(u)):
            error -= u[c] * v[c]
        pull = min(max(error, -huber), huber)
        for c in range(len(u)):
            before = u[c]  # v's step is from where u was, not from where it has gone
            u[c] += rate * (pull * v[c] - user_shares[i] * before)
            v[c] += rate * (pull * before - item_shares[j] * v[c])


@accelerate
def _error(users, items, values, U, V, huber):
    """Σ ρ(e) over the observed ratings."""
    total = 0.0
    for n in range(len(values)):
        u, v, error = U[users[n]], V[items[n]], values[n]
        for c in range(len(u)):
            error -= u[c] * v[c]
        size = abs(error)
        total += size * size if size <= huber else huber * (2 * size - huber)
    return total
