"""``python -m als_lesson``: compile the solver now, so that no notebook has to wait for it."""

from . import RatingMatrix, fit_als, sgd_steps

if __name__ == "__main__":
    ratings = RatingMatrix.from_dense([[4.0, 2.0]])
    fit_als(ratings, k=1, n_iter=1)
    next(sgd_steps(ratings, k=1))
