"""Checks on biases, penalties and the choice of a setting: notebooks 07 and 08."""

import numpy as np
import pandas as pd

from . import toy
from .cells import NOT_MASKED, ZERO_FILL, ZERO_IS_BLANK, no_zeros, seen
from .engine import Exercise, never_raise, through
from .verdict import NOT_STARTED, Verdict, shorten, show


def _biased(rng, size):
    R = toy.table(rng, size)
    return R, rng.randint(25, 45) / 10, *(rng.randint(-9, 10, n) / 10 for n in R.shape)


def _parts(mistake):
    """A mistake with SSE, counts and squared lengths of both sides, as one with R, U, V and λ."""

    def _whole(R, U, V, lam):
        (m, u), (n, v) = (
            (seen(R).sum(axis=1 - a), (F**2).sum(axis=1)) for a, F in enumerate((U, V))
        )
        return mistake(np.nansum((R - U @ V.T) ** 2), m, u, n, v, lam)

    return _whole


_weighted_objective = _parts(lambda sse, m, u, n, v, lam: sse + lam * (m @ u + n @ v))


def _sweep(rng, size):
    ks, lams = np.sort(rng.permutation(9)[:2]) + 1, np.sort(rng.permutation(9)[:size]) / 10 + 0.1
    k, lam, iteration = (part.ravel() for part in np.meshgrid(ks, lams, [1, 2], indexing="ij"))
    train, held_out = ((rng.permutation(k.size) + least) / 100 for least in (80, 85))
    columns = {"k": k, "lam": lam, "iteration": iteration}
    return (pd.DataFrame(columns | {"train_rmse": train, "held_out_rmse": held_out}),)


def _last(table):
    """Of a sweep's last iteration: pairs, errors in training, errors held out, row labels."""
    names = ["k", "lam", "iteration", "train_rmse", "held_out_rmse"]
    k, lam, iteration, train, held_out = (table[name].to_numpy(float) for name in names)
    last = iteration == iteration.max()
    return np.column_stack([k, lam])[last], train[last], held_out[last], table.index[last]


def _best(table, score=lambda train, held_out: held_out):
    """The pair with the smallest score."""
    pairs, train, held_out, _ = _last(table)
    return pairs[np.argmin(score(train, held_out))]


def _means(rng, size):
    ks, lams = np.sort(rng.permutation(9)[: min(size + 1, 3)]) + 1, [0.1, 0.3, 1.0][: size + 1]
    k, lam = (part.ravel() for part in np.meshgrid(ks, lams, indexing="ij"))
    rmse, se = (rng.permutation(times * k.size)[: k.size] / 1000 for times in (3, 2))
    return (pd.DataFrame({"k": k, "lam": lam, "rmse": 0.91 + rmse, "se": 0.0017 + se}),)


def _within(rmse, se, best, times=1):
    return rmse <= rmse[best] + times * se[best]


def _pick(near=_within, order=lambda k, lam, rmse: (-lam, k)):
    """The pair that comes first, by the last key and then the others, among those that are near."""

    def _picked(table):
        k, lam, rmse, se = table[["k", "lam", "rmse", "se"]].to_numpy().T
        rows = np.flatnonzero(near(rmse, se, np.argmin(rmse)))
        first = rows[np.lexsort(order(k[rows], lam[rows], rmse[rows]))[0]]
        return np.array([k[first], lam[first]])

    return _picked


check_residuals = Exercise("residuals", _biased, [
    ("what the biases leave to explain, blank where R is", lambda R, mean, user_biases, item_biases: R - (mean + user_biases[:, None] + item_biases)),
    ("a blank became 0 minus the biases; what is blank stays blank", lambda R, m, a, b: np.nan_to_num(R) - (m + a[:, None] + b)),
    ("a blank became 0; what is blank stays blank", lambda R, m, a, b: np.nan_to_num(R - (m + a[:, None] + b))),
    (ZERO_IS_BLANK, lambda R, m, a, b: no_zeros(R) - (m + a[:, None] + b)),
    ("the mean is missing", lambda R, m, a, b: R - (a[:, None] + b)),
    ("the users' biases are missing", lambda R, m, a, b: R - (m + b)),
    ("the movies' biases are missing", lambda R, m, a, b: R - (m + a[:, None])),
    ("both biases are missing; that is R minus the mean", lambda R, m, a, b: R - m),
    ("that adds the biases; take them off", lambda R, m, a, b: R + (m + a[:, None] + b)),
    ("only the mean is taken off; put all three in brackets", lambda R, m, a, b: R - m + a[:, None] + b),
    ("those are the biases' predictions; take them off R", lambda R, m, a, b: m + a[:, None] + b),
    ("axes swapped: a user's bias belongs to a row", lambda R, m, a, b: R - (m + a + b[:, None])),
    ("that takes the mean of R itself; use the one given", lambda R, m, a, b: R - (np.nanmean(R) + a[:, None] + b)),
    ("those are the residuals in one row; keep the table's shape", lambda R, m, a, b: (R - (m + a[:, None] + b))[seen(R)]),
])  # fmt: skip

