"""Checks on stochastic gradient descent: notebook 09."""

import numpy as np

from .verdict import never_raise, run


@never_raise
def check_sgd_update(function):
    """`function(r, u, v, lam, eta)` gives u and v after one step on the weighted objective."""
    r, u, v, lam, eta = 4.0, np.array([1.0, 0.5, 0.2]), np.array([0.8, 1.1, 1.5]), 0.3, 0.1
    error = r - u @ v

    def step(pull=error, lam=lam, eta=eta, u_for_v=u):
        """The two new rows, with what was asked for or with something else in its place."""
        return np.array([u + eta * (pull * v - lam * u), v + eta * (pull * u_for_v - lam * v)])

    moved = step()[0]
    late = np.array([moved, v + eta * ((r - moved @ v) * moved - lam * v)])
    from_moved = "v must move from where u was, not from where it has gone; keep the old u"
    mistakes = {
        "that went uphill: + η times the error, - η times λ": step(eta=-eta),
        "the penalty pushes the factors out; it must pull them in": step(lam=-lam),
        from_moved: step(u_for_v=moved),
        f"{from_moved}, and its error": late,
        "λ is missing": step(lam=0),
        "that is twice as far; here the factor 2 of the gradient lives in η": step(eta=2 * eta),
        "η is missing": step(eta=1),
        "those are the changes; add them to u and v": step() - [u, v],
        "u comes first, then v": step()[::-1],
    }
    return run(function, (r, u, v, lam, eta), step(), mistakes, "one rating, one step downhill")


@never_raise
def check_conflicts(function):
    """`function(users, items)` counts the pairs of ratings that share a user or an item."""
    users = np.array([0, 0, 1, 2, 2, 2, 3, 3, 4])
    items = np.array([0, 1, 2, 2, 0, 1, 3, 4, 5])
    same_user, same_item = 5, 3
    right, pairs = same_user + same_item, 9 * 8 // 2
    mistakes = {
        "each pair was counted twice, once from either side": 2 * right,
        "each pair was counted twice, and each rating with itself": 2 * right + len(users),
        "each rating was counted with itself": right + len(users),
        "only shared users were counted": same_user,
        "only shared movies were counted": same_item,
        "those are the pairs that share nothing": pairs - right,
        "those are all pairs": pairs,
    }
    return run(function, (users, items), right, mistakes, "these may not be taken at the same time")
