"""A small form to rate movies with, by keyboard or mouse."""

from html import escape

import ipywidgets as widgets
import numpy as np

from .keys import KEEP_KEYS, KEPT

STARS = [round(0.5 * n, 1) for n in range(10, 0, -1)]
NOT_SEEN = "not seen"
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


class RatingForm(widgets.VBox):
    """A list of movies with a choice of stars beside each, ten or so of them.

    Tab goes from movie to movie, the arrow keys or a digit choose; the rest of the notebook then
    uses `stars`. Left alone, it holds the ratings it was made with.

    Parameters
    ----------
    titles : sequence of str
    saved : sequence of float
        Stars to start with, NaN for a movie that was not seen.

    Examples
    --------
    >>> RatingForm(["The Salt Bakery", "My Copper Island"], [4.5, np.nan]).stars
    array([4.5, nan])
    """

    def __init__(self, titles, saved):
        titles = [str(title) for title in titles]
        self.choices = [
            _one_choice(title, stars) for title, stars in zip(titles, saved, strict=True)
        ]
        keys = widgets.HTML(f'<img alt="" src="{_NOTHING}" hidden onload="{KEEP_KEYS}">')
        super().__init__(children=[*self.choices, keys])
        self.add_class(KEPT)
        self._titles = titles

    @property
    def stars(self):
        """What was chosen, in the order of the titles (n,): stars, or NaN for not seen."""
        return np.array([choice.value for choice in self.choices], dtype=float)  # None: NaN

    def _repr_mimebundle_(self, **kwargs):
        """The form where widgets live; elsewhere, such as on a web page, its saved ratings."""
        bundle = super()._repr_mimebundle_(**kwargs)
        rows = [
            f"<tr><td>{escape(title)}</td><td>{_name(stars)}</td></tr>"
            for title, stars in zip(self._titles, self.stars, strict=True)
        ]
        head = "<tr><th>movie</th><th>stars</th></tr>"
        bundle["text/html"] = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
        bundle["text/plain"] = f"RatingForm of {len(rows)} movies"
        return bundle


def _one_choice(title, stars):
    """A native list box: it takes digits and arrow keys, and screen readers read its label."""
    return widgets.Dropdown(
        options=[(NOT_SEEN, None)] + [(_name(s), s) for s in STARS],
        index=0 if np.isnan(stars) else 1 + STARS.index(stars),
        description=title,
        style={"description_width": "30em"},
        layout={"width": "42em"},
    )


def _name(stars):
    return NOT_SEEN if np.isnan(stars) else f"{stars:g} ★"
