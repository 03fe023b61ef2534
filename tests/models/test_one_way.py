"""One way to say each thing: every fit takes the same, by the same names, and can predict."""

import inspect
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from als_lesson import (
    Dataset,
    RatingMatrix,
    als_steps,
    evaluate_top_n,
    fit_als,
    fit_biases,
    fit_implicit,
    fit_mean,
    fit_sgd,
    fit_spark,
    fold_in,
    implicit_steps,
    iterations,
    loss,
    objective,
    sgd_epoch,
    sgd_steps,
    split_ratings,
    sweep,
    top_n,
    truncated_svd,
    zero_filled_svd,
)

FITS = {
    "als": fit_als,
    "sgd": fit_sgd,
    "implicit": fit_implicit,
    "mean": fit_mean,
    "biases": fit_biases,
    "zero-filled": lambda ratings: zero_filled_svd(ratings, 2),
}
DEFAULTS = {"k": 2, "lam": 0.1, "n_iter": 20, "seed": 0, "progress": False, "weighted": False}


@pytest.fixture(scope="module")
def table():
    """Every user and movie has ratings, in no order."""
    rng = np.random.RandomState(0)
    cells = [(i, j) for i in range(12) for j in range(9) if rng.random_sample() < 0.5 or i == j]
    cells += [(i, 0) for i in range(12) if (i, 0) not in cells]
    ratings = pd.DataFrame(cells, columns=["userId", "movieId"])
    ratings["rating"] = rng.randint(1, 11, len(cells)) / 2
    return ratings.sample(frac=1, random_state=0, ignore_index=True)


def arrays(model):
    parts = model if isinstance(model, tuple) else vars(model).values()
    return [part for part in parts if isinstance(part, np.ndarray)]


# ---- what comes in -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FITS)
def test_a_dataset_a_table_and_a_matrix_are_the_same(name, table):
    one, *others = (
        FITS[name](given)
        for given in (RatingMatrix.from_ratings(table), table, Dataset("x", table))
    )
    for other in others:
        for a, b in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_array_equal(a, b)


def test_so_they_are_for_whatever_else_takes_ratings(table):
    train, held_out = split_ratings(table)
    kinds = [lambda t: t, RatingMatrix.from_ratings, lambda t: Dataset("x", t)]
    U, V = zero_filled_svd(train, 2)
    U_start, V_start = (np.ones_like(factors) for factors in (U, V))
    found = []
    for kind in kinds:
        given, judge = kind(train), kind(held_out)
        *_, of_als = als_steps(given, n_iter=2)
        *_, of_watches = implicit_steps(given, n_iter=2)
        *_, of_sgd = sgd_steps(given, n_epochs=2)
        *_, fit = iterations(given, n_iter=2, held_out=judge, baseline=fit_biases(given))
        moved = U_start.copy(), V_start.copy()
        sgd_epoch(given, [0, 1, 2], *moved)
        found.append([of_als.objective, of_watches.objective, of_sgd.objective, moved[0].sum()])
        found[-1] += [loss(given, U, V), objective(given, U, V, 0.1), *fit.history.iloc[-1]]
        found[-1] += [*sweep(given, judge, 1, 0.1, n_iter=1).iloc[0]]
        found[-1] += [*evaluate_top_n({"a": fit}, given, judge, 3, likes=1).loc["a"]]
        found[-1] += [top_n(fit, given, 3).sum()]
    np.testing.assert_allclose(found[1:], [found[0]] * 2, rtol=1e-12)


@pytest.mark.parametrize("run", [*FITS.values(), als_steps, implicit_steps, sgd_steps, fit_spark])
@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (
            None,
            TypeError,
            "ratings: expected a RatingMatrix, a table .* or a Dataset; got NoneType",
        ),
        (np.ones((3, 3)), TypeError, "ratings: expected a RatingMatrix, .* got ndarray"),
        (RatingMatrix.from_dense([[np.nan]]), ValueError, "ratings: the matrix holds no ratings"),
        (pd.DataFrame({"userId": [1]}), ValueError, "ratings: no column movieId or rating"),
    ],
)
def test_what_is_no_ratings_is_refused_in_the_same_words(run, given, error, words):
    with pytest.raises(error, match=words):
        run(given)


