"""``python -m als_lesson``: compile the solvers now, so that no notebook has to wait for them."""

from . import RatingMatrix, fit_als, fit_implicit, sgd_steps

if __name__ == "__main__":
    ratings = RatingMatrix.from_dense([[4.0, 2.0]])
    for dtype in ("float64", "float32"):
        fit_als(ratings, k=1, n_iter=1, dtype=dtype)
    fit_als(ratings, k=1, n_iter=1, cg_steps=1)
    fit_implicit(ratings, k=1, n_iter=1)
    next(sgd_steps(ratings, k=1))
