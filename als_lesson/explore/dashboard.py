"""k and λ under your hands: curves, map and reconstruction of one fit, as its iterations arrive."""

from dataclasses import dataclass, field

import ipywidgets as widgets
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..data.matrix import as_matrix
from ..metrics.ratings import rmse
from ..models.als import iterations
from ..models.baselines import fit_biases
from .dashboard_picture import KS, LAMS, DashboardPicture, nearest_cell
from .explorer import Explorer, log_slider, slider, switch, whole

PATCH = 14  # users and movies


@dataclass
class Run:
    """One setting, and what its iterations reached so far."""

    k: int
    lam: float
    weighted: bool
    biased: bool
    objective: list = field(default_factory=list)
    train: list = field(default_factory=list)
    held_out: list = field(default_factory=list)
    patch: np.ndarray = None  # predictions for the patch, (n_rows, n_columns)
    outside: np.ndarray = None  # which of them no rating of the table could be

    def __str__(self):
        weighted = "λ·n" if self.weighted else "plain λ"
        return f"k = {self.k}, λ = {self.lam:.2g}, {weighted}, {'with' if self.biased else 'no'} biases"


class Dashboard(Explorer):
    """Sliders for k and λ, switches for λ·n and biases, and everything that follows from them."""

    def __init__(self, train, held_out, n_iter):
        self._matrix, self._held_out, self._n_iter = train, held_out, n_iter
        self._biases = fit_biases(train)
        users, items, stars = train.locate(held_out)
        self.bias_rmse = rmse(stars, self._biases.predict(users, items))
        self._rows, self._columns, patch = _choose_patch(train)
        self._scale = train.values.min(), train.values.max()
        self._maps = {(w, b): np.full((len(LAMS), len(KS)), np.nan) for w in (0, 1) for b in (0, 1)}
        self.run, self.pinned = None, None
        self.k = slider(widgets.IntSlider, "k, factors", 10, min=1, max=50)
        self.lam = log_slider("lam", "λ, penalty", 0.1, -2, 1)
        self.weighted = switch("weighted: λ·n for each row", False)
        self.biases = switch("subtract biases first", False)
        self.pin = widgets.ToggleButton(description="Pin this run")
        self.reveal = widgets.Button(description="Fill the map")
        total = np.sum(train.values**2)
        super().__init__(
            DashboardPicture(self.bias_rmse, patch, self._scale, total, n_iter),
            {"k": self.k, "lam": self.lam, "weighted": self.weighted, "biases": self.biases},
            [[self.k, self.lam], [self.weighted, self.biases, self.pin, self.reveal]],
        )
        self.pin.observe(self._pin, names="value")
        self.reveal.on_click(lambda _: self.finish() or self.restart(self._fill_map()))
        self._open()

    def frames(self):
        """Fit with the controls' values; one picture for each iteration."""
        run = Run(self.k.value, self.lam.value, self.weighted.value, self.biases.value)
        cell = nearest_cell(run)
        for _ in self._fit(run):
            self.run = run
            if len(run.held_out) == self._n_iter:
                self._maps[run.weighted, run.biased][cell] = run.held_out[-1]
            yield True

    def _fit(self, run):
        """Extend the run by one iteration at a time."""
        settings = {"n_iter": self._n_iter, "weighted": run.weighted, "held_out": self._held_out}
        baseline = self._biases if run.biased else None
        for fit in iterations(self._matrix, run.k, run.lam, baseline=baseline, **settings):
            reached = fit.history.iloc[-1]
            run.objective.append(reached.objective)
            run.train.append(reached.train_rmse)
            run.held_out.append(reached.held_out_rmse)
            run.patch = fit.predict(self._rows[:, None], self._columns)
            low, high = self._scale  # of equal ratings there is no scale to leave
            run.outside = ((run.patch < low) | (run.patch > high)) & (low < high)
            yield

    @property
    def map(self):
        """Held-out RMSE tried with the present switches, a DataFrame: λ down, k across."""
        errors = self._maps[self.weighted.value, self.biases.value]
        return pd.DataFrame(errors.copy(), index=LAMS, columns=KS)

    def fill_map(self):
        """Fill the map of the present switches now, under a progress bar."""
        with self._lock:
            self.finish()
            blank = np.count_nonzero(np.isnan(self._maps[self.weighted.value, self.biases.value]))
            with tqdm(total=blank, desc="map", unit="fit") as bar:
                for filled in self._fill_map():
                    bar.update(filled)
            self.restart(iter([True]))

    def _fill_map(self):
        """Fit the cells of the map that are still blank, small k first."""
        errors = self._maps[self.weighted.value, self.biases.value]
        for j, i in np.argwhere(np.isnan(errors.T)):
            run = Run(int(KS[j]), float(LAMS[i]), self.weighted.value, self.biases.value)
            for _ in self._fit(run):
                yield False
            errors[i, j] = run.held_out[-1]
            yield True

    def _pin(self, change):
        with self._lock:
            self.finish()
            self.pinned = self.run if change["new"] else None
            self.pin.description = "Unpin" if change["new"] else "Pin this run"
            self.restart(iter([True]))

    def draw(self):
        """Hand the run to the picture and put it into words."""
        run, pinned = self.run, self.pinned
        errors = self._maps[run.weighted, run.biased]
        self.picture.update(run, pinned, errors)
        gap = run.held_out[-1] - self.bias_rmse
        verdict = (
            f"{abs(gap):.3f} {'below' if gap < 0 else 'above'} the biases' {self.bias_rmse:.3f}"
        )
        line = (
            f"{run}: iteration {len(run.held_out)} of {self._n_iter}, objective "
            f"{run.objective[-1]:,.0f} stars², RMSE on training ratings {run.train[-1]:.3f}, held "
            f"out {run.held_out[-1]:.3f}, {verdict}."
        )
        if pinned is not None:
            line += f" Pinned: {pinned}, held out {pinned.held_out[-1]:.3f}."
        filled = np.count_nonzero(~np.isnan(errors))
        alt = f"{line} {self.picture.message} Map: {filled} of {errors.size} cells filled"
        if filled:
            i, j = np.unravel_index(np.nanargmin(errors), errors.shape)
            alt += f", smallest {errors[i, j]:.3f} near k = {KS[j]}, λ = {LAMS[i]:g}"
        return f"{alt}.", line


