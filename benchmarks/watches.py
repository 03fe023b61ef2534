"""Who solves for watches; as `stars`, over all cells."""

import numpy as np
from scipy import sparse

from als_lesson import implicit_steps, watch_step
from als_lesson.metrics.ratings import penalty
from als_lesson.solvers import watch_error

ALPHA, WATCH_LAM = 4.0, 10.0  # a watch counts five times as much as a blank


def half_steps(problem):
    """Ours, over all cells: half-steps alone."""
    extra = problem.matrix.with_values(np.full(problem.matrix.nnz, ALPHA))
    start = problem.start

    def run():
        items = start
        for _ in range(problem.n_iter):
            users = watch_step(extra.by_user, items, WATCH_LAM)
            items = watch_step(extra.by_item, users, WATCH_LAM)
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

    data = sparse.csr_matrix(problem.matrix.by_user, copy=True)  # implicit asks to be let write
    data.data = np.full(problem.matrix.nnz, 1 + ALPHA, dtype=np.float32)
    n_users, _ = problem.matrix.shape
    start = problem.start.astype(np.float32)

    def run():
        with threadpool_limits(1, "blas"):  # as it asks: its threads take a row each
            model = AlternatingLeastSquares(
                factors=problem.k,
                regularization=WATCH_LAM,
                alpha=1.0,
                use_cg=use_cg,
                use_gpu=False,
                iterations=problem.n_iter,
                num_threads=problem.threads,
            )
        model.item_factors = start.copy()
        model.user_factors = np.zeros((n_users, problem.k), np.float32)
        with threadpool_limits(1, "blas"):
            model.fit(data, show_progress=False)
        return model.user_factors, model.item_factors

    return run


def _watched(problem):
    return problem.matrix.with_values(np.ones(problem.matrix.nnz))


def objective_of(problem, users, items):
    """What everyone minimizes over watches."""
    extra = problem.matrix.with_values(np.full(problem.matrix.nnz, ALPHA))
    error = watch_error(extra.by_user, users, items)
    return error + penalty(extra, users, items, WATCH_LAM)


def steps_of(problem, **form):
    """Ours, step by step."""
    return implicit_steps(_watched(problem), problem.k, WATCH_LAM, ALPHA, **form)
