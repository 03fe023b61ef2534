"""The sweep is fit_als over a grid, in one tidy table."""

import numpy as np
import pandas as pd
import pytest

from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import simulate_ratings
from als_lesson.data.split import split_ratings
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import fit_biases
from als_lesson.models.grid import sweep


@pytest.fixture(scope="module")
def parts():
    return split_ratings(simulate_ratings(n_users=40, n_movies=300, n_ratings=1200).ratings)


def test_a_row_for_every_k_lam_and_iteration(parts):
    table = sweep(*parts, ks=[3, 1], lams=[0.1, 1.0, 9.0], n_iter=2)
    assert list(table.columns) == [
        "k",
        "lam",
        "iteration",
        "objective",
        "loss",
        "train_rmse",
        "held_out_rmse",
    ]
    expected = [(k, lam, i) for k in (3, 1) for lam in (0.1, 1.0, 9.0) for i in (1, 2)]
    assert list(table[["k", "lam", "iteration"]].itertuples(index=False, name=None)) == expected
    assert table.index.tolist() == list(range(12))
    assert np.isfinite(table.to_numpy()).all()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_every_row_is_what_fit_als_says(parts, weighted, biased):
    train, validation = parts
    matrix = RatingMatrix.from_ratings(train)
    settings = {"weighted": weighted, "seed": 3, "baseline": fit_biases(matrix) if biased else None}
    table = sweep(train, validation, ks=[1, 4], lams=[0.05, 2.0], n_iter=3, **settings)
    for (k, lam), rows in table.groupby(["k", "lam"]):
        history = fit_als(matrix, k, lam, n_iter=3, held_out=validation, **settings).history
        theirs = rows.drop(columns=["k", "lam"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(theirs, history, check_exact=True)


def test_tables_and_matrices_give_the_same(parts):
    one = sweep(*parts, ks=[2], lams=[0.1], n_iter=2)
    matrices = map(RatingMatrix.from_ratings, parts)
    other = sweep(*matrices, ks=iter([2]), lams=iter([0.1]), n_iter=2)
    pd.testing.assert_frame_equal(one, other.assign(held_out_rmse=one.held_out_rmse))
    # A matrix keeps its ratings user by user: the same errors, added up in another order.
    np.testing.assert_allclose(one.held_out_rmse, other.held_out_rmse, rtol=1e-12)


def test_the_progress_bar_counts_fits_and_can_be_silenced(parts, capsys):
    sweep(*parts, ks=[1, 2], lams=[0.1], n_iter=1)
    assert capsys.readouterr() == ("", "")
    sweep(*parts, ks=[1, 2], lams=[0.1], n_iter=1, progress=True)
    assert "2/2" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("ks", "lams", "settings", "words"),
    [
        ([], [0.1], {}, r"ks=\[\]: the grid is empty"),
        ([2], [], {}, r"lams=\[\]: the grid is empty"),
        ("12", [0.1], {}, "k='12' must be a whole number"),
        ([2, 3, 2], [0.1], {}, "ks=.* names a value twice"),
        (2, [0.1, 0.1], {}, "lams=.* names a value twice"),
        ([2], [0.1, -1], {}, "lam=-1"),
        ([2, 2.5], [0.1], {}, "k=2.5"),
        ([2, None], [0.1], {}, "k=None"),
        ([2], [0.1], {"seed": "a"}, "seed='a'"),
        ([2], [0.1], {"weighted": 3}, "weighted=3"),
        ([2], [0.1], {"n_iter": 0}, "n_iter=0"),
    ],
)
def test_a_grid_that_cannot_be_fitted_is_refused_before_the_first_fit(
    parts, ks, lams, settings, words, capsys
):
    with pytest.raises(ValueError, match=words):
        sweep(*parts, ks, lams, progress=True, **settings)
    assert capsys.readouterr() == ("", "")


def test_one_number_is_a_grid_too(parts):
    one, other = sweep(*parts, 2, 0.1, n_iter=2), sweep(*parts, [2], (0.1,), n_iter=2)
    pd.testing.assert_frame_equal(one, other)
