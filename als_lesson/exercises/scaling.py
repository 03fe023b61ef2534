"""Checks on what is sent and what is stored: notebook 11."""

import numpy as np

from .verdict import never_raise, run


@never_raise
def check_to_fetch(function):
    """`function(users, items, machine, machines)`: movies whose factors the machine is sent."""
    users = np.array([0, 0, 0, 1, 1, 2, 3, 3, 3, 4, 4])
    items = np.array([0, 1, 5, 1, 6, 2, 1, 5, 7, 3, 8])
    machine, machines = 0, 3
    mine, abroad = users % machines == machine, items % machines != machine
    mistakes = {
        "movies that live on this machine need not be sent": np.unique(items[mine]),
        "once is enough: a movie that two of its users rated is in there twice": np.sort(
            items[mine & abroad]
        ),
        "those are the movies this machine has to send": np.unique(items[~mine & ~abroad]),
        "those are movies that the other machines' users rated": np.unique(items[~mine]),
        "only movies that its own users rated are needed": np.unique(items[abroad]),
        "those are all the movies its users rated, one for each rating": items[mine],
        "the answer is which movies, not how many": len(np.unique(items[mine & abroad])),
    }
    right = np.unique(items[mine & abroad])
    return run(function, (users, items, machine, machines), right, mistakes, "each sent once")


@never_raise
def check_memory(function):
    """`function(n_users, n_items, n_ratings, k)` gives bytes: ratings twice, and all factors."""
    n_users, n_items, n_ratings, k = given = 70, 30, 230, 3
    ratings, factors = 2 * 12 * n_ratings, 8 * k * (n_users + n_items)
    mistakes = {
        "an index has 4 bytes here, and so 12 with its rating": 2 * 16 * n_ratings + factors,
        "the ratings are stored twice, and each time with an index of 4 bytes": ratings / 2
        + factors,
        "the factors are missing": ratings,
        "the ratings are missing": factors,
        "that is single precision; a double has 8 bytes": ratings + factors / 2,
        "movies have factors too": ratings + 8 * k * n_users,
        "users have factors too": ratings + 8 * k * n_items,
        "U and V have a row for each user and each movie, not one for each pair": ratings
        + 8 * k * n_users * n_items,
        "that stores the whole matrix; only what is rated is kept": 8 * n_users * n_items + factors,
        "that is in gigabytes; give bytes": (ratings + factors) / 1e9,
    }
    return run(function, given, ratings + factors, mistakes, "ratings in both orders, and factors")
