"""Ids to row numbers and back, and a matrix that remembers what is blank."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from als_lesson import Dataset
from als_lesson.data.matrix import IdMap, RatingMatrix, as_matrix

quick = settings(max_examples=30, deadline=None, derandomize=True)

TABLE = pd.DataFrame(
    {
        "userId": [7, 7, 3, 9, 3],
        "movieId": ["b", "a", "c", "b", "a"],
        "rating": [4.0, 0.0, 2.5, 5.0, 1.0],
    }
)
# By hand: users in order of appearance 7, 3, 9; movies b, a, c. The 0.0 is a rating.
DENSE = np.array([[4.0, 0.0, np.nan], [np.nan, 1.0, 2.5], [5.0, np.nan, np.nan]])

cells = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 8), st.sampled_from([0.0, 0.5, 3.0, 5.0])),
    min_size=1,
    max_size=40,
    unique_by=lambda cell: cell[:2],
)


def table(rows):
    return pd.DataFrame(rows, columns=["userId", "movieId", "rating"])


@quick
@given(st.one_of(st.lists(st.integers(-(2**62), 2**62)), st.lists(st.text("aé1 ", max_size=3))))
def test_id_maps_number_ids_in_order_of_appearance_and_find_the_way_back(ids):
    known = {}
    for one in ids:
        known.setdefault(one, len(known))
    ids_map = IdMap.from_ids(ids)
    assert len(ids_map) == len(known)
    indexes = ids_map.to_index(ids)
    assert indexes.tolist() == [known[one] for one in ids]
    assert ids_map.to_id(indexes).tolist() == ids


def test_an_unseen_id_is_an_error_that_names_it_or_minus_one_on_request():
    movies = IdMap.from_ids([30, 10, 20])
    with pytest.raises(KeyError, match=r"id 99 .*3 ids.*allow_unseen=True"):
        movies.to_index([10, 99])
    assert movies.to_index([10, 99, 30], allow_unseen=True).tolist() == [1, -1, 0]


def test_string_ids_never_match_numbers():
    names = IdMap.from_ids(pd.Series(["42", "m-1"]))
    assert names.to_index(["m-1", "42"]).tolist() == [1, 0]
    assert names.to_index([42], allow_unseen=True).tolist() == [-1]
    with pytest.raises(KeyError, match="id 'x'"):
        names.to_index(["x"])


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_the_map_is_an_error_even_minus_one(index):
    with pytest.raises(IndexError, match=f"index {index} is outside 0 to 2"):
        IdMap.from_ids([30, 10, 20]).to_id([0, index])


def test_a_small_table_becomes_the_matrix_worked_by_hand():
    R = RatingMatrix.from_ratings(TABLE)
    assert R.shape == (3, 3)
    assert R.nnz == 5
    np.testing.assert_array_equal(R.dense(), DENSE)
    np.testing.assert_array_equal(R.observed(), ~np.isnan(DENSE))
    assert R.users.ids.tolist() == [7, 3, 9]
    assert R.items.ids.tolist() == ["b", "a", "c"]
    assert R.counts("users").tolist() == [2, 2, 1]
    assert R.counts("items").tolist() == [2, 2, 1]


@quick
@given(cells)
def test_every_table_lands_where_a_plain_loop_puts_it(rows):
    R = RatingMatrix.from_ratings(table(rows))
    users, items = {}, {}
    for user, movie, _ in rows:
        users.setdefault(user, len(users))
        items.setdefault(movie, len(items))
    expected = np.full((len(users), len(items)), np.nan)
    for user, movie, stars in rows:
        expected[users[user], items[movie]] = stars
    np.testing.assert_array_equal(R.dense(), expected)


@quick
@given(cells)
def test_both_orders_hold_the_same_ratings_zeros_included(rows):
    R = RatingMatrix.from_ratings(table(rows))
    n_users, n_items = R.shape
    assert (R.by_user.shape, R.by_item.shape) == ((n_users, n_items), (n_items, n_users))
    assert R.by_user.nnz == R.by_item.nnz == R.nnz == len(rows)
    np.testing.assert_array_equal(R.by_user.toarray(), R.by_item.toarray().T)
    np.testing.assert_array_equal(R.counts("users"), R.observed().sum(axis=1))
    np.testing.assert_array_equal(R.counts("items"), R.observed().sum(axis=0))
    np.testing.assert_array_equal(R.dense()[R.entries()], R.values)


@quick
@given(cells, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_only_renames_users_and_items(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = (RatingMatrix.from_ratings(table(r)) for r in (rows, shuffled))
    users, items = other.users.to_index(one.users.ids), other.items.to_index(one.items.ids)
    np.testing.assert_array_equal(one.dense(), other.dense()[np.ix_(users, items)])


def test_from_dense_gives_the_array_back():
    R = RatingMatrix.from_dense(DENSE)
    np.testing.assert_array_equal(R.dense(), DENSE)
    assert R.nnz == 5
    assert R.users.ids.tolist() == [0, 1, 2]


def test_a_row_and_a_column_without_ratings_are_kept():
    R = RatingMatrix.from_dense([[np.nan, np.nan], [3, np.nan]])
    assert R.shape == (2, 2)
    assert R.counts("users").tolist() == [0, 1]
    assert R.counts("items").tolist() == [1, 0]


@pytest.mark.parametrize(
    ("R", "words"),
    [([1.0, 2.0], "users x items.*it has 1"), ([[np.inf, 1.0]], "infinite rating.*NaN")],
)
def test_from_dense_refuses_what_is_no_rating_matrix(R, words):
    with pytest.raises(ValueError, match=words):
        RatingMatrix.from_dense(R)


def test_from_ratings_refuses_a_pair_rated_twice():
    with pytest.raises(ValueError, match="user 7 rated movie b more than once"):
        RatingMatrix.from_ratings(pd.concat([TABLE, TABLE.head(1)]))


def test_with_values_replaces_the_ratings_and_nothing_else():
    R = RatingMatrix.from_ratings(TABLE)
    other = R.with_values(np.zeros(5))
    np.testing.assert_array_equal(other.observed(), R.observed())
    np.testing.assert_array_equal(other.dense()[R.observed()], np.zeros(5))
    assert other.by_item.nnz == 5
    assert other.users is R.users
    np.testing.assert_array_equal(R.dense(), DENSE)


def test_with_values_keeps_the_order_of_entries():
    R = RatingMatrix.from_ratings(TABLE)
    np.testing.assert_array_equal(R.with_values(R.values).dense(), DENSE)
    by_movie = R.with_values(-R.values).by_item.toarray()
    np.testing.assert_array_equal(by_movie.T, -np.nan_to_num(DENSE))


@pytest.mark.parametrize(("n", "form", "size"), [(40_000, "dense", 13), (100_000, "observed", 10)])
def test_what_no_laptop_holds_is_refused(n, form, size):
    ids, empty = IdMap(np.arange(n)), sparse.csr_array((n, n))
    with pytest.raises(ValueError, match=rf"{n:,} x {n:,} cells need {size} GB.*by_user"):
        getattr(RatingMatrix(empty, empty, ids, ids), form)()


def test_nobody_can_write_into_one_of_the_two_copies():
    R = RatingMatrix.from_ratings(TABLE)
    for array in (R.values, R.entries()[1]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3
    np.testing.assert_array_equal(R.dense(), DENSE)


def test_who_is_rated_and_their_means():
    R = RatingMatrix.from_dense([[4, np.nan, 0], [np.nan] * 3, [np.nan, np.nan, 5]])
    assert R.rated("users").tolist() == [True, False, True]
    assert R.rated("items").tolist() == [True, False, True]
    assert R.user_means().tolist() == [2, 3, 5, 3]  # (4 + 0 + 5) / 3 for the silent and unseen


@quick
@given(cells)
def test_user_means_are_those_of_the_table(rows):
    R, ratings = RatingMatrix.from_ratings(table(rows)), table(rows)
    means = ratings.groupby("userId")["rating"].mean()[R.users.ids]
    np.testing.assert_allclose(R.user_means(), [*means, ratings["rating"].mean()], rtol=1e-13)


def test_a_matrix_a_table_and_a_dataset_are_the_same_ratings():
    R = RatingMatrix.from_ratings(TABLE)
    assert as_matrix(R) is R
    for ratings in (TABLE, Dataset("mine", TABLE)):
        np.testing.assert_array_equal(as_matrix(ratings).dense(), DENSE)
        assert [len(part) for part in R.locate(ratings)] == [5, 5, 5]


@pytest.mark.parametrize("nothing", [RatingMatrix.from_dense([[np.nan]]), TABLE[:0]])
def test_no_ratings_are_refused(nothing):
    with pytest.raises(ValueError, match="^train: .* no ratings"):
        as_matrix(nothing, "train")


def test_an_array_is_no_table_of_ratings():
    with pytest.raises(TypeError, match=r"^train: expected .*; got ndarray\..*from_dense"):
        as_matrix(DENSE, "train")


def test_locate_finds_other_ratings_and_marks_the_unseen():
    other = pd.DataFrame(
        {"userId": [9, 1, 3], "movieId": ["c", "a", "z"], "rating": [1.0, 2.0, 3.0]}
    )
    R = RatingMatrix.from_ratings(TABLE)
    for ratings in (other, RatingMatrix.from_ratings(other)):
        users, items, stars = R.locate(ratings)
        assert users.tolist() == [2, -1, 1]
        assert items.tolist() == [2, 1, -1]
        assert stars.tolist() == [1.0, 2.0, 3.0]


def test_locate_says_what_it_wants():
    with pytest.raises(TypeError, match="expected a RatingMatrix, a table .*; got ndarray"):
        RatingMatrix.from_ratings(TABLE).locate(DENSE)


def test_locating_ratings_whose_ids_are_of_another_kind_is_refused():
    table = pd.DataFrame({"userId": [1, 2], "movieId": [5, 6], "rating": [4.0, 3.0]})
    matrix = RatingMatrix.from_ratings(table)
    with pytest.raises(ValueError, match="same kind"):
        matrix.locate(table.astype({"userId": str, "movieId": str}))
    with pytest.raises(ValueError, match="movieId"):
        matrix.locate(table.drop(columns="movieId"))


def test_held_out_movies_of_another_kind_of_id_are_noticed():
    R = RatingMatrix.from_dense([[5, 4], [3, 2]])
    table = pd.DataFrame({"userId": [0, 1], "movieId": ["0", "1"], "rating": [5.0, 2]})
    with pytest.raises(ValueError, match="none of the ratings to locate is of a movie"):
        R.locate(table)
