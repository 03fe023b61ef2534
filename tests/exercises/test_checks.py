"""Every exercise's check against answers as learners write them: right, wrong, and strange."""

import inspect
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from als_lesson import exercises as checks
from als_lesson.exercises import verdict
from als_lesson.exercises.verdict import Verdict

ZERO_FILL = "blank cells were counted as zeros"


def seen(row):
    return ~np.isnan(row)


# ---- right answers, written from the formulas --------------------------------------------------


def to_index(ids, known):
    return [known.index(one) if one in known else -1 for one in ids]


def density(R):
    return sum(not math.isnan(cell) for row in R for cell in row) / R.size


def movie_means(R):
    return [sum(column[seen(column)]) / seen(column).sum() for column in R.T]


def squared_error(R, prediction):
    cells = [(i, j) for i, j in np.ndindex(R.shape) if not math.isnan(R[i, j])]
    return sum((R[cell] - prediction[cell]) ** 2 for cell in cells)


def fill_with_means(R):
    return pd.DataFrame(R).fillna(pd.DataFrame(R).mean())


def by_lstsq(y, X, penalty):
    """Ridge regression over the observed y, as least squares on the augmented system."""
    k, rated = X.shape[1], seen(y)
    features = np.vstack([X[rated], math.sqrt(penalty) * np.eye(k)])
    return np.linalg.lstsq(features, np.append(y[rated], np.zeros(k)), rcond=None)[0]


def solve_user(R, V, i, lam):
    return by_lstsq(R[i], V, lam)


def solve_movie(R, U, j, lam):
    return by_lstsq(R[:, j], U, lam)


def half_step_movies(R, U, lam):
    return [solve_movie(R, U, j, lam) for j in range(R.shape[1])]


def rmse(R, U, V):
    return math.sqrt(squared_error(R, U @ V.T) / seen(R).sum())


def weighted_objective(R, U, V, lam):
    total = squared_error(R, U @ V.T)
    for i, j in zip(*np.nonzero(seen(R)), strict=True):  # a rating brings both its rows' penalty
        total += lam * (U[i] @ U[i] + V[j] @ V[j])
    return total


def recommend(scores, seen, n):
    return sorted(np.flatnonzero(~seen), key=lambda item: -scores[item])[:n]


def dcg(recommended, relevant, n, first=1):
    places = enumerate(recommended[:n], first)
    return sum(1 / math.log2(place + 1) for place, item in places if item in relevant)


def ndcg(recommended, relevant, n):
    return dcg(recommended, relevant, n) / dcg(relevant, relevant, n)


def sgd_update(r, u, v, lam, eta):
    """Down the gradient of (r - u·v)² / 2 + λ (‖u‖² + ‖v‖²) / 2."""
    pull = sum(a * b for a, b in zip(u, v, strict=True)) - r
    return u - eta * (pull * v + lam * u), v - eta * (pull * u + lam * v)


def conflicts(users, items):
    ratings = list(zip(users, items, strict=True))
    pairs = itertools.combinations(ratings, 2)
    return sum(i == other_i or j == other_j for (i, j), (other_i, other_j) in pairs)


def preference_and_confidence(W, alpha):
    cells = [[(float(w > 0), 1 + alpha * w) for w in row] for row in W.tolist()]
    return np.moveaxis(np.array(cells), 2, 0)


def solve_watcher(V, w, alpha, lam, blank=1.0):
    """Weighted ridge regression over all movies, as least squares on the augmented system."""
    root = np.sqrt(np.where(w > 0, 1 + alpha * w, blank))
    features = np.vstack([root[:, None] * V, math.sqrt(lam) * np.eye(V.shape[1])])
    target = np.append(root * (w > 0), np.zeros(V.shape[1]))
    return np.linalg.lstsq(features, target, rcond=None)[0]


# ---- the usual wrong ones ----------------------------------------------------------------------


def gram_over_everything(y, X, lam):
    rated = seen(y)
    return (X[rated].T @ y[rated]) @ np.linalg.inv(X.T @ X + lam * np.eye(X.shape[1]))


def zeros_for_blanks(y, X, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ np.nan_to_num(y))


