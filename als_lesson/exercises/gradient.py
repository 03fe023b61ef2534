"""Checks on stochastic gradient descent: notebook 13."""

import numpy as np

from . import toy
from .engine import Exercise


def _rating(rng, size):
    _, (u, *_), (v, *_), lam = toy.model(rng, size)
    return rng.randint(0, 11) / 2, u, v, lam, rng.randint(2, 9) / 100


def _step(r, u, v, lam, eta, error=None, u_for_v=None):
    """The two new rows; with something else in place of the error, or of u where v moves."""
    error = r - u @ v if error is None else error
    u_for_v = u if u_for_v is None else u_for_v
    return np.array([u + eta * (error * v - lam * u), v + eta * (error * u_for_v - lam * v)])


def _late(r, u, v, lam, eta):
    moved = _step(r, u, v, lam, eta)[0]
    return moved, _step(r, moved, v, lam, eta)[1]


def _ratings(rng, size):
    """Users and items of distinct ratings."""
    n_users, n_items = rng.randint(2, size + 3, 2)
    cells = rng.permutation(n_users * n_items)[: rng.randint(2, size + 4)]
    return cells // n_items, cells % n_items


def _pairs(shared):
    """How many pairs, from functions of who shares a user and who an item."""

    def _count(users, items):
        return np.triu(shared(users[:, None] == users, items[:, None] == items), k=1).sum()

    return _count


_conflicts = _pairs(lambda u, j: u | j)
FROM_MOVED = "v must move from where u was, not from where it has gone; keep the old u"

check_sgd_update = Exercise("sgd_update", _rating, [
    ("u and v, one step downhill on one rating", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta)),
    ("that went uphill: + η times the error, - η times λ", lambda r, u, v, lam, eta: _step(r, u, v, lam, -eta)),
    ("the penalty pushes the factors out; it must pull them in", lambda r, u, v, lam, eta: _step(r, u, v, -lam, eta)),
    (FROM_MOVED, lambda r, u, v, lam, eta: _step(r, u, v, lam, eta, u_for_v=_step(r, u, v, lam, eta)[0])),
    (f"{FROM_MOVED}, and its error", _late),
    ("λ is missing", lambda r, u, v, lam, eta: _step(r, u, v, 0, eta)),
    ("that is twice as far; here the factor 2 of the gradient lives in η", lambda r, u, v, lam, eta: _step(r, u, v, lam, 2 * eta)),
    ("the error is doubled, and the penalty is not; here the factor 2 lives in η", lambda r, u, v, lam, eta: _step(r, u, v, lam / 2, 2 * eta)),
    ("η is missing", lambda r, u, v, lam, eta: _step(r, u, v, lam, 1)),
    ("η is missing before λ; use brackets", lambda r, u, v, lam, eta: _step(r, u, v, lam / eta, eta)),
    ("those are the changes; add them to u and v", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta) - [u, v]),
    ("u comes first, then v", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta)[::-1]),
    ("u is moved along v and v along u; each was moved along itself", lambda r, u, v, lam, eta: [u + eta * ((r - u @ v) * u - lam * u), v + eta * ((r - u @ v) * v - lam * v)]),
    ("λ pulls at the row itself, not at the other", lambda r, u, v, lam, eta: [u + eta * ((r - u @ v) * v - lam * v), v + eta * ((r - u @ v) * u - lam * u)]),
    ("only u came back; give u and v", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta)[0]),
    ("only u moved; v has its step too", lambda r, u, v, lam, eta: [_step(r, u, v, lam, eta)[0], v]),
    ("the prediction is missing: the error is r - u·v", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta, error=r)),
    ("the error has the wrong sign: it is r - u·v", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta, error=u @ v - r)),
    ("the error is not squared in the gradient", lambda r, u, v, lam, eta: _step(r, u, v, lam, eta, error=(r - u @ v) ** 2)),
])  # fmt: skip

check_conflicts = Exercise("conflicts", _ratings, [
    ("pairs that may not be taken at the same time", lambda users, items: _conflicts(users, items)),
    ("each pair was counted twice, once from either side", lambda users, items: 2 * _conflicts(users, items)),
    ("each pair was counted twice, and each rating with itself", lambda users, items: 2 * _conflicts(users, items) + len(users)),
    ("each rating was counted with itself", lambda users, items: _conflicts(users, items) + len(users)),
    ("only shared users were counted", _pairs(lambda u, j: u)),
    ("only shared movies were counted", _pairs(lambda u, j: j)),
    ("those are the pairs that share nothing", _pairs(lambda u, j: ~u & ~j)),
    ("those are all pairs", _pairs(lambda u, j: u >= 0)),
    ("0 is how many pairs share both; one of the two is enough", lambda users, items: 0),
    ("those are the ratings in any conflict; count the pairs", lambda users, items: sum(((users == i) | (items == j)).sum() > 1 for i, j in zip(users, items, strict=True))),
    ("only neighbours in the list were compared", lambda users, items: np.sum((np.diff(users) == 0) | (np.diff(items) == 0))),
    ("user 3 and movie 3 are not the same thing", lambda users, items: np.sum(users[:, None] == items)),
    ("that is ratings less users, and less movies; three ratings of one user are three pairs", lambda users, items: 2 * len(users) - len({*users}) - len({*items})),
])  # fmt: skip
