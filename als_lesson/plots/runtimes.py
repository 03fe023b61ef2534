"""How long things take, on logarithmic axes: seconds in, a Picture out."""

import numpy as np

from .picture import BLUE, GREY, INK, MARKERS, PALETTE, Picture, name_rows, numbers


def plot_seconds(seconds, *, title, xlabel="seconds per iteration, log scale"):
    """A dot for each way of computing the same thing, slowest on top.

    Parameters
    ----------
    seconds : dict of str to float
    title, xlabel : str

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are no seconds.

    Examples
    --------
    >>> plot_seconds({"arrays": 0.1, "loop": 2.0}, title="Loops wait").alt
    'Loops wait. seconds per iteration, log scale: loop 2, arrays 0.1.'
    """
    numbers(list(seconds.values()), "seconds")
    names, values = zip(*sorted(seconds.items(), key=lambda pair: -pair[1]), strict=True)
    picture = Picture(8.0, 1.0 + 0.4 * len(names))
    (axes,) = picture.axes_row([title])
    start, end = min(values) / 3, max(values) * 2
    for y, value in enumerate(values):
        axes.plot([start, value], [y, y], color=GREY, linewidth=1, linestyle=":")
        axes.plot(value, y, marker="o", color=BLUE, markersize=9)
        axes.text(value * 1.12, y, f"{value:.3g} s", va="center", fontsize=9.5, color=INK)
    axes.set(xscale="log", xlim=(start, 2 * end), xlabel=xlabel)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="x", alpha=0.25)
    name_rows(axes, names)
    listed = ", ".join(f"{name} {value:.3g}" for name, value in zip(names, values, strict=True))
    picture.alt = f"{title}. {xlabel}: {listed}."
    return picture


def slope(x, y):
    """The exponent p of the power law y ∝ xᵖ nearest to the points: a slope on log-log axes.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Positive.

    Examples
    --------
    >>> round(slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def plot_growth(panels, *, ylabel, slopes=True):
    """Curves on log-log axes, one panel for each title; a power law is a straight line there.

    Parameters
    ----------
    panels : dict of str to (str, dict of str to (array_like, array_like))
        ``{title: (xlabel, {label: (x, y)})}``.
    ylabel : str
    slopes : bool
        Write each curve's slope beside its label.

    Returns
    -------
    Picture

    Examples
    --------
    >>> plot_growth({"Quadratic": ("k", {"cost": ([1, 2, 4], [3, 12, 48])})}, ylabel="seconds").alt
    'Quadratic. cost (slope 2.0): from 3 at k = 1 to 48 at k = 4. Up: seconds.'
    """
    picture = Picture(4.3 * len(panels) + (1.5 if len(panels) == 1 else 0), 3.7)
    words = []
    row = picture.axes_row(list(panels), share=True)
    for axes, (title, (xlabel, curves)) in zip(row, panels.items(), strict=True):
        said = []
        for n, (label, points) in enumerate(curves.items()):
            x, y = (numbers(values, label) for values in points)
            label += f" (slope {slope(x, y):.1f})" if slopes and len(x) > 1 else ""
            style = {"color": PALETTE[n % 7], "marker": MARKERS[n % 7], "markersize": 5}
            axes.plot(x, y, label=label, linewidth=1.8, **style)
            ends = [f"{y[at]:.3g} at {xlabel} = {x[at]:g}" for at in (0, -1)]
            said.append(f"{label}: from {' to '.join(ends)}")
        axes.set(xscale="log", yscale="log", xlabel=f"{xlabel} (log scale)")
        axes.set_xticks(x, [f"{one:,g}" for one in x])
        axes.set_xticks([], minor=True)
        axes.set_yticks(_round_numbers(*axes.get_ylim()))
        axes.set_yticks([], minor=True)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.grid(alpha=0.25, color=GREY)
        axes.legend(frameon=False, fontsize=9)
        words.append(f"{title}. {'; '.join(said)}")
    row[0].set_ylabel(f"{ylabel} (log scale)")
    picture.alt = "; ".join(words) + f". Up: {ylabel}."
    return picture


def _round_numbers(low, high):
    """1, 2, 5, 10, 20, ... between two limits; over many decades, powers of ten only."""
    decades = np.floor(np.log10(low)), np.ceil(np.log10(high))
    digits = (1, 2, 5) if decades[1] - decades[0] < 4 else (1,)
    numbers = [digit * 10.0**n for n in np.arange(*decades) for digit in digits]
    return [number for number in numbers if low <= number <= high]
