"""The simulated table: exact in size, frozen in content, true to its own truth."""

import os
import subprocess
import sys
from hashlib import sha256
from inspect import getsource

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from als_lesson.data.load import load_dataset
from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import CIRCLES, GENRES, simulate_ratings
from als_lesson.data.split import split_ratings
from als_lesson.metrics.ranking import evaluate_top_n, top_n
from als_lesson.metrics.ratings import rmse
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import fit_biases, fit_mean
from als_lesson.models.implicit import fit_implicit
from als_lesson.models.svd import zero_filled_svd

# The default table as it was when the notebooks' numbers were printed. If this changes, every
# stored output changes with it.
FROZEN = "b32466f686321fedc1af5d36f2dea4e0a47083c7fabf51744fd6c80d0c948cbc"


def fingerprint(ratings):
    """SHA-256 of the columns, as little-endian bytes."""
    kinds = {"userId": "<i8", "movieId": "<i8", "rating": "<f8", "timestamp": "<i8"}
    parts = (ratings[name].to_numpy().astype(kind).tobytes() for name, kind in kinds.items())
    return sha256(b"".join(parts)).hexdigest()


PROGRAM = f"""
from hashlib import sha256
from als_lesson.data.simulate import simulate_ratings
{getsource(fingerprint)}
print(fingerprint(simulate_ratings().ratings))
"""


@pytest.fixture(scope="module")
def default():
    return simulate_ratings()


def indexes(simulation):
    """The user and the row of `movies` of every rating."""
    ratings, movies, _ = simulation
    return ratings.userId.to_numpy() - 1, pd.Index(movies.movieId).get_indexer(ratings.movieId)


def expectation(simulation):
    """What each rating would be without noise and rounding, in stars."""
    (users, items), truth = indexes(simulation), simulation.truth
    taste = (truth.user_factors[users] * truth.item_factors[items]).sum(axis=1)
    return truth.mean + truth.user_biases[users] + truth.item_biases[items] + taste


def test_the_default_table_is_frozen(default):
    assert list(default.ratings.columns) == ["userId", "movieId", "rating", "timestamp"]
    assert fingerprint(default.ratings) == FROZEN


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_table_does_not_depend_on_the_number_of_threads(threads):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == FROZEN


