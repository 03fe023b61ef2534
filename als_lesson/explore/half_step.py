"""One half-step under a magnifying glass: the mask, the sums, the bowl, and where it all settles."""

import ipywidgets as widgets
import numpy as np

from ..data.matrix import RatingMatrix, as_matrix
from ..models.als import als_steps
from ..plots.picture import number
from .explorer import Explorer, log_slider, slider, whole
from .half_step_picture import ARRIVED, HalfStepPicture, moved

_BLANK = np.nan
TOY = np.array(
    [
        [5, 4, _BLANK, 1, _BLANK],
        [4, _BLANK, _BLANK, 1, 2],
        [_BLANK, 1, 5, _BLANK, 4],
        [1, _BLANK, 4, 5, _BLANK],
        [_BLANK, 5, 2, _BLANK, 1],
        [2, _BLANK, _BLANK, 4, 5],
    ]
)
HALF_STEPS = 40


class HalfStepExplorer(Explorer):
    """Pick a user, step, and watch users and movies take turns."""

    def __init__(self, matrix, lam, seed, done):
        self.R, self._matrix = matrix.dense(), matrix
        n_users = len(self.R)
        self.user = slider(widgets.IntSlider, "user", 0, min=0, max=n_users - 1)
        self.done = slider(widgets.IntSlider, "half-steps done", done, min=0, max=HALF_STEPS)
        self.lam = log_slider("lam", "λ, penalty", lam, -2, 1)
        self.start = slider(widgets.IntSlider, "random start", seed, min=0, max=max(9, seed))
        self.step = widgets.Button(description="Next half-step")
        self.run = widgets.Button(description="Run")
        self.again = widgets.Button(description="Start again")
        super().__init__(
            HalfStepPicture(self.R, HALF_STEPS),
            {"user": self.user, "lam": self.lam, "start": self.start, "done": self.done},
            [[self.user, self.lam], [self.done, self.start], [self.step, self.run, self.again]],
        )
        self.step.on_click(lambda _: self._go_to(self.done.value + 1))
        self.again.on_click(lambda _: self._go_to(0))
        self.run.on_click(lambda _: self.restart(self._play()))
        self._open()

    def frames(self):
        """Look at the state the controls ask for: all of it is known at once, the toy is small."""
        self._solve()
        yield True

    def _solve(self):
        """The factors after 0, 1, 2, ... half-steps; the users' are unknown at the start."""
        seed, lam = self.start.value, self.lam.value
        steps = list(als_steps(self._matrix, 2, lam, n_iter=HALF_STEPS // 2, seed=seed))
        start = steps[0].item_factors  # the users were solved for with these
        self.path = [(None, start, None)]
        self.path += [(step.user_factors, step.item_factors, step.objective) for step in steps]

    def _play(self):
        """Half-step after half-step, up to the last."""
        self._solve()
        for done in range(self.done.value + 1, HALF_STEPS + 1):
            self._setting = True  # the slider follows the run; it must not begin another
            self.done.value = done
            self._setting = False
            yield max(0.08, 0.6 * 0.85**done)  # the first moves are the ones to watch

    def _go_to(self, done):
        if self.done.value == min(done, HALF_STEPS):
            self.restart()
        self.done.value = min(done, HALF_STEPS)

    def draw(self):
        """The ridge regression of the chosen user, as the movies stand now."""
        i, done, lam = self.user.value, self.done.value, self.lam.value
        users, movies, objective = self.path[done]
        observed = ~np.isnan(self.R[i])
        X, y = movies[observed], self.R[i, observed]
        gram, right = X.T @ X + lam * np.eye(2), X.T @ y
        best = np.linalg.solve(gram, right)
        now = None if users is None else users[i]
        self.picture.update(i, lam, self.path, done, (gram, right), best)
        chosen = ", ".join(str(j) for j in np.flatnonzero(observed))
        line = (
            f"After {done} half-step{'s' * (done != 1)}, λ = {lam:.2g}: user {i} rated movies "
            f"{chosen}, and only those are summed; {_where(now, best)}."
        )
        if done:
            what = moved(self.path[: done + 1])
            line += f" In this half-step {what}; objective {objective:.3f} stars²."
        sums = f"Gram matrix with λ: {_pair(gram[0])}, {_pair(gram[1])}; right-hand side {_pair(right)}"
        return f"{line} {sums}.", line


def _where(now, best):
    minimum = _pair(best)
    if now is None:
        return f"the bowl is lowest at {minimum}, where the first half-step puts the user"
    if np.allclose(now, best, atol=ARRIVED):
        return f"the user stands at the bowl's lowest point, {minimum}"
    return f"the movies moved, so the bowl did too: the user at {_pair(now)} goes to {minimum} next"


def _pair(values):
    return f"({', '.join(number(value, 2) for value in values)})"


def explore_half_step(R=TOY, *, lam=0.1, seed=0, done=6):
    """Pick a user of a small table, see their ridge regression assemble, and step.

    Parameters
    ----------
    R : array_like, shape (n_users, n_items), or RatingMatrix
        Up to 8 x 6 cells, NaN or masked where unrated.
    lam : float
        λ to begin with: the slider's nearest step.
    seed : int
        Random start of the movie factors to begin with, 0 or more; k = 2.
    done : int
        Half-steps to begin with, 0 to 40.

    Returns
    -------
    HalfStepExplorer
        With controls ``user``, ``lam``, ``start``, ``done`` and buttons ``step``, ``run``, ``again``.

    Raises
    ------
    ValueError
        If R is too large to draw, a user rated nothing, or a setting is out of range.

    Examples
    --------
    >>> explorer = explore_half_step()
    >>> print(explorer.set(done=1))
    After 1 half-step, λ = 0.1: user 0 rated movies 0, 1, 3, and only those are summed; ...
    """
    matrix = R if isinstance(R, RatingMatrix) else RatingMatrix.from_dense(R)
    if matrix.shape[0] > 8 or matrix.shape[1] > 6:
        raise ValueError(
            f"R has shape {matrix.shape}; the explorer draws up to 8 users and 6 movies, so pass "
            "a smaller corner of it"
        )
    if not matrix.rated("users").all():
        raise ValueError("a user of R rated nothing; leave that row out")
    seed, done = whole("seed", seed, 0), whole("done", done, 0, HALF_STEPS)
    return HalfStepExplorer(as_matrix(matrix, "R"), lam, seed, done)
