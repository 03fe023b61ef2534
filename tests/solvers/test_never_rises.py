"""Ten thousand random fits for each engine, the hard corners among them: nothing rises.

A half-step that lost its accuracy shows as an objective that goes up, or as rows that `lstsq`, on
the features with √λ I below, fits better. Twenty small tables are fitted at a time, as the blocks
of one matrix: nothing but k and λ is shared. Rounding may do a tiny part of the ratings' own size.
"""

import numpy as np
import pytest

from als_lesson import RatingMatrix, als_steps, implicit_steps

LAMS = [0, 1e-300, 1e-100, 1e-30, 1e-20, 1e-16, 1e-14, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-6]
LAMS += [1e-4, 1e-2, 0.1, 1, 10, 1e4]
KINDS = [
    lambda rng, m, n: np.full((m, n), 5.0),
    lambda rng, m, n: np.tile(rng.randint(0, 11, (1, n)) / 2, (m, 1)),  # all rows alike
    lambda rng, m, n: np.tile(rng.randint(0, 11, (m, 1)) / 2, (1, n)),  # all columns alike
    lambda rng, m, n: rng.standard_normal((m, 2)) @ rng.standard_normal((2, n)),  # of rank 2
    lambda rng, m, n: 4.0 * (rng.random_sample((m, n)) < 0.3),  # mostly zeros
    lambda rng, m, n: rng.uniform(0.5, 5, (m, n)),
    lambda rng, m, n: rng.randint(1, 11, (m, n)) * 10.0 ** rng.randint(-8, 9, (m, 1)),
    lambda rng, m, n: (rng.randint(1, 11, (m, n)) / 2)[rng.randint(0, m, m)],  # rows that repeat
]
TOGETHER = 20


def draw_table(rng):
    """Up to 6 x 6, most of them with blanks."""
    R = KINDS[rng.randint(len(KINDS))](rng, *rng.randint(1, 7, 2))
    if rng.random_sample() < 0.6:
        R = np.where(rng.random_sample(R.shape) < rng.choice([0.2, 0.5, 0.8]), np.nan, R)
    return R


def draw_settings(rng, sizes):
    """k, often above the number of rows, λ, and a size for the ratings."""
    size = rng.choice(sizes) if rng.random_sample() < 0.3 else 1.0
    return int(rng.choice([1, 2, 3, 5, 8])), LAMS[rng.randint(len(LAMS))], size


def side_by_side(tables):
    """One matrix of many tables, and for each user and each item whose table it is."""
    shapes = np.array([table.shape for table in tables])
    R, (rows, columns) = np.full(shapes.sum(axis=0), np.nan), np.cumsum(shapes, axis=0).T
    for table, row, column in zip(tables, rows, columns, strict=True):
        R[row - len(table) : row, column - table.shape[1] : column] = table
    owners = [np.repeat(np.arange(len(tables)), lengths) for lengths in shapes.T]
    return RatingMatrix.from_dense(R), owners


def objectives(step, matrix, owners, lam, weighted):
    """Of each table, (n_tables,)."""
    (users, items), n = matrix.entries(), owners[0][-1] + 1
    factors = step.user_factors.astype(float), step.item_factors.astype(float)
    error = matrix.values - np.sum(factors[0][users] * factors[1][items], axis=1)
    total = np.bincount(owners[0][users], error**2, n)
    for side, F, owner in zip(("users", "items"), factors, owners, strict=True):
        norms = (F**2).sum(axis=1) * (matrix.counts(side) if weighted else 1)
        total += lam * np.bincount(owner, norms, n)
    return total


