"""Pictures of data and of fits: arrays in, a Picture out, its message in the title."""

from .fits import plot_bowl, plot_curves, plot_heat_map
from .ladder import plot_ladder
from .ratings import plot_histograms, plot_long_tail, plot_observed

__all__ = [
    "plot_bowl",
    "plot_curves",
    "plot_heat_map",
    "plot_histograms",
    "plot_ladder",
    "plot_long_tail",
    "plot_observed",
]
