"""Movies, or anything with two coordinates, as points in a plane."""

from textwrap import wrap

import numpy as np

from .picture import BLUE, GREY, INK, MARKERS, PALETTE, Picture, number, numbers


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

    Raises
    ------
    ValueError
        If a panel holds no numbers.

    Examples
    --------
    >>> plot_map({"A line": [[0, 0], [1, 1]]}, xlabel="x", ylabel="y", note="They rise.").alt
    'A line: 2 points, correlation of x and y 1.00. They rise.'
    """
    points = {title: numbers(xy, title).reshape(-1, 2) for title, xy in panels.items()}
    margin = 1.5 if marked else 1.08  # room for the names
    reach = margin * max(np.nanmax(np.abs(xy)) for xy in points.values()) or 1
    picture = Picture(0.6 + 3.3 * len(points), 3.7)
    words = []
    for axes, (title, xy) in zip(picture.axes_row(list(points)), points.items(), strict=True):
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.scatter(*xy.T, s=9, color=BLUE, alpha=0.3, linewidths=0)
        where = []
        for n, (name, at) in enumerate((marked or {}).items()):
            style = {"color": PALETTE[1:][n % 6], "marker": MARKERS[1:][n % 6], "markersize": 9}
            axes.plot(*xy[at], zorder=4, **style)
            _label(axes, name, xy[at])
            where.append(f"{name} at ({', '.join(map(number, xy[at]))})")
        x, y = xy[~np.isnan(xy).any(axis=1)].T
        if not where and len(x) > 1 and np.ptp(x) and np.ptp(y):
            lean = number(np.corrcoef(x, y)[0, 1], 2)
            where.append(f"correlation of {xlabel} and {ylabel} {lean}")
        words.append(f"{title}: {', '.join([f'{len(xy):,} points', *where])}")
    picture.alt = f"{'; '.join(words)}. {note}".strip()
    return picture


def _label(axes, name, place):
    """The name above or below its point, away from the middle and within the panel."""
    lines = wrap(name, 20, max_lines=2, placeholder=" …")
    reach = axes.get_xlim()[1]
    longest = max(map(len, lines), default=0)
    side = reach * (1 - 0.023 * longest)  # where half a line of this size still fits
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