check_weighted_objective = Exercise("weighted_objective", toy.model, [
    ("squared errors, and each row's penalty once for each of its ratings", lambda R, U, V, lam: _weighted_objective(R, U, V, lam)),
    (ZERO_FILL, lambda R, U, V, lam: _weighted_objective(R, U, V, lam) + np.sum((U @ V.T)[~seen(R)] ** 2)),
    (NOT_MASKED, lambda R, U, V, lam: _weighted_objective(R, U, V, lam) + 0 * np.sum(R)),
    *through(_parts, [
        ("that is the plain λ penalty; multiply each row's by its number of ratings", lambda sse, m, u, n, v, lam: sse + lam * (u.sum() + v.sum())),
        ("λ is missing", lambda sse, m, u, n, v, lam: sse + m @ u + n @ v),
        ("the penalty is missing", lambda sse, m, u, n, v, lam: sse),
        ("the errors are missing", lambda sse, m, u, n, v, lam: lam * (m @ u + n @ v)),
        ("only the users' penalty is there", lambda sse, m, u, n, v, lam: sse + lam * (m @ u)),
        ("only the movies' penalty is there", lambda sse, m, u, n, v, lam: sse + lam * (n @ v)),
        ("λ multiplies the users' penalty only; put both in brackets", lambda sse, m, u, n, v, lam: sse + lam * (m @ u) + n @ v),
        ("lengths were not squared", lambda sse, m, u, n, v, lam: sse + lam * (m @ u**0.5 + n @ v**0.5)),
        ("the mean of the squared errors stands there; it is their sum", lambda sse, m, u, n, v, lam: sse / m.sum() + lam * (m @ u + n @ v)),
        ("n is that row's number of ratings, not that of all", lambda sse, m, u, n, v, lam: sse + lam * m.sum() * (u.sum() + v.sum())),
        ("n is that row's number of ratings, not of its cells", lambda sse, m, u, n, v, lam: sse + lam * (len(n) * u.sum() + len(m) * v.sum())),
        ("the penalty is divided by n; multiply", lambda sse, m, u, n, v, lam: sse + lam * ((u / m).sum() + (v / n).sum())),
        ("the counts changed sides: a row of U has its user's", lambda sse, m, u, n, v, lam: sse + lam * (n @ u + m @ v)),
    ]),
])  # fmt: skip

check_choice = Exercise("choice", _sweep, [
    ("the pair (k, λ) with the smallest held-out error at the last iteration", lambda table: _best(table)),
    ("that pair is best on the ratings it was fitted to; choose on the held-out ones", lambda table: _best(table, lambda train, held_out: train)),
    ("that is λ before k; give (k, λ)", lambda table: _best(table)[::-1]),
    ("that pair has the largest held-out error; look for the smallest", lambda table: _best(table, lambda train, held_out: -held_out)),
    ("that pair was the best on its way; compare at the last iteration", lambda table: _best(table.assign(iteration=0))),
    ("that is the smallest error; the pair that reaches it was asked for", lambda table: min(_last(table)[2])),
    ("that is the row's label; give its k and λ", lambda table: _last(table)[3][np.argmin(_last(table)[2])]),
    ("that pair's two errors are closest; look for the smallest held-out one", lambda table: _best(table, lambda train, held_out: abs(held_out - train))),
    ("that is the largest k and λ; look at the errors", lambda table: _last(table)[0].max(axis=0)),
])  # fmt: skip

