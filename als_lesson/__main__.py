"""``python -m als_lesson``: compile the solver now, so that no notebook has to wait for it."""

from . import RatingMatrix, fit_als, fit_implicit

if __name__ == "__main__":
    for fit in (fit_als, fit_implicit):
        fit(RatingMatrix.from_dense([[4.0, 2.0]]), k=1, n_iter=1)
