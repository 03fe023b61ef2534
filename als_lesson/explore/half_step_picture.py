"""The half-step's page: tables and sums, the bowl they make, the plane, and the objective."""

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Ellipse

from ..plots.picture import BLUE, GREEN, INK, ORANGE, PALE, dress
from .half_step_tables import RatedTable, Sums
from .live import LivePicture

ARRIVED = 0.015  # closer than this, the user stands at the minimum as far as the eye can tell
_WINDOW = np.array([[-2.5, 7.5], [-2, 5.5]])  # of both factors, wider where a path needs it
_RIMS = np.arange(9, 0, -1) / 1.6  # of the bowl's bands, √(objective above the lowest point)


class HalfStepPicture(LivePicture):
    """Five panels for one user's ridge regression, k = 2, and for everybody's alternation."""

    def __init__(self, R, half_steps):
        super().__init__(9.6, 6.1)
        self._R, self._window = R, _WINDOW
        top, bottom = self.subfigures(2, 1, height_ratios=[1, 1.06])
        table, sums = top.subplots(1, 2, width_ratios=[1, 2.9])
        bowl, plane, curve = bottom.subplots(1, 3, width_ratios=[1, 1, 0.62])
        self._table = RatedTable(self, table, R)
        self._sums = Sums(self, sums, int((~np.isnan(R)).sum(axis=1).max()))
        self._draw_bowl(bowl)
        self._draw_plane(plane)
        self._draw_curve(curve, half_steps)

    def _draw_bowl(self, axes):
        self._bowl_title = self.moving(dress(axes, "Bowl", "first factor", "second factor"))
        shades = colormaps["Blues"](np.linspace(0.04, 0.72, len(_RIMS)))
        self._bands = [
            self.moving(axes.add_patch(Ellipse((0, 0), 1, 1, facecolor=shade, zorder=0.5)))
            for shade in shades
        ]
        self._planes = [axes]
        self._jump = self.moving(*axes.plot([], [], color=ORANGE, linewidth=1.6, linestyle="--"))
        self._now = self.moving(
            *axes.plot([], [], "X", color=ORANGE, markersize=10, label="user now")
        )
        self._best = self.moving(
            *axes.plot([], [], "*", color="white", markersize=16, mec=INK, label="lowest point")
        )
        self.moving(axes.legend(fontsize=9, loc="upper right", framealpha=0.9))

    def _draw_plane(self, axes):
        self._plane_title = self.moving(dress(axes, "Plane", "first factor"))
        self._planes.append(axes)
        for plane in self._planes:
            plane.set(xlim=_WINDOW[0], ylim=_WINDOW[1], aspect="equal")
        axes.axhline(0, color=PALE, linewidth=1)
        axes.axvline(0, color=PALE, linewidth=1)
        self._trails, self._dots, self._names = [], [], []
        for count, color, marker, letter in zip(
            self._R.shape, (BLUE, GREEN), "os", "um", strict=True
        ):
            trails = [
                axes.plot([], [], color=color, linewidth=1, alpha=0.45)[0] for _ in range(count)
            ]
            (dots,) = axes.plot([], [], marker, color=color, markersize=7)
            style = {"fontsize": 9, "color": color, "ha": "center", "va": "center"}
            names = [axes.text(0, 0, f"{letter}{n}", **style) for n in range(count)]
            self.moving(*trails)
            self._trails.append(trails)
            self._dots.append(self.moving(dots))
            self.moving(*names)
            self._names.append(names)
        self._ring = self.moving(
            *axes.plot([], [], "o", color=INK, fillstyle="none", markersize=14, markeredgewidth=2)
        )

    def _draw_curve(self, axes, half_steps):
        self._curve = axes
        self._curve_title = self.moving(dress(axes, "Objective", "half-step"))
        axes.set(xlim=(0, half_steps), ylim=(0, 1))
        axes.grid(axis="y", alpha=0.25)
        self._objective = self.moving(*axes.plot([], [], color=INK, linewidth=1.9))
        self._reached = self.moving(*axes.plot([], [], "D", color=INK, markersize=5.5))

    # ---- one state -------------------------------------------------------------------------

    def update(self, i, lam, path, done, bowl, best):
        """Show user i after `done` half-steps of a path of (users, movies, objective)."""
        self._fit_axes(path)
        path = path[: done + 1]
        users, movies, _ = path[-1]
        self._table.update(i, movies, np.flatnonzero(~np.isnan(self._R[i])))
        self._sums.update(i, lam, movies, self._R[i], bowl)
        self._update_bowl(bowl, best, None if users is None else users[i])
        self._update_plane(i, path)
        self._update_curve([state[2] for state in path[1:]])

    def _fit_axes(self, path):
        """Room for the whole path, before it is walked."""
        window, top = _window(path), 20 * np.ceil(path[1][2] / 20)
        if (window == self._window).all() and top == self._curve.get_ylim()[1]:
            return
        self._window = window
        for plane in self._planes:
            plane.set(xlim=window[0], ylim=window[1])
        self._curve.set_ylim(0, top)
        self.forget_background()

    def _update_bowl(self, bowl, best, now):
        steep, turned = np.linalg.eigh(bowl[0])  # the bowl's axes, the flat one first
        angle = np.degrees(np.arctan2(turned[1, 0], turned[0, 0]))
        for band, rim in zip(self._bands, _RIMS, strict=True):
            width, height = 2 * rim / np.sqrt(steep)
            band.set(center=best, width=width, height=height, angle=angle)
        off = now is not None and not np.allclose(now, best, atol=ARRIVED)
        message = (
            "The bowl moved: a new lowest point" if off else "The lowest point is the solution"
        )
        self._bowl_title.set_text(message)
        self._best.set_data([best[0]], [best[1]])
        self._now.set_data(*([], []) if now is None else ([now[0]], [now[1]]))
        self._jump.set_data(*([now[0], best[0]], [now[1], best[1]]) if off else ([], []))

    def _update_plane(self, i, path):
        done = len(path) - 1
        message = moved(path) if done else "the movies start at random"
        self._plane_title.set_text(message.capitalize())
        everybody = np.concatenate([side for side in path[-1][:2] if side is not None])
        for side in (0, 1):
            states = [state[side] for state in path if state[side] is not None]
            shown = states[-1] if states else np.empty((0, 2))
            self._dots[side].set_data(*shown.T)
            for n, (trail, name) in enumerate(
                zip(self._trails[side], self._names[side], strict=True)
            ):
                trail.set_data(*np.array([state[n] for state in states]).T if states else ([], []))
                name.set_visible(bool(states))
                if states:
                    away = 0.06 * np.ptp(self._window[0]) * _aside(shown[n], everybody)
                    name.set_position(shown[n] + away)
        users = path[-1][0]
        self._ring.set_data(*([], []) if users is None else users[i][:, None])

    def _update_curve(self, objectives):
        half_steps = np.arange(1, len(objectives) + 1)
        self._objective.set_data(half_steps, objectives)
        self._reached.set_data(half_steps[-1:], objectives[-1:])
        now = f"{objectives[-1]:.1f} stars²" if objectives else "to come"
        self._curve_title.set_text(f"Objective: {now}")


def _window(path):
    """Limits of both factors, (2, 2), that hold every point of the path; always 4 : 3."""
    points = np.concatenate([side for state in path for side in state[:2] if side is not None]).T
    low, high = points.min(axis=1), points.max(axis=1)
    if (_WINDOW[:, 0] < low).all() and (high < _WINDOW[:, 1]).all():
        return _WINDOW
    half = 0.55 * max((high - low) * [1, 4 / 3]) * np.array([1, 3 / 4])
    return ((low + high) / 2)[:, None] + half[:, None] * [-1, 1]


def moved(path):
    """Who moved in the last half-step of a path, and how far at most, in words."""
    side = (len(path) - 1) % 2
    name = "users" if side else "movies"
    now, before = path[-1][1 - side], path[-2][1 - side]
    if before is None:
        return f"the {name} appear"
    return f"the {name} moved by {np.hypot(*(now - before).T).max():.2f} at most"


def _aside(point, everybody):
    """The direction from a point in which its name is least in the way of its neighbours."""
    apart = point - everybody
    push = (apart / np.maximum(np.hypot(*apart.T), 1e-3)[:, None] ** 3).sum(axis=0)
    return push / max(np.hypot(*push), 1e-9)
