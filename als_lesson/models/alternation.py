"""The loop that both kinds of ALS share: solve for one side, then for the other, and say so."""

from numbers import Real
from typing import NamedTuple

import numpy as np


class Step(NamedTuple):
    """The factors after one half-step, or one epoch of SGD, and the objective they reach."""

    iteration: int  # 1, 2, ...
    side: str  # "users" or "items": which factors have just moved; after an epoch, "both"
    user_factors: np.ndarray  # (n_users, k)
    item_factors: np.ndarray  # (n_items, k)
    objective: float


def alternate(matrix, k, n_iter, seed, solve, objective, dtype=np.float64):
    """Yield a Step after every half-step, whatever the half-step solves.

    Parameters
    ----------
    matrix : RatingMatrix
    k, n_iter, seed : int
        As in `als_steps`.
    solve : callable
        From one side's rows of the matrix (n_rows, n_others) and the other side's factors
        (n_others, k) to its own factors (n_rows, k).
    objective : callable
        From both factors to the number that cannot rise.
    dtype : NumPy data type
        Of the starting factors, and so of what `solve` makes of them.
    """
    rng = np.random.RandomState(seed)  # a stream that NumPy has frozen: same seed, same start
    item_factors = rng.random_sample((matrix.shape[1], k)).astype(dtype)
    for iteration in range(1, n_iter + 1):
        user_factors = solve(matrix.by_user, item_factors)
        factors = user_factors, item_factors
        yield Step(iteration, "users", *factors, objective(*factors))
        item_factors = solve(matrix.by_item, user_factors)
        factors = user_factors, item_factors
        yield Step(iteration, "items", *factors, objective(*factors))


def check_settings(k, lam, n_iter, name="n_iter"):
    """Stop early, in the learner's words, if a setting is out of range."""
    if not (_is_whole(k) and k >= 1):
        raise ValueError(f"k={k!r} must be a whole number of factors, 1 or more")
    if not (isinstance(lam, Real) and np.isfinite(lam) and lam >= 0):
        raise ValueError(f"lam={lam!r} must be a finite number, 0 or more")
    if not (_is_whole(n_iter) and n_iter >= 1):
        raise ValueError(f"{name}={n_iter!r} must be a whole number of iterations, 1 or more")


def _is_whole(number):
    """Whether it counts something: 10, or the 10.0 that a table of numbers hands back."""
    return isinstance(number, Real) and float(number).is_integer()
