"""Small tables of ratings, drawn cell by cell, and how a table is made from factors."""

import numpy as np
from matplotlib.patches import Rectangle

from .picture import AMBER, BLUE, GREEN, GREY, INK, ORANGE, PALE, Picture, numbers, short

_MIDDLE = {"ha": "center", "va": "center"}
TOY_USERS = ("Ana", "Ben", "Caro", "Dev")


def draw_tables(tables, *, marked=None, framed=None, vmax=None, rows=None, users=None, items=None):
    """Draw small rating tables side by side; a NaN or masked cell is blank.

    Parameters
    ----------
    tables : dict of str to array_like, shape (n_users, n_items)
        Title of each table, and its values.
    marked : ndarray of bool, shape (n_users, n_items), optional
        Cells to frame in black, for instance the observed ones.
    framed : (int, int), optional
        User and item of one cell to frame in orange: the one to look at.
    vmax : float, or sequence of float, optional
        Value drawn in the darkest tone, for all tables or for each; if left out, the largest of
        the first table.
    rows : sequence of str, optional
        The letter that each table's rows are numbered with; "u", for users, if left out.
    users, items : sequence of str, optional
        Names of the rows and of the columns of every table.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a table holds no numbers.

    Examples
    --------
    >>> draw_tables({"R": [[5, np.nan]]}, users=["Ana"]).alt
    'R: Ana: 5, blank.'
    """
    arrays = {title: np.atleast_2d(numbers(R, title)) for title, R in tables.items()}
    first = next(iter(arrays.values()))
    n_rows, n_columns = first.shape
    picture = Picture(0.35 + len(arrays) * (0.62 * n_columns + 0.55), 0.75 + 0.46 * n_rows)
    darkest = np.broadcast_to(np.nanmax(np.abs(first)) if vmax is None else vmax, len(arrays))
    letters = rows or ["u"] * len(arrays)
    panels = zip(picture.axes_row(list(arrays)), arrays.values(), darkest, letters, strict=True)
    for axes, R, most, letter in panels:
        for (i, j), value in np.ndenumerate(R):
            _rating(axes, j, i, value, most)
        for i, j in np.argwhere(np.zeros(R.shape) if marked is None else marked):
            frame(axes, j, i)
        if framed is not None:
            frame(axes, *framed[::-1], color=ORANGE, linewidth=3, inset=0)
        _name(axes, _names(users, letter, n_rows), _names(items, "m", n_columns))
    picture.alt = " ".join(f"{title}: {_spell(R, users)}" for title, R in arrays.items())
    return picture


def draw_completed(tables, R, *, framed=(0, 2), users=TOY_USERS, items=None):
    """Draw the toy as one method or several complete it, in one look throughout the course.

    Parameters
    ----------
    tables : dict of str to array_like, shape (n_users, n_items)
        Title, and the prediction for every cell.
    R : array_like, shape (n_users, n_items)
        The ratings, NaN where unrated: these cells are framed in black, and the largest rating
        is the darkest tone.
    framed : (int, int)
        User and item of the cell to look at, framed in orange: Ana's m2.
    users, items : sequence of str, optional
        Names of rows and columns.

    Returns
    -------
    Picture

    Examples
    --------
    >>> draw_completed({"Mean": [[5, 4.5, 4]]}, [[5, 4, np.nan]], users=["Ana"]).alt
    "Mean: Ana: 5, 4.5, 4. Black frames: rated. Orange frame: Ana's m2, predicted."
    """
    R = numbers(R, "R")
    i, j = framed
    picture = draw_tables(
        tables, marked=~np.isnan(R), framed=framed, vmax=np.nanmax(R), users=users, items=items
    )
    whose = f"{_names(users, 'u', len(R))[i]}'s {_names(items, 'm', R.shape[1])[j]}"
    legend = f"Black frames: rated. Orange frame: {whose}, predicted."
    picture.supxlabel(legend, fontsize=9.5, color=INK, x=0.02, ha="left")
    picture.set_figheight(picture.get_figheight() + 0.3)
    picture.alt += f" {legend}"
    return picture


