"""Implicit ALS as a whole: its properties, and the same factors as the library `implicit` finds."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from als_lesson.data.load import load_dataset
from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import simulate_ratings
from als_lesson.data.split import split_ratings
from als_lesson.metrics.ranking import evaluate_top_n, top_n
from als_lesson.models.fit import fold_in
from als_lesson.models.implicit import fit_implicit, implicit_steps
from als_lesson.models.svd import zero_filled_svd


@pytest.fixture(scope="module")
def small():
    """Counts 1 to 5; user 3 and movie 2 without watches, one watch of strength 0."""
    rng = np.random.RandomState(0)
    W = np.where(rng.random_sample((15, 11)) < 0.4, rng.randint(1, 6, (15, 11)), np.nan)
    W[3], W[:, 2] = np.nan, np.nan
    W[0, 0] = 0
    return RatingMatrix.from_dense(W)


# ---- properties --------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 4, 13])
@pytest.mark.parametrize("lam", [0.0, 1e-9, 0.1, 10.0, 1e6])
@pytest.mark.parametrize("alpha", [0, 1.0, 40.0])
def test_the_objective_never_rises_at_any_half_step(small, k, lam, alpha):
    steps = list(implicit_steps(small, k, lam, alpha, n_iter=8))
    assert [step.side for step in steps] == ["users", "items"] * 8
    reached = np.array([step.objective for step in steps])
    assert (np.diff(reached) <= 1e-9 * small.nnz).all()


def test_the_fit_is_where_the_steps_end(small):
    *_, last = implicit_steps(small, 3, 0.2, 2.0, n_iter=6, seed=4)
    fit = fit_implicit(small, 3, 0.2, 2.0, n_iter=6, seed=4)
    np.testing.assert_array_equal(fit.user_factors, last.user_factors)
    np.testing.assert_array_equal(fit.item_factors, last.item_factors)
    assert fit.history.iteration.tolist() == [1, 2, 3, 4, 5, 6]
    assert fit.history.objective.iloc[-1] == last.objective


def test_whoever_watched_nothing_has_no_preference(small):
    fit = fit_implicit(small, 3, 0.2)
    assert not fit.user_factors[3].any() and not fit.item_factors[2].any()
    predicted = fit.predict()
    assert (predicted[3] == 0).all() and (predicted[:, 2] == 0).all()
    assert fit.predict([3, -1, 0], [0, 0, -1]).tolist() == [0, 0, 0]
    assert fit.predict(0, 1) == pytest.approx(fit.user_factors[0] @ fit.item_factors[1])


def test_with_one_confidence_for_all_and_no_penalty_it_is_the_svd_of_zero_filled_watches(small):
    once = small.with_values(np.ones(small.nnz))
    fit = fit_implicit(small, 2, 1e-9, alpha=0, n_iter=2000)
    U, V = zero_filled_svd(once, 2)
    np.testing.assert_allclose(fit.predict(), U @ V.T, atol=1e-6)


def test_strength_and_alpha_count_by_their_product(small):
    tripled = small.with_values(3 * small.values)
    one, other = fit_implicit(tripled, 2, 0.1, 2.0), fit_implicit(small, 2, 0.1, 6.0)
    np.testing.assert_allclose(one.predict(), other.predict(), atol=1e-12)


def test_more_confidence_fits_the_watched_better_and_the_blanks_worse(small):
    blank = ~small.observed()
    sizes = [fit_implicit(small, 3, 0.1, alpha).predict() for alpha in (0, 10, 1000)]
    errors = [(np.abs(1 - p[~blank]).mean(), np.abs(p[blank]).mean()) for p in sizes]
    (first, *_), (_, *_), (last, *_) = errors
    assert first > errors[1][0] > last
    assert errors[0][1] < errors[1][1] < errors[2][1]


def test_a_newcomer_is_folded_in_by_one_dense_solve(small):
    fit = fit_implicit(small, 3, 0.2, 2.0)
    c, p = np.ones(11), np.zeros(11)
    c[[5, 1]], p[[5, 1]] = 1 + 2.0 * np.array([3, 0.5]), 1
    V = fit.item_factors
    for lam in (None, 7.0):
        penalty = (0.2 if lam is None else lam) * np.eye(3)
        expected = np.linalg.solve(V.T @ np.diag(c) @ V + penalty, V.T @ (c * p))
        np.testing.assert_allclose(fold_in(fit, [5, 1], [3, 0.5], lam), expected, atol=1e-12)


def test_folding_in_someone_known_gives_their_own_factors():
    matrix = RatingMatrix.from_ratings(simulate_ratings(60, 300, 2500).ratings)
    fit = fit_implicit(matrix, 4, 1.0, 2.0, n_iter=300)
    row = matrix.by_user[[7]]
    np.testing.assert_allclose(fold_in(fit, row.indices, row.data), fit.user_factors[7], atol=1e-3)


@pytest.mark.parametrize("source", ["simulated", "movielens"])
def test_its_lists_beat_popularity_at_what_people_watch(source, request):
    """nDCG@10 on the course's split, every held-out watch relevant: on both data, by three tenths."""
    path = request.getfixturevalue("movielens_zip") if source == "movielens" else source
    train, held_out = split_ratings(load_dataset(str(path)).ratings)
    matrix = RatingMatrix.from_ratings(train)
    k = {"simulated": 20, "movielens": 40}[source]
    fit = fit_implicit(matrix.with_values(np.ones(matrix.nnz)), k, 30, 4, n_iter=10)
    lists = {
        "implicit": top_n(lambda users: fit.user_factors[users] @ fit.item_factors.T, matrix),
        "popularity": top_n(lambda users: matrix.counts("items"), matrix),
    }
    scores = evaluate_top_n(lists, matrix, held_out, likes=0)
    assert scores.ndcg["implicit"] > 1.3 * scores.ndcg["popularity"]
    assert scores.coverage["implicit"] > 3 * scores.coverage["popularity"]


