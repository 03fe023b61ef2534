"""What an exercise's check says: a sentence and an example, short whatever it was given."""

from dataclasses import dataclass
from html import escape

import numpy as np


def shorten(text, width):
    """A text on one line, cut at `width` characters."""
    text = " ".join(str(text)[: 9 * width].split())
    return text if len(text) <= width else text[: width - 1] + "…"


def show(value, width, digits=4):
    """A value on one line, its numbers with so many digits, cut at `width` characters.

    Examples
    --------
    >>> show(np.array([[1 / 3, np.nan], [2, 0]]), 40)
    '[[0.3333, nan], [2, 0]]'
    """
    try:
        return shorten(_spell(value, width, digits), width)
    except Exception:  # anything may come back from a learner's function
        return f"a {type(value).__name__}"


def _spell(value, width, digits):
    if hasattr(value, "itertuples"):  # a table
        rows = [list(row) for row in value[:width].itertuples(index=False)]
        return f"{list(value.columns)} {show(rows, width, digits)}"
    if isinstance(value, list | tuple) or np.ndim(value) and isinstance(value, np.ndarray):
        return f"[{', '.join(show(one, width // 2, digits) for one in value[: width // 2])}]"
    if isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, int | float | np.number | np.ndarray):
        whole = abs(value) < 1e15 and value == np.round(value)
        return str(int(value)) if whole else f"{value:.{digits}g}"
    if hasattr(value, "__name__"):  # a function, with what its docstring says
        words = (value.__doc__ or "").partition("\n")[0]
        return f"{value.__name__}: {words}" if words else value.__name__
    return repr(value)


@dataclass(frozen=True)
class Verdict:
    """What a check found: a sentence, green when the answer is right, and an example of a miss.

    Parameters
    ----------
    correct : bool
    message : str
        A sentence without its full stop.
    example : str
        Lines with an input, the learner's answer and the right one; may be empty.

    Examples
    --------
    >>> Verdict(False, "λ is missing")
    Not yet: λ is missing.
    """

    correct: bool
    message: str
    example: str = ""

    def __post_init__(self):
        object.__setattr__(self, "message", shorten(self.message, 500))

    def __repr__(self):
        sentence = ("✓ " if self.correct else "Not yet: ") + self.message
        sentence += "" if sentence.endswith("…") else "."
        return f"{sentence}\n{self.example}" if self.example else sentence

    def _repr_html_(self):
        sentence, _, example = escape(repr(self)).partition("\n")
        style = f"border-left: 4px solid {'#009E73' if self.correct else '#D55E00'}"
        shown = f'<pre style="white-space: pre-wrap">{example}</pre>' if example else ""
        return f'<p style="{style}; padding-left: 0.7em">{sentence}</p>{shown}'


NOT_STARTED = Verdict(False, "not started; replace the ... in the cell above and run both again")
