"""Ids to row numbers and back, and a matrix that remembers what is blank."""

from decimal import Decimal
from fractions import Fraction

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
    with pytest.raises(ValueError, match="user 7 rated movie 'b' more than once"):
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
    for array in (R.values, R.entries()[1], R.by_user.data, R.by_item.data, R.by_item.indices):
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
    with pytest.raises(TypeError, match="^held_out: expected a RatingMatrix, .*; got ndarray"):
        RatingMatrix.from_ratings(TABLE).locate(DENSE)


OTHER = pd.DataFrame({"userId": [7, 3, 1], "movieId": ["a", "b", "c"], "rating": [1.0, 2, 3]})


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"rating": True}, "row 0 has the rating True, which is not a finite number"),
        ({"rating": [1, np.inf, 2]}, "row 1 has the rating inf, which is not a finite number"),
        ({"rating": [1, 2, np.nan]}, "row 2 has no rating"),
        ({"rating": ["1", "2", "3"]}, "row 0 has the rating '1'"),
        ({"userId": [7, np.nan, 1]}, "row 1 has no userId"),
        ({"userId": ["7", "NULL", "1"]}, "row 1 has the userId 'NULL', which is no id"),
        ({"movieId": ["a", " ", "c"]}, "row 1 has no movieId"),
        ({"userId": [7, "7", 1]}, "'7'.* earlier one has 7"),
        ({"userId": 7, "movieId": "a"}, "user 7 rated movie 'a' more than once"),
        ({"userId": [70, 30, 10]}, "not one of its users .* 70 there, 7 here; .*split_ratings"),
        ({"userId": ["7", "3", "1"]}, "not one of its users .* '7' there, 7 here; .*same kind"),
        ({"movieId": ["x", "y", "z"]}, "not one of its movies .*'x' there, 'b' here.*split_rat"),
        ({"movieId": [0, 1, 2]}, "not one of its movies .* 0 there, 'b' here; .*same kind"),
    ],
)
def test_a_table_that_is_scored_is_looked_over_like_one_that_is_fitted(columns, words):
    with pytest.raises(ValueError, match=f"^held_out: .*{words}"):
        RatingMatrix.from_ratings(TABLE).locate(OTHER.assign(**columns))


@pytest.mark.parametrize("nothing", [OTHER[:0], RatingMatrix.from_dense([[np.nan]])])
def test_an_empty_table_is_not_blamed_on_its_ids(nothing):
    with pytest.raises(ValueError, match="^test: .*no ratings"):
        RatingMatrix.from_ratings(TABLE).locate(nothing, "test")


def test_locate_misses_no_column():
    with pytest.raises(ValueError, match="^held_out: no column movieId"):
        RatingMatrix.from_ratings(TABLE).locate(OTHER.drop(columns="movieId"))


# ---- blanks of another kind ----------------------------------------------------------------------

MASKED = np.ma.masked_invalid(DENSE)


@pytest.mark.parametrize(
    "R",
    [
        MASKED,
        np.ma.masked_equal(np.nan_to_num(DENSE, nan=-1), -1),
        np.ma.masked_invalid(DENSE).astype(object),
        list(MASKED),
        [[4, 0, None], [pd.NA, Fraction(1), Decimal("2.5")], [5, np.nan, np.ma.masked]],
        pd.DataFrame(DENSE),
        pd.DataFrame(DENSE).convert_dtypes(),
        pd.DataFrame(DENSE).astype(pd.SparseDtype(float)),
    ],
)
def test_a_blank_of_another_kind_is_a_blank(R):
    np.testing.assert_array_equal(RatingMatrix.from_dense(R).dense(), DENSE)


@pytest.mark.parametrize(
    ("R", "words"),
    [
        (sparse.csr_array([[5, 0], [0, 4.0]]), "sparse csr_array .*blank.*from_ratings"),
        (pd.DataFrame([[5, 0]]).astype(pd.SparseDtype(int)), "sparse DataFrame .*blank"),
        (TABLE, "one row per rating.*from_ratings"),
        (TABLE[["rating", "movieId", "userId"]], "one row per rating.*from_ratings"),
    ],
)
def test_what_is_no_dense_array_is_not_taken_for_one(R, words):
    with pytest.raises(TypeError, match=f"^R: .*{words}"):
        RatingMatrix.from_dense(R)


@pytest.mark.parametrize(
    ("R", "words"),
    [
        ([["5", "4"]], "'5' is not a number"),
        ([[True, False]], "True is not a number"),
        ([[5, "x"]], "'5' is not a number"),
        ([[None, True]], "True is not a number"),
        ([[1j]], "1j is not a number"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), "is not a number"),
        ([[1, 2], [3]], "rows of different lengths"),
        ([[10**400]], "infinite rating"),
        (pd.DataFrame([[1, 2]], columns=[5, 5]), "names a row or a column twice"),
    ],
)
def test_what_is_no_number_is_not_made_one(R, words):
    with pytest.raises(ValueError, match=f"^R.*{words}"):
        RatingMatrix.from_dense(R)


def test_a_pivoted_table_brings_its_ids_along():
    R = RatingMatrix.from_dense(TABLE.pivot(index="userId", columns="movieId", values="rating"))
    assert R.users.ids.tolist() == [3, 7, 9]
    assert R.items.ids.tolist() == ["a", "b", "c"]
    users, items, stars = R.locate(TABLE)
    np.testing.assert_array_equal(R.dense()[users, items], stars)


@pytest.mark.parametrize(
    "values", [[1.0], np.ones((5, 1)), [1, 2, 3, np.nan, 5], [1, 2, 3, np.inf, 5]]
)
def test_with_values_wants_a_number_for_each_rating(values):
    with pytest.raises(ValueError, match="^values: give a finite number for each of the 5 ratings"):
        RatingMatrix.from_ratings(TABLE).with_values(values)


def test_no_indexes_have_no_ids():
    assert IdMap.from_ids([30, 10]).to_id([]).tolist() == []
    assert IdMap.from_ids(["a"]).to_id([]).tolist() == []
    assert IdMap.from_ids([30, 10]).to_index([]).tolist() == []


@pytest.mark.parametrize("indexes", [[0.0], [True, False], ["0"], np.ma.masked_equal([0, 1], 1)])
def test_an_index_is_a_whole_number(indexes):
    with pytest.raises(IndexError, match="expected indexes"):
        IdMap.from_ids([30, 10]).to_id(indexes)
