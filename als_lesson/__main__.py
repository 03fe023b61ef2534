"""``python -m als_lesson``: compile the solver now, so that no notebook has to wait for it."""

from . import RatingMatrix, fit_als

if __name__ == "__main__":
    fit_als(RatingMatrix.from_dense([[4.0, 2.0]]), k=1, n_iter=1)
