"""A table of ratings is looked over before anything is computed from it."""

import uuid
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from als_lesson import Dataset, RatingMatrix
from als_lesson.data.table import validate_movies, validate_ratings


@pytest.fixture
def ratings():
    return pd.DataFrame(
        {"userId": [3, 3, 8], "movieId": ["b", "a", "a"], "rating": [4.0, 3.5, 5.0]},
        index=[10, 20, 30],
    )


def refused(ratings, *words, **options):
    with pytest.raises(ValueError) as caught:
        validate_ratings(ratings, **options)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("dtype", ["int64", "float32", "Int64", "Float64", "uint8"])
def test_good_ratings_pass(ratings, dtype):
    validate_ratings(ratings.assign(rating=pd.Series([4, 3, 5], ratings.index).astype(dtype)))


def test_the_table_is_left_alone(ratings):
    before = ratings.copy()
    validate_ratings(ratings)
    pd.testing.assert_frame_equal(ratings, before)


@pytest.mark.parametrize("column", ["userId", "movieId", "rating"])
def test_missing_column(ratings, column):
    refused(ratings.drop(columns=column), f"no column {column} ", "first line", "found:")


def test_empty_table(ratings):
    refused(ratings[:0], "ratings: ", "no ratings", "at least one row")


@pytest.mark.parametrize("column", ["userId", "movieId"])
@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_missing_id(ratings, column, missing):
    ids = ratings[column].astype(object)
    ids[20] = missing
    refused(ratings.assign(**{column: ids}), "row 20", f"no {column}", "remove the row")


@pytest.mark.parametrize(
    "value, words",
    [
        (np.nan, "no rating"),
        (None, "no rating"),
        (pd.NA, "no rating"),
        (np.inf, "the rating inf, which is not a finite number"),
        ("good", "the rating 'good', which is not a finite number"),
    ],
)
def test_bad_rating(ratings, value, words):
    values = ratings["rating"].astype(object)
    values[20] = value
    refused(ratings.assign(rating=values), "row 20", words, "correct it")
    if not isinstance(value, str):
        floats = pd.to_numeric(values, errors="coerce").astype(float)
        refused(ratings.assign(rating=floats), "row 20", words)
        refused(ratings.assign(rating=floats.astype("Float64")), "row 20", words)


def test_numbers_written_as_text_are_not_numbers(ratings):
    refused(ratings.assign(rating=ratings["rating"].astype(str)), "row 10", "'4.0'", "not a finite")
    refused(ratings.assign(rating=True), "row 10", "True", "not a finite number")


def test_duplicates(ratings):
    again = pd.concat([ratings, ratings.rename(index={20: 99})])
    refused(again, "user 3", "movie 'b'", "row 10", "drop_duplicates", "keep='last'")
    validate_ratings(again.drop_duplicates(["userId", "movieId"], keep="last"))


def test_the_message_says_where(ratings):
    refused(ratings[:0], "my.csv: ", where="my.csv")


def test_something_else_than_a_table():
    with pytest.raises(TypeError, match=r"ratings: expected .* a Dataset; got list\. .*from_dense"):
        validate_ratings([1, 2, 3])


def test_movies():
    movies = pd.DataFrame({"movieId": [1, 2], "title": ["Alien", "Brazil"]})
    validate_movies(movies)
    with pytest.raises(ValueError, match="movies: movieId 1 .* more than once .*row 1"):
        validate_movies(movies.assign(movieId=1))
    with pytest.raises(ValueError, match="no column title"):
        validate_movies(movies[["movieId"]])


@pytest.mark.parametrize(
    "values",
    [
        [Fraction(9, 2), Decimal("4.5"), 2**70],
        np.array([4, 5, 2], dtype=np.float16),
        pd.array([4, 5, 2], dtype="Int8"),
        pd.array([4, 5, 2], dtype="UInt64"),
        np.ma.array([4, 5, 2]),
    ],
)
def test_a_number_of_any_make_is_a_rating(ratings, values):
    table = ratings.assign(rating=pd.Series(values, ratings.index))
    stars = RatingMatrix.from_ratings(table).values
    assert sorted(stars) == sorted(float(value) for value in values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 10**400, 2], "row 20 .*not a finite number"),
        ([1, Decimal("NaN"), 2], "row 20 has no rating"),
        ([1, Decimal("Infinity"), 2], "row 20 has the rating Infinity, .*not a finite number"),
        ([1, 1j, 2], "row 10 .*not a finite number"),
        ([1, [5], 2], r"row 20 has the rating \[5\], which is not a finite number"),
        ([1, True, 2], "row 20 has the rating True"),
        ([1, "x" * 10_000, 2], "row 20 .*not a finite number"),
        (pd.to_datetime(["2020", "2021", "2022"]), "row 10 .*not a finite number"),
        (np.ma.masked_equal([4, 0, 5], 0), "row 20 has no rating"),
        (pd.array([True, False, None], dtype="boolean"), "row 10 .*True, which"),
    ],
)
def test_what_is_no_finite_number_is_named(ratings, values, words):
    with pytest.raises(ValueError, match=words) as caught:
        validate_ratings(ratings.assign(rating=pd.Series(values, ratings.index)))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("word", ["", "  ", r"\N", "NA", "nan", "NULL", "None", "<NA>", "n/a", "-"])
def test_a_word_for_missing_is_no_id_among_numbers(ratings, word):
    for ids in (["3", word, "8"], [3, word, 8], ["3.5", word, "1e3"]):
        refused(ratings.assign(userId=ids), "row 20", "userId", "remove the row")


def test_among_names_a_word_for_missing_is_a_name(ratings):
    validate_ratings(ratings.assign(userId=["ann", "NA", "8"]))
    refused(ratings.assign(userId=["ann", " ", "8"]), "row 20", "no userId")


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([7, "7", 8], ["row 20", "'7'", "7;"]),
        ([1, True, 8], ["row 20", "True", "1;"]),
        ([2, 2.0, 8], ["row 20", "2.0", "2;"]),
        ([7, [7], 8], ["row 20", "[7]", "no id"]),
        ([7.0, np.inf, 8], ["row 20", "inf", "no id"]),
    ],
)
def test_two_ids_that_look_alike_are_refused(ratings, ids, words):
    for column in ("userId", "movieId"):
        table = ratings.assign(movieId=["a", "b", "c"], userId=[1, 2, 3])
        refused(table.assign(**{column: pd.Series(ids, ratings.index, dtype=object)}), *words)


@pytest.mark.parametrize(
    "ids",
    [
        [uuid.UUID(int=n) for n in (1, 2, 3)],
        [7, "x", 8],
        pd.Categorical(["a", "b", "a"]),
        np.array([1, 2**64 - 1, 3], dtype=np.uint64),
    ],
)
def test_any_label_may_be_an_id(ratings, ids):
    R = RatingMatrix.from_ratings(ratings.assign(userId=ids, movieId=["a", "b", "c"]))
    assert R.users.ids.tolist() == list(dict.fromkeys(ids))


def test_two_columns_of_one_name(ratings):
    for name in ("userId", "rating"):
        twice = pd.concat([ratings, ratings[[name]]], axis=1)
        refused(twice, f"more than one column {name}", "rename")


def test_a_dataset_is_looked_over_like_its_table(ratings):
    assert validate_ratings(Dataset("mine", ratings)) is ratings
