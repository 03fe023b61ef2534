"""How a check comes to its verdict: fresh inputs, an oracle, and the usual mistakes as functions."""

import inspect
import warnings
from contextlib import nullcontext, redirect_stdout
from copy import deepcopy
from functools import partial, wraps
from io import StringIO

import numpy as np

from .verdict import NOT_STARTED, Verdict, shorten, show

SIZES = [1] * 4 + [2] * 6 + [3] * 6 + [4] * 5 + [6] * 3  # of the inputs, small first
ROUNDS = 4  # of all sizes, at most, until every mistake but one is excluded
TOLD = 3  # wrong answers that must agree before a mistake is named

EXERCISES = {}  # all checks by name, for whoever grades or asks


def through(adapt, mistakes):
    """A table of mistakes, each made one of other arguments by `adapt`."""
    return [(words, adapt(mistake)) for words, mistake in mistakes]


# What can be wrong with any answer, as a function of the right one.
GENERAL = [
    ("the axes are swapped", np.transpose),
    ("those are the right numbers in reverse order", lambda right: right[::-1]),
    ("those are the right numbers, sorted; keep them in their places", np.sort),
    ("only the first of them came back", lambda right: right[0]),
    ("only the last of them came back", lambda right: right[-1]),
    ("that is the sum of what was asked for", np.sum),
    ("that is the mean of what was asked for", np.mean),
    ("the sign is wrong", np.negative),
    ("the sign is lost", np.abs),
    ("that is the square of what was asked for", np.square),
    ("that is the root of what was asked for", np.sqrt),
    ("that was cut off at 0 and 5 stars", lambda right: np.clip(right, 0, 5)),
    ("that was cut off at 5 stars", lambda right: np.minimum(right, 5)),
    ("the digits after the point were cut off", np.trunc),
    *(("that is rounded; keep all digits", partial(np.round, decimals=n)) for n in range(6)),
]


def never_raise(check):
    """Make a check survive whatever the learner wrote, and say what happened."""

    @wraps(check)
    def _guarded(*arguments, **options):
        try:
            return check(*arguments, **options)
        except (Exception, SystemExit) as error:
            name = type(error).__name__
            return Verdict(False, f"this stopped with {name}; look at what the check is given")

    return _guarded


