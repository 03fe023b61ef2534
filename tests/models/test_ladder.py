"""What the course claims: the source page's facts, and a ladder of models in the right order."""

import numpy as np
import pandas as pd
import pytest

from als_lesson import kfold_ratings, load_dataset, split_ratings
from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import simulate_ratings
from als_lesson.metrics.ratings import predict_pairs, rmse
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import fit_biases, fit_mean
from als_lesson.models.svd import zero_filled_svd

# The weighted fits have settled after 8 iterations. The plain ones get worse with every one, so
# they need the page's 20: after 8, k = 5 is still better than the mean on some splits.
SETTLED, PAGE = 8, 20


@pytest.fixture(scope="module")
def movielens(movielens_zip):
    return load_dataset(movielens_zip)


# ---- the source page's facts -------------------------------------------------------------------


def test_the_first_ratings_are_those_of_the_page(movielens):
    assert movielens.name == "movielens-small"
    assert "Harper" in movielens.citation
    assert list(movielens.ratings.columns) == ["userId", "movieId", "rating", "timestamp"]
    assert movielens.ratings.head().to_numpy().tolist() == [
        [1, 1, 4.0, 964982703],
        [1, 3, 4.0, 964981247],
        [1, 6, 4.0, 964982224],
        [1, 47, 5.0, 964983815],
        [1, 50, 5.0, 964982931],
    ]


def test_ids_are_numbered_as_on_the_page(movielens):
    R = RatingMatrix.from_ratings(movielens.ratings)
    assert (len(R.users), len(R.items)) == R.shape == (610, 9724)
    first = movielens.ratings.head(10)
    assert R.users.to_index(first.userId).tolist() == [0] * 10
    assert R.items.to_index(first.movieId).tolist() == list(range(10))
    assert R.items.to_id(range(10)).tolist() == [1, 3, 6, 47, 50, 70, 101, 110, 151, 157]


def test_the_matrix_is_that_of_the_page(movielens):
    matrix = RatingMatrix.from_ratings(movielens.ratings)
    R = matrix.dense()
    assert R.shape == (610, 9724)
    assert R[0, :10].tolist() == [4, 4, 4, 5, 5, 3, 5, 4, 5, 5]
    assert np.isnan(R[1, :10]).all()
    assert np.isnan(R[2, :10]).all()
    assert R[3, 3] == 2.0
    assert np.flatnonzero(~np.isnan(R[4, :10])).tolist() == [0, 4, 7]
    assert f"{matrix.nnz / R.size:.2%}" == "1.70%"
    assert matrix.observed()[[0, 0, 609], [0, -1, 0]].tolist() == [True, False, True]


# ---- the ladder --------------------------------------------------------------------------------


def upper_rungs(matrix, users, items):
    """Predictions of the last four rungs for index pairs."""
    biases = fit_biases(matrix)
    predictions = {"biases": biases.predict(users, items)}
    for name, lam, baseline in (
        ("weighted, λ = 0.1", 0.1, None),
        ("weighted, λ = 0.15", 0.15, None),
        ("biases + weighted", 0.2, biases),
    ):
        fit = fit_als(matrix, 10, lam, n_iter=SETTLED, weighted=True, baseline=baseline)
        predictions[name] = fit.predict(users, items)
    return predictions


def lower_rungs(matrix, users, items):
    """Predictions of the first five rungs for index pairs."""
    predictions = {
        "zero-filled": predict_pairs(*zero_filled_svd(matrix, 2), users, items),
        "mean": fit_mean(matrix).predict(users, items),
    }
    for k in (2, 5, 10):
        predictions[f"plain, k = {k}"] = fit_als(matrix, k, 0.1, n_iter=PAGE).predict(users, items)
    return predictions


def errors_of(train, held_out):
    """Held-out RMSE of every rung, the largest first."""
    matrix = RatingMatrix.from_ratings(train)
    users, items, stars = matrix.locate(held_out)
    predictions = lower_rungs(matrix, users, items) | upper_rungs(matrix, users, items)
    return pd.Series({n: rmse(stars, p) for n, p in predictions.items()}).sort_values()[::-1]


