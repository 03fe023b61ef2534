"""A table of ratings as it came: how many, where, and how they spread."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from .picture import BLUE, INK, ORANGE, PALETTE, Picture, numbers


def plot_long_tail(counts, *, title, xlabel="movies, most rated first", few=3):
    """Ratings per movie (or user), sorted, on logarithmic axes, the thin end shaded.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
    title, xlabel : str
    few : int
        Rows with at most this many ratings are shaded.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are no counts.

    Examples
    --------
    >>> plot_long_tail(np.array([1, 2, 9, 40]), title="A long tail").alt
    'A long tail. 4 rows, from 40 ratings down to 1; half have at most 5.5; 50 % have at most 3.'
    """
    ordered = np.sort(numbers(counts, "counts"))[::-1]
    rank = np.arange(1, len(ordered) + 1)
    picture = Picture(7.0, 3.4)
    (axes,) = picture.axes_row([title])
    axes.plot(rank, ordered, color=BLUE, linewidth=2.2, marker="o" if len(rank) == 1 else "")
    thin = ordered <= few
    if thin.any():
        axes.axvspan(rank[thin][0], rank[-1], color=ORANGE, alpha=0.15, linewidth=0)
        note = f"{thin.mean():.0%} have at most\n{few} ratings "
        axes.text(0.99, 0.9, note, ha="right", va="top", color=INK, transform=axes.transAxes)
    axes.set(xlabel=xlabel, ylabel="ratings (log scale)")
    axes.set_yscale("symlog" if ordered[-1] < 1 else "log")  # a movie nobody rated has its place
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(alpha=0.25)
    picture.alt = (
        f"{title}. {len(ordered):,} rows, from {ordered[0]:,g} ratings down to {ordered[-1]:,g}; "
        f"half have at most {np.median(ordered):g}; {100 * thin.mean():.0f} % have at most {few}."
    )
    return picture


def plot_observed(users, items, shape, *, title):
    """A dot for every observed cell of a large matrix.

    Parameters
    ----------
    users, items : ndarray of int, shape (nnz,)
        Row and column of each rating.
    shape : (int, int)
        (n_users, n_items).
    title : str

    Returns
    -------
    Picture

    Examples
    --------
    >>> plot_observed(np.array([0]), np.array([1]), (2, 2), title="Mostly blank").alt
    'Mostly blank. 1 observed cell of 4, 25.0 %, in 2 users by 2 movies.'
    """
    picture = Picture(8.0, 3.4)
    (axes,) = picture.axes_row([title])
    size = np.clip(200 / max(*shape), 1.0, 20.0)  # in a small matrix a dot must not be a speck
    style = {"linestyle": "none", "marker": ".", "markersize": size, "mew": 0}
    axes.plot(np.add(items, 0.5), np.add(users, 0.5), color=BLUE, alpha=0.5, **style)
    axes.set(xlim=(0, shape[1]), ylim=(shape[0], 0), xlabel="movie index", ylabel="user index")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    cells = shape[0] * shape[1]
    plural = "s" * (len(users) != 1)
    picture.alt = (
        f"{title}. {len(users):,} observed cell{plural} of {cells:,}, "
        f"{100 * len(users) / cells:.1f} %, in {shape[0]:,} users by {shape[1]:,} movies."
    )
    return picture


def plot_histograms(groups, *, title, xlabel, bins=40):
    """How several groups of numbers spread, as outlines with their medians.

    Parameters
    ----------
    groups : dict of str to array_like
    title, xlabel : str
    bins : int or array_like
        As in ``numpy.histogram``, shared by all groups.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a group holds no numbers.

    Examples
    --------
    >>> plot_histograms({"stars": [1, 2, 3]}, title="Even", xlabel="stars", bins=3).alt
    'Even. stars: median 2.00.'
    """
    arrays = {label: numbers(values, label).ravel() for label, values in groups.items()}
    arrays = {label: values[np.isfinite(values)] for label, values in arrays.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), bins)
    picture = Picture(7.4, 3.4)
    (axes,) = picture.axes_row([title])
    for n, (label, values) in enumerate(arrays.items()):
        share = np.histogram(values, edges)[0] / len(values)
        style = {"color": PALETTE[n % 7], "linestyle": ("-", "--", ":")[n % 3], "linewidth": 2}
        axes.stairs(share, edges, label=f"{label} (median {np.median(values):.2f})", **style)
    axes.set(xlabel=xlabel, ylabel="share of values")
    axes.legend(frameon=False, fontsize=9.5)
    medians = "; ".join(f"{label}: median {np.median(v):.2f}" for label, v in arrays.items())
    picture.alt = f"{title}. {medians}."
    return picture