class Exercise:
    """A check: the right answer, the usual wrong ones, and fresh inputs to try them on.

    Parameters
    ----------
    name : str
    draw : function
        ``draw(rng, size)`` gives a tuple of fresh arguments, larger with `size`.
    answers : list of (str, function)
        What is asked for, and the oracle, which gives it; then each usual mistake: its diagnosis,
        and what somebody makes of the arguments who makes it. One that raises has no opinion.
    points : int, optional
        What it counts where it is graded.

    Examples
    --------
    >>> one_more = Exercise("next", lambda rng, size: (rng.randint(size, 9),),
    ...     [("the next number", lambda n: n + 1), ("that is twice n", lambda n: 2 * n)])
    >>> one_more(lambda n: n * 2, seed=0).message, EXERCISES.pop("next").name
    ('that is twice n', 'next')
    """

    def __init__(self, name, draw, answers, points=1):
        self.name, self.draw, self.points = name, draw, points
        (self.asked, self.oracle), *mistakes = answers
        self.mistakes = dict(mistakes)
        parameters = inspect.signature(self.oracle).parameters.values()
        self.parameters = [one.name for one in parameters if one.default is one.empty]
        self.__doc__ = f"Check a `function({', '.join(self.parameters)})`: {self.asked}."
        EXERCISES[name] = self

    @never_raise
    def __call__(self, answer, *given, seed=None):
        """The verdict on a function, on fresh inputs; or on a value, the answer for what is given."""
        if answer is None or answer is Ellipsis:
            return NOT_STARTED
        rng = np.random.RandomState(seed)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if callable(answer):
                return self._try(answer, rng)
            if given:
                return self._compare(answer, given, rng)
        kind = type(answer).__name__
        said = f"that is of type {kind}; hand over the function itself, by its name alone"
        return Verdict(False, said)

    def _try(self, function, rng):
        """Try a function on all sizes, and again while two mistakes explain what it gives."""
        tries, suspects, found = [], self.mistakes, []
        for _ in range(ROUNDS):
            for size in SIZES:  # what a learner prints is shown for the first input only
                with redirect_stdout(StringIO()) if tries else nullcontext():
                    tries.append(_Try(function, self.oracle, self.draw(rng, size)))
            if not any(one.missed for one in tries):
                break
            told = {words: _told(mistake, tries) for words, mistake in suspects.items()}
            suspects = {words: suspects[words] for words in told if told[words] is not None}
            found = [words for words in suspects if told[words]]  # the rest had no opinion
            if not found or len(found) == 1 and told[found[0]] >= TOLD:
                break
        certain = len(found) == 1 and told[found[0]] >= TOLD
        return self._say(function, tries, found[0] if certain else "")

    def _say(self, function, tries, found):
        """Put into words what the tries have shown."""
        misses = [one for one in tries if one.missed]
        altered = {
            n for t in tries for n, same in zip(self.parameters, t.kept, strict=True) if not same
        }
        harm = f"it changes its argument {', '.join(sorted(altered))}; work on a copy"
        if not misses:
            right = f"{self.asked}, on {len(tries)} fresh inputs"
            return Verdict(not altered, f"right, but {harm}" if altered else right)
        if all(one.nothing for one in tries):
            said = Verdict(False, "your function returned nothing; end it with a return")
            return NOT_STARTED if _is_empty(function) else said
        smallest = min(misses, key=lambda one: len(self._spell(one.given, 10**4)))
        message = found or _in_general(tries) or smallest.words()
        message += f"; besides, {harm}" if altered else ""
        return Verdict(False, message, self._example(smallest.given, smallest.said, smallest.right))

    def _compare(self, value, given, rng):
        """Judge a value; where that tells nothing, answer a smaller question as an example."""
        right = read(self.oracle(*deepcopy(given)))
        try:
            yours = read(value)
        except TypeError as trouble:
            return Verdict(False, str(trouble))
        if same(yours, right):
            return Verdict(True, self.asked)
        wrong = {name: outcome(mistake, given) for name, mistake in self.mistakes.items()}
        known = [name for name, one in wrong.items() if same(one, yours)]
        if known:
            return Verdict(False, "; or ".join(known[:2]))
        small = self.draw(rng, 1)
        words = f"{show(value, 60)} is not {self.asked}; here is a smaller example"
        example = self._example(small, None, read(self.oracle(*small)))
        return Verdict(False, _shapes(yours, right) or words, example)

    def _spell(self, given, width=240):
        """The arguments by name, within `width` characters."""
        named = zip(self.parameters, given, strict=True)
        return shorten(", ".join(f"{name} = {show(one, width)}" for name, one in named), width)

    def _example(self, given, said, right):
        """An input, what the learner's function gave, if asked, and the right answer."""
        for digits in (4, 8, 17):  # as many as it takes to see the difference
            yours = said if isinstance(said, str) else show(said, 90, digits)
            expected = show(right, 90, digits)
            if yours != expected:
                break
        lines = [f"input:    {self._spell(given)}", f"yours:    {yours}", f"expected: {expected}"]
        return "\n".join(lines if said is not None else lines[::2])


class _Try:
    """One call of the learner's function: what went in, what came out, what should have."""

    def __init__(self, function, oracle, given):
        self.given, self.right = given, read(oracle(*deepcopy(given)))
        self.yours, self.trouble, self.stopped, self.nothing = None, "", False, False
        used = deepcopy(given)
        try:
            answer = function(*used)
        except (Exception, SystemExit) as error:
            self.stopped, self.said = True, f"stopped with {type(error).__name__}"
            self.trouble = f"your function {self.said}: {shorten(error, 120).rstrip('.')}"
        else:
            self.nothing = answer is None or answer is Ellipsis
            try:
                self.yours = self.said = read(answer)
            except TypeError as error:
                self.trouble, self.said = str(error), shorten(show(answer, 90), 90)
        self.missed = not same(self.yours, self.right)
        self.kept = [_alike(*pair) for pair in zip(given, used, strict=True)]

    def words(self):
        """What is wrong, for somebody whose mistake is unknown."""
        if self.trouble or self.yours.shape != self.right.shape:
            return self.trouble or _shapes(self.yours, self.right)
        if np.isnan(self.yours[~np.isnan(self.right)]).any():
            return "there is a NaN in it, as a blank in a sum gives, or 0 / 0"
        return "something else was expected"