def _choose_patch(matrix):
    """Rows and columns worth looking at, famous movies and users busy and less busy, and what is
    rated there, NaN where nothing is."""
    columns = np.argsort(-matrix.counts("items"), kind="stable")[:PATCH]
    users = np.argsort(-matrix.counts("users"), kind="stable")
    n_rows = min(PATCH, len(users))
    rows = users[np.linspace(0, max(len(users) // 2, n_rows), n_rows + 1).astype(int)[:-1]]
    place = np.full(matrix.shape[1], -1)
    place[columns] = np.arange(len(columns))
    rated = matrix.by_user[rows].tocoo()  # the whole table would not fit
    row, column = rated.coords
    here = place[column] >= 0
    patch = np.full((len(rows), len(columns)), np.nan)
    patch[row[here], place[column[here]]] = rated.data[here]
    return rows, columns, patch


def explore_k_and_lambda(train, held_out, *, n_iter=20):
    """Steer k and λ with sliders, and watch the fit follow.

    Parameters
    ----------
    train : RatingMatrix, DataFrame or Dataset
    held_out : RatingMatrix, DataFrame or Dataset
        Ratings to score each iteration on; they never influence the factors.
    n_iter : int
        Iterations of each fit.

    Returns
    -------
    Dashboard
        With controls ``k``, ``lam``, ``weighted``, ``biases``, ``pin``, ``reveal``.

    Raises
    ------
    ValueError, TypeError
        If there are no ratings, none of `held_out` is known, or `n_iter` is below 1.

    Examples
    --------
    >>> from als_lesson import simulate_ratings, split_ratings
    >>> ratings = simulate_ratings(n_users=50, n_movies=400, n_ratings=2000).ratings
    >>> explorer = explore_k_and_lambda(*split_ratings(ratings))
    >>> print(explorer.set(k=2, biases=True))
    k = 2, λ = 0.1, plain λ, with biases: iteration 20 of 20, ...
    """
    return Dashboard(as_matrix(train, "train"), held_out, whole("n_iter", n_iter, 1))
