"""One user, one movie, k = 1: the objective as a landscape, ALS at right angles to its axes."""

from numbers import Real

import ipywidgets as widgets
import numpy as np
from matplotlib import colormaps

from ..data.matrix import RatingMatrix
from ..plots.picture import INK, ORANGE, dress
from ..solvers import half_step
from .explorer import Explorer, log_slider, slider, whole
from .live import LivePicture

# For 4 stars; another rating has the same landscape in other units: √(rating / 4) for the factors,
# (rating / 4)² for the objective.
_X, _Y = np.linspace(0, 7.2, 121), np.linspace(0, 4.4, 75)
_BANDS = (np.exp(np.arange(10) / 2) - 1) / 4  # heights above the minimum
START_U = 6.5  # where gradient descent begins; ALS solves for u first, and forgets it


class Zigzag(Explorer):
    """The path of ALS beside the path of gradient descent."""

    def __init__(self, rating, lam, step_size, seed):
        self.rating, self._unit = rating, np.sqrt(rating / 4)
        self._row = RatingMatrix.from_dense([[rating]]).by_user
        v = np.random.RandomState(seed).random_sample()  # where als_steps would begin for 4 stars
        self._start = np.array([START_U, v]) * self._unit
        self.steps = slider(widgets.IntSlider, "steps of each", 20, min=0, max=60)
        self.lam = log_slider("lam", "λ, penalty", lam, -2, 0.5)
        label, ends = "step size of gradient descent", np.round(np.log10(4 / rating)) + [-3, 0]
        self.step_size = log_slider("step_size", label, step_size, *ends, 0.05)
        self.step_size.layout.width = "460px"
        super().__init__(
            ZigzagPicture(self._unit),
            {"steps": self.steps, "lam": self.lam, "step_size": self.step_size},
            [[self.steps, self.lam], [self.step_size]],
        )
        self._open()

    def objective(self, u, v):
        """(r - u v)² + λ (u² + v²)."""
        return (self.rating - u * v) ** 2 + self.lam.value * (u**2 + v**2)

    def frames(self):
        """Both paths, from the same place."""
        n, lam = self.steps.value, self.lam.value
        self.als = np.tile(self._start, (n + 1, 1))
        for step in range(n):
            fixed = self.als[step, 1 - step % 2]  # v first: u is solved for
            self.als[step + 1 :, step % 2] = half_step(self._row, [[fixed]], lam, engine="numpy")
        self.descent = self._descend(self._start, n)
        yield True

    def _descend(self, point, n):
        """Gradient descent, cut short once it has left for good."""
        path = [point]
        while len(path) <= n and not self._lost(path):
            u, v = path[-1]
            error = self.rating - u * v
            slope = 2 * np.array([self.lam.value * u - error * v, self.lam.value * v - error * u])
            path.append(path[-1] - self.step_size.value * slope)
        return np.array(path)

    def _lost(self, path):
        return np.abs(path[-1]).max() > 1e3 * self._unit

    def draw(self):
        """Both paths on the landscape, and what they reached."""
        paths = self.als, self.descent
        heights = [self.objective(*path.T) for path in paths]
        side = np.sqrt(max(self.rating - self.lam.value, 0))
        lowest = self.objective(side, side)
        self.picture.update(self.objective, side, lowest, paths, heights)
        reached = f"reached {heights[1][-1]:.4g}"
        if self._lost(self.descent):
            reached = f"flew off after {len(self.descent) - 1} steps: the step is too large"
        line = (
            f"λ = {self.lam.value:.2g}, {self.steps.value} steps from objective "
            f"{heights[0][0]:.4g}: ALS reached {heights[0][-1]:.4g}; gradient descent with step "
            f"size {self.step_size.value:.2g} {reached}. The minimum is {lowest:.4g} stars²."
        )
        return f"{line} Each step of ALS runs along one axis, at right angles to the last.", line


