"""Who solves it. Each function gets everything ready, and returns what is to be timed.

That runs `n_iter` iterations from the start and returns U and V. Where a library lets us, it starts
from the very factors we start from; the others draw their own.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from als_lesson import als_steps, confidence, implicit_steps, kernels, objective


def double(problem):
    """Ours: half-steps alone, as in the peers, none of whom computes the objective on the way."""
    return _half_steps(problem, np.float64)


def single(problem):
    """Ours, in the precision that the peers work in."""
    return _half_steps(problem, np.float32)


def _half_steps(problem, dtype):
    matrix, lam, start = problem.matrix, problem.lam, problem.start.astype(dtype)

    def run():
        items = start
        for _ in range(problem.n_iter):
            users = kernels.half_step(matrix.by_user, items, lam, weighted=True)
            items = kernels.half_step(matrix.by_item, users, lam, weighted=True)
        return users, items

    return run


def with_objective(problem):
    """Ours, as a learner calls it: the objective after every half-step."""
    return lambda: _last_factors(problem, "compiled")


def arrays(problem):
    """The readable reference: NumPy, all rows at once."""
    return lambda: _last_factors(problem, "numpy")


def _last_factors(problem, engine):
    _, k, lam, n_iter, _ = problem
    for step in als_steps(problem.matrix, k, lam, n_iter=n_iter, weighted=True, engine=engine):
        pass
    return step.user_factors, step.item_factors


def masked_loop(problem):
    """A Python loop over rows, each with its own observed entries."""
    ridge = problem.lam * np.eye(problem.k)
    return _loop(problem, lambda observed, every: observed.T @ observed + len(observed) * ridge)


def slip_loop(problem):
    """The loop of many tutorials: the Gram matrix of all rows, rated or not, inverted each time."""
    ridge = problem.lam * np.eye(problem.k)
    return _loop(problem, lambda observed, every: every.T @ every + ridge)


def _loop(problem, gram):
    R = problem.matrix.dense()
    M = ~np.isnan(R)

    def solve(R, M, factors):
        solved = np.zeros((len(R), problem.k))
        for i, (row, mask) in enumerate(zip(R, M, strict=True)):
            observed = factors[mask]
            solved[i] = np.linalg.inv(gram(observed, factors)) @ (observed.T @ row[mask])
        return solved

    def run():
        items = problem.start
        for _ in range(problem.n_iter):
            users = solve(R, M, items)
            items = solve(R.T, M.T, users)
        return users, items

    return run


def lenskit(problem):
    """LensKit's ALS: Cholesky in Rust, single precision. Its biases are damped away."""
    from lenskit.als import BiasedMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    n_users, n_items = problem.matrix.shape
    data = from_interactions_df(_table(problem, "user_id", "item_id", "rating"))
    model = BiasedMFScorer(
        embedding_size=problem.k, epochs=problem.n_iter, regularization=problem.lam, damping=1e15
    )
    trainer = model.create_trainer(data, TrainingOptions(rng=0))
    users = model.users.numbers(np.arange(n_users))
    items = model.items.numbers(np.arange(n_items))

    def run():
        model.item_embeddings[items] = problem.start
        for _ in range(problem.n_iter):
            trainer.train_epoch()
        return model.user_embeddings[users], model.item_embeddings[items]

    return run


def cmfrec_exact(problem):
    """cmfrec with use_cg=False: Cholesky in C, single precision."""
    return _cmfrec(problem, use_cg=False)


def cmfrec_cg(problem):
    """cmfrec as it comes: three steps of conjugate gradient for each row."""
    return _cmfrec(problem, use_cg=True)


def _cmfrec(problem, use_cg):
    from cmfrec import CMF

    ratings = sparse.coo_matrix(problem.matrix.by_user)

    def run():
        model = CMF(
            k=problem.k, lambda_=problem.lam, niter=problem.n_iter, nthreads=problem.threads,
            method="als", use_cg=use_cg, scale_lam=True, finalize_chol=False, center=False,
            user_bias=False, item_bias=False, verbose=False, precompute_for_predictions=False,
        )  # fmt: skip
        model.fit(ratings)
        return model.A_, model.B_

    return run


def spark(problem):
    """Spark MLlib on this machine alone: Cholesky in Java, single precision."""
    from als_lesson.spark import fit_spark
    from als_lesson.spark_session import running

    context = running(None, f"local[{problem.threads}]")
    session = context.__enter__()
    table = _table(problem, "userId", "movieId", "rating")

    def run():
        fit = fit_spark(table, problem.k, problem.lam, problem.n_iter, session=session)
        return fit.user_factors, fit.item_factors

    run.context = context  # the session stops when the context is forgotten, with `run`
    return run


