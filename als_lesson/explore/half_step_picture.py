"""The half-step's page: R and its sums, the bowl they make, the plane, and the objective."""

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Ellipse

from ..plots.picture import BLUE, GREEN, INK, ORANGE, PALE, dress, number
from ..plots.tables import cell, frame
from .live import LivePicture, round_up

ARRIVED = 0.015  # closer than this, the user stands at the minimum as far as the eye can tell
_WINDOW = np.array([[-2.5, 7.5], [-2, 5.5]])  # of both factors, wider where a path needs it
_RIMS = np.arange(9, 0, -1) / 1.6  # of the bowl's bands, √(objective above the lowest point)
_MIDDLE = {"ha": "center", "va": "center"}


class HalfStepPicture(LivePicture):
    """Five panels for one user's ridge regression, k = 2, and for everybody's alternation."""

    def __init__(self, R, half_steps):
        super().__init__(9.0, 6.1)
        scale = np.nanmax(np.abs(R)) / 5 or 1.0  # of the ratings, beside that of stars
        self._R, self._rims = R, _RIMS * scale
        self._usual = self._window = _WINDOW * min(scale, 1)
        top, bottom = self.subfigures(2, 1, height_ratios=[1, 1.06])
        table, sums = top.subplots(1, 2, width_ratios=[1, 2.9])
        bowl, plane, curve = bottom.subplots(1, 3, width_ratios=[1, 1, 0.62])
        self._draw_table(table)
        self._draw_sums(sums, int((~np.isnan(R)).sum(axis=1).max()))
        self._draw_bowl(bowl)
        self._draw_plane(plane)
        self._draw_curve(curve, half_steps)

    def _draw_table(self, axes):
        """R with the row of one user lit, and Vᵀ below it with that user's movies."""
        n_users, n_items = self._R.shape
        below = n_users + 0.3
        self._table_title = self.moving(dress(axes))
        for (i, j), value in np.ndenumerate(self._R):
            _small(axes, j, i)[1].set_text("" if np.isnan(value) else f"{value:g}")
        style = {"ha": "right", "va": "center", "color": GREEN, "fontweight": "bold"}
        axes.text(-0.15, below + 1, "Vᵀ", **style)
        self._factors = [
            [self.moving(*_small(axes, j, below + a))[1] for a in (0, 1)] for j in range(n_items)
        ]
        style = {"linewidth": 2.6, "inset": 0}
        self._row = self.moving(frame(axes, 0, 0, n_items, color=BLUE, **style))
        self._picked = [
            self.moving(frame(axes, j, below, 1, 2, color=GREEN, **style)) for j in range(n_items)
        ]
        axes.set(xlim=(-0.05, n_items + 0.05), ylim=(n_users + 2.35, -0.05), aspect="equal")
        axes.set_xticks(np.arange(n_items) + 0.5, [f"m{j}" for j in range(n_items)])
        axes.set_yticks(np.arange(n_users) + 0.5, [f"u{i}" for i in range(n_users)])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    def _draw_sums(self, axes, most):
        """One product v vᵀ and one r v for each movie, λI, and what they add up to."""
        self._sums_title = self.moving(dress(axes, pad=19))
        axes.set(xlim=(0, 3.4 * (most + 2) + 0.6), ylim=(3.75, -0.55))
        axes.axis("off")
        colors = [GREEN] * most + [ORANGE, INK]
        self._rooms = [self._room(axes, 3.4 * n, color) for n, color in enumerate(colors)]

    def _room(self, axes, x, color):
        """Room for one term: a 2 x 2 matrix above, a column of two below, names, signs."""
        matrix = [_small(axes, x + 0.6 + b, a, color) for a in (0, 1) for b in (0, 1)]
        column = [_small(axes, x + 1.1, 2.6 + 0.55 * a, color, 0.55) for a in (0, 1)]
        style = {"fontsize": 10, "color": color, "ha": "center", "va": "bottom"}
        names = [axes.text(x + 1.6, y, "", **style) for y in (-0.08, 2.52)]
        style = {"fontsize": 15, "color": INK, **_MIDDLE}
        signs = [axes.text(x - 0.05, y, "", **style) for y in (1, 3.15)]
        self.moving(*(part for pair in matrix + column for part in pair), *names, *signs)
        return list(zip((matrix, column), names, signs, strict=True))

    def _draw_bowl(self, axes):
        self._bowl_title = self.moving(dress(axes, "Bowl", "first factor", "second factor"))
        self._bands = [
            self.moving(axes.add_patch(Ellipse((0, 0), 1, 1, facecolor=shade, zorder=0.5)))
            for shade in colormaps["Blues"](np.linspace(0.04, 0.72, len(_RIMS)))
        ]
        self._jump = self.moving(*axes.plot([], [], color=ORANGE, linewidth=1.6, linestyle="--"))
        now = {"color": ORANGE, "markersize": 10, "label": "user now"}
        best = {"color": "white", "markersize": 16, "mec": INK, "label": "lowest point"}
        self._now = self.moving(*axes.plot([], [], "X", **now))
        self._best = self.moving(*axes.plot([], [], "*", **best))
        self.moving(axes.legend(fontsize=9, loc="upper right", framealpha=0.9))
        self._planes = [axes]

    def _draw_plane(self, axes):
        self._plane_title = self.moving(dress(axes, "Plane", "first factor"))
        self._planes.append(axes)
        for plane in self._planes:
            plane.set(xlim=self._window[0], ylim=self._window[1], aspect="equal")
        axes.axhline(0, color=PALE, linewidth=1)
        axes.axvline(0, color=PALE, linewidth=1)
        self._sides = []
        for count, color, marker in zip(self._R.shape, (BLUE, GREEN), "os", strict=True):
            style = {"color": color, "linewidth": 1, "alpha": 0.45}
            trails = [self.moving(*axes.plot([], [], **style)) for _ in range(count)]
            dots = self.moving(*axes.plot([], [], marker, color=color, markersize=7))
            style = {"fontsize": 9, "color": color, **_MIDDLE}
            letter = "u" if color == BLUE else "m"
            names = [self.moving(axes.text(0, 0, f"{letter}{n}", **style)) for n in range(count)]
            self._sides.append((trails, dots, names))
        style = {"color": INK, "fillstyle": "none", "markersize": 14, "markeredgewidth": 2}
        self._ring = self.moving(*axes.plot([], [], "o", **style))

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
        observed = np.flatnonzero(~np.isnan(self._R[i]))
        self._update_table(i, movies, observed)
        self._update_sums(i, lam, movies, observed, bowl)
        self._update_bowl(bowl, best, None if users is None else users[i])
        self._update_plane(i, path)
        self._update_curve([state[2] for state in path[1:]])

    def _fit_axes(self, path):
        """Room for the whole path, before it is walked."""
        window, top = _window(path, self._usual), round_up(path[1][2])
        if (window == self._window).all() and top == self._curve.get_ylim()[1]:
            return
        self._window = window
        for plane in self._planes:
            plane.set(xlim=window[0], ylim=window[1])
        self._curve.set_ylim(0, top)
        self.forget_background()

    def _update_table(self, i, movies, observed):
        self._table_title.set_text(f"u{i} rated {len(observed)} of {len(movies)}")
        self._row.set_y(i)
        for j, picked in enumerate(self._picked):
            picked.set_visible(j in observed)
            for text, value in zip(self._factors[j], movies[j], strict=True):
                text.set_text(_fitting(value, 1))
                text.set_alpha(1 if j in observed else 0.35)

    def _update_sums(self, i, lam, movies, observed, bowl):
        self._sums_title.set_text(f"A and b add up over the movies u{i} rated, no others")
        terms = []
        for j in observed:
            v, r, name = movies[j], self._R[i, j], f"v{_low(j)}"
            sums = np.outer(v, v), r * v
            terms.append(("+" if terms else "", (f"{name} {name}ᵀ", f"{r:g} · {name}"), sums))
        terms += [("", ("", ""), (None, None))] * (len(self._rooms) - 2 - len(terms))
        terms += [("+", ("λI", ""), (lam * np.eye(2), None)), ("=", ("A", "b"), bowl)]
        for room, (sign, names, sums) in zip(self._rooms, terms, strict=True):
            for slot, name, values in zip(room, names, sums, strict=True):
                _write(slot, sign, name, values)

    def _update_bowl(self, bowl, best, now):
        steep, turned = np.linalg.eigh(bowl[0])  # the bowl's axes, the flat one first
        angle = np.degrees(np.arctan2(turned[1, 0], turned[0, 0]))
        for band, rim in zip(self._bands, self._rims, strict=True):
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
        message = moved(path).partition(" by")[0] if done else "the movies start at random"
        self._plane_title.set_text(message.capitalize())
        everybody = np.concatenate([side for side in path[-1][:2] if side is not None])
        for side, (trails, dots, names) in enumerate(self._sides):
            states = np.array([state[side] for state in path if state[side] is not None])
            states = states.reshape(-1, len(names), 2)  # the users' are unknown at the start
            dots.set_data(*states[-1].T if len(states) else ([], []))
            for n, (trail, name) in enumerate(zip(trails, names, strict=True)):
                trail.set_data(*states[:, n].T)
                name.set_visible(len(states) > 0)
                if len(states):
                    away = 0.06 * np.ptp(self._window[0]) * _aside(states[-1, n], everybody)
                    name.set_position(states[-1, n] + away)
        users = path[-1][0]
        self._ring.set_data(*([], []) if users is None else users[i][:, None])

    def _update_curve(self, objectives):
        half_steps = np.arange(1, len(objectives) + 1)
        self._objective.set_data(half_steps, objectives)
        self._reached.set_data(half_steps[-1:], objectives[-1:])
        now = f"{objectives[-1]:.1f} stars²" if objectives else "to come"
        self._curve_title.set_text(f"Objective: {now}")


def _window(path, usual):
    """Limits of both factors, (2, 2), that hold every point of the path; always 4 : 3."""
    points = np.concatenate([side for state in path for side in state[:2] if side is not None]).T
    low, high = points.min(axis=1), points.max(axis=1)
    if (usual[:, 0] < low).all() and (high < usual[:, 1]).all():
        return usual
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


def _small(axes, x, y, color=PALE, height=1.0):
    """A cell with a number in small print; returns both."""
    patch, text = cell(axes, x, y, height=height, edge=color)
    text.set_fontsize(9.5)
    return patch, text


def _write(slot, sign, name, values):
    """Fill the room of one summand; None leaves it empty."""
    cells, title, mark = slot
    there = values is not None
    for n, (patch, text) in enumerate(cells):
        patch.set_visible(there)
        text.set_text(_fitting(np.ravel(values)[n], 2) if there else "")
    title.set_text(name if there else "")
    mark.set_text(sign if there else "")


def _fitting(value, decimals):
    """A number that fits into a cell: the larger, the fewer decimals."""
    if abs(value) >= 1e5:
        return f"{value:.0e}"
    return number(value, decimals if abs(value) < 100 else 0)


def _low(number):
    """A number as a subscript."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
