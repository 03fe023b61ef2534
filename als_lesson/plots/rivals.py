"""Models set side by side by their error: rungs, intervals, and the grid of k and λ."""

import numpy as np

from .picture import BLUE, GREY, INK, ORANGE, Picture, name_rows, numbers
from .tables import frame


def plot_ladder(rungs, *, title, reference, xlabel="held-out RMSE (stars)", cut=np.inf):
    """Models as rungs, worst on top; each bar runs from the reference to the model's error.

    Parameters
    ----------
    rungs : Series, or dict of str to float or array_like
        Error of each model, in stars; of several errors, one for each split, the rung shows the
        mean and one standard deviation to each side.
    title : str
    reference : str
        The rung every other is measured from, such as the global mean.
    xlabel : str
    cut : float
        Where the axis ends. A larger error is drawn as an arrow beyond it, so that one very bad
        model does not squeeze the others together.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a rung holds no numbers.

    Examples
    --------
    >>> rungs = {"mean": [1.0, 1.1], "biases": 0.8}
    >>> plot_ladder(rungs, title="Biases help", reference="mean").alt
    'Biases help. held-out RMSE (stars): mean 1.050 ± 0.071, biases 0.800.'
    """
    spread = {name: _spread(errors, name) for name, errors in dict(rungs).items()}
    ordered = sorted(spread.items(), key=lambda rung: -rung[1][0])
    base = spread[reference][0]
    low = min(error - apart for error, apart in spread.values())
    high = min(cut, max(error + apart for error, apart in spread.values()))
    reach = high - low or 0.1
    picture = Picture(8.0, 0.9 + 0.36 * len(ordered))
    (axes,) = picture.axes_row([title])
    for y, (_, (error, apart)) in enumerate(ordered):
        color = BLUE if error < base else ORANGE if error > base else INK
        marker = "o" if error <= base else "D" if error <= cut else ">"
        tip = min(error, cut)
        axes.plot([base, tip], [y, y], color=color, linewidth=7, solid_capstyle="butt", alpha=0.35)
        bar = apart if error <= cut else 0
        axes.errorbar(tip, y, xerr=bar or None, color=color, marker=marker, markersize=7, capsize=4)
        side, sign = ("right", -1) if error < base else ("left", 1)
        place = tip + sign * (0.015 * reach + bar)
        words = f" {_say(error, apart)} "
        axes.text(place, y, words, ha=side, va="center", fontsize=9.5, color=INK)
    axes.axvline(base, color=INK, linewidth=1)
    room = reach * (0.25 if any(apart for _, apart in spread.values()) else 0.12)
    axes.set(xlim=(low - 1.6 * room, high + room), xlabel=xlabel)
    name_rows(axes, [name for name, _ in ordered])
    picture.alt = f"{title}. {xlabel}: {_list(dict(ordered))}."
    return picture


def plot_intervals(rivals, *, title, xlabel="held-out RMSE (stars)", reference=None):
    """Rivals in rows, each a dot for every split, with their mean and one standard deviation.

    Parameters
    ----------
    rivals : dict of str to array_like, shape (n_splits,)
        What each rival reached on the same splits; or differences from one of them.
    title, xlabel : str
    reference : (str, float), optional
        A labelled level to compare with, such as ``("no difference", 0)``.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a rival holds no numbers.

    Examples
    --------
    >>> plot_intervals({"biases": [0.8, 0.9]}, title="Close", reference=("mean", 1)).alt
    'Close. held-out RMSE (stars): biases 0.850 ± 0.071 over 2 splits; mean at 1.'
    """
    spread = {name: _spread(values, name) for name, values in rivals.items()}
    picture = Picture(8.0, 1.0 + 0.42 * len(rivals))
    (axes,) = picture.axes_row([title])
    if reference is not None:
        axes.axvline(reference[1], color=INK, linestyle="--", linewidth=1.2)
    for y, (name, (mean, apart)) in enumerate(spread.items()):
        values = np.ravel(rivals[name])
        axes.plot(values, np.full(len(values), y), "o", color=GREY, alpha=0.45, markersize=5, mew=0)
        axes.errorbar(mean, y, xerr=apart, color=BLUE, marker="D", markersize=7, capsize=5, lw=2)
        axes.annotate(
            _say(mean, apart),
            (mean, y),
            (0, 9),
            textcoords="offset points",
            fontsize=9,
            ha="center",
        )
    axes.set_xlabel(f"{xlabel}: a dot per split, mean ± SD" + _dashed(reference))
    axes.margins(x=0.12)
    axes.grid(axis="x", alpha=0.25)
    name_rows(axes, list(rivals))
    count = max(np.size(values) for values in rivals.values())
    level = "" if reference is None else f"; {reference[0]} at {reference[1]:.4g}"
    picture.alt = f"{title}. {xlabel}: {_list(spread)} over {count} splits{level}."
    return picture


