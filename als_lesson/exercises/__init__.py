"""Instant feedback on exercises: each check runs an answer and says what it sees, never raising.

A check knows the right answer and the usual wrong ones, and names the one it recognizes.
"""

from .cells import (
    check_blanks,
    check_density,
    check_movie_means,
    check_prediction,
    check_to_ids,
    check_to_index,
)
from .choosing import check_below_biases, check_choice, check_one_rating, check_weighted_objective
from .gradient import check_conflicts, check_sgd_update
from .lists import check_ndcg, check_recommend
from .scaling import check_memory, check_to_fetch
from .solving import (
    check_half_step,
    check_mean_fill,
    check_rmse,
    check_solve_movie,
    check_solve_user,
    check_squared_error,
)
from .watches import check_confidence, check_solve_watcher

__all__ = [
    "check_below_biases",
    "check_blanks",
    "check_choice",
    "check_confidence",
    "check_conflicts",
    "check_density",
    "check_half_step",
    "check_mean_fill",
    "check_memory",
    "check_movie_means",
    "check_ndcg",
    "check_one_rating",
    "check_prediction",
    "check_recommend",
    "check_rmse",
    "check_sgd_update",
    "check_solve_movie",
    "check_solve_user",
    "check_solve_watcher",
    "check_squared_error",
    "check_to_fetch",
    "check_to_ids",
    "check_to_index",
    "check_weighted_objective",
]
