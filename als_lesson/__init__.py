"""Alternating Least Squares for recommendation, step by step.

To read it, begin with five files: this one; `models/als.py`, the alternation; `solvers/plain.py`,
the half-step it alternates; `metrics/ratings.py`, what it minimizes; `data/matrix.py`, where the
ratings are. Every other room is furniture: what the ratings come from (`data/`), what is made of
them besides (`models/`), how fast (`solvers/`), how good (`metrics/`), and what it looks like
(`plots/`, `explore/`); `exercises/` checks a learner's answers. A room imports only from those
after it: explore, models, solvers, metrics, data.

Notation, the same in every notebook, docstring and test:

=====================  ===========================================================================
``ratings``            the long table: one row per rating (userId, movieId, rating, timestamp)
``R``                  the matrix, users x items; blank where nobody rated
``observed``           the mask: True where rated
``U``, user_factors    (n_users, k): row u_i describes user i
``V``, item_factors    (n_items, k): row v_j describes movie j; the prediction is ``U @ V.T``
``k``                  the rank: how many numbers describe a user or a movie
``lam``, λ             the weight of the ridge penalty
``weighted``           the penalty of each row multiplied by its number of ratings (λ·n)
``alpha``, α           what a watch counts: confidence 1 + α·strength, where a blank has 1
id / index             what the file says / a position, counted from 0
=====================  ===========================================================================

Objective: Σ over observed (r_ij - u_i·v_j)² + λ (Σ‖u_i‖² + Σ‖v_j‖²).
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "Dataset": "data.load",
    "load_dataset": "data.load",
    "fetch_movielens": "data.movielens",
    "split_ratings": "data.split",
    "kfold_ratings": "data.split",
    "simulate_ratings": "data.simulate",
    "IdMap": "data.matrix",
    "RatingMatrix": "data.matrix",
    "loss": "metrics.ratings",
    "objective": "metrics.ratings",
    "rmse": "metrics.ratings",
    "predict_pairs": "metrics.ratings",
    "top_n": "metrics.ranking",
    "precision_at": "metrics.ranking",
    "recall_at": "metrics.ranking",
    "ndcg_at": "metrics.ranking",
    "coverage": "metrics.ranking",
    "evaluate_top_n": "metrics.ranking",
    "truncated_svd": "models.svd",
    "zero_filled_svd": "models.svd",
    "Biases": "models.baselines",
    "fit_mean": "models.baselines",
    "fit_biases": "models.baselines",
    "Fit": "models.fit",
    "WatchFit": "models.fit",
    "half_step": "solvers",
    "watch_step": "solvers",
    "Step": "models.als",
    "als_steps": "models.als",
    "iterations": "models.als",
    "fit_als": "models.als",
    "fold_in": "models.fit",
    "sgd_steps": "models.sgd",
    "sgd_epoch": "models.sgd",
    "fit_sgd": "models.sgd",
    "implicit_steps": "models.implicit",
    "fit_implicit": "models.implicit",
    "fit_spark": "models.spark",
    "missing_for_spark": "models.spark_session",
    "spark_session": "models.spark_session",
    "sweep": "models.grid",
    "explore_k_and_lambda": "explore",
    "explore_half_step": "explore",
    "explore_zigzag": "explore",
    "RatingForm": "explore",
    "CurveGuess": "explore",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    """Import a public name on first use, so that `import als_lesson` stays instant."""
    if name not in _HOME:
        raise AttributeError(f"module 'als_lesson' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__():
    return [*__all__, "__version__"]
