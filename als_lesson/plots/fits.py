"""A fit as it goes on: curves of its error, and the bowl of one user's half-step."""

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .picture import (
    GREEN,
    GREY,
    INK,
    MARKERS,
    ORANGE,
    PALETTE,
    Picture,
    legend_outside,
    number,
    numbers,
)


def plot_curves(
    panels,
    *,
    xlabel="iteration",
    ylabel="RMSE (stars)",
    log_x=False,
    start=1,
    reference=None,
    guess=None,
):
    """Curves against iteration (or any whole number), one panel for each title.

    Parameters
    ----------
    panels : dict of str to dict of str to array_like
        ``{title: {label: values}}``; values (n,) are drawn at start, start + 1, ... Several runs
        (n_runs, n) are drawn as their mean, with a band of one standard deviation to each side.
        A pair (x, values) is drawn at x.
    xlabel, ylabel : str
    log_x : bool
        For what happens early, fast, and later, slowly.
    start : int
        First position on the x axis.
    reference : (str, float), or dict of str to float, optional
        A labelled level to compare with, or several.
    guess : array_like or (x, values), optional
        The reader's own curve, such as ``CurveGuess.points``, dashed on the first panel.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a curve holds no numbers.

    Examples
    --------
    >>> plot_curves({"Falls": {"objective": [9.0, 4.0]}}, ylabel="stars²", guess=[9, 6]).alt
    'Falls. objective: from 9 to 4; your guess: from 9 to 6 stars².'
    """
    picture = Picture(4.6 * len(panels) + (2.4 if len(panels) == 1 else 1.2), 3.6)
    words = []
    levels = dict([reference] if isinstance(reference, tuple) else reference or {})
    row = picture.axes_row(list(panels), share=len(panels) > 1)
    for axes, (title, curves) in zip(row, panels.items(), strict=True):
        said = []
        for n, (label, values) in enumerate(curves.items()):
            style = {"color": PALETTE[n % 7], "marker": MARKERS[n % 7], "linewidth": 1.8}
            said.append(_curve(axes, values, start, label, markersize=4, **style))
        if guess is not None and axes is row[0]:
            style = {"color": GREY, "linestyle": (0, (4, 2)), "linewidth": 2.2}
            said.append(_curve(axes, guess, start, "your guess", **style))
        for n, (label, level) in enumerate(levels.items()):
            style = {"color": INK, "linestyle": ("--", ":", "-.")[n % 3], "linewidth": 1.2}
            axes.axhline(level, label=label, **style)
        axes.set_xlabel(xlabel)
        _number_x(axes, log_x)
        axes.grid(axis="y", alpha=0.25)
        words.append(f"{title}. {'; '.join(said)}")
    row[0].set_ylabel(ylabel)
    legend_outside(*row)
    words += [f"{label} at {level:.4g}" for label, level in levels.items()]
    picture.alt = "; ".join(words) + f" {_unit(ylabel)}."
    return picture


def _curve(axes, values, start, label, **style):
    """Draw one curve or the mean of several; return what it does, in words."""
    x, y = values if isinstance(values, tuple) else (None, values)
    y = numbers(y, label)
    x = start + np.arange(y.shape[-1]) if x is None else x
    if y.ndim == 2:
        mean, apart = y.mean(axis=0), y.std(axis=0, ddof=len(y) > 1)
        axes.fill_between(x, mean - apart, mean + apart, color=style["color"], alpha=0.18, lw=0)
        y = mean
    axes.plot(x, y, label=label, **style)
    return f"{label}: from {y[0]:.4g} to {y[-1]:.4g}"


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
    marks = {label: numbers(point, label) for label, point in points.items()}
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
        style = {"color": (GREEN, ORANGE, INK)[n % 3], "marker": "*Xo"[n % 3], "markersize": 13}
        axes.plot(*point, label=label, **style)
        place, value = map(number, point, (2, 2)), _bowl(point, gram, right, constant)
        words.append(f"{label} at ({', '.join(place)}), objective {number(value, 2)}")
    axes.set(xlabel="first factor of the user", ylabel="second factor of the user", aspect="equal")
    legend_outside(axes)
    picture.alt = f"{title}. {'; '.join(words)}."
    return picture


def _bowl(u, gram, right, constant):
    return np.einsum("...a,ab,...b->...", u, gram, u) - 2 * u @ right + constant


def _number_x(axes, log):
    """Whole numbers along x, or 1, 2, 5, 10, ..."""
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _unit(label):
    """The unit in an axis label: what stands in brackets, else the label itself."""
    return label.partition("(")[2].partition(")")[0] or label