def plot_heat_map(table, *, title, label="RMSE (stars)", columns="k", highest=False):
    """A grid of numbers over λ and another setting, in colour and in print, the best one framed.

    Parameters
    ----------
    table : DataFrame
        λ down the index, k along the columns; a NaN is left blank.
    title, label : str
    columns : {"k", "α"}
        What runs along the columns.
    highest : bool
        Frame the largest number instead of the smallest.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the table holds no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> plot_heat_map(pd.DataFrame({2: [0.9, 0.8]}, index=[0.1, 0.2]), title="Best low").alt
    'Best low. RMSE (stars) over 2 λ and 1 k; smallest 0.800 at k = 2, λ = 0.2; largest 0.900.'
    """
    values = numbers(table, "the table")
    low, high = np.nanmin(values), np.nanmax(values)
    picture = Picture(2.2 + 0.75 * values.shape[1], 1.3 + 0.42 * values.shape[0])
    (axes,) = picture.axes_row([title])
    image = axes.imshow(values, cmap="cividis_r", aspect="auto")
    for i, j in np.argwhere(~np.isnan(values)):
        ink = "white" if values[i, j] > (low + high) / 2 else INK
        style = {"ha": "center", "va": "center", "fontsize": 9, "color": ink}
        axes.text(j, i, f"{values[i, j]:.3f}", **style)
    best = np.nanargmax(values) if highest else np.nanargmin(values)
    i, j = np.unravel_index(best, values.shape)
    frame(axes, j - 0.5, i - 0.5, color=ORANGE, linewidth=2.5, inset=0.04)
    axes.set_xticks(range(values.shape[1]), [f"{k:g}" for k in table.columns])
    axes.set_yticks(range(values.shape[0]), [f"{lam:g}" for lam in table.index])
    axes.set(xlabel={"k": "k, number of factors"}.get(columns, columns), ylabel="λ")
    axes.spines[:].set_visible(False)
    picture.colorbar(image, label=label, ax=axes)
    first, last = ("largest", "smallest") if highest else ("smallest", "largest")
    picture.alt = (
        f"{title}. {label} over {values.shape[0]} λ and {values.shape[1]} {columns}; {first} "
        f"{values[i, j]:.3f} at {columns} = {table.columns[j]:g}, λ = {table.index[i]:g}; "
        f"{last} {low if highest else high:.3f}."
    )
    return picture


def _spread(values, name):
    """Mean and standard deviation of the finite ones among some values."""
    values = numbers(values, name)
    values = values[np.isfinite(values)]
    return values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0


def _say(mean, apart):
    return f"{mean:.3f} ± {apart:.3f}" if apart else f"{mean:.3f}"


def _list(spread):
    return ", ".join(f"{name} {_say(*pair)}" for name, pair in spread.items())


def _dashed(reference):
    return "" if reference is None else f"; dashed: {reference[0]}"
