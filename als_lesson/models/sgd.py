"""Stochastic gradient descent on the objective of ALS: one rating at a time, one step each.

A rating's part of the objective is ρ(e) + λ (‖u_i‖² / n_i + ‖v_j‖² / n_j), e = r_ij - u_i·v_j, with
n_i and n_j the ratings of its user and its item: over all ratings these parts add up to the
objective. The weighted penalty leaves out the n. A step goes down half the part's gradient:

    u_i += η (ψ v_j - λ u_i / n_i),    v_j += η (ψ u_i - λ v_j / n_j),    ψ = ρ'(e) / 2.
"""

from numbers import Real

import numpy as np

from ..data.matrix import require_matrix
from ..metrics.ratings import penalty
from ..solvers.tile import compiled
from .alternation import Step, check_settings


def sgd_steps(
    matrix, k=2, lam=0.1, *, n_epochs=20, learning_rate=0.02, weighted=False, huber=np.inf, seed=0
):
    """Yield the factors after every epoch, each observed rating visited once, in random order.

    Minimizes Σ over observed ρ(r_ij - u_i·v_j) + λ (Σ‖u_i‖² + Σ‖v_j‖²), where ρ(e) = e² up to an
    error of `huber` and grows along the tangent, δ (2|e| - δ), beyond.

    Parameters
    ----------
    matrix : RatingMatrix
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
        If a setting is out of range; TypeError if `matrix` is not a RatingMatrix.
    FloatingPointError
        If the steps are too long and the factors run off to infinity.

    Notes
    -----
    A user or item without ratings is never visited; its factors start, and stay, at zero.

    References
    ----------
    Funk (2006), "Netflix update: try this at home"; Huber (1964), "Robust estimation of a
    location parameter".

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense(np.outer([1., 2., 3.], [1., 2.]))
    >>> *_, last = sgd_steps(R, k=1, lam=0, n_epochs=500)
    >>> np.round(last.user_factors @ last.item_factors.T, 3).tolist()
    [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    """
    require_matrix(matrix)
    check_settings(k, lam, n_epochs, name="n_epochs")
    rates = _check_rates(learning_rate, int(n_epochs))
    if not (isinstance(huber, Real) and huber > 0):
        raise ValueError(f"huber={huber!r} must be a number of stars above 0; np.inf turns it off")
    return _descend(matrix, int(k), float(lam), rates, weighted, float(huber), seed)


def _check_rates(learning_rate, n_epochs):
    """One η for each epoch."""
    try:
        rates = np.asarray(learning_rate, dtype=float)
        right = rates.shape in ((), (n_epochs,)) and (np.isfinite(rates) & (rates > 0)).all()
    except (TypeError, ValueError):  # no numbers
        right = False
    if not right:
        raise ValueError(
            f"learning_rate={learning_rate!r} must be a finite number above 0, or one for each of "
            f"the {n_epochs} epochs"
        )
    return np.broadcast_to(rates, n_epochs)


def _descend(matrix, k, lam, rates, weighted, huber, seed):
    """The generator behind `sgd_steps`, which looks the settings over before the first step."""
    start, order = np.random.RandomState(seed), np.random.RandomState(seed)
    ratings = (*matrix.entries(), matrix.values)
    counts = [matrix.counts(side) for side in ("users", "items")]
    V, U = (start.random_sample((len(n), k)) * (n > 0)[:, None] for n in reversed(counts))
    shares = tuple(lam / (np.ones(len(n)) if weighted else np.maximum(n, 1)) for n in counts)
    for epoch, rate in enumerate(rates, start=1):
        visit(ratings, order.permutation(matrix.nnz), U, V, rate, shares, huber)
        reached = _error(*ratings, U, V, huber) + penalty(matrix, U, V, lam, weighted)
        if not np.isfinite(reached):
            raise FloatingPointError(
                f"the factors ran off to infinity in epoch {epoch}: steps of "
                f"learning_rate={rate:g} are too long here; try {rate / 10:g}"
            )
        yield Step(epoch, "both", U.copy(), V.copy(), reached)


@compiled
def visit(ratings, order, U, V, rate, shares, huber):
    """One step for each rating, in this order: an epoch. U and V change in place.

    Parameters
    ----------
    ratings : (users, items, values), ndarrays of shape (nnz,)
    order : ndarray of int, shape (nnz,)
    U, V : ndarray, shapes (n_users, k) and (n_items, k)
    rate : float
        η.
    shares : (ndarray, ndarray), shapes (n_users,) and (n_items,)
        λ / n of every user and every item; for the weighted penalty, λ.
    huber : float
        As in `sgd_steps`.
    """
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


@compiled
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