def excess(matrix, step, lam, weighted, rcond):
    """By how much the items' rows miss what `lstsq` reaches: the most, per unit of their size."""
    U, V, worst = step.user_factors.astype(float), step.item_factors.astype(float), 0.0
    for solved, start, stop in zip(
        V, matrix.by_item.indptr, matrix.by_item.indptr[1:], strict=False
    ):
        if n := stop - start:
            root = np.sqrt(lam * (n if weighted else 1))
            A = np.vstack([U[matrix.by_item.indices[start:stop]], root * np.eye(len(solved))])
            b = np.append(matrix.by_item.data[start:stop], 0 * solved)
            best = np.linalg.lstsq(A, b, rcond=rcond)[0]
            missed = np.linalg.norm(A @ solved - b) - np.linalg.norm(A @ best - b)
            rounding = 1e-6 * np.linalg.norm(A) * np.linalg.norm(best)
            worst = max(worst, missed / (np.linalg.norm(b) + rounding + 1e-290))
    return worst


def rise(objectives, size):
    """By how much √objective rises at most, beyond its own rounding: per unit of `size`."""
    root = np.sqrt(objectives)
    assert np.isfinite(root).all()
    return np.max((np.diff(root, axis=0) - 1e-9 * root[:-1]) / size)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize(
    ("engine", "dtype", "allowed", "rcond"),
    [  # a direction weaker than `rcond` is noise: 16 digits are held, or 7
        ("numpy", "float64", (1e-9, 1e-8), 1e-14),
        ("compiled", "float64", (1e-9, 1e-8), 1e-14),
        ("compiled", "float32", (1e-3, 5e-3), 1e-6),
    ],
)
def test_stars(engine, dtype, allowed, rcond, part):
    sizes = [1e-100, 1e-30, 1e-10, 1e-5, 1e5, 1e10, 1e30, 1e100]
    sizes = sizes if dtype == "float64" else sizes[2:-2]  # a single holds no 1e100
    for seed in range(125 * part, 125 * (part + 1)):
        rng = np.random.RandomState(seed)
        k, lam, size = draw_settings(rng, sizes)
        matrix, owners = side_by_side([size * draw_table(rng) for _ in range(TOGETHER)])
        form = {"weighted": seed % 2 == 0, "engine": engine, "dtype": dtype, "seed": seed % 3}
        steps = list(als_steps(matrix, k, lam, n_iter=2 if seed % 8 else 8, **form))
        reached = [objectives(step, matrix, owners, lam, seed % 2 == 0) for step in steps]
        ratings = np.bincount(owners[0][matrix.entries()[0]], matrix.values**2, TOGETHER)
        assert rise(reached, np.maximum(np.sqrt(ratings), 1e-290)) <= allowed[0], seed
        assert excess(matrix, steps[-1], lam, seed % 2 == 0, rcond) <= allowed[1], seed


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_watches(engine, part):
    """All cells count, so one table at a time; blank ones come as a difference, good to 1e-8."""
    for seed in range(250 * part, 250 * (part + 1)):
        rng = np.random.RandomState(seed)
        k, lam, size = draw_settings(rng, [1e-10, 1e-5, 1e5, 1e10])
        R, alpha = size * np.abs(draw_table(rng)), rng.choice([0, 1, 40, 1e6])
        R[0, 0] = size
        matrix, settings = RatingMatrix.from_dense(R), {"seed": seed % 3, "engine": engine}
        steps = list(
            implicit_steps(matrix, k, lam, alpha, n_iter=2 if seed % 16 else 8, **settings)
        )
        p, c = matrix.observed(), 1 + alpha * np.nan_to_num(R)
        reached = [
            np.sum(c * (p - U @ V.T) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))
            for _, _, U, V, *_ in steps
        ]
        size = np.sqrt(np.sum(c * p))
        assert rise(reached, size) <= 1e-7, seed
        said = np.sqrt([step.objective for step in steps])  # of which none is below zero
        np.testing.assert_allclose(said, np.sqrt(reached), atol=1e-6 * size)


@pytest.mark.parametrize(("engine", "dtype"), [("numpy", "float64"), ("compiled", "float32")])
@pytest.mark.parametrize("lam", [1e-16, 1e-18, 0])
def test_all_fives_stay_fitted(engine, dtype, lam):
    matrix = RatingMatrix.from_dense(np.full((4, 1), 5.0))
    steps = als_steps(matrix, 5, lam, seed=1, engine=engine, dtype=dtype)
    assert max(step.objective for step in steps) < 1e-11
