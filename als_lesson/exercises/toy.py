"""The toy of the course, and fresh tables and factors like it to try answers on."""

import numpy as np

# Ana, Ben, Caro and Dev; movies m0 to m4; and the factors somebody picked for them by hand.
R = np.array(
    [
        [5, 4, np.nan, 1, np.nan],
        [4, np.nan, np.nan, 1, 2],
        [np.nan, 1, 5, np.nan, 4],
        [1, np.nan, 4, 5, np.nan],
    ]
)
U = np.array([[2.0, 0.3], [1.7, 0.3], [0.3, 2.2], [0.3, 2.0]])
V = np.array([[2.4, 0.2], [1.9, 0.3], [0.3, 2.2], [0.2, 2.3], [0.8, 1.7]])


def table(rng, size):
    """Ratings with blanks, at most size + 1 users and items; none of them without a rating.

    Some are 0, some tables are square and some full: there swapped axes and wrong masks show.

    Examples
    --------
    >>> table(np.random.RandomState(2), 2).shape
    (1, 2)
    """
    shape = rng.randint(1, size + 2, 2)
    if rng.rand() < 0.3:
        shape[:] = shape.max()
    longest = np.arange(shape.max())
    blank = rng.rand(*shape) < rng.choice([0, 0.4, 0.7], p=[0.25, 0.5, 0.25])
    blank[longest % shape[0], longest % shape[1]] = False  # a diagonal meets every row and column
    return np.where(
        blank, np.nan, rng.choice([0, 0, 0, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5], shape)
    )


def factors(rng, *shape):
    """Factors of one decimal, from -1 to 3."""
    return rng.randint(-10, 31, shape) / 10


def model(rng, size):
    """R, U and V of one to three factors, and λ: none that a notebook has at hand."""
    ratings, k = table(rng, size), rng.randint(1, 4)
    U, V = (factors(rng, n, k) for n in ratings.shape)
    return ratings, U, V, rng.randint(2, 20) / 10 + 0.05
