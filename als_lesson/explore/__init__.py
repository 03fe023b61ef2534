"""Pictures to steer: the only room of the course that knows widgets."""

from .dashboard import explore_k_and_lambda
from .half_step import explore_half_step
from .zigzag import explore_zigzag

__all__ = ["explore_half_step", "explore_k_and_lambda", "explore_zigzag"]
