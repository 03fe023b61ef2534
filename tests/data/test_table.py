"""A table of ratings is looked over before anything is computed from it."""

import numpy as np
import pandas as pd
import pytest

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
    refused(again, "user 3", "movie b", "row 10", "drop_duplicates", "keep='last'")
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
