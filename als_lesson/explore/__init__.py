"""Pictures to steer and forms to fill in: the only room of the course that knows widgets."""

from .dashboard import explore_k_and_lambda
from .forms import CurveGuess, RatingForm
from .half_step import explore_half_step
from .zigzag import explore_zigzag

__all__ = [
    "CurveGuess",
    "RatingForm",
    "explore_half_step",
    "explore_k_and_lambda",
    "explore_zigzag",
]
