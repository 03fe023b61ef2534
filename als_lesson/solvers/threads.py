"""Rows shared out among the processor's cores."""

import functools
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import config
from numba.core import event

SHARES = 8  # of the rows, per thread: whoever is done early takes another
WORTH_A_THREAD = 2e6  # multiplications: below, waking a thread takes longer than the work


class _Teller(event.Listener):
    """Says, once, why the first answer takes its time."""

    told = False

    def on_start(self, happening):
        """Speak up the first time."""
        if not self.told:
            self.told = True
            print("Compiling the solver (once, some seconds) ...", file=sys.stderr, flush=True)

    def on_end(self, happening):
        """Say nothing."""


_teller = _Teller()


@functools.cache
def _pool(threads, process):
    """Threads that stay, for they are quicker woken than started; a forked process has its own."""
    return ThreadPoolExecutor(threads)


def in_parallel(kernel, costs, *arguments):
    """Call kernel(start, stop, *arguments) on shares of rows of like cost, on every core."""
    done = np.cumsum(costs)
    threads = int(min(config.NUMBA_NUM_THREADS, 1 + costs.sum() // WORTH_A_THREAD))
    with event.install_listener("numba:compile", _teller):
        if threads == 1:
            kernel(0, len(done), *arguments)
            return
        shares = SHARES * threads
        bounds = np.searchsorted(done, done[-1] * np.arange(1, shares) / shares).tolist()
        pairs = zip([0, *bounds], [*bounds, len(done)], strict=True)
        pool = _pool(threads, os.getpid())
        jobs = [pool.submit(kernel, *pair, *arguments) for pair in pairs]
        try:
            for job in jobs:
                job.result()
        finally:  # after a failure, or Ctrl-C, no share is begun any more
            for job in jobs:
                job.cancel()
