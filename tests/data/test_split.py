"""Splits are reproducible, and every rating lands in exactly one part."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from als_lesson import Dataset, RatingMatrix
from als_lesson.data.split import kfold_ratings, split_ratings


def table(n):
    columns = {"userId": 1, "movieId": range(n), "rating": 3.0}
    return pd.DataFrame(columns, index=range(100, n + 100))


def check_parts(ratings, train, held_out):
    """Both parts keep the table's order and columns, and together they are the table."""
    for part in (train, held_out):
        assert part["movieId"].is_monotonic_increasing
        assert part.index.equals(pd.RangeIndex(len(part)))
        assert list(part.columns) == list(ratings.columns)
    both = sorted([*train["movieId"], *held_out["movieId"]])
    assert both == ratings["movieId"].tolist()


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 60), st.floats(0.01, 0.99), st.integers(0, 2**32 - 1))
def test_split_keeps_every_rating_once(n, fraction, seed):
    ratings = table(n)
    if not 0 < round(fraction * n) < n:
        with pytest.raises(ValueError, match="leaves one part empty"):
            split_ratings(ratings, fraction, seed)
        return
    train, held_out = split_ratings(ratings, fraction, seed)
    assert len(held_out) == round(fraction * n)
    check_parts(ratings, train, held_out)


def test_split_is_the_same_on_every_machine():
    assert split_ratings(table(20))[1]["movieId"].tolist() == [1, 9, 16, 17]
    assert split_ratings(table(20), seed=1)[1]["movieId"].tolist() != [1, 9, 16, 17]


@pytest.mark.parametrize("fraction", [0, 1, -0.2, 1.2, 20, float("nan"), "0.2", None, [0.2]])
def test_split_wants_a_fraction(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        split_ratings(table(10), fraction)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_folds_hold_every_rating_out_once(n, n_folds, seed):
    ratings = table(n)
    if n_folds > n:
        with pytest.raises(ValueError, match="at most one per rating"):
            kfold_ratings(ratings, n_folds, seed)
        return
    folds = list(kfold_ratings(ratings, n_folds, seed))
    assert len(folds) == n_folds
    for train, held_out in folds:
        check_parts(ratings, train, held_out)
    sizes = [len(held_out) for _, held_out in folds]
    assert max(sizes) - min(sizes) <= 1
    everything = pd.concat([held_out for _, held_out in folds])
    assert sorted(everything["movieId"]) == list(range(n))


def test_folds_are_shuffled_and_reproducible():
    def first(seed):
        return next(kfold_ratings(table(50), seed=seed))[1]["movieId"].tolist()

    assert first(0) == first(0) != first(1)


@pytest.mark.parametrize("n_folds", [-1, 0, 1, 11, 2.5, "5", None])
def test_a_bad_number_of_folds_is_refused_at_once(n_folds):
    with pytest.raises(ValueError, match=f"n_folds={n_folds!r} for 10.*at least 2"):
        kfold_ratings(table(10), n_folds)


def test_a_dataset_is_split_like_its_table():
    dataset = Dataset("mine", table(10))
    for one, other in zip(split_ratings(dataset), split_ratings(table(10)), strict=True):
        pd.testing.assert_frame_equal(one, other)
    (first, *_), (expected, *_) = kfold_ratings(dataset), kfold_ratings(table(10))
    pd.testing.assert_frame_equal(first[1], expected[1])


@pytest.mark.parametrize("split", [split_ratings, kfold_ratings])
@pytest.mark.parametrize("no_table", [[1, 2, 3], None, RatingMatrix.from_dense([[1]])])
def test_what_cannot_be_split_is_answered_with_what_can(split, no_table):
    words = f"ratings: expected a table .* or a Dataset; got {type(no_table).__name__}"
    with pytest.raises(TypeError, match=words):
        split(no_table)
