"""Pictures of fits: curves, grids, and one user's bowl."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .picture import GREEN, GREY, INK, MARKERS, ORANGE, PALETTE, Picture


def plot_curves(
    panels, *, xlabel="iteration", ylabel="RMSE (stars)", log_x=False, start=1, reference=None
):
    """Curves against iteration (or any whole number), one panel for each title.

    Parameters
    ----------
    panels : dict of str to dict of str to array_like
        ``{title: {label: values}}``; values (n,) are drawn at start, start + 1, ... A pair
        (x, values) is drawn at x.
    xlabel, ylabel : str
    log_x : bool
        For what happens early, fast, and later, slowly.
    start : int
        First position on the x axis.
    reference : (str, float), or dict of str to float, optional
        A labelled level to compare with, or several.

    Returns
    -------
    Picture

    Examples
    --------
    >>> plot_curves({"Falls": {"objective": [9.0, 4.0]}}, ylabel="stars²").alt
    'Falls. objective: from 9 to 4 stars².'
    """
    picture = Picture(4.6 * len(panels) + (2.4 if len(panels) == 1 else 1.2), 3.6)
    words = []
    levels = dict([reference] if isinstance(reference, tuple) else reference or {})
    row = picture.axes_row(list(panels), share=len(panels) > 1)
    for axes, (title, curves) in zip(row, panels.items(), strict=True):
        for n, (label, values) in enumerate(curves.items()):
            x, y = values if isinstance(values, tuple) else (_from(start, values), values)
            y = np.asarray(y, dtype=float)
            style = {"color": PALETTE[n % 7], "marker": MARKERS[n % 7], "markersize": 4}
            axes.plot(x, y, label=label, linewidth=1.8, **style)
            words.append(f"{label}: from {y[0]:.4g} to {y[-1]:.4g}")
        for n, (label, level) in enumerate(levels.items()):
            style = {"color": INK, "linestyle": ("--", ":", "-.")[n % 3], "linewidth": 1.2}
            axes.axhline(level, label=label, **style)
        axes.set_xlabel(xlabel)
        _number_x(axes, log_x)
        axes.grid(axis="y", alpha=0.25)
        words[-len(curves)] = f"{title}. {words[-len(curves)]}"
    row[0].set_ylabel(ylabel)
    _legend_outside(row[-1])
    words += [f"{label} at {level:.4g}" for label, level in levels.items()]
    picture.alt = "; ".join(words) + f" {_unit(ylabel)}."
    return picture


def plot_heat_map(table, *, title, label="RMSE (stars)"):
    """A k × λ grid of numbers in colour and in print, the smallest one framed.

    Parameters
    ----------
    table : DataFrame
        λ down the index, k along the columns.
    title, label : str

    Returns
    -------
    Picture

    Examples
    --------
    >>> import pandas as pd
    >>> plot_heat_map(pd.DataFrame({2: [0.9, 0.8]}, index=[0.1, 0.2]), title="Best low").alt
    'Best low. RMSE (stars) over 2 λ and 1 k; smallest 0.800 at k = 2, λ = 0.2; largest 0.900.'
    """
    values = table.to_numpy(dtype=float)
    picture = Picture(2.2 + 0.75 * values.shape[1], 1.3 + 0.42 * values.shape[0])
    (axes,) = picture.axes_row([title])
    image = axes.imshow(values, cmap="cividis_r", aspect="auto")
    middle = (values.min() + values.max()) / 2
    for (i, j), value in np.ndenumerate(values):
        ink = "white" if value > middle else INK
        axes.text(j, i, f"{value:.3f}", ha="center", va="center", fontsize=9, color=ink)
    i, j = np.unravel_index(values.argmin(), values.shape)
    frame = Rectangle((j - 0.47, i - 0.45), 0.94, 0.9, fill=False, edgecolor=ORANGE, linewidth=2.5)
    axes.add_patch(frame)
    axes.set_xticks(range(values.shape[1]), [f"{k:g}" for k in table.columns])
    axes.set_yticks(range(values.shape[0]), [f"{lam:g}" for lam in table.index])
    axes.set(xlabel="k, number of factors", ylabel="λ")
    axes.spines[:].set_visible(False)
    picture.colorbar(image, label=label, ax=axes)
    picture.alt = (
        f"{title}. {label} over {values.shape[0]} λ and {values.shape[1]} k; smallest "
        f"{values.min():.3f} at k = {table.columns[j]:g}, λ = {table.index[i]:g}; "
        f"largest {values.max():.3f}."
    )
    return picture


def plot_bowl(gram, right, constant, points, *, title):
    """The ridge objective of one user over two factors: level curves and some points on them.

    uᵀ A u - 2 uᵀ b + c, with A = Σ v_j v_jᵀ + λI, b = Σ r_j v_j and c = Σ r_j².

    Parameters
    ----------
    gram : ndarray, shape (2, 2)
        A, the penalty included.
    right : ndarray, shape (2,)
        b.
    constant : float
        c.
    points : dict of str to array_like, shape (2,)
        Labelled points; the first is drawn as the minimum.
    title : str

    Returns
    -------
    Picture

    Examples
    --------
    >>> plot_bowl(np.eye(2), np.ones(2), 2.0, {"minimum": [1, 1]}, title="A bowl").alt
    'A bowl. minimum at (1.00, 1.00), objective 0.00.'
    """
    marks = {label: np.asarray(point, dtype=float) for label, point in points.items()}
    where = np.array(list(marks.values()))
    centre, reach = where[0], 1.3 * max(np.ptp(where, axis=0).max(), 1.0)
    x, y = (np.linspace(c - reach, c + reach, 120) for c in centre)
    height = _bowl(np.stack(np.meshgrid(x, y), axis=-1), gram, right, constant)
    lowest = _bowl(centre, gram, right, constant)
    levels = lowest + (height.max() - lowest) * np.linspace(0.05, 1, 9) ** 2
    picture = Picture(6.0, 4.2)
    (axes,) = picture.axes_row([title])
    axes.contourf(x, y, height, levels=[lowest, *levels], cmap="Blues_r", alpha=0.5)
    axes.contour(x, y, height, levels=levels, colors=GREY, linewidths=0.7)
    words = []
    for n, (label, point) in enumerate(marks.items()):
        color, value = (GREEN, ORANGE, INK)[n % 3], _bowl(point, gram, right, constant)
        axes.plot(*point, marker=("*", "X", "o")[n % 3], color=color, markersize=13, label=label)
        words.append(f"{label} at ({point[0]:.2f}, {point[1]:.2f}), objective {value:.2f}")
    axes.set(xlabel="first factor of the user", ylabel="second factor of the user", aspect="equal")
    _legend_outside(axes)
    picture.alt = f"{title}. {'; '.join(words)}."
    return picture


def _bowl(u, gram, right, constant):
    return np.einsum("...a,ab,...b->...", u, gram, u) - 2 * u @ right + constant


def _from(start, values):
    return np.arange(start, start + len(values))


def _number_x(axes, log):
    """Whole numbers along x, or 1, 2, 5, 10, ..."""
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _legend_outside(axes):
    axes.legend(frameon=False, fontsize=9.5, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _unit(label):
    """The unit in an axis label: what stands in brackets, else the label itself."""
    return label.partition("(")[2].partition(")")[0] or label