def draw_cell(U, V, user, item, *, users=None, items=None):
    """Draw U, Vᵀ and their product, a row, a column and the cell they make lit.

    Parameters
    ----------
    U, V : array_like, shapes (n_users, k) and (n_items, k)
    user, item : int
        Row of U and row of V, a column of Vᵀ.
    users, items : sequence of str, optional
        Names of rows and columns.

    Returns
    -------
    Picture

    Examples
    --------
    >>> draw_cell([[1, 2]], [[3, 0.5]], 0, 0, users=["Ana"]).alt
    'Ana × m0: 1 · 3 + 2 · 0.5 = 4. Row of U, column of Vᵀ, and the cell of U Vᵀ they make.'
    """
    U, V = numbers(U, "U"), numbers(V, "V")
    R, (n_users, k) = U @ V.T, U.shape
    users, items = _names(users, "u", n_users), _names(items, "m", len(V))
    pairs = zip(U[user], V[item], strict=True)
    terms = " + ".join(f"{short(u, 2)} · {short(v, 2)}" for u, v in pairs)
    title = f"{users[user]} × {items[item]}: {terms} = {short(R[user, item], 2)}"
    start = k + 0.6  # where the product begins, across and down
    picture = Picture(0.9 + 0.52 * (start + len(V)), 0.8 + 0.5 * (start + n_users))
    (axes,) = picture.axes_row([title])
    lit_row, lit_column = np.arange(n_users)[:, None] == user, np.arange(len(V)) == item
    for values, x, y, lit in (
        (U, 0, start, lit_row),
        (V.T, start, 0, lit_column),
        (R, start, start, lit_row & lit_column),
    ):
        for (i, j), bright in np.ndenumerate(np.broadcast_to(lit, values.shape)):
            alpha = 1 if bright else 0.35
            _rating(axes, x + j, y + i, values[i, j], np.abs(values).max(), alpha)
    frame(axes, 0, start + user, k, 1, color=BLUE, linewidth=2.6)
    frame(axes, start + item, 0, 1, k, color=GREEN, linewidth=2.6)
    frame(axes, start + item, start + user, color=ORANGE, linewidth=3)
    for x, y, name in ((k / 2, start - 0.3, "U"), (start - 0.3, k / 2, "Vᵀ")):
        axes.text(x, y, name, fontsize=12, fontweight="bold", color=INK, **_MIDDLE)
    _name(axes, users, items, start)
    picture.alt = f"{title}. Row of U, column of Vᵀ, and the cell of U Vᵀ they make."
    return picture


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
    axes.text(6.75, 2.1, "≈", fontsize=20, color=INK, **_MIDDLE)
    boxes = [(0.2, 6, 4.2, "filled R" if singular_values else "R", PALE, n_users, n_items)]
    if singular_values:
        boxes.append((7.4, 1.1, 4.2, "left", BLUE, n_users, k))
        boxes.append((9.1, 1.1, 1.1, "diag s", AMBER, k, k))
        boxes.append((10.6, 5.6, 1.1, "rightᵀ", GREEN, k, n_items))
        picture.alt = (
            f"A filled {n_users:,} by {n_items:,} matrix is approximated by left, {n_users:,} by "
            f"{k}, times a diagonal of {k} singular values, times right transposed, {k} by "
            f"{n_items:,}."
        )
    else:
        boxes.append((7.4, 1.1, 4.2, "U", BLUE, n_users, k))
        boxes.append((9.3, 6, 1.1, "Vᵀ", GREEN, k, n_items))
        picture.alt = (
            f"R, {n_users:,} users by {n_items:,} movies, is approximated by U, {n_users:,} by "
            f"{k}, times V transposed, {k} by {n_items:,}."
        )
    for x, width, height, name, color, n_rows, n_columns in boxes:
        _, text = cell(axes, x, 0, name, width=width, height=height, tone=color, edge=GREY)
        text.set(color=INK if color == PALE else "white", fontweight="bold")
        text.set_fontsize(12 if len(name) < 3 else 8)
        shape = (
            f"{n_rows:,} users × {n_columns:,} movies"
            if color == PALE
            else f"{n_rows:,} × {n_columns:,}"
        )
        axes.text(x + width / 2, height + 0.5, shape, color=GREY, fontsize=9, **_MIDDLE)
    return picture


def cell(axes, x, y, text="", *, width=1.0, height=1.0, tone="white", edge=PALE, alpha=1.0):
    """One cell of a table with its corner at (x, y), and the text in it; returns both."""
    patch = Rectangle((x, y), width, height, facecolor=tone, edgecolor=edge, alpha=alpha)
    text = axes.text(x + width / 2, y + height / 2, text, color=INK, alpha=alpha, **_MIDDLE)
    return axes.add_patch(patch), text


def frame(axes, x, y, width=1, height=1, *, color=INK, linewidth=1.8, inset=0.06):
    """A frame around cells, just within their edges; returns it."""
    corner, size = (x + inset, y + inset), (width - 2 * inset, height - 2 * inset)
    style = {"fill": False, "edgecolor": color, "linewidth": linewidth, "zorder": 3}
    return axes.add_patch(Rectangle(corner, *size, **style))


def _rating(axes, x, y, value, darkest, alpha=1.0):
    """A cell of a table of numbers: blue above zero, amber below."""
    strength = 0 if np.isnan(value) else 0.75 * min(abs(value) / (darkest or 1), 1)
    rgb = np.array([int((BLUE if value >= 0 else AMBER)[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    text = "" if np.isnan(value) else short(value)
    cell(axes, x, y, text, tone=tuple(1 - strength * (1 - rgb)), alpha=alpha)


def _name(axes, users, items, start=0):
    """Names along both sides of a table whose corner lies at (start, start)."""
    axes.set(xlim=(-0.04, start + len(items) + 0.04), ylim=(start + len(users) + 0.04, -0.04))
    axes.set_aspect("equal")
    axes.set_xticks(start + np.arange(len(items)) + 0.5, items)
    axes.set_yticks(start + np.arange(len(users)) + 0.5, users)
    axes.tick_params(length=0, labelcolor=INK)
    axes.spines[:].set_visible(False)


def _names(names, letter, count):
    """The names as a list, or numbers with a letter."""
    return [f"{letter}{n}" for n in range(count)] if names is None else list(names)


def _spell(R, users):
    """A table in words, row by row."""
    names = [f"row {i}" for i in range(1, len(R) + 1)] if users is None else users
    words = [", ".join("blank" if np.isnan(v) else short(v) for v in row) for row in R]
    return " ".join(f"{name}: {row}." for name, row in zip(names, words, strict=True))
