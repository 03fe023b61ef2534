"""What an exercise's check says, and how it comes to say it: never by raising."""

from dataclasses import dataclass
from functools import wraps
from html import escape

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What a check found: shown as a line of text, green when the answer is right.

    Parameters
    ----------
    correct : bool
    message : str

    Examples
    --------
    >>> Verdict(False, "λ is missing")
    Not yet: λ is missing.
    """

    correct: bool
    message: str

    def __repr__(self):
        return ("✓ " if self.correct else "Not yet: ") + self.message + "."

    def _repr_html_(self):
        color = "#009E73" if self.correct else "#D55E00"
        return f'<p style="border-left: 4px solid {color}; padding-left: 0.7em">{escape(repr(self))}</p>'


def never_raise(check):
    """Make a check survive whatever the learner wrote, and say what happened.

    Parameters
    ----------
    check : function
        Takes an answer, returns a `Verdict`.

    Examples
    --------
    >>> never_raise(lambda answer: answer.shape)(3)
    Not yet: this stopped with AttributeError; look at the answer.
    """

    @wraps(check)
    def _guarded(*arguments, **options):
        try:
            return check(*arguments, **options)
        except (Exception, SystemExit) as error:
            return Verdict(False, f"this stopped with {type(error).__name__}; look at the answer")

    return _guarded


def _dots(): ...


_DOTS = _dots.__code__
NOT_STARTED = Verdict(False, "not started; replace the ... in the cell above and run both again")


def run(function, arguments, right, mistakes, praise):
    """Call the learner's function on copies of the arguments and judge what it returns.

    Parameters
    ----------
    function : callable, None or ...
        The answer.
    arguments : tuple
        What to call it with.
    right, mistakes, praise
        As in `judge`.

    Examples
    --------
    >>> run(lambda x: x + 1, (2,), 3, {}, "one more")
    ✓ one more.
    """
    if function is None or function is Ellipsis:
        return NOT_STARTED
    copies = [a.copy() if isinstance(a, (np.ndarray, list, dict)) else a for a in arguments]
    try:
        answer = function(*copies)
    except Exception as error:
        return Verdict(False, f"your function stopped with {type(error).__name__}: {error}")
    if answer is None and _does_something(function):
        return Verdict(False, "your function returned nothing; end it with a return")
    return judge(answer, right, mistakes, praise)


def _does_something(function):
    """Tell a body of code from the starter's bare dots."""
    return len(getattr(function, "__code__", _DOTS).co_code) > len(_DOTS.co_code)


def judge(answer, right, mistakes, praise):
    """Compare an answer with the right one, then with the known mistakes.

    Parameters
    ----------
    answer : anything
    right : array_like
    mistakes : dict of str to array_like
        Diagnosis, and the wrong answer it belongs to.
    praise : str
        Said of the right answer.

    Examples
    --------
    >>> judge(4, 3, {"one too many": 4}, "counted")
    Not yet: one too many.
    """
    if answer is None or answer is Ellipsis:
        return NOT_STARTED
    try:
        if np.asarray(answer).dtype.kind in "cSU":  # NumPy would read a number into those
            raise TypeError
        answer, right = np.asarray(answer, dtype=float), np.asarray(right, dtype=float)
    except Exception:  # anything may stand there
        return Verdict(False, f"that is a {type(answer).__name__}; numbers were expected")
    if _same(answer, right):
        return Verdict(True, praise)
    for message, wrong in mistakes.items():
        if _same(answer, np.asarray(wrong, dtype=float)):
            return Verdict(False, message)
    if answer.shape != right.shape:
        if answer.T.shape == right.shape:
            return Verdict(False, f"axes swapped: shape {answer.shape} instead of {right.shape}")
        return Verdict(False, f"the shape is {answer.shape}; {right.shape} was expected")
    if np.isnan(answer).any():
        return Verdict(False, "there is a NaN in it: a blank cell slipped into a sum")
    return Verdict(
        False,
        "that is none of the answers known here; try it on a table small enough to work by hand",
    )


def _same(one, other):
    return one.shape == other.shape and np.allclose(
        one, other, rtol=1e-6, atol=1e-9, equal_nan=True
    )
