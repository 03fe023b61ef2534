"""One number at a time: a setting is looked over before anything is computed with it.

Each check returns the setting as a plain Python value, or raises a ValueError that says what it
is called, what it is, and what it must be. Limits are themselves allowed.
"""

import math
import sys
from numbers import Real

import numpy as np


def check_number(name, value, must="a finite number, 0 or more", lowest=0, highest=None):
    """A setting that measures something, as a float; without a `highest`, anything finite.

    >>> check_number("lam", -1)
    Traceback (most recent call last):
    ValueError: lam=-1 must be a finite number, 0 or more
    """
    try:
        real = isinstance(value, Real) and not isinstance(value, bool)
        number = float(value) if real else math.nan
    except OverflowError:  # a whole number beyond all floats
        number = math.inf
    if not lowest <= number <= (sys.float_info.max if highest is None else highest):
        raise ValueError(f"{name}={value!r:.60} must be {must}")
    return number


def check_whole(name, value, must="a whole number, 1 or more", lowest=1, highest=2**53):
    """A setting that counts something, as an int: 10, or the 10.0 that a table hands back."""
    if check_number(name, value, must, lowest, highest) % 1:
        raise ValueError(f"{name}={value!r:.60} must be {must}")
    return int(value)


def check_choice(name, value, choices):
    """A setting that is one of a few words, itself."""
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name}={value!r:.60} is not one of {list(choices)}")
    return value


def check_flag(name, value):
    """A setting that is on or off, as a bool."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}={value!r:.60} must be True or False")
    return bool(value)
