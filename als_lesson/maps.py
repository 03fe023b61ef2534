"""Movies, or anything with two coordinates, as points in a plane."""

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
        Name and position of the points to mark, so that they can be followed across panels.
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
    reach = 1.08 * max(np.abs(xy).max() for xy in points.values())
    picture = Picture(0.6 + 3.3 * len(points), 4.1 if marked else 3.7)
    words = []
    for axes, (title, xy) in zip(picture.axes_row(list(points)), points.items(), strict=True):
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.scatter(*xy.T, s=9, color=BLUE, alpha=0.3, linewidths=0)
        for n, (name, place) in enumerate(_places(xy, marked)):
            style = {"color": PALETTE[1:][n % 6], "marker": MARKERS[1:][n % 6]}
            axes.plot(*place, linestyle="none", markersize=10, label=name, **style)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set(xlabel=xlabel, ylabel=ylabel)
        where = [f"{name} at {_spell(place)}" for name, place in _places(xy, marked)]
        lean = f"correlation of {xlabel} and {ylabel} {np.corrcoef(*xy.T)[0, 1]:.2f}"
        words.append(f"{title}: {len(xy):,} points, {', '.join(where) or lean}")
    if marked:
        handles, names = axes.get_legend_handles_labels()
        picture.legend(
            handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=9.5,
            labelcolor=INK,
        )  # fmt: skip
    picture.alt = f"{'; '.join(words)}. {note}".strip()
    return picture


def _places(xy, marked):
    """Name and coordinates of the marked points."""
    return [(name, xy[at]) for name, at in (marked or {}).items()]


def _spell(place):
    x, y = np.round(place, 1) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"({x:.1f}, {y:.1f})"