def without_lam(y, X, lam):
    return np.linalg.inv(X[seen(y)].T @ X[seen(y)]) @ X[seen(y)].T @ y[seen(y)]


def lam_times_n(y, X, lam):
    return by_lstsq(y, X, lam * seen(y).sum())


def right_side_only(y, X, lam):
    return sum(r * x for r, x in zip(y, X, strict=True) if not math.isnan(r))


RIDGE_MISTAKES = [
    ("Gram matrix sums over every row", gram_over_everything),
    ("Gram matrix sums over every row", zeros_for_blanks),
    ("λ is missing", without_lam),
    ("that is λ·n", lam_times_n),
    ("now solve with the Gram matrix", right_side_only),
]


def for_user(solve):
    return lambda R, V, i, lam: solve(R[i], V, lam)


def for_movie(solve):
    return lambda R, U, j, lam: solve(R[:, j], U, lam)


def for_all_movies(solve):
    return lambda R, U, lam: np.array([solve(column, U, lam) for column in R.T])


def column_for_row(R, V, i, lam):
    rated = np.flatnonzero(seen(R[:, i]))
    gram = V[rated].T @ V[rated] + lam * np.eye(V.shape[1])
    return np.linalg.solve(gram, V[rated].T @ R[rated, i])


def row_for_column(R, U, j, lam):
    rated = np.flatnonzero(seen(R[j]))
    gram = U[rated].T @ U[rated] + lam * np.eye(U.shape[1])
    return np.linalg.solve(gram, U[rated].T @ R[j, rated])


def filled_with(means):
    return lambda R: np.where(np.isnan(R), means(R), R)


def penalty(R, U, V, users=True, movies=True):
    total = seen(R).sum(axis=1) @ (U**2).sum(axis=1) if users else 0
    return total + (seen(R).sum(axis=0) @ (V**2).sum(axis=1) if movies else 0)


def known_only(ids, known):
    return [known.index(one) for one in ids if one in known]


def v_from_moved_u(r, u, v, lam, eta):
    moved, _ = sgd_update(r, u, v, lam, eta)
    return moved, v + eta * ((r - u @ v) * moved - lam * v)


def in_place(r, u, v, lam, eta):
    u += eta * ((r - u @ v) * v - lam * u)
    v += eta * ((r - u @ v) * u - lam * v)
    return u, v


def watcher(gram, right):
    """A solution from a Gram matrix and a right-hand side, each a function of V, w and c."""
    return lambda V, w, alpha, lam: np.linalg.solve(
        gram(V, w, 1 + alpha * w) + lam * np.eye(V.shape[1]), right(V, w, 1 + alpha * w)
    )


def weighted_gram(V, weight):
    return sum(one * np.outer(v, v) for one, v in zip(weight, V, strict=True))


def c_gram(V, w, c):
    return weighted_gram(V, c)


def c_right(V, w, c):
    return sum(one * v for one, seen, v in zip(c, w > 0, V, strict=True) if seen)


TOY = np.array([[5, 4, np.nan], [np.nan, np.nan, 2], [1, np.nan, np.nan], [4, np.nan, np.nan]])
SWEEP = pd.DataFrame(
    [  # k, lam, iteration, train_rmse, held_out_rmse; the first row is not the last iteration
        (2, 0.1, 1, 0.1, 0.1),
        (2, 0.1, 2, 0.8, 0.9),
        (2, 1.0, 2, 0.9, 0.85),
        (9, 0.1, 2, 0.3, 1.2),
        (9, 0.01, 2, 0.2, 1.1),
    ],
    columns=["k", "lam", "iteration", "train_rmse", "held_out_rmse"],
)


def to_fetch(users, items, machine, machines):
    pairs = zip(users.tolist(), items.tolist(), strict=True)
    return sorted({j for i, j in pairs if i % machines == machine != j % machines})


def memory_needed(n_users, n_items, n_ratings, k):
    both_orders = 2 * n_ratings * (np.float64().nbytes + np.int32().nbytes)
    return both_orders + np.zeros((n_users + n_items, k)).nbytes


