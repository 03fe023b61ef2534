"""One user, one movie, k = 1: the objective as a landscape, ALS at right angles to its axes."""

import ipywidgets as widgets
import numpy as np
from matplotlib import colormaps

from ..data.matrix import RatingMatrix
from ..models.als import als_steps
from ..plots.picture import INK, ORANGE, dress
from .explorer import Explorer, log_slider, slider
from .live import LivePicture

_X, _Y = np.linspace(0, 7.2, 121), np.linspace(0, 4.4, 75)
_BANDS = (np.exp(np.arange(10) / 2) - 1) / 4  # heights above the minimum
START_U = 6.5  # where gradient descent begins; ALS solves for u first, and forgets it


class Zigzag(Explorer):
    """The path of ALS beside the path of gradient descent."""

    def __init__(self, rating, lam, step_size, seed):
        self.rating, self._seed = rating, seed
        self._matrix = RatingMatrix.from_dense([[rating]])
        self.steps = slider(widgets.IntSlider, "steps of each", 8, min=0, max=60)
        self.lam = log_slider("λ, penalty", lam, -2, 0.5)
        self.step_size = log_slider("step size of gradient descent", step_size, -3, 0, 0.05)
        self.step_size.layout.width = "460px"
        super().__init__(
            ZigzagPicture(),
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
        steps = list(als_steps(self._matrix, 1, lam, n_iter=max(1, (n + 1) // 2), seed=self._seed))
        start_v = steps[0].item_factors[0, 0]
        path = [(START_U, start_v)]
        path += [(step.user_factors[0, 0], step.item_factors[0, 0]) for step in steps]
        self.als = np.array(path[: n + 1])
        self.descent = self._descend(np.array([START_U, start_v]), n)
        yield True

    def _descend(self, point, n):
        """Gradient descent, cut short once it has left for good."""
        path = [point]
        for _ in range(n):
            u, v = path[-1]
            error = self.rating - u * v
            slope = 2 * np.array([self.lam.value * u - error * v, self.lam.value * v - error * u])
            path.append(path[-1] - self.step_size.value * slope)
            if np.abs(path[-1]).max() > 1e3:
                break
        return np.array(path)

    def draw(self):
        """Both paths on the landscape, and what they reached."""
        height = self.objective(*np.meshgrid(_X, _Y))
        heights = [self.objective(*path.T) for path in (self.als, self.descent)]
        side = np.sqrt(max(self.rating - self.lam.value, 0))
        lowest = self.objective(side, side)
        self.picture.update(
            height - lowest, (side, side), (self.als, self.descent), heights, lowest
        )
        lost = np.abs(self.descent[-1]).max() > 1e3
        reached = (
            f"reached {heights[1][-1]:.4g}"
            if not lost
            else (f"flew off after {len(self.descent) - 1} steps: the step is too large")
        )
        line = (
            f"λ = {self.lam.value:.2g}, {self.steps.value} steps from objective "
            f"{heights[0][0]:.4g}: ALS reached {heights[0][-1]:.4g}; gradient descent with step "
            f"size {self.step_size.value:.2g} {reached}. The minimum is {lowest:.4g} stars²."
        )
        return f"{line} Each step of ALS runs along one axis, at right angles to the last.", line


class ZigzagPicture(LivePicture):
    """The landscape with two paths, and the height of each after every step."""

    def __init__(self):
        super().__init__(9.6, 3.9)
        land, curve = self.subplots(1, 2, width_ratios=[1.75, 1])
        self._draw_land(land)
        self._draw_curve(curve)

    def _draw_land(self, axes):
        dress(axes, "ALS turns at right angles", "u, the user's factor", "v, the movie's factor")
        axes.set(xlim=(_X[0], _X[-1]), ylim=(_Y[0], _Y[-1]), aspect="equal")
        self._land, self._minimum = axes, None
        self._bands = self.moving(_bands(axes, np.zeros((len(_Y), len(_X)))))
        style = {"linewidth": 2, "markersize": 5.5, "mec": "white", "mew": 0.5}
        self._paths = self.moving(
            *axes.plot([], [], color=ORANGE, marker="o", label="gradient descent", **style),
            *axes.plot([], [], color=INK, marker="s", label="ALS", **style),
        )[::-1]
        self._lowest = self.moving(
            *axes.plot([], [], "*", color="white", markersize=15, mec=INK, label="minimum")
        )
        self.moving(axes.legend(fontsize=9.5, loc="upper right", framealpha=0.9))

    def _draw_curve(self, axes):
        self._curve = axes
        self._message = self.moving(
            dress(axes, "Who is lower?", "step", "objective − minimum (log scale)")
        )
        axes.set(xlim=(0, 10), ylim=(1e-3, 1e3), yscale="log")
        axes.minorticks_off()
        axes.grid(axis="y", alpha=0.25)
        style = {"linewidth": 1.9, "markersize": 4}
        self._heights = self.moving(
            *axes.plot([], [], color=INK, marker="s", label="ALS", **style),
            *axes.plot([], [], color=ORANGE, marker="o", label="gradient descent", **style),
        )

    def update(self, height, lowest, paths, heights, minimum):
        """Show the landscape (above its minimum), and both paths."""
        if minimum != self._minimum:  # another λ, another landscape
            self._minimum = minimum
            self._bands = self.replace(self._bands, _bands(self._land, height))
        self._lowest.set_data(*([value] for value in lowest))
        for line, curve, path, values in zip(
            self._paths, self._heights, paths, heights, strict=True
        ):
            line.set_data(*path.T)
            curve.set_data(np.arange(len(values)), np.maximum(values - minimum, 1e-9))
        n = len(heights[0]) - 1
        self._fit_axes(n, min(values.min() - minimum for values in heights))
        ahead = "ALS" if heights[0][-1] < heights[1][-1] else "gradient descent"
        self._message.set_text(f"After {n} steps {ahead} is lower" if n else "Both start here")

    def _fit_axes(self, n, lowest):
        """Follow the curves in leaps, of ten steps and three decades: each costs a whole redraw."""
        end = max(10, 10 * -(-n // 10))
        bottom = 1000.0 ** np.clip(np.floor(np.log10(max(lowest, 1e-9)) / 3), -3, -1)
        if (end, bottom) != (self._curve.get_xlim()[1], self._curve.get_ylim()[0]):
            self._curve.set(xlim=(0, end), ylim=(bottom, 1e3))
            self.forget_background()


def _bands(axes, height):
    """Contours, evenly spaced in log(1 + 4 height)."""
    shades = colormaps["Blues"](np.linspace(0.72, 0.04, len(_BANDS) - 1))
    return axes.contourf(_X, _Y, height, _BANDS, colors=shades, antialiased=True, zorder=0.5)


def explore_zigzag(*, rating=4.0, lam=0.3, step_size=0.02, seed=0):
    """The objective of one rating over one user factor and one movie factor, and two ways down.

    J(u, v) = (r - u v)² + λ (u² + v²).

    Parameters
    ----------
    rating : float
        The only rating, above 0 stars.
    lam : float
        λ to begin with: the slider's nearest step.
    step_size : float
        Of gradient descent, to begin with.
    seed : int
        Of the starting movie factor.

    Returns
    -------
    Zigzag
        With controls ``steps``, ``lam``, ``step_size``.

    Examples
    --------
    >>> explorer = explore_zigzag()
    >>> print(explorer.set(steps=2))
    λ = 0.32, 2 steps from objective 13.64: ALS reached 4.388; gradient descent ...
    """
    if not rating > 0:
        raise ValueError(f"rating={rating!r} must be above 0 stars, or there is no valley to see")
    return Zigzag(float(rating), lam, step_size, seed)
