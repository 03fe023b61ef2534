"""Movies, or anything with two coordinates, as points in a plane."""

from textwrap import wrap

import numpy as np

from .picture import BLUE, GREY, INK, MARKERS, PALETTE, Picture


def plot_map(panels, *, xlabel, ylabel, marked=None, note=""):
    """The same points in one plane or several, side by side, some of them marked by name.

    Parameters
    ----------
    panels : dict of str to array_like, shape (n, 2)
        Title of each panel, and where its points lie.
    xlabel, ylabel : str
    marked : dict of str to int, optional
        Name and position of the points to mark, so that they can be followed across panels;
        each name stands beside its point.
    note : str
        What the picture shows, as its alternative text has to say it.

    Returns
    -------
    Picture

    Examples
    --------
    >>> plot_map({"A line": [[0, 0], [1, 1]]}, xlabel="x", ylabel="y", note="They rise.").alt
    'A line: 2 points, correlation of x and y 1.00. They rise.'
    """
    points = {title: np.asarray(xy, dtype=float) for title, xy in panels.items()}
    margin = 1.5 if marked else 1.08  # room for the names
    reach = margin * max(np.abs(xy).max() for xy in points.values())
    picture = Picture(0.6 + 3.3 * len(points), 3.7)
    words = []
    for axes, (title, xy) in zip(picture.axes_row(list(points)), points.items(), strict=True):
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.scatter(*xy.T, s=9, color=BLUE, alpha=0.3, linewidths=0)
        for n, (name, place) in enumerate(_places(xy, marked)):
            color = PALETTE[1:][n % 6]
            axes.plot(*place, color=color, marker=MARKERS[1:][n % 6], markersize=9, zorder=4)
            _label(axes, name, place)
        where = [f"{name} at {_spell(place)}" for name, place in _places(xy, marked)]
        lean = f"correlation of {xlabel} and {ylabel} {np.corrcoef(*xy.T)[0, 1]:.2f}"
        words.append(f"{title}: {len(xy):,} points, {', '.join(where) or lean}")
    picture.alt = f"{'; '.join(words)}. {note}".strip()
    return picture


def _places(xy, marked):
    """Name and coordinates of the marked points."""
    return [(name, xy[at]) for name, at in (marked or {}).items()]


def _label(axes, name, place):
    """The name above or below its point, away from the middle and within the panel."""
    lines = wrap(name, 20, max_lines=2, placeholder=" …")
    reach = axes.get_xlim()[1]
    side = reach * (1 - 0.023 * max(map(len, lines)))  # where half a line of this size still fits
    up = 1 if place[1] > 0 else -1
    axes.annotate(
        "\n".join(lines),
        (np.clip(place[0], -side, side), place[1]),
        (0, 7 * up),
        textcoords="offset points",
        ha="center",
        va="bottom" if up > 0 else "top",
        fontsize=8.5,
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
    )


def _spell(place):
    x, y = np.round(place, 1) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"({x:.1f}, {y:.1f})"