# check: (what it gets besides the answer, the right answer, [(part of diagnosis, wrong answer)])
CASES = {
    "check_blanks": (
        (TOY,),
        7,
        [("the number of ratings", TOY[seen(TOY)].size), ("every cell", TOY.size)],
    ),
    "check_prediction": (
        ([1.0, 2.0, 0.5], [0.5, 1.5, 2.0]),
        1 * 0.5 + 2 * 1.5 + 0.5 * 2,
        [
            ("those are the products", [0.5, 3.0, 1.0]),
            ("sum of the factors", 3.5 + 4.0),
            ("mean of the products", 1.5),
        ],
    ),
    "check_to_ids": (
        (),
        lambda indexes, index_of: [
            next(one for one, index in index_of.items() if index == wanted) for wanted in indexes
        ],
        [
            ("order of the dictionary", lambda indexes, known: [list(known)[i] for i in indexes]),
            ("were sorted", lambda indexes, known: [sorted(known)[i] for i in indexes]),
            ("the indexes themselves", lambda indexes, known: indexes),
            ("repeats were dropped", lambda indexes, known: [20, 10]),
        ],
    ),
    "check_to_index": (
        (),
        to_index,
        [
            ("got index 0", lambda ids, known: [max(i, 0) for i in to_index(ids, known)]),
            (
                "count from 0",
                lambda ids, known: [{o: n for n, o in enumerate(known, 1)}.get(i, -1) for i in ids],
            ),
            ("known was sorted", lambda ids, known: to_index(ids, sorted(known))),
            ("the ids themselves", lambda ids, known: ids),
            ("was dropped", known_only),
        ],
    ),
    "check_to_fetch": (
        (),
        to_fetch,
        [
            ("need not be sent", lambda u, j, m, n: np.unique(j[u % n == m])),
            ("once is enough", lambda u, j, m, n: sorted(j[(u % n == m) & (j % n != m)])),
            ("has to send", lambda u, j, m, n: np.unique(j[(u % n != m) & (j % n == m)])),
            ("other machines' users", lambda u, j, m, n: np.unique(j[u % n != m])),
            ("its own users rated", lambda u, j, m, n: np.unique(j[j % n != m])),
            ("one for each rating", lambda u, j, m, n: j[u % n == m]),
            ("not how many", lambda *given: len(to_fetch(*given))),
        ],
    ),
    "check_memory": (
        (),
        memory_needed,
        [
            ("stored twice", lambda m, n, r, k: 12 * r + 8 * k * (m + n)),
            ("an index has 4", lambda m, n, r, k: 32 * r + 8 * k * (m + n)),
            ("factors are missing", lambda m, n, r, k: 24 * r),
            ("ratings are missing", lambda m, n, r, k: 8 * k * (m + n)),
            ("single precision", lambda m, n, r, k: 24 * r + 4 * k * (m + n)),
            ("movies have factors too", lambda m, n, r, k: 24 * r + 8 * k * m),
            ("users have factors too", lambda m, n, r, k: 24 * r + 8 * k * n),
            ("not one for each pair", lambda m, n, r, k: 24 * r + 8 * k * m * n),
            ("whole matrix", lambda m, n, r, k: 8 * m * n + 8 * k * (m + n)),
            ("give bytes", lambda *given: memory_needed(*given) / 1e9),
        ],
    ),
    "check_one_rating": (
        (),
        lambda r, v, lam: np.linalg.lstsq([[v], [lam**0.5]], [r, 0])[0][0],
        [
            ("λ is missing", lambda r, v, lam: r / v),
            ("the right-hand side", lambda r, v, lam: v * r),
            ("v², not v", lambda r, v, lam: v * r / (lam + v)),
            ("does not multiply", lambda r, v, lam: v * r / (lam * v * v)),
        ],
    ),
    "check_density": (
        (),
        density,
        [
            ("percentage", lambda R: 100 * density(R)),
            ("share of blanks", lambda R: np.isnan(R).mean()),
            ("NaN was counted as a rating", lambda R: np.count_nonzero(R) / R.size),
            ("a rating of 0 was taken for a blank", lambda R: np.mean(R > 0)),
        ],
    ),
    "check_movie_means": (
        (),
        movie_means,
        [
            (ZERO_FILL, lambda R: np.nan_to_num(R).mean(axis=0)),
            ("axes swapped", lambda R: np.nanmean(R, axis=1)),
            ("one mean for all", np.nanmean),
        ],
    ),
    "check_squared_error": (
        (),
        squared_error,
        [
            (ZERO_FILL, lambda R, P: np.sum((np.nan_to_num(R) - P) ** 2)),
            ("square root", lambda R, P: np.linalg.norm((R - P)[seen(R)])),
            ("mean of the squared errors", lambda R, P: np.nanmean((R - P) ** 2)),
            ("absolute errors", lambda R, P: np.nansum(abs(R - P))),
        ],
    ),
    "check_mean_fill": (
        (),
        fill_with_means,
        [
            ("axes swapped", filled_with(lambda R: np.nanmean(R, axis=1, keepdims=True))),
            ("counted blanks as zeros", filled_with(lambda R: np.nan_to_num(R).mean(axis=0))),
            ("blanks became zeros", np.nan_to_num),
            ("overall mean", filled_with(np.nanmean)),
        ],
    ),
    "check_solve_user": (
        (),
        solve_user,
        [(words, for_user(wrong)) for words, wrong in RIDGE_MISTAKES]
        + [("axes swapped", column_for_row)],
    ),
    "check_solve_movie": (
        (),
        solve_movie,
        [(words, for_movie(wrong)) for words, wrong in RIDGE_MISTAKES]
        + [("axes swapped", row_for_column)],
    ),
    "check_half_step": (
        (),
        half_step_movies,
        [(words, for_all_movies(wrong)) for words, wrong in RIDGE_MISTAKES],
    ),
    "check_rmse": (
        (),
        rmse,
        [
            ("√SSE, the loss", lambda R, U, V: np.sqrt(np.nansum((R - U @ V.T) ** 2))),
            ("take its root", lambda R, U, V: np.nanmean((R - U @ V.T) ** 2)),
            (ZERO_FILL, lambda R, U, V: np.sqrt(np.mean((np.nan_to_num(R) - U @ V.T) ** 2))),
            ("all cells", lambda R, U, V: np.sqrt(np.mean(np.nan_to_num(R - U @ V.T) ** 2))),
            ("mean absolute error", lambda R, U, V: np.nanmean(abs(R - U @ V.T))),
        ],
    ),
    "check_weighted_objective": (
        (),
        weighted_objective,
        [
            (
                "plain λ penalty",
                lambda R, U, V, lam: (
                    squared_error(R, U @ V.T) + lam * (np.sum(U**2) + np.sum(V**2))
                ),
            ),
            ("λ is missing", lambda R, U, V, lam: weighted_objective(R, U, V, 1)),
            ("penalty is missing", lambda R, U, V, lam: squared_error(R, U @ V.T)),
            (
                "only the users' penalty",
                lambda R, U, V, lam: (
                    squared_error(R, U @ V.T) + lam * penalty(R, U, V, movies=False)
                ),
            ),
            (
                "only the movies' penalty",
                lambda R, U, V, lam: (
                    squared_error(R, U @ V.T) + lam * penalty(R, U, V, users=False)
                ),
            ),
            (
                ZERO_FILL,
                lambda R, U, V, lam: (
                    np.sum((np.nan_to_num(R) - U @ V.T) ** 2) + lam * penalty(R, U, V)
                ),
            ),
        ],
    ),
    "check_recommend": (
        (),
        recommend,
        [
            ("seen already", lambda scores, seen, n: np.argsort(-scores)[:n]),
            ("the worst", lambda scores, seen, n: recommend(-scores, seen, n)),
            ("the best of them last", lambda *given: recommend(*given)[::-1]),
            ("order of the catalogue", lambda *given: sorted(recommend(*given))),
            ("those are the scores", lambda scores, *rest: scores[recommend(scores, *rest)]),
            ("positions shifted", lambda scores, seen, n: np.argsort(-scores[~seen])[:n]),
        ],
    ),
    "check_sgd_update": (
        (),
        sgd_update,
        [
            ("uphill", lambda r, u, v, lam, eta: sgd_update(r, u, v, lam, -eta)),
            ("pull them in", lambda r, u, v, lam, eta: sgd_update(r, u, v, -lam, eta)),
            ("keep the old u", v_from_moved_u),
            ("keep the old u, and its error", in_place),
            ("λ is missing", lambda r, u, v, lam, eta: sgd_update(r, u, v, 0, eta)),
            ("the factor 2", lambda r, u, v, lam, eta: sgd_update(r, u, v, lam, 2 * eta)),
            ("η is missing", lambda r, u, v, lam, eta: sgd_update(r, u, v, lam, 1)),
            ("the changes", lambda r, u, v, *rest: np.subtract(sgd_update(r, u, v, *rest), [u, v])),
            ("u comes first", lambda *given: sgd_update(*given)[::-1]),
        ],
    ),
    "check_conflicts": (
        (),
        conflicts,
        [
            ("once from either side", lambda users, items: 2 * conflicts(users, items)),
            (
                "and each rating with itself",
                lambda users, items: np.sum((users[:, None] == users) | (items[:, None] == items)),
            ),
            ("counted with itself", lambda users, items: conflicts(users, items) + len(users)),
            ("only shared users", lambda users, items: conflicts(users, range(len(items)))),
            ("only shared movies", lambda users, items: conflicts(range(len(users)), items)),
            (
                "share nothing",
                lambda users, items: math.comb(len(users), 2) - conflicts(users, items),
            ),
            ("all pairs", lambda users, items: math.comb(len(users), 2)),
        ],
    ),
    "check_ndcg": (
        (),
        ndcg,
        [
            ("that is the DCG", dcg),
            ("the precision", lambda listed, right, n: len({*listed[:n]} & {*right}) / n),
            ("the recall", lambda listed, right, n: len({*listed[:n]} & {*right}) / len(right)),
            ("no more", lambda listed, right, n: dcg(listed, right, n) / dcg(listed, listed, n)),
            ("not cut", lambda listed, right, n: dcg(listed, right, 9) / dcg(right, right, n)),
            (
                "places count from 1",
                lambda listed, right, n: dcg(listed, right, n, 2) / dcg(right, right, n, 2),
            ),
        ],
    ),
    "check_confidence": (
        (),
        preference_and_confidence,
        [
            ("C before P", lambda W, a: preference_and_confidence(W, a)[::-1]),
            ("P holds the counts", lambda W, a: (W, 1 + a * W)),
            ("a blank has confidence 0", lambda W, a: (W > 0, a * W)),
            ("grows with its count", lambda W, a: (W > 0, np.where(W, 1 + a, 1))),
            ("α is missing", lambda W, a: (W > 0, 1 + W)),
            (
                "blanks were masked",
                lambda W, a: [np.where(W == 0, np.nan, x) for x in (W > 0, 1 + a * W)],
            ),
        ],
    ),
    "check_solve_watcher": (
        (),
        solve_watcher,
        [
            (
                "VᵀV is missing: the blank cells",
                watcher(lambda V, w, c: weighted_gram(V, c - 1), c_right),
            ),
            ("runs over the watched movies only", lambda *given: solve_watcher(*given, blank=0.0)),
            (
                "counted twice",
                watcher(lambda V, w, c: V.T @ V + weighted_gram(V, c * (w > 0)), c_right),
            ),
            (
                "every blank already",
                watcher(lambda V, w, c: V.T @ V + weighted_gram(V, c), c_right),
            ),
            ("lacks the confidences", watcher(c_gram, lambda V, w, c: V[w > 0].sum(axis=0))),
            ("where c belongs", watcher(c_gram, lambda V, w, c: (c - 1) @ V)),
            ("that is the slip", watcher(lambda V, w, c: V.T @ V, lambda V, w, c: (w > 0) @ V)),
            ("the correction is missing", watcher(lambda V, w, c: V.T @ V, c_right)),
            ("λ is missing", lambda V, w, alpha, lam: solve_watcher(V, w, alpha, 0.0)),
            ("now solve", lambda V, w, alpha, lam: c_right(V, w, 1 + alpha * w)),
        ],
    ),
    "check_choice": (
        (SWEEP,),
        (2, 1.0),
        [
            ("the ratings it was fitted to", (9, 0.01)),
            ("λ before k", (1.0, 2)),
            ("largest validation error", (9, 0.1)),
        ],
    ),
}
WRONG = [
    pytest.param(name, words, wrong, id=f"{name}: {words}")
    for name, (_, _, mistakes) in CASES.items()
    for words, wrong in mistakes
]
NAMES = sorted(CASES)
TAKES_FUNCTION = [name for name in NAMES if not CASES[name][0]]


