"""What is solved: the same ratings, start, k, λ and iterations for everyone."""

import os
from typing import NamedTuple

import numpy as np
from scipy import sparse

from als_lesson import IdMap, RatingMatrix, load_dataset, simulate_ratings
from als_lesson.data.movielens import movielens_path

LAM = 0.1  # times the number of ratings of each row, which every contestant here offers


class Shape(NamedTuple):
    """A table of ratings, and how long a look at it is worth (one round: nobody warms up)."""

    name: str
    size: tuple  # arguments of simulate_ratings; none for MovieLens
    ks: tuple
    n_iter: int
    rounds: int


SHAPES = {
    "tiny": Shape("simulated, 5,000 ratings", (60, 900, 5_000), (8,), 5, 2),
    "movielens": Shape("MovieLens-small, 100,836 ratings", (), (10, 30, 64, 128, 256), 10, 5),
    "simulated": Shape("simulated, 55,000 ratings", (600, 9_000, 55_000), (10, 64), 10, 3),
    "1m": Shape(
        "simulated, 1 million ratings", (6_040, 3_706, 1_000_209), (16, 64, 128, 256), 5, 3
    ),
    "25m": Shape("simulated, 25 million ratings", (162_541, 59_047, 25_000_095), (16, 64), 2, 1),
}


class Problem(NamedTuple):
    """One fit to be made. The ratings are what their mean leaves over, so nobody needs a mean."""

    matrix: RatingMatrix
    k: int
    lam: float
    n_iter: int
    threads: int

    @property
    def start(self):
        """The movie factors to start from (n_items, k), those of ``als_steps(seed=0)``."""
        return np.random.RandomState(0).random_sample((self.matrix.shape[1], self.k))


def find_movielens():
    """Where MovieLens-small lies, or None."""
    for path in (os.environ.get("ALS_LESSON_MOVIELENS"), movielens_path()):
        if path and os.path.exists(path):
            return path
    return None


def make_matrix(shape):
    """The ratings of a shape, less their mean."""
    if shape.size:
        ratings = simulate_ratings(*shape.size).ratings
    else:
        ratings = load_dataset(find_movielens()).ratings
    matrix = RatingMatrix.from_ratings(ratings)
    return matrix.with_values(matrix.values - matrix.values.mean())


def save(matrix, path):
    """Keep a matrix for the processes that measure memory."""
    sparse.save_npz(path, sparse.csr_matrix(matrix.by_user), compressed=False)


def load(path):
    """The matrix that `save` kept; ids are positions."""
    by_user = sparse.csr_array(sparse.load_npz(path))
    users, items = (IdMap(np.arange(n)) for n in by_user.shape)
    return RatingMatrix(by_user, by_user.T.tocsr(), users, items)
