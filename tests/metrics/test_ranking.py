"""Ranking metrics: by hand on five items, against scikit-learn, and against plain loops."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score

from als_lesson import load_dataset, split_ratings
from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import simulate_ratings
from als_lesson.metrics.ranking import (
    coverage,
    evaluate_top_n,
    ndcg_at,
    precision_at,
    recall_at,
    top_n,
)
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import fit_biases
from als_lesson.models.svd import zero_filled_svd

A, B, C, D, E = range(5)


# ---- five items, by hand -----------------------------------------------------------------------


def test_five_items_by_hand():
    """E, A, C are recommended; A and B are right: one hit, in the second place."""
    recommended, relevant = [E, A, C], [A, B]
    assert precision_at(recommended, relevant, 3) == pytest.approx(1 / 3)
    assert recall_at(recommended, relevant, 3) == pytest.approx(1 / 2)
    second = 1 / math.log2(3)
    assert ndcg_at(recommended, relevant, 3) == pytest.approx(second / (1 + second))
    assert coverage(np.array([recommended]), 5) == pytest.approx(3 / 5)
    assert coverage(np.array([recommended, [A, B, C]]), 5) == pytest.approx(4 / 5)


@pytest.mark.parametrize("metric", [precision_at, recall_at, ndcg_at])
def test_only_the_first_n_places_count(metric):
    assert metric([E, A, B], [A, B], 1) == 0
    assert metric([A, E, C], [A], 1) == 1


def test_places_a_short_list_leaves_empty_are_misses():
    assert precision_at([A], [A, B], 4) == 1 / 4
    assert ndcg_at([A], [A, B], 4) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_a_perfect_list_scores_one_and_a_better_order_scores_more():
    assert ndcg_at([B, A, C], [A, B], 3) == pytest.approx(1)
    assert ndcg_at([A, C, E], [A], 3) > ndcg_at([C, A, E], [A], 3) > ndcg_at([C, E, A], [A], 3)
    assert precision_at([A, C, E], [A], 3) == precision_at([C, E, A], [A], 3)


@pytest.mark.parametrize("metric", [precision_at, recall_at, ndcg_at])
def test_without_anything_relevant_there_is_nothing_to_judge(metric):
    with pytest.raises(ValueError, match="leave such users out"):
        metric([A], [], 1)


@pytest.mark.parametrize("seed", range(20))
def test_ndcg_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    scores, n = rng.random(30), rng.integers(1, 30)
    relevant = rng.choice(30, rng.integers(1, 20), replace=False)
    gains = np.isin(np.arange(30), relevant).astype(float)
    ours = ndcg_at(np.argsort(-scores), relevant, n)
    assert ours == pytest.approx(ndcg_score(gains[None], scores[None], k=n), abs=1e-12)


# ---- lists -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    """40 users; user 7 rated all but three movies, and one held-out movie has no training rating."""
    rng = np.random.default_rng(0)
    R = np.where(rng.random((40, 25)) < 0.3, rng.integers(1, 11, (40, 25)) / 2, np.nan)
    R[7, 3:] = 3.0
    users, movies = np.nonzero(~np.isnan(R))
    table = pd.DataFrame({"userId": users, "movieId": movies, "rating": R[users, movies]})
    train, held_out = split_ratings(table, 0.4, seed=0)
    train = train[train.movieId != 24]
    return RatingMatrix.from_ratings(train), held_out, rng.random((40, 25))


def by_loops(scores, matrix, n):
    lists, R = [], matrix.dense()
    for score, row in zip(scores, R, strict=True):
        unseen = [j for j in range(len(row)) if math.isnan(row[j])]
        best = sorted(unseen, key=lambda j: (-score[j], j))[:n]
        lists.append(best + [-1] * (n - len(best)))
    return lists


@pytest.mark.parametrize("n", [1, 5, 24])
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_top_n_is_what_loops_find(small, n, block):
    matrix, _, scores = small
    scores = scores[: matrix.shape[0], : matrix.shape[1]].round(1)  # many ties
    lists = top_n(lambda users: scores[users], matrix, n, block=block)
    assert lists.tolist() == by_loops(scores, matrix, n)


def test_scores_shared_by_all_are_given_once(small):
    matrix = small[0]
    counts = matrix.counts("items")
    shared = top_n(lambda users: counts, matrix, 5)
    assert shared.tolist() == by_loops(np.tile(counts, (matrix.shape[0], 1)), matrix, 5)


def test_nothing_seen_is_recommended_and_empty_places_say_so(small):
    matrix, _, scores = small
    lists = top_n(lambda users: scores[users, : matrix.shape[1]], matrix, matrix.shape[1])
    observed = matrix.observed()
    for row, seen in zip(lists, observed, strict=True):
        assert (row == -1).sum() == seen.sum()
        assert not seen[row[row >= 0]].any()
        assert len(set(row[row >= 0])) == (~seen).sum()


def test_a_movie_rated_zero_has_been_seen():
    matrix = RatingMatrix.from_dense([[0.0, np.nan, 5.0], [np.nan, 0.0, np.nan]])
    assert top_n(lambda users: np.array([3, 2, 1]), matrix, 2).tolist() == [[1, -1], [0, 2]]


@pytest.mark.parametrize(
    ("n", "words"), [(26, "n=26 must be a whole number from 1 to 2"), (0, "n=0"), (2.5, "n=2.5")]
)
def test_a_list_longer_than_the_catalogue_is_refused(small, n, words):
    with pytest.raises(ValueError, match=words):
        top_n(lambda users: 0, small[0], n)


def test_a_score_that_is_no_number_is_refused(small):
    with pytest.raises(ValueError, match="a score is NaN"):
        top_n(lambda users: np.full(small[0].shape[1], np.nan), small[0])


# ---- the evaluation ----------------------------------------------------------------------------


def judged_by_loops(lists, matrix, held_out, likes):
    """Mean metrics over users with something relevant, one user at a time, by raw ids."""
    rows, n = [], lists.shape[1]
    for user, own in held_out[held_out.rating >= likes].groupby("userId"):
        if user in matrix.users.ids:
            listed = lists[list(matrix.users.ids).index(user)]
            listed = [matrix.items.ids[j] for j in listed if j >= 0]
            metrics = precision_at, recall_at, ndcg_at
            rows.append([metric(listed, own.movieId.to_numpy(), n) for metric in metrics])
    return np.mean(rows, axis=0)


def test_what_is_liked_follows_the_scale_of_the_ratings(small):
    matrix, held_out, _ = small
    lists = {"popularity": top_n(matrix.counts("items"), matrix)}
    expected = evaluate_top_n(lists, matrix, held_out, likes=4)
    for times in (0.2, 1, 20):
        train = matrix.with_values(times * matrix.values)
        of_it = held_out.assign(rating=times * held_out.rating)
        pd.testing.assert_frame_equal(evaluate_top_n(lists, train, of_it), expected)


@pytest.mark.parametrize("likes", [0.5, 4.0])
@pytest.mark.parametrize("n", [3, 20])
def test_the_evaluation_is_what_loops_find(small, likes, n):
    matrix, held_out, scores = small
    assert 24 in set(held_out.movieId) - set(matrix.items.ids)  # a miss nobody can avoid
    lists = top_n(lambda users: scores[users, : matrix.shape[1]], matrix, n)
    table = evaluate_top_n({"random": lists}, matrix, held_out, likes=likes)
    expected = judged_by_loops(lists, matrix, held_out, likes)
    found = table.loc["random", ["precision", "recall", "ndcg"]].to_numpy(dtype=float)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert table.loc["random", "coverage"] == len(set(lists.ravel()) - {-1}) / matrix.shape[1]


def test_with_nothing_relevant_it_says_so(small):
    matrix, held_out, _ = small
    lists = {"first": np.zeros((matrix.shape[0], 1), dtype=int)}
    with pytest.raises(ValueError, match="nobody in `train` gave 6 stars"):
        evaluate_top_n(lists, matrix, held_out, likes=6)


# ---- the reversal ------------------------------------------------------------------------------


def ndcg_of_the_models(ratings):
    train, held_out = split_ratings(ratings)  # one split, 80 to 20
    matrix = RatingMatrix.from_ratings(train)
    U, V = zero_filled_svd(matrix, 20)
    alone = fit_als(matrix, 10, 0.15, weighted=True)
    both = fit_als(matrix, 10, 0.2, weighted=True, baseline=fit_biases(matrix))
    every = np.arange(matrix.shape[1])
    scores = {
        "zero-filled": lambda users: U[users] @ V.T,
        "popularity": lambda users: matrix.counts("items"),
        "biases + weighted": lambda users: both.predict(users[:, None], every),
        "weighted": lambda users: alone.predict(users[:, None], every),
    }
    lists = {name: top_n(score, matrix) for name, score in scores.items()}
    return evaluate_top_n(lists, matrix, held_out).ndcg


def test_movielens_the_ladder_turns_over(movielens_zip):
    ndcg = ndcg_of_the_models(load_dataset(movielens_zip).ratings)
    assert dict(ndcg[:3]) == pytest.approx(
        {"zero-filled": 0.278, "popularity": 0.165, "biases + weighted": 0.041}, abs=0.02
    )
    assert ndcg["weighted"] < 0.01


def test_simulated_ratings_turn_it_over_in_the_same_order():
    ndcg = ndcg_of_the_models(simulate_ratings().ratings)
    assert -np.diff(ndcg).max() > 0.01


def test_a_pair_held_out_twice_and_a_missing_list_are_refused():
    train = RatingMatrix.from_dense([[5, np.nan, 1], [4, 3, np.nan]])
    held_out = pd.DataFrame({"userId": [0, 0], "movieId": [1, 1], "rating": [5.0, 5]})
    lists = np.array([[1], [2]])
    with pytest.raises(ValueError, match="rated movie 1 more than once"):
        evaluate_top_n({"a": lists}, train, held_out)
    with pytest.raises(ValueError, match=r"a: lists of shape \(1, 1\) for 2 users"):
        evaluate_top_n({"a": lists[:1]}, train, held_out[:1])


# ---- models as they are ------------------------------------------------------------------------


def test_a_model_a_function_and_a_table_of_scores_give_the_same_lists(small):
    matrix, held_out, _ = small
    fit = fit_als(matrix, 2, baseline=fit_biases(matrix))
    table, lists = fit.predict(), top_n(fit, matrix, 4)
    np.testing.assert_array_equal(top_n(lambda users: table[users], matrix, 4), lists)
    np.testing.assert_array_equal(top_n(table, matrix, 4), lists)
    scores = evaluate_top_n({"model": fit, "lists": lists}, matrix, held_out, n=4)
    assert (scores.loc["model"] == scores.loc["lists"]).all()


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (3, ValueError, r"scores of shape \(\); give \(2, 4\)"),
        (["a", "b"], ValueError, "scores, neither a model .*: 'a' is not a number"),
        ([[1.0], [1, 2]], ValueError, "rows of different lengths"),
        (np.ma.masked_equal([0, 1, 2, 3], 0), ValueError, "a score is NaN"),
        ([1.0, 2, 3], ValueError, r"shape \(3,\); give \(2, 4\)"),
        (np.ones((4, 2)), ValueError, r"shape \(4, 2\); give \(2, 4\)"),
        (lambda users: [1.0, 2], ValueError, r"scores of shape \(2,\); give \(2, 4\)"),
        ([1.0, np.nan, 2, 3], ValueError, "a score is NaN"),
    ],
)
def test_what_cannot_rank_is_refused(model, error, words):
    with pytest.raises(error, match=words):
        top_n(model, RatingMatrix.from_dense([[5, 4, 1, np.nan], [1, 2, np.nan, 3]]), 1)


# ---- a thing counts once -----------------------------------------------------------------------


def test_a_repeated_recommendation_counts_in_its_first_place():
    assert precision_at([A, A, A], [A], 3) == pytest.approx(1 / 3)
    assert recall_at([A, A, A], [A], 3) == 1
    assert ndcg_at([A, A, A], [A], 3) == 1
    assert ndcg_at([C, A, A, B], [A, B], 4) == ndcg_at([C, A, D, B], [A, B], 4)


def test_a_repeated_relevant_item_counts_once_and_every_unseen_one_for_itself():
    assert recall_at([A], [A, A, B, B], 1) == 1 / 2
    assert ndcg_at([A, C], [A, A], 2) == 1
    assert recall_at([A], [A, -1, -1], 1) == 1 / 3


@pytest.mark.parametrize("metric", [precision_at, recall_at, ndcg_at])
def test_a_place_left_empty_is_no_hit(metric):
    assert metric([-1, -1], [A, -1], 2) == 0


@pytest.mark.parametrize(
    "relevant", [[A, B], (A, B), {A, B}, np.array([A, B]), {A: 1, B: 2}.keys()]
)
@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, pd.Index, iter])
def test_any_container_a_person_would_hand_over_works(kind, relevant):
    recommended = [E, A, C]
    assert recall_at(kind(recommended), relevant, 3) == 1 / 2
    assert ndcg_at(kind(recommended), pd.Series(list(relevant), index=[7, 9]), 3) == ndcg_at(
        recommended, relevant, 3
    )


def test_a_set_of_recommendations_has_no_order_and_works_where_none_is_needed():
    assert precision_at({A, C}, {A, B}, 2) == recall_at({A, C}, {A, B}, 2) == 1 / 2
    for metric, n in ((ndcg_at, 2), (precision_at, 1), (recall_at, 1)):
        with pytest.raises(TypeError, match="a set has no first place"):
            metric({A, C}, {A, B}, n)


@pytest.mark.parametrize("metric", [precision_at, recall_at, ndcg_at])
@pytest.mark.parametrize("n", [0, -1, 1.5, True, None, "3", np.nan])
def test_a_list_has_a_whole_number_of_places(metric, n):
    with pytest.raises(ValueError, match=f"n={n!r} must be a whole number"):
        metric([A], [A], n)


@pytest.mark.parametrize("wrong", [3, None, "Alien", [[A, B]], [True, False], np.array([True])])
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_collection_of_items_is_refused(wrong, place):
    arguments = [[A], [A]]
    arguments[place] = wrong
    with pytest.raises(TypeError, match=("recommended", "relevant")[place]):
        precision_at(*arguments, 1)


def test_evaluated_lists_count_a_repeated_movie_once_too():
    train = RatingMatrix.from_dense([[5, np.nan, np.nan, np.nan], [4, np.nan, np.nan, 5]])
    held_out = pd.DataFrame({"userId": [0, 1, 1], "movieId": [3, 1, 2], "rating": 5.0})
    lists = np.array([[3, 3, 1], [2, 2, -1]])
    table = evaluate_top_n({"a": lists}, train, held_out)
    expected = judged_by_loops(lists, train, held_out, 4.0)
    np.testing.assert_allclose(table.loc["a", ["precision", "recall", "ndcg"]], expected)
    assert table.loc["a", "recall"] == pytest.approx((1 + 1 / 2) / 2)


@pytest.mark.parametrize(
    ("lists", "error"),
    [
        ([[0, 9], [1, 2]], IndexError),
        ([[0, -2], [1, 2]], IndexError),
        ([[0.5, 1], [1, 2]], IndexError),
        ([0, 1], ValueError),
        ([[0], [1, 2]], ValueError),
    ],
)
def test_lists_of_something_else_than_indexes_are_refused(lists, error):
    train = RatingMatrix.from_dense([[5, np.nan, 1], [4, 3, np.nan]])
    held_out = pd.DataFrame({"userId": [0], "movieId": [1], "rating": [5.0]})
    with pytest.raises(error, match="a: "):
        evaluate_top_n({"a": lists}, train, held_out)


def test_coverage_takes_lists_of_any_length_and_refuses_what_is_not_in_the_catalogue():
    assert coverage([[0, 1], [0]], 4) == coverage([0, 1], 4) == coverage({0, 1}, 4) == 1 / 2
    assert coverage([], 4) == coverage([[], [-1]], 4) == 0
    with pytest.raises(IndexError, match="index 7"):
        coverage([[7]], 4)
    with pytest.raises(ValueError, match="n_items=0"):
        coverage([[]], 0)