class ZigzagPicture(LivePicture):
    """The landscape with two paths, and the height of each after every step."""

    def __init__(self, unit):
        super().__init__(9.0, 3.9)
        self._unit = unit
        land, curve = self.subplots(1, 2, width_ratios=[1.75, 1])
        self._draw_land(land)
        self._draw_curve(curve)

    def _draw_land(self, axes):
        dress(axes, "ALS turns at right angles", "u, the user's factor", "v, the movie's factor")
        axes.set_aspect("equal")
        self._land, self._shown = axes, None  # shown: the minimum and the scale of the landscape
        self._bands = self.moving(axes.contourf(_X, _Y, np.zeros((len(_Y), len(_X)))))
        style = {"linewidth": 2, "markersize": 5.5, "mec": "white", "mew": 0.5}
        self._paths = self.moving(
            *axes.plot([], [], color=ORANGE, marker="o", label="gradient descent", **style),
            *axes.plot([], [], color=INK, marker="s", label="ALS", **style),
        )[::-1]
        star = {"color": "white", "markersize": 15, "mec": INK, "label": "minimum"}
        self._lowest = self.moving(*axes.plot([], [], "*", **star))
        self.moving(axes.legend(fontsize=9.5, loc="upper right", framealpha=0.9))

    def _draw_curve(self, axes):
        self._curve = axes
        label = "objective − minimum (log scale)"
        self._message = self.moving(dress(axes, "Who is lower?", "step", label))
        axes.set(xlim=(0, 10), ylim=np.array([1e-3, 1e3]) * self._unit**4, yscale="log")
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g}")
        axes.grid(axis="y", alpha=0.25)
        style = {"linewidth": 1.9, "markersize": 4}
        self._heights = self.moving(
            *axes.plot([], [], color=INK, marker="s", label="ALS", **style),
            *axes.plot([], [], color=ORANGE, marker="o", label="gradient descent", **style),
        )

    def update(self, objective, side, lowest, paths, heights):
        """Show the landscape, its minimum at (side, side), and both paths with their heights."""
        self._fit_land(objective, lowest, paths[0])
        self._lowest.set_data([side], [side])
        above = [np.maximum(values - lowest, 1e-9 * self._unit**4) for values in heights]
        for line, path in zip(self._paths, paths, strict=True):
            line.set_data(*path.T)
        for curve, values in zip(self._heights, above, strict=True):
            curve.set_data(np.arange(len(values)), values)
        n = len(above[0]) - 1
        self._fit_curve(n, min(values.min() for values in above))
        ahead = "ALS" if above[0][-1] < above[1][-1] else "gradient descent"
        self._message.set_text(f"After {n} steps {ahead} is lower" if n else "Both start here")

    def _fit_land(self, objective, lowest, path):
        """Another λ, another landscape; a wider one where ALS goes far."""
        room = 0.98 * self._unit * np.array([_X[-1], _Y[-1]])
        scale = self._unit * max(1, *np.ceil(path.max(axis=0) / room))
        if (lowest, scale) == self._shown:
            return
        self._shown = lowest, scale
        x, y = _X * scale, _Y * scale
        height = objective(*np.meshgrid(x, y)) - lowest
        shades = colormaps["Blues"](np.linspace(0.72, 0.04, len(_BANDS) - 1))
        style = {"colors": shades, "antialiased": True, "zorder": 0.5}
        bands = self._land.contourf(x, y, height, _BANDS * self._unit**4, **style)
        self._bands = self.replace(self._bands, bands)
        self._land.set(xlim=(0, x[-1]), ylim=(0, y[-1]))
        self.forget_background()

    def _fit_curve(self, n, lowest):
        """Follow the curves in leaps, of ten steps and three decades: each costs a whole redraw."""
        end, unit = max(10, 10 * -(-n // 10)), self._unit**4
        bottom = unit * 1000.0 ** np.clip(np.floor(np.log10(lowest / unit) / 3), -3, -1)
        if (end, bottom) != (self._curve.get_xlim()[1], self._curve.get_ylim()[0]):
            self._curve.set(xlim=(0, end), ylim=(bottom, 1e3 * unit))
            self.forget_background()


def explore_zigzag(*, rating=4.0, lam=0.3, step_size=None, seed=0):
    """The objective of one rating over one user factor and one movie factor, and two ways down.

    J(u, v) = (r - u v)² + λ (u² + v²).

    Parameters
    ----------
    rating : float
        The only rating, above 0 stars.
    lam : float
        λ to begin with: the slider's nearest step.
    step_size : float, optional
        Of gradient descent, to begin with; if left out, one at which it arrives.
    seed : int
        Of the starting movie factor.

    Returns
    -------
    Zigzag
        With controls ``steps``, ``lam``, ``step_size``.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> explorer = explore_zigzag()
    >>> print(explorer.set(steps=2))
    λ = 0.32, 2 steps from objective 13.64: ALS reached 4.388; gradient descent ...
    """
    if not (isinstance(rating, Real) and 0 < rating < np.inf):
        raise ValueError(
            f"rating={rating!r} must be a number above 0 stars, or there is no valley to see"
        )
    step_size = 0.1 / rating if step_size is None else step_size
    return Zigzag(float(rating), lam, step_size, whole("seed", seed, 0))
