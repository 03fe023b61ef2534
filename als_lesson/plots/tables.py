"""Schematic pictures: small tables of ratings, and how a matrix is made from factors."""

import numpy as np
from matplotlib.patches import Rectangle

from .picture import AMBER, BLUE, GREEN, GREY, INK, PALE, Picture


def draw_tables(tables, *, marked=None, vmax=5.0, rows=None):
    """Draw small rating tables side by side; a NaN is a blank cell.

    Parameters
    ----------
    tables : dict of str to array_like, shape (n_users, n_items)
        Title of each table, and its values.
    marked : ndarray of bool, shape (n_users, n_items), optional
        Cells to frame, for instance the observed ones.
    vmax : float, or sequence of float
        Value drawn in the darkest tone, for all tables or for each.
    rows : sequence of str, optional
        The letter that each table's rows are numbered with; "u", for users, if left out.

    Returns
    -------
    Picture

    Examples
    --------
    >>> draw_tables({"R": [[5, np.nan]]}).alt
    'R: row 1: 5, blank.'
    """
    arrays = {title: np.asarray(values, dtype=float) for title, values in tables.items()}
    n_rows, n_columns = next(iter(arrays.values())).shape
    picture = Picture(0.35 + len(arrays) * (0.62 * n_columns + 0.55), 0.75 + 0.46 * n_rows)
    letters = rows or ["u"] * len(arrays)
    darkest = np.broadcast_to(vmax, len(arrays))
    panels = zip(picture.axes_row(list(arrays)), arrays.values(), darkest, letters, strict=True)
    for axes, values, most, letter in panels:
        _draw_table(axes, values, marked, most, letter)
    picture.alt = " ".join(f"{title}: {_spell(values)}" for title, values in arrays.items())
    return picture


def _draw_table(axes, values, marked, vmax, letter):
    for (i, j), value in np.ndenumerate(values):
        blank = np.isnan(value)
        strength = 0 if blank else 0.75 * min(abs(value) / vmax, 1)
        tone = "white" if blank else (*_mix(BLUE if value >= 0 else AMBER, strength),)
        axes.add_patch(Rectangle((j, i), 1, 1, facecolor=tone, edgecolor=PALE, linewidth=1))
        if not blank:
            axes.text(j + 0.5, i + 0.5, _number(value), ha="center", va="center", color=INK)
        if marked is not None and marked[i, j]:
            axes.add_patch(
                Rectangle(
                    (j + 0.06, i + 0.06), 0.88, 0.88, fill=False, edgecolor=INK, linewidth=1.8
                )
            )
    rows, columns = values.shape
    axes.set(xlim=(-0.02, columns + 0.02), ylim=(rows + 0.02, -0.02), aspect="equal")
    axes.set_xticks(np.arange(columns) + 0.5, [f"m{j}" for j in range(columns)])
    axes.set_yticks(np.arange(rows) + 0.5, [f"{letter}{i}" for i in range(rows)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _mix(color, strength):
    """The colour, blended with white."""
    rgb = np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    return 1 - strength * (1 - rgb)


def _number(value):
    """At most one decimal."""
    value = round(float(value), 1) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"{value:g}"


def _spell(values):
    """A table in words, row by row."""
    return " ".join(
        f"row {i}: " + ", ".join("blank" if np.isnan(v) else _number(v) for v in row) + "."
        for i, row in enumerate(values, start=1)
    )


def draw_factorization(n_users, n_items, k, *, singular_values=False):
    """Draw R ≈ U Vᵀ, or the SVD's left · diag(s) · rightᵀ, with the shapes written on them.

    Parameters
    ----------
    n_users, n_items, k : int
        The shapes to write; the drawing is not to scale.
    singular_values : bool
        Draw the SVD's three matrices.

    Returns
    -------
    Picture

    Examples
    --------
    >>> draw_factorization(610, 9724, 2).alt
    'R, 610 users by 9,724 movies, is approximated by U, 610 by 2, times V transposed, 2 by 9,724.'
    """
    picture = Picture(8.0, 2.9)
    (axes,) = picture.axes_row([""])
    axes.set(xlim=(0, 16.4), ylim=(5.6, -0.4), aspect="equal")
    axes.axis("off")
    source = "filled R" if singular_values else "R"
    _box(axes, 0.2, 0, 6, 4.2, source, f"{n_users:,} users × {n_items:,} movies", PALE)
    axes.text(6.75, 2.1, "≈", fontsize=20, ha="center", va="center", color=INK)
    if not singular_values:
        _box(axes, 7.4, 0, 1.1, 4.2, "U", f"{n_users:,} × {k}", BLUE)
        _box(axes, 9.3, 0, 6, 1.1, "Vᵀ", f"{k} × {n_items:,}", GREEN)
        picture.alt = (
            f"R, {n_users:,} users by {n_items:,} movies, is approximated by U, {n_users:,} by "
            f"{k}, times V transposed, {k} by {n_items:,}."
        )
        return picture
    _box(axes, 7.4, 0, 1.1, 4.2, "left", f"{n_users:,} × {k}", BLUE)
    _box(axes, 9.1, 0, 1.1, 1.1, "diag s", f"{k} × {k}", AMBER)
    _box(axes, 10.6, 0, 5.6, 1.1, "rightᵀ", f"{k} × {n_items:,}", GREEN)
    picture.alt = (
        f"A filled {n_users:,} by {n_items:,} matrix is approximated by left, {n_users:,} by {k}, "
        f"times a diagonal of {k} singular values, times right transposed, {k} by {n_items:,}."
    )
    return picture


def _box(axes, x, y, width, height, name, shape, color):
    light = color == PALE
    axes.add_patch(Rectangle((x, y), width, height, facecolor=color, edgecolor=GREY, linewidth=1))
    axes.text(
        x + width / 2,
        y + height / 2,
        name,
        ha="center",
        va="center",
        color=INK if light else "white",
        fontsize=12 if len(name) < 3 else 8,
        fontweight="bold",
    )
    axes.text(
        x + width / 2, y + height + 0.5, shape, ha="center", va="center", color=GREY, fontsize=8.5
    )
