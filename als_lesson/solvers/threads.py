"""Rows shared out among the processor's cores."""

import sys
from queue import SimpleQueue
from threading import Thread

import numpy as np
from numba import config
from numba.core import event

SHARES = 8  # of the rows, per thread: whoever is done early takes another
WORTH_A_THREAD = 2e6  # multiplications: below, starting a thread takes longer than the work


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


def in_parallel(kernel, costs, *arguments):
    """Call kernel(start, stop, *arguments) on shares of rows of like cost, on every core."""
    done = np.cumsum(costs)
    threads = int(min(config.NUMBA_NUM_THREADS, 1 + done[-1] // WORTH_A_THREAD))
    shares = 1 if threads == 1 else SHARES * threads
    bounds = np.searchsorted(done, done[-1] * np.arange(1, shares) / shares).tolist()
    queue = SimpleQueue()
    for share in [*zip([0, *bounds], [*bounds, len(done)], strict=True), *[None] * threads]:
        queue.put(share)

    failures = []

    def work():
        """Take shares until none is left."""
        try:
            for start, stop in iter(queue.get, None):
                kernel(start, stop, *arguments)
        except BaseException as failure:  # a thread's own would only be printed
            failures.append(failure)

    with event.install_listener("numba:compile", _teller):
        helpers = [Thread(target=work) for _ in range(threads - 1)]
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]