def test_same_seed_same_table_and_another_seed_another():
    size = {"n_users": 40, "n_movies": 400, "n_ratings": 1500}
    first, again, other = (simulate_ratings(**size, seed=seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first.ratings, again.ratings, check_exact=True)
    pd.testing.assert_frame_equal(first.movies, again.movies)
    assert not first.ratings.equals(other.ratings)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    n_users=st.integers(1, 30),
    n_movies=st.integers(80, 300),
    share=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_every_size_is_met_exactly(n_users, n_movies, share, seed):
    fewest, most = 20 * n_users, (n_movies // 4) * n_users
    n_ratings = fewest + int(share * (most - fewest))
    ratings, movies, truth = simulate_ratings(n_users, n_movies, n_ratings, seed=seed)
    assert len(ratings) == n_ratings
    assert len(movies) == n_movies == len(truth.item_factors)
    counts = ratings.userId.value_counts()
    assert sorted(counts.index) == list(range(1, n_users + 1))
    assert counts.min() >= 20
    assert counts.max() <= n_movies // 4
    assert not ratings.duplicated(["userId", "movieId"]).any()
    assert set(ratings.movieId) <= set(movies.movieId)
    assert set(ratings.rating) <= set(np.arange(1, 11) / 2)


@pytest.mark.parametrize("n_ratings", [999, 5001])
def test_a_number_of_ratings_that_cannot_be_shared_out_is_refused(n_ratings):
    with pytest.raises(ValueError, match=r"choose between 1,000 and 5,000"):
        simulate_ratings(n_users=50, n_movies=400, n_ratings=n_ratings)


@pytest.mark.parametrize("name", ["n_users", "n_movies", "n_ratings", "rank"])
@pytest.mark.parametrize("size", [0, -3, 2.5, np.nan, "40", None])
def test_a_size_that_counts_nothing_is_refused(name, size):
    with pytest.raises(ValueError, match=f"^{name}=.* must be a whole number, 1 or more"):
        simulate_ratings(**{name: size})


@pytest.mark.parametrize("noise", [np.nan, -0.1, np.inf, "loud", None])
def test_noise_that_is_no_number_of_stars_is_refused(noise):
    with pytest.raises(ValueError, match="^noise=.* must be a finite number of stars, 0 or more"):
        simulate_ratings(noise=noise)


@pytest.mark.parametrize("size", [{"rank": 10**9}, {"n_movies": 10**12}])
def test_a_table_beyond_all_memory_is_refused_at_once(size):
    with pytest.raises(ValueError, match="the tables to simulate need .* ask for smaller ones"):
        simulate_ratings(**size)


def test_the_default_is_as_sparse_as_movielens_and_fewer_movies_are_denser(default):
    def median_per_movie(simulation):
        return np.median(RatingMatrix.from_ratings(simulation.ratings).counts("items"))

    assert 3 <= median_per_movie(default) <= 4
    assert median_per_movie(simulate_ratings(n_movies=2000)) >= 12


def test_activity_and_popularity_have_long_tails(default):
    for column in ("userId", "movieId"):
        counts = default.ratings[column].value_counts()
        assert counts.mean() > 1.3 * counts.median()
        assert counts.max() > 8 * counts.median()


def test_ratings_are_the_truth_plus_noise_and_rounding(default):
    expected, stars = expectation(default), default.ratings.rating.to_numpy()
    assert np.corrcoef(expected, stars)[0, 1] > 0.7
    middle = (expected > 2.6) & (expected < 3.0)  # over two standard deviations from clipping
    assert middle.sum() > 3000
    spread = np.sqrt(default.truth.noise**2 + 0.5**2 / 12)  # half-star rounding adds width²/12
    assert np.std((stars - expected)[middle]) == pytest.approx(spread, rel=0.03)
    assert np.mean((stars - expected)[middle]) == pytest.approx(0, abs=0.03)


def test_without_noise_only_rounding_remains():
    simulation = simulate_ratings(n_users=40, n_movies=400, n_ratings=1500, noise=0.0)
    expected = np.clip(expectation(simulation), 0.5, 5)
    assert np.abs(simulation.ratings.rating - expected).max() <= 0.25 + 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_people_watch_what_they_like_better_than_others_would(seed):
    """Not missing at random: the mean taste for what was watched, and everybody's for the same."""
    simulation = simulate_ratings(seed=seed)
    (users, items), truth = indexes(simulation), simulation.truth
    taste = truth.user_factors @ truth.item_factors.T
    assert taste[users, items].mean() > 0.1
    assert abs(taste[:, items].mean()) < 0.03


@pytest.mark.parametrize("seed", range(4))
def test_people_of_one_circle_watch_the_same_movies_and_have_tastes_of_their_own(seed):
    simulation = simulate_ratings(seed=seed)
    truth, n_users = simulation.truth, len(simulation.truth.circles)
    assert set(truth.circles) == set(range(CIRCLES))
    watched = np.zeros((n_users, len(simulation.movies)))
    watched[indexes(simulation)] = 1
    unit = watched / np.sqrt(watched.sum(axis=1, keepdims=True))
    alike, same = unit @ unit.T, truth.circles[:, None] == truth.circles
    others = ~np.eye(n_users, dtype=bool)
    assert alike[same & others].mean() > 1.5 * alike[~same].mean()
    agreement = truth.user_factors @ truth.user_factors.T
    assert abs(agreement[same & others].mean() - agreement[~same].mean()) < 0.05


def test_genres_name_the_poles_of_the_strongest_taste(default):
    for row, genres in zip(default.truth.item_factors[:200], default.movies.genres, strict=False):
        axis = max(range(4), key=lambda a, row=row: abs(row[a]))
        assert genres.split("|")[0] == GENRES[axis][1 if row[axis] > 0 else 0]


def test_movies_have_ascending_ids_and_distinct_titles(default):
    assert default.movies.movieId.is_monotonic_increasing
    assert default.movies.movieId.is_unique
    assert default.movies.title.str.fullmatch(r"\S.* \((19|20)\d\d\)").all()
    assert default.movies.title.is_unique


def test_each_user_rates_in_order_of_time(default):
    within = default.ratings.timestamp.diff()[default.ratings.userId.diff() == 0]
    assert within.min() >= 5
    years = pd.to_datetime(default.ratings.timestamp, unit="s").dt.year
    assert years.between(1996, 2018).all()


# ---- where MovieLens is the oracle -------------------------------------------------------------


def models_of_stars(matrix, located):
    """Models without taste, and with it under either penalty: the better of two plain λ."""
    biases = fit_biases(matrix)
    settings = {"λ = 8": (8, False), "λ = 12": (12, False), "λ·n": (0.2, True)}
    tasted = {
        name: fit_als(matrix, 20, lam, n_iter=8, weighted=weighted, baseline=biases)
        for name, (lam, weighted) in settings.items()
    }
    models = {"mean": fit_mean(matrix), "biases": biases, **tasted}
    users, items, stars = located
    return models, {name: rmse(stars, fit.predict(users, items)) for name, fit in models.items()}


def ways_to_learn_from_watches(matrix):
    """Scores (n_users, n_items) by two kinds of implicit ALS and the zero-filled SVD."""
    strengths = {"watched": np.ones(matrix.nnz), "liked": 1.0 * (matrix.values >= 4)}
    fits = {
        name: fit_implicit(matrix.with_values(values), 20, 30, 4, n_iter=8)
        for name, values in strengths.items()
    }
    scores = {name: fit.user_factors @ fit.item_factors.T for name, fit in fits.items()}
    U, V = zero_filled_svd(matrix, 20)
    return {**scores, "SVD": U @ V.T}


@pytest.mark.parametrize("source", ["movielens", *range(5)])
def test_simulated_ratings_agree_with_movielens(source, request):
    if source == "movielens":
        ratings = load_dataset(request.getfixturevalue("movielens_zip")).ratings
    else:
        ratings = simulate_ratings(seed=source).ratings
    train, held_out = split_ratings(ratings, seed=0)
    matrix = RatingMatrix.from_ratings(train)
    models, error = models_of_stars(matrix, matrix.locate(held_out))
    assert 0.25 < 1 - (error["biases"] / error["mean"]) ** 2 < 0.35
    plain = min(error["λ = 8"], error["λ = 12"])
    assert 0.01 < error["biases"] - min(plain, error["λ·n"]) < 0.035
    assert abs(plain - error["λ·n"]) < 0.007  # biases in place, the penalty's form matters little
    scores = ways_to_learn_from_watches(matrix)
    watches = list(scores)
    scores["popularity"] = np.broadcast_to(matrix.counts("items"), matrix.shape)
    scores |= {name: models[name].predict() for name in ("biases", "λ·n")}
    lists = {name: top_n(table.__getitem__, matrix) for name, table in scores.items()}
    ndcg = evaluate_top_n(lists, matrix, held_out).ndcg
    assert (ndcg[watches] > 1.25 * ndcg["popularity"]).all()
    assert (ndcg[["biases", "λ·n"]] < 0.8 * ndcg["popularity"]).all()
