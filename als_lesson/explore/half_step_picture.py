"""The half-step's page: R with one row lit, the sums it makes, the bowl, and the factor plane."""

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Ellipse, Rectangle

from ..picture import BLUE, GREEN, GREY, INK, ORANGE, PALE
from .live import LivePicture, dress

ARRIVED = 0.015  # closer than this, the user stands at the minimum as far as the eye can tell
_X, _Y = (-2.5, 7.5), (-2, 5.5)
_RIMS = np.arange(9, 0, -1) / 1.6  # of the bowl's bands, √(objective above the lowest point)


class HalfStepPicture(LivePicture):
    """Four panels for one user's ridge regression, k = 2."""

    def __init__(self, R):
        super().__init__(9.6, 6.6)
        self._R = R
        self._most = int((~np.isnan(R)).sum(axis=1).max())  # ratings of the busiest user
        top, bottom = self.subfigures(2, 1, height_ratios=[1, 1.25])
        table, sums = top.subplots(1, 2, width_ratios=[1, 2.9])
        bowl, plane = bottom.subplots(1, 2)
        self._draw_table(table)
        self._draw_sums(sums)
        self._draw_bowl(bowl)
        self._draw_plane(plane)

    # ---- R, and Vᵀ under it ----------------------------------------------------------------

    def _draw_table(self, axes):
        n_users, n_items = self._R.shape
        self._table_title = self.moving(dress(axes, "Who rated what"))
        for (i, j), value in np.ndenumerate(self._R):
            _cell(axes, j, i, "" if np.isnan(value) else f"{value:g}")
        axes.text(-0.15, n_users + 1.3, "Vᵀ", ha="right", va="center", color=GREEN, fontweight="bold")
        self._factors = [
            [self.moving(*_cell(axes, j, n_users + 0.3 + a)) for j in range(n_items)] for a in (0, 1)
        ]
        self._row = self.moving(
            axes.add_patch(Rectangle((0, 0), n_items, 1, fill=False, edgecolor=BLUE, linewidth=2.6))
        )
        self._picked = [
            self.moving(
                axes.add_patch(
                    Rectangle((j, n_users + 0.3), 1, 2, fill=False, edgecolor=GREEN, linewidth=2.6)
                )
            )
            for j in range(n_items)
        ]
        axes.set(xlim=(-0.05, n_items + 0.05), ylim=(n_users + 2.35, -0.05), aspect="equal")
        axes.set_xticks(np.arange(n_items) + 0.5, [f"m{j}" for j in range(n_items)])
        axes.set_yticks(np.arange(n_users) + 0.5, [f"u{i}" for i in range(n_users)])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    # ---- the sums --------------------------------------------------------------------------

    def _draw_sums(self, axes):
        self._sums_title = self.moving(dress(axes, "Sums", pad=19))
        axes.set(xlim=(0, 3.4 * (self._most + 2) + 0.6), ylim=(3.75, -0.55))
        axes.axis("off")
        self._terms = [self._blocks(axes, 3.4 * n, n) for n in range(self._most + 2)]

    def _blocks(self, axes, x, n):
        """Room for one term: a 2 x 2 matrix above, a column of two below, their names."""
        last = n == self._most + 1
        color = INK if last else ORANGE if n == self._most else GREEN
        matrix = [self.moving(*_cell(axes, x + 0.6 + b, a, color=color)) for a in (0, 1) for b in (0, 1)]
        column = [self.moving(*_cell(axes, x + 1.1, 2.6 + 0.55 * a, 0.55, color=color)) for a in (0, 1)]
        names = [
            self.moving(axes.text(x + 1.6, y, "", ha="center", va="bottom", fontsize=10, color=color))
            for y in (-0.08, 2.52)
        ]
        sign = {"ha": "center", "va": "center", "fontsize": 15, "color": INK}
        signs = [self.moving(axes.text(x - 0.05, y, "", **sign)) for y in (1, 3.15)]
        return matrix, column, names, signs

    def _write_term(self, n, sign, name, matrix, column):
        """Fill the room of term n; None leaves it empty."""
        cells, pair, names, signs = self._terms[n]
        for block, values in ((cells, matrix), (pair, column)):
            for m, (patch, text) in enumerate(block):
                patch.set_visible(values is not None)
                text.set_text("" if values is None else f"{np.ravel(values)[m]:.2f}")
        for text, shown, values in zip(names, name, (matrix, column), strict=True):
            text.set_text(shown if values is not None else "")
        for text, values in zip(signs, (matrix, column), strict=True):
            text.set_text(sign if values is not None else "")

    # ---- the bowl and the plane ------------------------------------------------------------

    def _draw_bowl(self, axes):
        self._bowl_title = self.moving(dress(axes, "Bowl", "first factor", "second factor"))
        shades = colormaps["Blues"](np.linspace(0.04, 0.72, len(_RIMS)))
        self._bands = [
            self.moving(axes.add_patch(Ellipse((0, 0), 1, 1, facecolor=shade, zorder=0.5)))
            for shade in shades
        ]
        axes.set(xlim=_X, ylim=_Y, aspect="equal")
        self._jump = self.moving(*axes.plot([], [], color=ORANGE, linewidth=1.6, linestyle="--"))
        self._now = self.moving(*axes.plot([], [], "X", color=ORANGE, markersize=10, label="user now"))
        self._best = self.moving(
            *axes.plot([], [], "*", color="white", markersize=16, mec=INK, label="lowest point")
        )
        self.moving(axes.legend(fontsize=9, loc="upper right", framealpha=0.9))

    def _draw_plane(self, axes):
        self._plane_title = self.moving(dress(axes, "Plane", "first factor", "second factor"))
        axes.set(xlim=_X, ylim=_Y, aspect="equal")
        axes.axhline(0, color=PALE, linewidth=1)
        axes.axvline(0, color=PALE, linewidth=1)
        self._trails, self._dots, self._names = [], [], []
        for count, color, marker, letter in zip(
            self._R.shape, (BLUE, GREEN), "os", "um", strict=True
        ):
            trails = [axes.plot([], [], color=color, linewidth=1, alpha=0.45)[0] for _ in range(count)]
            (dots,) = axes.plot([], [], marker, color=color, markersize=7)
            names = [axes.text(0, 0, f"{letter}{n}", fontsize=9, color=color, ha="center", va="center") for n in range(count)]
            self._trails.append(self.moving(*trails))
            self._dots.append(self.moving(dots))
            self._names.append(self.moving(*names))
        self._ring = self.moving(
            *axes.plot([], [], "o", color=INK, fillstyle="none", markersize=14, markeredgewidth=2)
        )

    # ---- one state -------------------------------------------------------------------------

    def update(self, i, lam, path, bowl, best):
        """Show user i on the `path` of (users, movies, objective) so far."""
        users, movies, _ = path[-1]
        observed = np.flatnonzero(~np.isnan(self._R[i]))
        self._update_table(i, movies, observed)
        self._update_sums(i, lam, movies, observed, bowl)
        self._update_bowl(bowl, best, None if users is None else users[i])
        self._update_plane(i, path)

    def _update_table(self, i, movies, observed):
        self._table_title.set_text(f"u{i} picks {len(observed)} of {len(movies)} movies")
        self._row.set_y(i)
        for j, frame in enumerate(self._picked):
            frame.set_visible(j in observed)
            for a in (0, 1):
                patch, text = self._factors[a][j]
                text.set_text(f"{movies[j, a]:.1f}")
                text.set_alpha(1 if j in observed else 0.35)

    def _update_sums(self, i, lam, movies, observed, bowl):
        self._sums_title.set_text(
            f"A and b add up over the movies u{i} rated, no others"
        )
        for n in range(self._most):
            if n >= len(observed):
                self._write_term(n, "", ("", ""), None, None)
                continue
            j = observed[n]
            v, r = movies[j], self._R[i, j]
            name = f"v{_low(j)} v{_low(j)}ᵀ", f"{r:g} · v{_low(j)}"
            self._write_term(n, "+" if n else "", name, np.outer(v, v), r * v)
        self._write_term(self._most, "+", ("λI", ""), lam * np.eye(2), None)
        self._write_term(self._most + 1, "=", ("A", "b"), bowl[0], bowl[1])

    def _update_bowl(self, bowl, best, now):
        steep, turned = np.linalg.eigh(bowl[0])  # the bowl's axes, the flat one first
        angle = np.degrees(np.arctan2(turned[1, 0], turned[0, 0]))
        for band, rim in zip(self._bands, _RIMS, strict=True):
            width, height = 2 * rim / np.sqrt(steep)
            band.set(center=best, width=width, height=height, angle=angle)
        moved = now is not None and not np.allclose(now, best, atol=ARRIVED)
        message = "The bowl moved: a new lowest point" if moved else "The lowest point is the solution"
        self._bowl_title.set_text(message)
        self._best.set_data([best[0]], [best[1]])
        self._now.set_data(*([], []) if now is None else ([now[0]], [now[1]]))
        self._jump.set_data(*([now[0], best[0]], [now[1], best[1]]) if moved else ([], []))

    def _update_plane(self, i, path):
        done = len(path) - 1
        side = "users" if done % 2 else "movies"
        message = f"Half-step {done}: the {side} moved" if done else "The movies start at random"
        self._plane_title.set_text(message)
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
                    name.set_position(shown[n] + _outward(shown[n] - shown.mean(axis=0)))
        users = path[-1][0]
        self._ring.set_data(*([], []) if users is None else users[i][:, None])


def _cell(axes, x, y, size=1.0, text="", color=PALE):
    """One cell of a table with its number; returns both."""
    if isinstance(size, str):
        size, text = 1.0, size
    patch = axes.add_patch(
        Rectangle((x, y), 1, size, facecolor="white", edgecolor=color, linewidth=1.2)
    )
    label = axes.text(
        x + 0.5, y + size / 2, text, ha="center", va="center", fontsize=9.5, color=INK
    )
    return patch, label


def _outward(direction):
    """Where a point's name stands: off the crowd, so that names keep out of each other's way."""
    return 0.42 * direction / max(np.hypot(*direction), 1e-9)


def _low(number):
    """A number as a subscript."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