check_one_se = Exercise("one_se", _means, [
    ("(k, λ), the simplest within one standard error of the best: smallest k, then largest λ", lambda table: _pick()(table)),
    ("that is the best mean; the simplest within one standard error of it was asked for", _pick(lambda rmse, se, best: _within(rmse, se, best, 0))),
    ("each row's own error was taken off; the best row's sets the limit", _pick(lambda rmse, se, best: rmse - se <= rmse[best])),
    ("the limit is one standard error above the best, not two", _pick(lambda rmse, se, best: _within(rmse, se, best, 2))),
    ("that is the simplest of all; it has to be within one standard error of the best", _pick(lambda rmse, se, best: rmse > 0)),
    ("that has the smallest standard error; start from the smallest mean", _pick(lambda rmse, se, best: se == min(se))),
    ("that is one percent; the limit is one standard error", _pick(lambda rmse, se, best: rmse <= 1.01 * rmse[best])),
    ("a larger λ is simpler: of equal k, take the largest", _pick(order=lambda k, lam, rmse: (lam, k))),
    ("a smaller k is simpler: take the smallest", _pick(order=lambda k, lam, rmse: (-lam, -k))),
    ("that is the most complex pair within the limit; take the simplest", _pick(order=lambda k, lam, rmse: (lam, -k))),
    ("k comes first: the smallest k, and of those the largest λ", _pick(order=lambda k, lam, rmse: (k, -lam))),
    ("that is the worst within the limit; take the simplest", _pick(order=lambda k, lam, rmse: (-rmse,))),
    ("that is λ before k; give (k, λ)", lambda table: _pick()(table)[::-1]),
])  # fmt: skip

check_one_rating = Exercise("one_rating", lambda rng, size: ( rng.randint(1, 11) / 2, rng.randint(2, 31) / 10, rng.randint(2, 20) / 10 + 0.05, ), [
    ("ridge regression with one feature and one rating", lambda r, v, lam: r * v / (v**2 + lam)),
    ("λ is missing", lambda r, v, lam: r / v),
    ("that is the right-hand side; divide by v² + λ", lambda r, v, lam: r * v),
    ("the Gram matrix is v², not v", lambda r, v, lam: r * v / (v + lam)),
    ("λ is added once, to v²; it does not multiply it", lambda r, v, lam: r * v / (v**2 * lam)),
    ("above stands r·v, not r", lambda r, v, lam: r / (v**2 + lam)),
    ("that is r / (v + λ); multiply r by v, and square v below", lambda r, v, lam: r / (v + lam)),
    ("that is 2λ; the 2 of both derivatives cancels", lambda r, v, lam: r * v / (v**2 + 2 * lam)),
    ("the division came first; put v² + λ in brackets", lambda r, v, lam: r * v / v**2 + lam),
    ("λ was taken off; add it", lambda r, v, lam: r * v / (v**2 - lam)),
])  # fmt: skip


@never_raise
def check_below_biases(answer, explorer, margin=0.01):
    """Settings for ``explorer.set`` whose held-out RMSE is below the biases' by `margin`.

    They must do so alone: a value the control cannot take, or one left over on screen, is none
    of theirs.
    """
    if answer is None or answer is Ellipsis:
        return NOT_STARTED
    if not isinstance(answer, dict):
        return Verdict(False, f"{show(answer, 40)} has no names: write dict(k=3, lam=1.0, …)")
    try:
        explorer.set(**answer)
        gap = explorer.bias_rmse - explorer.run.held_out[-1]
    except Exception as error:  # whatever the learner wrote, the check must survive it
        said = f"{type(error).__name__}: {shorten(error, 200)}"
        return Verdict(False, f"those settings stopped with {said}")
    shown = {name: control.value for name, control in explorer.controls.items()}
    for name, asked in answer.items():
        rounded = 0.13 * asked if isinstance(shown[name], float) else 0  # a slider's own steps
        if not abs(shown[name] - asked) <= rounded:
            said = f"{name} = {show(asked, 40)} became {show(shown[name], 40)}, its nearest value"
            return Verdict(False, f"{said}; write down what was really tried")
    left = ", ".join(
        f"{name} = {show(shown[name], 40)}" for name in shown if name not in answer and shown[name]
    )
    if gap > margin and left:
        return Verdict(False, f"below, but with {left} left over on screen; name every setting")
    if gap > margin:
        return Verdict(True, f"{gap:.3f} below the biases")
    hint = "" if explorer.run.biased else "; what the biases say is left for the factors to say"
    side = f"only {gap:.3f} below" if gap >= 0 else f"{-gap:.3f} above"
    return Verdict(False, f"{side} the biases, and {margin} below was asked for{hint}")
