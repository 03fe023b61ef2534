"""Forms that hold what a reader says, by mouse or keyboard: ratings of movies, a guessed curve."""

from html import escape
from importlib.resources import files

import ipywidgets as widgets
import numpy as np

STARS = [round(0.5 * n, 1) for n in range(10, 0, -1)]
NOT_SEEN = "not seen"
KEPT = "als-keys"  # the class of a widget whose controls keep their keys
PAGE = files(__package__).joinpath("page.js").read_text("utf-8")
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


class Form(widgets.VBox):
    """Controls with a name each; on a page without a kernel, the table of what they hold."""

    def __init__(self, children, head):
        script = widgets.HTML(f'<img alt="" src="{_NOTHING}" hidden onload="{escape(PAGE)}">')
        super().__init__(children=[*children, script])
        self.add_class(KEPT)
        self._head = head

    def _rows(self):
        """Name and saved value of each control, as text."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        """The form where widgets live; elsewhere, such as on a web page, what it was saved with."""
        bundle = super()._repr_mimebundle_(**kwargs)
        head, *body = (
            f"<tr>{''.join(f'<{tag}>{escape(text)}</{tag}>' for text in row)}</tr>"
            for tag, row in [("th", self._head), *(("td", row) for row in self._rows())]
        )
        bundle["text/html"] = f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"
        bundle["text/plain"] = f"{type(self).__name__} of {len(body)} {self._head[0]}s"
        return bundle


class RatingForm(Form):
    """A list of movies with a choice of stars beside each, ten or so of them.

    Tab goes from movie to movie, the arrow keys or a digit choose; the rest of the notebook then
    uses `stars`. Left alone, it holds the ratings it was made with.

    Parameters
    ----------
    titles : sequence of str
    saved : sequence of float
        Stars to start with, NaN for a movie that was not seen.
    scale : sequence of float
        The ratings there are to choose from.

    Raises
    ------
    ValueError
        If a saved rating is not on the scale, or there is not one for each title.

    Examples
    --------
    >>> RatingForm(["The Salt Bakery", "My Copper Island"], [4.5, np.nan]).stars
    array([4.5, nan])
    """

    def __init__(self, titles, saved, *, scale=STARS):
        scale = [float(stars) for stars in scale]
        pairs = zip(map(str, titles), saved, strict=True)
        self.choices = [_one_choice(title, stars, scale) for title, stars in pairs]
        super().__init__(self.choices, ["movie", "stars"])

    @property
    def stars(self):
        """What was chosen, in the order of the titles (n,): stars, or NaN for not seen."""
        return np.array([choice.value for choice in self.choices], dtype=float)  # None: NaN

    def _rows(self):
        return [
            (choice.description, _name(stars))
            for choice, stars in zip(self.choices, self.stars, strict=True)
        ]


class CurveGuess(Form):
    """A curve guessed with a row of vertical sliders, to be drawn into the figure that answers.

    Tab goes from slider to slider, the arrow keys move one; the rest of the notebook then uses
    `values` or `points`. Left alone, it holds the guess it was made with.

    Parameters
    ----------
    x : sequence of float, shape (n,)
        Where the curve is guessed.
    saved : float, or sequence of float, shape (n,)
        Heights to start with.
    low, high : float
        Ends of every slider.
    xlabel, ylabel : str
        What x and the heights are.

    Raises
    ------
    ValueError
        If a saved height lies outside low to high.

    Examples
    --------
    >>> guess = CurveGuess([1, 5, 20], 1.0, low=0.6, high=1.4)
    >>> guess.values
    array([1., 1., 1.])
    """

    def __init__(self, x, saved, *, low, high, xlabel="iteration", ylabel="RMSE (stars)"):
        self.x = np.asarray(x, dtype=float)
        saved = np.broadcast_to(np.asarray(saved, dtype=float), self.x.shape)
        if not ((low <= saved) & (saved <= high)).all():
            raise ValueError(f"saved={saved.tolist()} must lie between low={low} and high={high}")
        self.sliders = [
            widgets.FloatSlider(
                value=value,
                min=low,
                max=high,
                step=(high - low) / 40,
                orientation="vertical",
                description=f"{place:g}",
                tooltip=f"{xlabel} {place:g}",
                readout_format=".2f",
                layout={"height": "190px", "width": "56px"},
            )
            for place, value in zip(self.x, saved, strict=True)
        ]
        words = widgets.HTML(f"Your guess: {escape(ylabel)} for each {escape(xlabel)}")
        row = widgets.HBox(self.sliders, layout={"flex_flow": "row wrap"})
        super().__init__([words, row], [xlabel, ylabel])

    @property
    def values(self):
        """The guess, a height for each x: (n,)."""
        return np.array([slider.value for slider in self.sliders])

    @property
    def points(self):
        """x and `values`, as ``plot_curves(..., guess=form.points)`` draws them."""
        return self.x, self.values

    def _rows(self):
        return [(f"{x:g}", f"{y:.3g}") for x, y in zip(*self.points, strict=True)]


def _one_choice(title, stars, scale):
    """A native list box: it takes digits and arrow keys, and screen readers read its label."""
    if not (np.isnan(stars) or stars in scale):
        raise ValueError(f"{title!r} was given {stars:g}, which is not among {scale}")
    return widgets.Dropdown(
        options=[(NOT_SEEN, None)] + [(_name(s), s) for s in scale],
        index=0 if np.isnan(stars) else 1 + scale.index(stars),
        description=title,
        style={"description_width": "30em"},
        layout={"width": "42em"},
    )


def _name(stars):
    return NOT_SEEN if np.isnan(stars) else f"{stars:g} ★"
