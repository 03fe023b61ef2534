"""Inside a kernel of ``replicate.py``: shift every seed, and note whether each claim holds."""

import json
import random
import sys

import numpy as np

CLAIMS = {}  # number of the claim: why it failed first, or None while it holds


def note(number, held):
    """Keep the outcome of a claim: a failure stays, however often the claim holds afterwards."""
    kind, error, _ = sys.exc_info()
    CLAIMS[number] = CLAIMS.get(number) or (None if held else f"{kind.__name__}: {error}")


def report():
    """Print all outcomes, for the process that started this kernel."""
    print(json.dumps(CLAIMS))


def shift(by):
    """Add `by` to every seed from now on; what is not seeded, or not by numbers, stays as it is."""

    def moved(seed):
        if isinstance(seed, int | np.integer):
            return (int(seed) + by) % 2**32
        if isinstance(seed, list | tuple | np.ndarray):
            return (np.asarray(seed) + by) % 2**32
        return seed

    class RandomState(np.random.RandomState):
        def __init__(self, seed=None):
            super().__init__(moved(seed))

        def seed(self, seed=None):
            super().seed(moved(seed))

    class Random(random.Random):
        def seed(self, a=None, version=2):
            super().seed(moved(a), version)

    seed, default_rng, seed_python = np.random.seed, np.random.default_rng, random.seed
    np.random.RandomState = RandomState
    np.random.seed = lambda value=None: seed(moved(value))
    np.random.default_rng = lambda value=None: default_rng(moved(value))
    random.Random = Random
    random.seed = lambda a=None, version=2: seed_python(moved(a), version)


def shift_spark(by):
    """The same for the ALS of Spark, if it is here: its numbers are drawn in Java."""
    try:
        from pyspark.ml import recommendation
    except ImportError:
        return

    class ALS(recommendation.ALS):
        def __init__(self, *, seed, **settings):
            super().__init__(seed=seed + by, **settings)

    recommendation.ALS = ALS
