"""Models as rungs, from worst to best."""

import numpy as np

from .picture import BLUE, INK, ORANGE, Picture


def plot_ladder(rungs, *, title, reference, xlabel="held-out RMSE (stars)", cut=np.inf):
    """Models as rungs, worst on top; each bar runs from the reference to the model's error.

    Parameters
    ----------
    rungs : Series or dict of str to float
        Error of each model, in stars.
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

    Examples
    --------
    >>> plot_ladder({"mean": 1.0, "biases": 0.8}, title="Biases help", reference="mean").alt
    'Biases help. held-out RMSE (stars): mean 1.000, biases 0.800.'
    """
    ordered = sorted(dict(rungs).items(), key=lambda rung: -rung[1])
    names, errors = zip(*ordered, strict=True)
    base = dict(rungs)[reference]
    end = min(max(errors), cut)
    reach = end - min(errors)
    picture = Picture(8.0, 0.9 + 0.36 * len(names))
    (axes,) = picture.axes_row([title])
    for y, error in enumerate(errors):
        color = BLUE if error < base else ORANGE if error > base else INK
        marker = "o" if error <= base else "D" if error <= cut else ">"
        tip = min(error, cut)
        axes.plot([base, tip], [y, y], color=color, linewidth=7, solid_capstyle="butt", alpha=0.35)
        axes.plot(tip, y, marker=marker, color=color, markersize=7)
        side, sign = ("right", -1) if error < base else ("left", 1)
        place = tip + sign * 0.015 * reach
        axes.text(place, y, f" {error:.3f} ", ha=side, va="center", fontsize=9.5, color=INK)
    axes.axvline(base, color=INK, linewidth=1)
    axes.set_xlim(min(errors) - 0.12 * reach, end + 0.12 * reach)
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=10)
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    listed = ", ".join(f"{name} {error:.3f}" for name, error in ordered)
    picture.alt = f"{title}. {xlabel}: {listed}."
    return picture
