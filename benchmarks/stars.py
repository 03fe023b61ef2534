"""Who solves for stars. Each function gets everything ready, and returns what is to be timed.

That runs `n_iter` iterations from the start and returns U and V. Where a library lets us, it starts
from the very factors we start from; the others draw their own.
"""

import numpy as np
import pandas as pd
from scipy import sparse

from als_lesson import als_steps, half_step, objective

CG_STEPS = 3  # as many as cmfrec and implicit take


def double(problem):
    """Ours: half-steps alone, as in the peers, none of whom computes the objective on the way."""
    return _half_steps(problem, np.float64)


def single(problem):
    """Ours, in the precision that the peers work in."""
    return _half_steps(problem, np.float32)


def rough(problem):
    """Ours, with three steps of conjugate gradient for each row, as in the peers that take some."""
    return _half_steps(problem, np.float64, CG_STEPS)


def rough_single(problem):
    """That, in the precision that the peers work in."""
    return _half_steps(problem, np.float32, CG_STEPS)


def _half_steps(problem, dtype, cg_steps=None):
    matrix, start = problem.matrix, problem.start.astype(dtype)
    form = {"lam": problem.lam, "weighted": True, "cg_steps": cg_steps}

    def run():
        users, items = None, start
        for _ in range(problem.n_iter):
            users = half_step(matrix.by_user, items, start=users, **form)
            items = half_step(matrix.by_item, users, start=items, **form)
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
    *_, step = als_steps(problem.matrix, k, lam, n_iter=n_iter, weighted=True, engine=engine)
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
            k=problem.k,
            lambda_=problem.lam,
            niter=problem.n_iter,
            nthreads=problem.threads,
            method="als",
            use_cg=use_cg,
            scale_lam=True,
            finalize_chol=False,
            center=False,
            user_bias=False,
            item_bias=False,
            verbose=False,
            precompute_for_predictions=False,
        )
        model.fit(ratings)
        return model.A_, model.B_

    return run


def spark(problem):
    """Spark MLlib on this machine alone: Cholesky in Java, single precision."""
    from als_lesson.models.spark import fit_spark
    from als_lesson.models.spark_session import spark_session

    context = spark_session(f"local[{problem.threads}]")
    session = context.__enter__()
    table = _table(problem, "userId", "movieId", "rating")

    def run():
        fit = fit_spark(table, problem.k, problem.lam, n_iter=problem.n_iter, session=session)
        return fit.user_factors, fit.item_factors

    run.context = context  # the session stops when the context is forgotten, with `run`
    return run


def _table(problem, *names):
    users, items = problem.matrix.entries()
    columns = users, items, problem.matrix.values
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def objective_of(problem, users, items):
    """What everyone minimizes over stars."""
    return objective(problem.matrix, users, items, problem.lam, weighted=True)


def steps_of(problem, **form):
    """Ours, step by step."""
    return als_steps(problem.matrix, problem.k, problem.lam, weighted=True, **form)
