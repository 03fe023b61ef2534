"""The half-step in numbers: R with one row lit, and the sums made of the movies it picks."""

import numpy as np
from matplotlib.patches import Rectangle

from ..plots.picture import BLUE, GREEN, INK, ORANGE, PALE, dress


class RatedTable:
    """R with the row of one user lit, and Vᵀ below it with that user's movies."""

    def __init__(self, picture, axes, R):
        n_users, n_items = R.shape
        self._title = picture.moving(dress(axes, "Who rated what"))
        for (i, j), value in np.ndenumerate(R):
            _cell(axes, j, i, text="" if np.isnan(value) else f"{value:g}")
        axes.text(
            -0.15, n_users + 1.3, "Vᵀ", ha="right", va="center", color=GREEN, fontweight="bold"
        )
        self._factors = [
            [picture.moving(*_cell(axes, j, n_users + 0.3 + a)) for a in (0, 1)]
            for j in range(n_items)
        ]
        frame = {"fill": False, "linewidth": 2.6}
        self._row = picture.moving(
            axes.add_patch(Rectangle((0, 0), n_items, 1, edgecolor=BLUE, **frame))
        )
        self._picked = [
            picture.moving(
                axes.add_patch(Rectangle((j, n_users + 0.3), 1, 2, edgecolor=GREEN, **frame))
            )
            for j in range(n_items)
        ]
        axes.set(xlim=(-0.05, n_items + 0.05), ylim=(n_users + 2.35, -0.05), aspect="equal")
        axes.set_xticks(np.arange(n_items) + 0.5, [f"m{j}" for j in range(n_items)])
        axes.set_yticks(np.arange(n_users) + 0.5, [f"u{i}" for i in range(n_users)])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    def update(self, i, movies, observed):
        """Light user i, who rated the movies `observed`."""
        self._title.set_text(f"u{i} picks {len(observed)} of {len(movies)} movies")
        self._row.set_y(i)
        for j, frame in enumerate(self._picked):
            frame.set_visible(j in observed)
            for (_, text), value in zip(self._factors[j], movies[j], strict=True):
                text.set_text(_number(value, 1))
                text.set_alpha(1 if j in observed else 0.35)


class Sums:
    """One product v vᵀ and one r v for each movie, λI, and what they add up to."""

    def __init__(self, picture, axes, most):
        self._most = most  # ratings of the busiest user
        self._title = picture.moving(dress(axes, "Sums", pad=19))
        axes.set(xlim=(0, 3.4 * (most + 2) + 0.6), ylim=(3.75, -0.55))
        axes.axis("off")
        self._terms = [self._room(picture, axes, 3.4 * n, n) for n in range(most + 2)]

    def _room(self, picture, axes, x, n):
        """Room for one term: a 2 x 2 matrix above, a column of two below, names, signs."""
        color = {self._most: ORANGE, self._most + 1: INK}.get(n, GREEN)
        matrix = [_cell(axes, x + 0.6 + b, a, color=color) for a in (0, 1) for b in (0, 1)]
        column = [_cell(axes, x + 1.1, 2.6 + 0.55 * a, 0.55, color=color) for a in (0, 1)]
        below, centre = {"ha": "center", "va": "bottom"}, {"ha": "center", "va": "center"}
        names = [
            axes.text(x + 1.6, y, "", fontsize=10, color=color, **below) for y in (-0.08, 2.52)
        ]
        signs = [axes.text(x - 0.05, y, "", fontsize=15, color=INK, **centre) for y in (1, 3.15)]
        picture.moving(*(part for pair in matrix + column for part in pair), *names, *signs)
        return matrix, column, names, signs

    def update(self, i, lam, movies, ratings, bowl):
        """Write user i's sums; `bowl` holds A and b."""
        self._title.set_text(f"A and b add up over the movies u{i} rated, no others")
        observed = np.flatnonzero(~np.isnan(ratings))
        for n in range(self._most):
            if n >= len(observed):
                self._write(n, "", ("", ""), None, None)
                continue
            j = observed[n]
            v, r = movies[j], ratings[j]
            name = f"v{_low(j)} v{_low(j)}ᵀ", f"{r:g} · v{_low(j)}"
            self._write(n, "+" if n else "", name, np.outer(v, v), r * v)
        self._write(self._most, "+", ("λI", ""), lam * np.eye(2), None)
        self._write(self._most + 1, "=", ("A", "b"), *bowl)

    def _write(self, n, sign, names, matrix, column):
        """Fill the room of term n; None leaves it empty."""
        *blocks, titles, signs = self._terms[n]
        for block, name, title, mark, values in zip(
            blocks, names, titles, signs, (matrix, column), strict=True
        ):
            there = values is not None
            for m, (patch, text) in enumerate(block):
                patch.set_visible(there)
                text.set_text(_number(np.ravel(values)[m], 2) if there else "")
            title.set_text(name if there else "")
            mark.set_text(sign if there else "")


def _cell(axes, x, y, size=1.0, text="", color=PALE):
    """One cell of a table with its number; returns both."""
    patch = axes.add_patch(
        Rectangle((x, y), 1, size, facecolor="white", edgecolor=color, linewidth=1.2)
    )
    middle = {"ha": "center", "va": "center"}
    return patch, axes.text(x + 0.5, y + size / 2, text, fontsize=9.5, color=INK, **middle)


def _number(value, decimals):
    """A rounded number; zero has no sign."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _low(number):
    """A number as a subscript."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
