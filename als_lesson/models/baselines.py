"""What a model without any taste predicts: the mean, and the mean with biases."""

from dataclasses import dataclass

import numpy as np

from ..data.matrix import as_matrix
from ..data.settings import check_number, check_whole
from ..metrics.ratings import check_pairs
from .fit import newcomer

_COUNT = "a number of ratings, 0 or more", 0, np.inf  # what λ must be


@dataclass(frozen=True, eq=False)
class Biases:
    """Predicts μ + b_i + b_j: how generous the user is, how well liked the movie is.

    Parameters
    ----------
    mean : float
        μ, the mean training rating, in stars.
    user_biases, item_biases : ndarray, shapes (n_users,) and (n_items,)
        Stars above or below μ; zero for a row without ratings.
    lam : float
        The λ they were fitted with, in ratings; infinite where biases are held at zero.

    Examples
    --------
    >>> Biases(3.5, np.array([0.5]), np.array([-1., 0.])).predict([0, -1], [0, 0])
    array([3. , 2.5])
    """

    mean: float
    user_biases: np.ndarray
    item_biases: np.ndarray
    lam: float = 5.0

    @property
    def shape(self):
        """(n_users, n_items)."""
        return len(self.user_biases), len(self.item_biases)

    def predict(self, users=None, items=None):
        """Predictions (n_pairs,) for index pairs, or of every cell (n_users, n_items).

        Index -1, an unseen user or item, has bias zero.
        """
        pairs = check_pairs(users, items, self.shape)
        if pairs is None:
            return self.mean + self.user_biases[:, None] + self.item_biases
        users, items = pairs
        user_biases, item_biases = (np.append(b, 0.0) for b in (self.user_biases, self.item_biases))
        return self.mean + user_biases[users] + item_biases[items]

    def predict_newcomer(self, item_indexes, ratings):
        """Stars (n_items,) for somebody new with these `ratings` (n,) of items (n,)."""
        return self.mean + self.item_biases + self.fold_in(item_indexes, ratings)

    def fold_in(self, item_indexes, ratings, lam=None):
        """Bias of a new user, in stars, from ratings (n,) of movies (n,); 0.0 without any.

        b = Σ (r_j - μ - b_j) / (n + λ): the users' half of `fit_biases`, for one user.
        """
        row = newcomer(item_indexes, ratings, self.shape[1])
        left_over = row.data - self.predict(-1, row.indices)
        lam = self.lam if lam is None else check_number("lam", lam, *_COUNT)
        return float(left_over.sum() / max(len(left_over) + lam, 1e-300))


def fit_mean(ratings):
    """The mean rating for everyone and everything.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset

    Returns
    -------
    Biases
        With all biases zero.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> fit_mean(RatingMatrix.from_dense([[5, np.nan], [4, 3]])).mean
    4.0
    """
    matrix = as_matrix(ratings)
    n_users, n_items = matrix.shape
    mean = float(matrix.values.mean())
    return Biases(mean, np.zeros(n_users), np.zeros(n_items), lam=np.inf)


def fit_biases(ratings, lam=5.0, *, n_iter=20):
    """Biases by ridge regression, alternating: ALS with one number a user and one a movie.

    b_j = Σ_i (r_ij - μ - b_i) / (n_j + λ), the sum over the n_j users who rated j; then the same
    for b_i. λ acts like λ extra ratings at the mean, so three ratings move a movie little.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
    lam : float
        λ, in ratings.
    n_iter : int
        Rounds of items, then users.

    Returns
    -------
    Biases

    Raises
    ------
    ValueError
        If a setting is out of range; TypeError if `ratings` are none.

    References
    ----------
    Koren (2010), "Factor in the neighbors: scalable and accurate collaborative filtering",
    section 2.1, https://doi.org/10.1145/1644873.1644874.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> fit_biases(RatingMatrix.from_dense([[5, 1], [5, 1]]), lam=0).item_biases
    array([ 2., -2.])
    """
    lam, n_iter = check_number("lam", lam, *_COUNT), check_whole("n_iter", n_iter)
    matrix = as_matrix(ratings)
    model = fit_mean(matrix)
    users, items = matrix.entries()
    residual = matrix.values - model.mean
    user_biases, item_biases = model.user_biases, model.item_biases
    for _ in range(n_iter):
        item_biases = _ridge_means(items, residual - user_biases[users], len(item_biases), lam)
        user_biases = _ridge_means(users, residual - item_biases[items], len(user_biases), lam)
    return Biases(model.mean, user_biases, item_biases, lam)


def _ridge_means(index, values, n, lam):
    """Sum / (count + λ) of the values at each index; zero where there are none."""
    counts = np.bincount(index, minlength=n)
    return np.bincount(index, values, minlength=n) / np.maximum(counts + lam, 1e-300)