def dense_objective(p, c, U, V, lam):
    return np.sum(c * (p - U @ V.T) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("lam", [0.0, 0.1, 30.0])
def test_the_objective_is_the_sum_over_all_cells(small, engine, k, lam):
    p, c = small.observed().astype(float), np.nan_to_num(1 + 2.0 * small.dense(), nan=1.0)
    for step in implicit_steps(small, k, lam, 2.0, n_iter=3, engine=engine):
        expected = dense_objective(p, c, step.user_factors, step.item_factors, lam)
        assert step.objective == pytest.approx(expected, rel=1e-10)


def test_the_engines_fit_alike(small):
    one, other = (
        fit_implicit(small, 3, 0.2, 2.0, n_iter=6, engine=engine)
        for engine in ("compiled", "numpy")
    )
    np.testing.assert_allclose(one.user_factors, other.user_factors, atol=1e-10)
    np.testing.assert_allclose(one.history, other.history, rtol=1e-10)


# ---- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [-1, np.nan, np.inf, "2", None])
def test_an_impossible_alpha_is_refused_before_the_first_step(small, alpha):
    with pytest.raises(ValueError, match="alpha=.*0 or more"):
        implicit_steps(small, alpha=alpha)


@pytest.mark.parametrize(
    ("setting", "name"), [({"k": 0}, "k=0"), ({"lam": -1}, "lam=-1"), ({"n_iter": 0}, "n_iter=0")]
)
def test_other_settings_are_refused_in_the_words_of_als(small, setting, name):
    with pytest.raises(ValueError, match=name):
        fit_implicit(small, **setting)


def test_an_impossible_strength_is_refused(small):
    values = small.values.copy()
    values[5] = -2
    with pytest.raises(ValueError, match="strength -2: .*leave a cell blank"):
        fit_implicit(small.with_values(values))


def test_a_confidence_beyond_all_numbers_is_refused(small):
    with pytest.raises(ValueError, match=r"alpha=1e\+308 makes a confidence infinite"):
        fit_implicit(small.with_values(np.full(small.nnz, 5.0)), alpha=1e308)


def test_a_newcomer_may_come_as_a_dict(small):
    fit, watched = fit_implicit(small, 2, n_iter=1), {0: 2.0, 3: 1.0}
    factors = fold_in(fit, watched.keys(), watched.values())
    np.testing.assert_array_equal(factors, fold_in(fit, [0, 3], [2.0, 1.0]))


def test_folding_in_refuses_what_fitting_refuses(small):
    fit = fit_implicit(small, 2, n_iter=1)
    with pytest.raises(ValueError, match="a watch of strength -2"):
        fold_in(fit, [0], [-2])
    with pytest.raises(ValueError, match="lam=-1"):
        fold_in(fit, [0], [2], lam=-1)


def test_what_holds_no_ratings_is_refused():
    with pytest.raises(ValueError, match="no column userId"):
        fit_implicit(pd.DataFrame())
    with pytest.raises(TypeError, match="expected a RatingMatrix"):
        fit_implicit(np.ones((2, 2)))


# ---- the library implicit ----------------------------------------------------------------------


def agree_with_the_library(matrix, k, lam, alpha, n_iter, use_native):
    """Predictions of both from the same first item factors; its data are c, ours c - 1."""
    als = pytest.importorskip("implicit.als", reason="no wheel of implicit for this machine")
    model = als.AlternatingLeastSquares(
        factors=k,
        regularization=lam,
        alpha=1.0,
        dtype=np.float64,
        use_native=use_native,
        use_cg=False,
        iterations=n_iter,
        num_threads=1,
    )
    start = np.random.RandomState(3).random_sample((matrix.shape[1], k))
    model.item_factors, model.user_factors = start, np.zeros((matrix.shape[0], k))
    confidence = matrix.with_values(1 + alpha * matrix.values).by_user
    assert (confidence.data == confidence.data.astype(np.float32)).all()  # it keeps them so
    model.fit(sparse.csr_matrix(confidence), show_progress=False)
    fit = fit_implicit(matrix, k, lam, alpha, n_iter=n_iter, seed=3)
    assert np.abs(fit.user_factors).max() > 0.1
    np.testing.assert_allclose(fit.user_factors, model.user_factors, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(fit.item_factors, model.item_factors, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("use_native", [True, False])
@pytest.mark.parametrize(("lam", "alpha"), [(0.5, 4.0), (30.0, 1.0)])
def test_the_library_finds_the_same_factors(use_native, lam, alpha):
    matrix = RatingMatrix.from_ratings(simulate_ratings(80, 500, 4000).ratings)
    agree_with_the_library(matrix, 6, lam, alpha, 5, use_native)


@pytest.mark.parametrize("source", ["simulated", "movielens"])
def test_the_library_finds_the_same_factors_at_full_size(source, request):
    path = request.getfixturevalue("movielens_zip") if source == "movielens" else source
    matrix = RatingMatrix.from_ratings(load_dataset(str(path)).ratings)
    agree_with_the_library(matrix, 20, 10.0, 4.0, 4, use_native=True)
