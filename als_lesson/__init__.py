"""Alternating Least Squares for recommendation, step by step.

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
    "Dataset": "data",
    "load_dataset": "data",
    "fetch_movielens": "download",
    "split_ratings": "split",
    "kfold_ratings": "split",
    "simulate_ratings": "simulate",
    "IdMap": "matrix",
    "RatingMatrix": "matrix",
    "loss": "metrics",
    "objective": "metrics",
    "rmse": "metrics",
    "truncated_svd": "svd",
    "zero_filled_svd": "svd",
    "Biases": "baselines",
    "fit_mean": "baselines",
    "fit_biases": "baselines",
    "Fit": "model",
    "half_step": "ridge",
    "Step": "alternation",
    "als_steps": "als",
    "fit_als": "als",
    "fold_in": "model",
    "sgd_steps": "sgd",
    "implicit_steps": "implicit",
    "fit_implicit": "implicit",
    "fit_spark": "spark",
    "sweep": "grid",
    "explore_k_and_lambda": "explore",
    "explore_half_step": "explore",
    "explore_zigzag": "explore",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    """Import a public name on first use, so that `import als_lesson` stays instant."""
    if name not in _HOME:
        raise AttributeError(f"module 'als_lesson' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__():
    return [*__all__, "__version__"]