# ---- settings ----------------------------------------------------------------------------------

EVERY = [
    fit_als,
    fit_sgd,
    fit_implicit,
    fit_spark,
    fit_biases,
    als_steps,
    implicit_steps,
    iterations,
]


@pytest.mark.parametrize("function", [*EVERY, sgd_steps, sweep], ids=lambda f: f.__name__)
def test_defaults_agree_and_n_iter_is_said_by_name(function):
    parameters = inspect.signature(function).parameters
    for name in DEFAULTS.keys() & parameters.keys():
        if function is not fit_biases or name != "lam":  # there it counts ratings
            assert parameters[name].default in (DEFAULTS[name], inspect.Parameter.empty)
    by_name = "n_epochs" if function is sgd_steps else "n_iter"
    assert parameters[by_name].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters[by_name].default == 20


@pytest.mark.parametrize("run", [fit_als, fit_sgd, fit_implicit, als_steps, iterations])
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"k": 0}, "k=0 must be a whole number of factors"),
        ({"k": True}, "k=True must be"),
        ({"k": 10**9}, "factors of rank k = 1,000,000,000 need .* GB of memory.*smaller k"),
        ({"lam": -1}, "lam=-1 must be a finite number"),
        ({"lam": True}, "lam=True must be"),
        ({"n_iter": 0}, "n_iter=0 must be a whole number, 1 or more"),
        ({"n_iter": True}, "n_iter=True must be"),
        ({"seed": -1}, "seed=-1 must be a whole number from 0 to"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"seed": None}, "seed=None"),
        ({"seed": 2**32}, "seed=4294967296"),
    ],
)
def test_settings_out_of_range_are_refused_in_the_same_words(run, setting, words, table):
    with pytest.raises(ValueError, match=words):
        next(iter([run(table, **setting)] if run in FITS.values() else run(table, **setting)))


@pytest.mark.parametrize("run", [fit_als, fit_sgd])
def test_weighted_is_yes_or_no(run, table):
    with pytest.raises(ValueError, match="weighted=0.1 must be True or False"):
        run(table, weighted=0.1)


# ---- what comes out ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FITS)
def test_every_fit_predicts_all_cells_and_pairs_and_nobody(name, table):
    model = FITS[name](table)
    every = model.predict()
    assert every.shape == (12, 9)
    i, j = np.indices((12, 9))
    np.testing.assert_allclose(model.predict(i, j), every, rtol=1e-12)
    np.testing.assert_allclose(model.predict(i[:, :1], j[0]), every, rtol=1e-12)
    assert model.predict([], []).shape == (0,)
    assert np.ndim(model.predict(3, 4)) == 0
    with pytest.raises(ValueError, match="users and items together"):
        model.predict([1])
    with pytest.raises(ValueError, match=r"users of shape \(2,\) and items of shape \(3,\)"):
        model.predict([0, 1], [0, 1, 2])
    for users, items in (([12], [0]), ([0], [-2]), ([0.5], [0]), ([True], [0])):
        with pytest.raises(IndexError, match="index"):
            model.predict(users, items)


def test_the_truncated_svd_predicts_what_it_approximates(table):
    filled = np.random.RandomState(0).random_sample((5, 4))
    model = truncated_svd(filled, 4)
    left, s, right_t = model
    np.testing.assert_allclose(model.predict(), filled)
    np.testing.assert_allclose(model.predict([1, 2], [3, 0]), filled[[1, 2], [3, 0]])
    assert (left.shape, s.shape, right_t.shape) == ((5, 4), (4,), (4, 4))


