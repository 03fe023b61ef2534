"""Pictures of data and of fits: arrays in, a Picture out, its message in the title."""

from .factors import plot_map
from .fits import plot_bowl, plot_curves
from .ratings import plot_histograms, plot_long_tail, plot_observed
from .rivals import plot_heat_map, plot_intervals, plot_ladder
from .runtimes import plot_growth, plot_seconds, slope
from .tables import draw_cell, draw_completed, draw_factorization, draw_tables

__all__ = [
    "draw_cell",
    "draw_completed",
    "draw_factorization",
    "draw_tables",
    "plot_bowl",
    "plot_curves",
    "plot_growth",
    "plot_heat_map",
    "plot_histograms",
    "plot_intervals",
    "plot_ladder",
    "plot_long_tail",
    "plot_map",
    "plot_observed",
    "plot_seconds",
    "slope",
]
