"""The one style of every picture: its colours and words, and a figure with alternative text."""

from base64 import b64encode
from html import escape
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

# Okabe and Ito's palette: told apart by every common kind of colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
SKY, PINK, AMBER = "#56B4E9", "#CC79A7", "#E69F00"
INK, GREY, PALE = "#222222", "#6b6b6b", "#dddddd"
PALETTE = (BLUE, ORANGE, GREEN, PINK, AMBER, SKY, INK)
MARKERS = "osD^vPX"  # so that colour is never the only carrier
# On a dark page a picture is a white card; on a narrow one it shrinks.
_CARD = (
    "max-width: 100%; height: auto; background: white; padding: 4px; border-radius: 6px; "
    "box-sizing: border-box"
)


class Picture(Figure):
    """A figure that shows itself as ``<img alt="…">``, without pyplot.

    Parameters
    ----------
    width, height : float
        Inches; 100 pixels each on the page, fewer where the page is narrower.

    Examples
    --------
    >>> picture = Picture(4, 3)
    >>> picture.alt = "An empty page."
    >>> picture
    Picture: An empty page.
    """

    def __init__(self, width=7.0, height=3.6):
        super().__init__(figsize=(width, height), layout="constrained")
        self.alt = ""

    def axes_row(self, titles, share=False):
        """A row of axes in the course's style, one for each title; the title states a message."""
        row = self.subplots(1, len(titles), sharey=share, squeeze=False)[0]
        for axes, title in zip(row, titles, strict=True):
            dress(axes, title)
        return row

    def draw(self, renderer):
        """Draw everything; a $ in a title is a dollar and begins no formula."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        super().draw(renderer)

    def png(self):
        """The picture as PNG bytes."""
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=144, facecolor="white", metadata={"Software": None})
        return buffer.getvalue()

    def __repr__(self):
        return f"Picture: {self.alt}"

    def _repr_html_(self):
        width, height = (round(100 * inches) for inches in self.get_size_inches())
        source = b64encode(self.png()).decode()
        return (
            f'<img alt="{escape(self.alt)}" width="{width}" height="{height}" style="{_CARD}" '
            f'src="data:image/png;base64,{source}">'
        )


def dress(axes, title="", xlabel="", ylabel="", pad=6):
    """Give axes the course's style; returns the title."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.set_xlabel(xlabel, fontsize=10, color=INK)
    axes.set_ylabel(ylabel, fontsize=10, color=INK)
    return axes.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold", pad=pad)


def name_rows(axes, names):
    """Let the rows of a chart bear names, the first on top, in place of a vertical axis."""
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=10)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def legend_outside(*row):
    """One legend for a row of axes, to its right."""
    pairs = [pair for axes in row for pair in zip(*axes.get_legend_handles_labels(), strict=True)]
    known = {label: handle for handle, label in reversed(pairs)}  # a label of two panels: once
    style = {"frameon": False, "fontsize": 9.5, "loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    row[-1].legend([known[label] for label in reversed(known)], [*reversed(known)], **style)


def numbers(values, what):
    """Values as floats, NaN where they are masked; a ValueError if none of them is finite."""
    values = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    if not np.isfinite(values).any():
        raise ValueError(f"{what} holds no numbers, so there is nothing to draw; look at it first")
    return values


def number(value, decimals=1):
    """A number rounded for print; zero has no sign."""
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"


def short(value, decimals=1):
    """A number rounded for print, without zeros at its end."""
    return number(value, decimals).rstrip("0").removesuffix(".")
