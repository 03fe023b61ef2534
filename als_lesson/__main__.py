"""``python -m als_lesson``: compile the solvers now, so that no notebook has to wait for them."""

import numpy as np

from . import RatingMatrix, fit_als, sgd_steps
from .kernels import half_step

if __name__ == "__main__":
    ratings = RatingMatrix.from_dense([[4.0, 2.0]])
    fit_als(ratings, k=1, n_iter=1)
    half_step(ratings.by_user, np.ones((2, 1)), 1.0, weights=np.ones(2))
    next(sgd_steps(ratings, k=1))
