"""Checks on penalties, ranks and the choice between them: notebooks 06 and 07."""

import numpy as np

from .toy import FILLED, LAM, OBSERVED, ZERO_FILL, R, U, V
from .verdict import NOT_STARTED, Verdict, judge, never_raise, run


@never_raise
def check_weighted_objective(function):
    """`function(R, U, V, lam)` gives the objective with the λ·n penalty."""
    error = (R - U @ V.T)[OBSERVED]
    u_norms, v_norms = (U**2).sum(axis=1), (V**2).sum(axis=1)
    n_users, n_items = OBSERVED.sum(axis=1), OBSERVED.sum(axis=0)
    sse, weighted = error @ error, n_users @ u_norms + n_items @ v_norms
    filled = np.sum((FILLED - U @ V.T) ** 2)
    mistakes = {
        "that is the plain λ penalty; multiply each row's by its number of ratings": sse
        + LAM * (u_norms.sum() + v_norms.sum()),
        "λ is missing": sse + weighted,
        "the penalty is missing": sse,
        "only the users' penalty is there": sse + LAM * n_users @ u_norms,
        "only the movies' penalty is there": sse + LAM * n_items @ v_norms,
        ZERO_FILL: filled + LAM * weighted,
    }
    right = sse + LAM * weighted
    return run(function, (R, U, V, LAM), right, mistakes, "each penalty counts once a rating")


@never_raise
def check_choice(answer, table):
    """The pair (k, λ) to keep, given the `table` of a sweep at its last iteration."""
    last = table[table["iteration"] == table["iteration"].max()]
    best, overfit, worst = (
        last.loc[place, ["k", "lam"]].to_numpy(dtype=float)
        for place in (
            last["held_out_rmse"].idxmin(),
            last["train_rmse"].idxmin(),
            last["held_out_rmse"].idxmax(),
        )
    )
    mistakes = {
        "that pair is best on the ratings it was fitted to; choose on the validation ratings": overfit,
        "that is λ before k; give (k, λ)": best[::-1],
        "that pair has the largest validation error; look for the smallest": worst,
    }
    return judge(answer, best, mistakes, "chosen on ratings the fit never saw")


@never_raise
def check_one_rating(function):
    """`function(r, v, lam)` gives the best u for one rating r and one movie factor v, k = 1."""
    r, v, lam = 4.0, 0.5, 0.3
    mistakes = {
        "λ is missing": r / v,
        "that is the right-hand side; divide by v² + λ": r * v,
        "the Gram matrix is v², not v": r * v / (v + lam),
        "λ is added once, to v²; it does not multiply it": r * v / (v**2 * lam),
    }
    right = "ridge regression with one feature and one rating"
    return run(function, (r, v, lam), r * v / (v**2 + lam), mistakes, right)


@never_raise
def check_below_biases(answer, explorer, margin=0.01):
    """Settings for ``explorer.set`` whose held-out RMSE is below the biases' by `margin`."""
    if answer is None or answer is Ellipsis:
        return NOT_STARTED
    try:
        explorer.set(**answer)
        gap = explorer.bias_rmse - explorer.run.held_out[-1]
    except Exception as error:  # whatever the learner wrote, the check must survive it
        return Verdict(False, f"those settings stopped with {type(error).__name__}: {error}")
    if gap > margin:
        return Verdict(True, f"{gap:.3f} below the biases")
    hint = "" if explorer.run.biased else "; what the biases say is left for the factors to say"
    side = f"only {gap:.3f} below" if gap >= 0 else f"{-gap:.3f} above"
    return Verdict(False, f"{side} the biases, and {margin} below was asked for{hint}")
