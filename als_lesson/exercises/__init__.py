"""Instant feedback on exercises: each check tries an answer and says what it sees, never raising.

A check runs the learner's function on fresh random inputs, beside an oracle. On a miss it shows
the smallest input on which they differ, and names the mistake if a known one gives the very same
answers throughout. `EXERCISES` holds every check by name, with its oracle, mistakes and inputs.
"""

from . import cells, choosing, gradient, lists, scaling, solving, watches  # noqa: F401
from .choosing import check_below_biases
from .engine import EXERCISES

_checks = {f"check_{name}": check for name, check in EXERCISES.items()}
globals().update(_checks)

__all__ = ["EXERCISES", "check_below_biases", *_checks]
