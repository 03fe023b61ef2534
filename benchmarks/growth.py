"""How the cost grows with the ratings and with k, and how near it comes to the machine's peak."""

import time

import numpy as np
from problems import SHAPES, make_matrix

from als_lesson import als_steps


def scaling():
    """Seconds an iteration against ratings and against k, and the share of the machine's peak."""
    peak = matmul_peak()
    by_ratings, by_k = [], []
    for n_ratings in (62_500, 125_000, 250_000, 500_000, 1_000_000, 2_000_000):
        size = (n_ratings // 165, 3_706, n_ratings)
        matrix = make_matrix(SHAPES["1m"]._replace(size=size))
        by_ratings.append((n_ratings, iteration_time(matrix, 32)))
        if n_ratings == 1_000_000:
            for k in (4, 8, 16, 32, 64, 128, 256):
                took = iteration_time(matrix, k)
                by_k.append((k, took, operations(matrix, k) / took / peak))
    return by_ratings, by_k, peak


def iteration_time(matrix, k, rounds=3):
    """Best of a few: both half-steps and the objective after each."""
    times = []
    for _ in range(rounds):
        steps = als_steps(matrix, k, 0.1, n_iter=1, weighted=True)
        start = time.perf_counter()
        for _ in steps:
            pass
        times.append(time.perf_counter() - start)
    return min(times)


def operations(matrix, k):
    """Additions and multiplications of both half-steps: Gram matrices and Cholesky factors.

    The smaller of two systems for each row: n k² + k³/3, or n² k + n³/3 where n < k.
    """
    total = 0.0
    for side in ("users", "items"):
        n = matrix.counts(side).astype(float)
        p = np.minimum(n, k)
        total += (p * n * k + p**3 / 3 + 4 * n * k).sum()
    return total


def matmul_peak(n=2000):
    """Operations a second of the best of five matrix products, in double precision."""
    A = np.random.RandomState(0).standard_normal((n, n))
    times = []
    for _ in range(6):
        start = time.perf_counter()
        A @ A
        times.append(time.perf_counter() - start)
    return 2 * n**3 / min(times)
