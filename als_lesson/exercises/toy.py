"""The small table that exercises are checked on, and the usual mistake with it."""

import numpy as np

# A small table for the checks: blanks, an observed zero, and more movies than users, so that
# swapped axes, zero-filling and skipped zeros all show.
R = np.array(
    [
        [5.0, 4.0, np.nan, 1.0, np.nan],
        [4.0, np.nan, np.nan, 0.0, 2.0],
        [np.nan, 1.0, 5.0, np.nan, 4.0],
        [1.0, np.nan, 4.0, 5.0, np.nan],
    ]
)
OBSERVED = ~np.isnan(R)
FILLED = np.nan_to_num(R)
U = np.array([[1.0, 0.5], [0.5, 1.5], [2.0, -0.5], [0.3, 1.0]])
V = np.array([[1.5, 0.4], [0.8, 1.0], [2.0, 0.1], [0.2, 1.2], [1.0, 1.0]])
LAM = 0.5
ZERO_FILL = "blank cells were counted as zeros; keep only the observed ones"