@pytest.mark.parametrize("name", FITS)
def test_a_newcomer_with_the_ratings_of_somebody_known_is_predicted_the_same(name, table):
    """Once the users' half-step has been the last, as in a fit run to its end."""
    matrix = RatingMatrix.from_ratings(table)
    model = FITS[name](matrix)
    if name in ("als", "sgd", "implicit"):
        settings = {"k": 2, "lam": 0.5, "n_iter": 3000}
        settings |= {"learning_rate": 0.005} if name == "sgd" else {}
        model = {"als": fit_als, "sgd": fit_sgd, "implicit": fit_implicit}[name](matrix, **settings)
    for user in (0, 7):
        row = matrix.by_user[[user]]
        stars = model.predict_newcomer(row.indices, row.data)
        np.testing.assert_allclose(
            stars, model.predict()[user], atol=0.05 if name == "sgd" else 1e-3
        )
        if name not in ("mean", "biases"):
            assert fold_in(model, row.indices, row.data).shape == (2,)


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize(
    ("items", "stars", "error", "words"),
    [
        ([0, 1], [4], ValueError, "one rating per movie"),
        (0, 4, ValueError, "one rating per movie"),
        ([1, 1], [4, 5], ValueError, "a movie twice"),
        ([1.7], [4], IndexError, "expected indexes"),
        ([True], [4], IndexError, "expected indexes"),
        ([0], [np.nan], ValueError, "not a finite number"),
        ([0], ["good"], ValueError, "a newcomer's ratings: 'good' is not a number"),
        ([0], [None], ValueError, "not a finite number; leave that movie out"),
        ([0], [True], ValueError, "True is not a number"),
        ([0], np.ma.masked_equal([5], 5), ValueError, "not a finite number"),
        (np.ma.masked_equal([1], 1), [5], IndexError, "masked"),
        ([9], [4], IndexError, "0 to 8"),
        ([-1], [4], IndexError, "unseen movie"),
    ],
)
def test_no_model_takes_a_newcomer_it_cannot_understand(name, items, stars, error, words, table):
    with pytest.raises(error, match=words):
        FITS[name](table).predict_newcomer(items, stars)


@pytest.mark.parametrize("name", FITS)
def test_a_newcomer_without_ratings_is_predicted_like_an_unseen_user(name, table):
    model = FITS[name](table)
    unseen = model.predict(np.full(9, -1), np.arange(9))
    np.testing.assert_allclose(model.predict_newcomer([], []), unseen)


def test_a_baseline_can_be_given_to_a_fit_of_what_it_leaves_over(table):
    matrix = RatingMatrix.from_ratings(table)
    biases = fit_biases(matrix)
    left_over = matrix.with_values(matrix.values - biases.predict(*matrix.entries()))
    fit = replace(fit_als(left_over), baseline=biases)
    expected = fit_als(matrix, baseline=biases)
    np.testing.assert_array_equal(fit.predict(), expected.predict())
    pd.testing.assert_frame_equal(fit.history, expected.history)


def test_more_cells_than_fit_into_memory_are_refused_in_a_sentence():
    U, V = np.broadcast_to(0.0, (10**6, 1)), np.broadcast_to(0.0, (10**6, 1))
    fit = fit_als(RatingMatrix.from_dense([[1.0]]), 1)
    with pytest.raises(ValueError, match=r"1,000,000,000,000 predictions need .* some of them"):
        replace(fit, user_factors=U, item_factors=V).predict()
    many = np.broadcast_to(0, (10**6, 1))
    with pytest.raises(ValueError, match=r"1,000,000,000,000 predictions need"):
        fit_mean(RatingMatrix.from_dense([[1.0]])).predict(many, many.T)


# ---- while it works ----------------------------------------------------------------------------


def test_iterations_yield_what_the_fit_ends_with(table):
    train, held_out = split_ratings(table)
    settings = {"n_iter": 4, "weighted": True, "held_out": held_out, "baseline": fit_biases(train)}
    fits = list(iterations(train, 3, 0.2, **settings))
    last = fit_als(train, 3, 0.2, **settings)
    np.testing.assert_array_equal(fits[-1].predict(), last.predict())
    assert [len(fit.history) for fit in fits] == [1, 2, 3, 4]
    for n, fit in enumerate(fits, start=1):
        pd.testing.assert_frame_equal(fit.history, last.history[:n], check_exact=True)
        shorter = fit_als(train, 3, 0.2, **settings | {"n_iter": n})
        np.testing.assert_array_equal(fit.user_factors, shorter.user_factors)


@pytest.mark.parametrize("run", [fit_als, fit_sgd, fit_implicit])
def test_progress_is_shown_only_if_asked_for(run, table, capsys):
    run(table, n_iter=3)
    assert capsys.readouterr() == ("", "")
    run(table, n_iter=3, progress=True)
    assert "3/3" in capsys.readouterr().err