def check(name, answer):
    return getattr(checks, name)(answer, *CASES[name][0])


def test_every_check_is_tested_here():
    public = {name for name, _ in inspect.getmembers(checks, inspect.isfunction)}
    needs_an_explorer = {"check_below_biases"}  # tested at the end
    assert {name for name in public if name.startswith("check_")} - needs_an_explorer == set(CASES)
    for name in NAMES:
        first = next(iter(inspect.signature(getattr(checks, name)).parameters))
        assert first == ("function" if name in TAKES_FUNCTION else "answer")


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answer_is_recognized(name):
    verdict = check(name, CASES[name][1])
    assert verdict.correct, verdict
    assert repr(verdict).startswith("✓ ")


@pytest.mark.parametrize(("name", "words", "wrong"), WRONG)
def test_a_known_mistake_gets_its_diagnosis(name, words, wrong):
    verdict = check(name, wrong)
    assert not verdict.correct
    assert words in verdict.message
    assert repr(verdict).startswith("Not yet: ")


def give(name, value):
    """A check's verdict on a value, wrapped in a function where one is asked for."""
    return check(name, (lambda *arguments: value) if name in TAKES_FUNCTION else value)


def known(name):
    """What a check compares with: the right answer, and its mistakes by diagnosis."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        for module in (inspect.getmodule(getattr(checks, name)), verdict):
            patch.setattr(module, "judge", lambda _, *rest: asked.append(rest), raising=False)
        give(name, 0)
    right, mistakes, _ = asked[0]
    return np.asarray(right, dtype=float), mistakes


@pytest.mark.parametrize("name", NAMES)
def test_every_diagnosis_is_provoked_above(name):
    listed = {words for words, _ in CASES[name][2]}
    for diagnosis in known(name)[1]:
        assert any(words in diagnosis for words in listed), diagnosis


@pytest.mark.parametrize("name", NAMES)
def test_no_two_answers_of_a_check_coincide(name):
    right, mistakes = known(name)
    answers = [("right", right), *mistakes.items()]
    answers = [(words, np.asarray(answer, dtype=float)) for words, answer in answers]
    for n, (words, one) in enumerate(answers):
        for others, other in answers[:n]:
            same_shape = one.shape == other.shape
            assert not (same_shape and np.allclose(one, other, rtol=1e-3)), (words, others)


# ---- not started, stopped, strange -------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", [..., None])
def test_not_started(name, answer):
    assert "not started" in check(name, answer).message
    if name in TAKES_FUNCTION:
        nothing = check(name, lambda *arguments: answer).message
        assert "not started" in nothing or "returned nothing" in nothing


def test_printing_is_not_returning():
    def chatty(R):
        print(R.mean())

    assert "returned nothing" in check("check_density", chatty).message


def test_what_would_leave_python_does_not():
    assert "SystemExit" in check("check_density", lambda R: exit()).message
    assert not checks.check_choice(..., None).correct and not checks.check_blanks(8, None).correct


@pytest.mark.parametrize("name", TAKES_FUNCTION)
def test_an_exception_inside_is_reported_and_not_raised(name):
    def forgetful(*arguments):
        return undefined_name  # noqa: F821

    def endless(*arguments):
        return endless(*arguments)

    assert "NameError: name 'undefined_name'" in check(name, forgetful).message
    assert "RecursionError" in check(name, endless).message
    assert "TypeError" in check(name, lambda: 0).message  # takes no arguments
    assert "TypeError" in check(name, 3.5).message  # is no function


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["", "six", ["a"], b"6", {"k": 2}, {1}, 1j, object(), 10**400])
def test_what_is_no_number_is_said_to_be_none(name, value):
    assert f"that is a {type(value).__name__}; numbers were expected" in give(name, value).message


@pytest.mark.parametrize("name", NAMES)
def test_a_number_in_quotes_is_a_string(name):
    right, _ = known(name)
    assert "numbers were expected" in give(name, right.astype(str).tolist()).message


@pytest.mark.parametrize("name", NAMES)
def test_the_right_numbers_in_the_wrong_shape(name):
    right, _ = known(name)
    verdict = give(name, right[None, None])
    assert not verdict.correct
    assert f"the shape is {(1, 1, *right.shape)}; {right.shape} was expected" in verdict.message
    if right.ndim == 2:
        assert "axes swapped" in give(name, right.T).message


@pytest.mark.parametrize("name", NAMES)
def test_a_nan_is_pointed_out(name):
    right, _ = known(name)
    assert "there is a NaN" in give(name, np.full(right.shape, np.nan)).message


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_unknown_here_says_so(name):
    right, _ = known(name)
    verdict = give(name, right + 0.1234)
    assert not verdict.correct
    assert "none of the answers known here" in verdict.message


@pytest.mark.parametrize("name", NAMES)
def test_rounding_errors_are_forgiven_and_real_ones_are_not(name):
    right, _ = known(name)
    assert give(name, right * (1 + 1e-9)).correct
    assert not give(name, right * (1 + 1e-3)).correct


class Hostile:
    """Refuses every conversion."""

    def __array__(self, *arguments, **settings):
        raise RuntimeError("no")

    def __float__(self):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")

    __iter__ = __getitem__ = __float__


SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text("ab1é.", max_size=3),
    st.binary(max_size=3),
    st.dates(),
    st.just(Hostile()),
    st.just(...),
    st.just(pd.NA),
    st.sampled_from([int, np.nan, np, iter([]), range(3)]),
)
JUNK = st.one_of(
    st.recursive(
        SIMPLE,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner),
        max_leaves=5,
    ),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, max_side=5)),
    hnp.arrays(float, st.sampled_from([(), (2,), (5,), (5, 2), (4, 5)])).map(np.ma.masked_invalid),
    hnp.arrays(float, (2, 2)).map(pd.DataFrame),
)


@pytest.mark.filterwarnings("ignore")  # NumPy and pandas comment on junk; that is their right
@settings(max_examples=60, deadline=None, derandomize=True)
@given(JUNK)
def test_no_junk_makes_a_check_raise(junk):
    for name in NAMES:
        for said in (check(name, junk), give(name, junk)):
            assert type(said) is Verdict
            assert repr(said)
            assert said._repr_html_().startswith("<p ")


@pytest.mark.parametrize("name", TAKES_FUNCTION)
def test_an_answer_that_overwrites_its_arguments_harms_nobody(name):
    def vandal(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 7
            elif isinstance(argument, list):
                argument.clear()
        return 0

    assert not check(name, vandal).correct
    assert check(name, CASES[name][1]).correct


def test_what_the_learner_wrote_is_escaped_on_the_page():
    def shouting(*arguments):
        raise ValueError("<script>alert('no')</script> & more")

    html = checks.check_density(shouting)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "&amp; more" in html


class FakeExplorer:
    """Held-out RMSE 0.9 - 0.1 k, biases 0.8."""

    bias_rmse = 0.8

    def set(self, k=1):
        self.run = type("Run", (), {"held_out": [1.0, 0.9 - 0.1 * k], "biased": k > 1})


@pytest.mark.parametrize(
    ("settings", "correct", "words"),
    [
        ({"k": 2}, True, "0.100 below"),
        ({"k": 1}, False, "what the biases say"),
        ({"k": 0.5}, False, "0.050 above"),
        ({"rank": 2}, False, "TypeError"),
        (7, False, "stopped"),
        (..., False, "not started"),
    ],
)
def test_settings_below_the_biases(settings, correct, words):
    found = checks.check_below_biases(settings, FakeExplorer())
    assert found.correct == correct and words in found.message


def test_a_check_takes_its_options_by_name():
    assert checks.check_below_biases({}, FakeExplorer(), margin=0.02).message
