"""A matplotlib figure that carries its own alternative text into the notebook."""

from base64 import b64encode
from html import escape
from io import BytesIO

from matplotlib.figure import Figure

# Okabe and Ito's palette: told apart by every common kind of colour vision.
BLUE, ORANGE, GREEN, SKY, PINK, AMBER = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#56B4E9",
    "#CC79A7",
    "#E69F00",
)
INK, GREY, PALE = "#222222", "#6b6b6b", "#dddddd"
PALETTE = (BLUE, ORANGE, GREEN, PINK, AMBER, SKY, INK)
MARKERS = "osD^vPX"  # so that colour is never the only carrier


class Picture(Figure):
    """A figure that shows itself as ``<img alt="…">``, without pyplot.

    Parameters
    ----------
    width, height : float
        Inches; 100 pixels each on the page.

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
            axes.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold")
            axes.spines[["top", "right"]].set_visible(False)
            axes.spines[["left", "bottom"]].set_color(GREY)
            axes.tick_params(colors=GREY, labelsize=9)
            for label in (axes.xaxis.label, axes.yaxis.label):
                label.set(color=INK, fontsize=10)
        return row

    def png(self, dpi=144):
        """The picture as PNG bytes."""
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
        return buffer.getvalue()

    def __repr__(self):
        return f"Picture: {self.alt}"

    def _repr_html_(self):
        source = b64encode(self.png()).decode()
        width = round(100 * self.get_figwidth())
        return (
            f'<img alt="{escape(self.alt)}" width="{width}" src="data:image/png;base64,{source}">'
        )
