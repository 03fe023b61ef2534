"""Who takes part in which contest, and where it makes sense."""

from typing import NamedTuple

import numpy as np
import stars
import watches


class Contestant(NamedTuple):
    """A solver, and where it makes sense to run it."""

    prepare: object
    package: str = "als_lesson"
    exact: bool = True
    most: float = np.inf  # ratings × k; beyond, it would take too long
    slow: bool = False  # one round of it is enough
    warms_up: bool = True  # a first run differs from later ones


class Contest(NamedTuple):
    """An objective, our way to it, and who else minimizes it; ours is called als_lesson."""

    objective: object
    steps: object
    contestants: dict


CONTESTS = {
    "stars": Contest(
        stars.objective_of,
        stars.steps_of,
        {
            "als_lesson": Contestant(stars.double),
            "als_lesson, single precision": Contestant(stars.single),
            "als_lesson, CG": Contestant(stars.rough, exact=False),
            "als_lesson, CG, single precision": Contestant(stars.rough_single, exact=False),
            "als_lesson, with objective": Contestant(stars.with_objective),
            "LensKit": Contestant(stars.lenskit, "lenskit"),
            "cmfrec, Cholesky": Contestant(stars.cmfrec_exact, "cmfrec", most=5e8),
            "cmfrec, CG": Contestant(stars.cmfrec_cg, "cmfrec", exact=False),
            "Spark, local": Contestant(stars.spark, "pyspark", most=7e6, slow=True),
            "als_lesson, NumPy": Contestant(stars.arrays, most=3.1e6, slow=True, warms_up=False),
            "Python loop, masked": Contestant(
                stars.masked_loop, most=3.1e6, slow=True, warms_up=False
            ),
            "Python loop, the slip": Contestant(
                stars.slip_loop, most=3.1e6, slow=True, warms_up=False
            ),
        },
    ),
    "watches": Contest(
        watches.objective_of,
        watches.steps_of,
        {
            "als_lesson": Contestant(watches.half_steps),
            "implicit, Cholesky": Contestant(watches.implicit_exact, "implicit"),
            "implicit, CG": Contestant(watches.implicit_cg, "implicit", exact=False),
        },
    ),
}