def read(answer):
    """An answer as an array of floats; a TypeError says in a learner's words why it is none."""
    if answer is None or answer is Ellipsis:
        raise TypeError("your function returned nothing here; every way through it needs a return")
    text = False
    try:
        if np.ma.isMaskedArray(answer):
            answer = answer.astype(float).filled(np.nan)
        array = np.asarray(answer)
        kind = array.dtype.kind
        text = kind in "SUT" or kind == "O" and any(isinstance(x, str | bytes) for x in array.flat)
        if not text and kind in "buifO":
            return np.array(array, dtype=float)
    except Exception:  # anything may stand there
        pass
    what = "text, or holds some" if text else f"of type {type(answer).__name__}"
    raise TypeError(f"that is {what}; numbers were expected{', without quotes' if text else ''}")


def same(one, other):
    """Whether two arrays agree but for rounding, blanks included; what is no array never does."""
    if one is None or other is None or one.shape != other.shape:
        return False
    near = np.isfinite(other) & (np.abs(one - other) <= 1e-9 + 1e-6 * np.abs(other))
    return bool(np.all(near | (one == other) | np.isnan(one) & np.isnan(other)))


def outcome(function, given):
    """What a mistake gives; None where it stops."""
    try:
        return read(function(*deepcopy(given)))
    except Exception:
        return None


def _told(mistake, tries):
    """How often a mistake gives the same wrong answer; None if it ever gives another one."""
    told = compared = 0
    for one in tries:
        wrong = outcome(mistake, one.given)
        if wrong is None:  # it stopped: the answer may have done so too
            told += one.stopped
        elif not same(wrong, one.yours):
            return None
        else:
            compared += 1
            told += one.missed
    return told if compared > 1 else 0


def _in_general(tries):
    """What is wrong with all answers in the same way; nothing if there is no such thing."""
    misses = [one for one in tries if one.missed]
    if len(misses) < TOLD or any(one.yours is None for one in tries):
        return ""
    if all(same(one.yours, tries[0].yours) for one in tries):
        return "that is the same answer for every input; compute it from the function's arguments"
    for words, change in GENERAL:
        if all(same(outcome(change, (one.right,)), one.yours) for one in tries):
            return words
    if any(one.yours.shape != one.right.shape for one in tries):
        return ""
    if all(same(*(np.sort(of.ravel()) for of in (one.yours, one.right))) for one in tries):
        return "those are the right numbers, in another order"
    yours, right = (
        np.concatenate([getattr(one, of).ravel() for one in tries]) for of in ("yours", "right")
    )
    yours, right = yours[~np.isnan(right)], right[~np.isnan(right)]
    times, more = yours @ right / (right @ right), np.mean(yours - right)
    if not yours.any():
        return "that is 0 for every input; compute it from the function's arguments"
    if same(times * right, yours):
        return f"that is {times:.4g} times what was expected, every time"
    if same(right + more, yours):
        return f"that is {abs(more):.4g} too {'much' if more > 0 else 'little'}, every time"
    return ""


def _shapes(yours, right):
    """What is wrong with a shape; nothing if it is right."""
    if yours.shape == right.shape:
        return ""
    if not right.ndim:
        return f"one number was expected, not an array of shape {yours.shape}"
    if not yours.ndim:
        return f"that is one number; an array of shape {right.shape} was expected"
    return f"the shape is {yours.shape}; {right.shape} was expected"


def _alike(one, used):
    """Whether an argument is still what it was."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, used, equal_nan=True)
    return one.equals(used) if hasattr(one, "equals") else one == used


def _dots(): ...


def _is_empty(function):
    """Whether a function is still the starter's bare dots."""
    code = getattr(function, "__code__", _dots.__code__).co_code
    return len(code) <= len(_dots.__code__.co_code)
