"""Checks on what is sent and what is stored: notebook 14."""

import numpy as np

from .engine import Exercise


def _traffic(rng, size):
    machines = int(rng.randint(2, 4))
    ratings = rng.permutation(36)[: 3 * size + 2]
    somebody, something = rng.permutation(99)[:6], rng.permutation(99)[:6]
    machine = int(rng.randint(machines))
    return somebody[ratings // 6], something[ratings % 6], machine, machines


def _rated(choose):
    """The movies of some ratings, chosen by whose user and whose movie is at home."""

    def _movies(users, items, machine, machines):
        return np.unique(items[choose(users % machines == machine, items % machines == machine)])

    return _movies


_fetched = _rated(lambda mine, here: mine & ~here)


check_to_fetch = Exercise("to_fetch", _traffic, [
    ("movies that live elsewhere and have a user here, each once", lambda users, items, machine, machines: _fetched(users, items, machine, machines)),
    ("movies that live on this machine need not be sent", _rated(lambda mine, here: mine)),
    ("those are the movies this machine has to send", _rated(lambda mine, here: ~mine & here)),
    ("those are movies that the other machines' users rated", _rated(lambda mine, here: ~mine)),
    ("only movies that its own users rated are needed", _rated(lambda mine, here: ~here)),
    ("those live on this machine already; the others are sent", _rated(lambda mine, here: mine & here)),
    ("once is enough: a movie that two of its users rated is in there twice", lambda users, items, machine, machines: np.sort(items[(users % machines == machine) & (items % machines != machine)])),
    ("those come one for each rating, in the order of the file; np.unique gives each movie once, sorted", lambda users, items, machine, machines: items[(users % machines == machine) & (items % machines != machine)]),
    ("those are all the movies its users rated, one for each rating", lambda users, items, machine, machines: items[users % machines == machine]),
    ("the answer is which movies, not how many", lambda *given: len(_fetched(*given))),
    ("machine was ignored: those are fetched by machine 0", lambda users, items, machine, machines: _fetched(users, items, 0, machines)),
    ("machine was ignored: those are fetched by any machine", lambda users, items, machine, machines: np.unique(items[users % machines != items % machines])),
    ("machines was ignored: % 2 shares the rows out between two, however many there are", lambda users, items, machine, machines: _fetched(users, items, machine, 2)),
    ("users and movies changed roles", lambda users, items, machine, machines: _fetched(items, users, machine, machines)),
    ("those are the users who need a movie from elsewhere", lambda users, items, machine, machines: np.unique(users[(users % machines == machine) & (items % machines != machine)])),
])  # fmt: skip

check_memory = Exercise("memory", lambda rng, size: (*rng.randint(1, 10**size, 3).tolist(), int(rng.randint(2, 12))), [
    ("bytes: ratings in both orders, and all factors", lambda n_users, n_items, n_ratings, k: 24 * n_ratings + 8 * k * (n_users + n_items)),
    ("an index has 4 bytes here, and so 12 with its rating", lambda m, n, r, k: 32 * r + 8 * k * (m + n)),
    ("the index is missing: a rating takes 8 bytes and its index 4", lambda m, n, r, k: 16 * r + 8 * k * (m + n)),
    ("the ratings are stored twice, and each time with an index of 4 bytes", lambda m, n, r, k: 12 * r + 8 * k * (m + n)),
    ("the factors are missing", lambda m, n, r, k: 24 * r),
    ("the ratings are missing", lambda m, n, r, k: 8 * k * (m + n)),
    ("that is single precision; a double has 8 bytes", lambda m, n, r, k: 24 * r + 4 * k * (m + n)),
    ("that counts the factors; each has 8 bytes", lambda m, n, r, k: 24 * r + k * (m + n)),
    ("movies have factors too", lambda m, n, r, k: 24 * r + 8 * k * m),
    ("users have factors too", lambda m, n, r, k: 24 * r + 8 * k * n),
    ("U and V have a row for each user and each movie, not one for each pair", lambda m, n, r, k: 24 * r + 8 * k * m * n),
    ("that stores the whole matrix; only what is rated is kept", lambda m, n, r, k: 8 * m * n + 8 * k * (m + n)),
    ("k is missing: a row of factors holds k numbers", lambda m, n, r, k: 24 * r + 8 * (m + n)),
    ("k multiplies the users only; use brackets", lambda m, n, r, k: 24 * r + 8 * k * m + n),
    ("the factors are stored once; ratings only are kept in both orders", lambda m, n, r, k: 24 * r + 16 * k * (m + n)),
    ("that is in gigabytes; give bytes", lambda m, n, r, k: (24 * r + 8 * k * (m + n)) / 1e9),
    ("that is in megabytes; give bytes", lambda m, n, r, k: (24 * r + 8 * k * (m + n)) / 1e6),
])  # fmt: skip