def test_movielens_the_last_four_rungs_pooled_over_five_folds(movielens):
    squared = []
    for train, held_out in kfold_ratings(movielens.ratings, 5, seed=0):
        matrix = RatingMatrix.from_ratings(train)
        users, items, stars = matrix.locate(held_out)
        rungs = upper_rungs(matrix, users, items)
        squared.append(pd.DataFrame({name: (stars - p) ** 2 for name, p in rungs.items()}))
    pooled = pd.concat(squared)
    assert len(pooled) == len(movielens.ratings)  # every rating was held out once
    assert dict(pooled.mean() ** 0.5) == pytest.approx(
        {
            "weighted, λ = 0.1": 0.886,
            "weighted, λ = 0.15": 0.876,
            "biases": 0.866,
            "biases + weighted": 0.853,
        },
        abs=0.01,
    )


ORDER = [
    "zero-filled",
    "plain, k = 10",
    "plain, k = 5",
    "mean",
    "plain, k = 2",
    "weighted, λ = 0.1",
    "weighted, λ = 0.15",
    "biases",
    "biases + weighted",
]


def test_movielens_the_whole_ladder_on_one_split(movielens):
    errors = errors_of(*split_ratings(movielens.ratings, 0.2, seed=0))
    assert errors.index.tolist() == ORDER
    assert errors["zero-filled"] == pytest.approx(3.06, abs=0.05)
    assert errors["mean"] == pytest.approx(1.0425, abs=0.01)
    assert errors["plain, k = 2"] == pytest.approx(0.966, abs=0.02)


@pytest.mark.parametrize("seed", [0, 1])
def test_simulated_ratings_keep_the_order_of_movielens(seed):
    errors = errors_of(*split_ratings(simulate_ratings().ratings, 0.2, seed=seed))
    assert errors.index.tolist() == ORDER
    assert -np.diff(errors).max() > 0.005  # no two rungs so near that chance decides


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("source", ["simulated", "movielens"])
def test_one_plain_factor_is_nearly_as_good_as_several_weighted_ones(source, seed, request):
    ratings = (
        simulate_ratings().ratings
        if source == "simulated"
        else request.getfixturevalue("movielens").ratings
    )
    train, held_out = split_ratings(ratings, 0.2, seed=seed)
    matrix = RatingMatrix.from_ratings(train)
    users, items, stars = matrix.locate(held_out)
    fits = {
        "one": fit_als(matrix, 1, 0.1, n_iter=PAGE),
        "ten": fit_als(matrix, 10, 0.1, n_iter=PAGE),
        "weighted": fit_als(matrix, 5, 0.15, n_iter=PAGE, weighted=True),
    }
    errors = {name: rmse(stars, fit.predict(users, items)) for name, fit in fits.items()}
    by_biases = rmse(stars, fit_biases(matrix).predict(users, items))
    assert abs(errors["one"] - errors["weighted"]) < 0.02
    assert errors["one"] < errors["ten"] - 0.2
    assert by_biases < errors["weighted"]  # neither reaches them


# ---- the dense contrast ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dense():
    train, held_out = split_ratings(simulate_ratings(n_movies=2000).ratings, 0.2, seed=0)
    return RatingMatrix.from_ratings(train), held_out


def test_on_denser_ratings_the_best_rank_is_the_true_one(dense):
    train, held_out = dense
    biases = fit_biases(train)

    def held_out_error(k):
        fit = fit_als(
            train, k, 0.1, n_iter=SETTLED, weighted=True, baseline=biases, held_out=held_out
        )
        return fit.history.held_out_rmse.iloc[-1]

    assert min(range(1, 9), key=held_out_error) == 4  # simulate_ratings(rank=4)


def test_on_denser_ratings_weighted_als_beats_biases_without_their_help(dense):
    train, held_out = dense
    users, items, stars = train.locate(held_out)
    rungs = {name: rmse(stars, p) for name, p in upper_rungs(train, users, items).items()}
    assert rungs["weighted, λ = 0.1"] < rungs["biases"] - 0.01
    assert rungs["weighted, λ = 0.15"] < rungs["biases"] - 0.01