def watches(problem):
    """Ours, over all cells: half-steps alone."""
    extra = problem.matrix.with_values(np.full(problem.matrix.nnz, ALPHA))
    start = problem.start

    def run():
        items = start
        for _ in range(problem.n_iter):
            users = confidence.half_step(extra.by_user, items, WATCH_LAM)
            items = confidence.half_step(extra.by_item, users, WATCH_LAM)
        return users, items

    return run


def implicit_exact(problem):
    """The library implicit with use_cg=False: Cholesky by LAPACK, single precision."""
    return _implicit(problem, use_cg=False)


def implicit_cg(problem):
    """The library implicit as it comes: three steps of conjugate gradient for each row."""
    return _implicit(problem, use_cg=True)


def _implicit(problem, use_cg):
    from implicit.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    data = sparse.csr_matrix(problem.matrix.by_user)
    data.data = np.full(problem.matrix.nnz, 1 + ALPHA, dtype=np.float32)
    n_users, _ = problem.matrix.shape
    start = problem.start.astype(np.float32)

    def run():
        with threadpool_limits(1, "blas"):  # as it asks: its threads take a row each
            model = AlternatingLeastSquares(
                factors=problem.k, regularization=WATCH_LAM, alpha=1.0, use_cg=use_cg,
                use_gpu=False, iterations=problem.n_iter, num_threads=problem.threads,
            )  # fmt: skip
        model.item_factors = start.copy()
        model.user_factors = np.zeros((n_users, problem.k), np.float32)
        with threadpool_limits(1, "blas"):
            model.fit(data, show_progress=False)
        return model.user_factors, model.item_factors

    return run


def _watched(problem):
    return problem.matrix.with_values(np.ones(problem.matrix.nnz))


def stars_objective(problem, users, items):
    """What everyone minimizes over stars."""
    return objective(problem.matrix, users, items, problem.lam, weighted=True)


def watches_objective(problem, users, items):
    """What everyone minimizes over watches."""
    extra = np.full(problem.matrix.nnz, ALPHA)
    return confidence.objective(_watched(problem), extra, users, items, WATCH_LAM)


def stars_steps(problem, n_iter):
    """Ours, step by step."""
    return als_steps(problem.matrix, problem.k, problem.lam, n_iter=n_iter, weighted=True)


def watches_steps(problem, n_iter):
    """Ours, step by step."""
    return implicit_steps(_watched(problem), problem.k, WATCH_LAM, ALPHA, n_iter=n_iter)


def _table(problem, *names):
    users, items = problem.matrix.entries()
    columns = users, items, problem.matrix.values
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


ALPHA, WATCH_LAM = 4.0, 10.0  # for watches: a watch counts five times as much as a blank


class Contestant(NamedTuple):
    """A solver, and where it makes sense to run it."""

    prepare: object
    package: str = "als_lesson"
    exact: bool = True
    most: float = np.inf  # ratings × k; beyond, it would take too long
    slow: bool = False  # one round of it is enough
    warms_up: bool = True  # a first run differs from later ones


class Contest(NamedTuple):
    """An objective, our way to it, and who else minimizes it; ours is called als_lesson."""

    objective: object
    steps: object
    contestants: dict


CONTESTS = {
    "stars": Contest(stars_objective, stars_steps, {
        "als_lesson": Contestant(double),
        "als_lesson, single precision": Contestant(single),
        "als_lesson, with objective": Contestant(with_objective),
        "LensKit": Contestant(lenskit, "lenskit"),
        "cmfrec, Cholesky": Contestant(cmfrec_exact, "cmfrec", most=5e8),
        "cmfrec, CG": Contestant(cmfrec_cg, "cmfrec", exact=False),
        "Spark, local": Contestant(spark, "pyspark", most=7e6, slow=True),
        "als_lesson, NumPy": Contestant(arrays, most=3.1e6, slow=True, warms_up=False),
        "Python loop, masked": Contestant(masked_loop, most=3.1e6, slow=True, warms_up=False),
        "Python loop, the slip": Contestant(slip_loop, most=3.1e6, slow=True, warms_up=False),
    }),
    "watches": Contest(watches_objective, watches_steps, {
        "als_lesson": Contestant(watches),
        "implicit, Cholesky": Contestant(implicit_exact, "implicit"),
        "implicit, CG": Contestant(implicit_cg, "implicit", exact=False),
    }),
}  # fmt: skip
