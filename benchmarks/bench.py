"""Our solver beside its peers, on the same ratings in one go: ``python3 lesson.py bench``.

A time is believed only if the solver reached the objective that ours reached. Times are medians
over rounds in which everyone runs in turn; a ratio is the median of the rounds' ratios, which the
drift of a busy machine touches less. Writes results.md and its pictures.
"""

import argparse
import os
import platform
import sys
import tempfile
from itertools import product
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALL = ("movielens", "simulated", "1m", "25m", "scaling")


def arguments(args):
    """What was typed."""
    parser = argparse.ArgumentParser(prog="lesson.py bench", description=__doc__.split("\n")[0])
    parser.add_argument(
        "sizes",
        nargs="*",
        metavar="SIZE",
        help=f"any of {', '.join(ALL)}, tiny (default: all but tiny)",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the results")
    parser.add_argument("--memory", nargs=4, help=argparse.SUPPRESS)  # kind, name, file, k
    asked = parser.parse_args(args)
    unknown = set(asked.sizes) - {*ALL, "tiny"}
    if unknown:
        parser.error(f"no size {unknown.pop()}; there are {', '.join(ALL)} and tiny")
    asked.sizes = asked.sizes or list(ALL)
    return asked


def limit_threads(n):
    """Every library takes its number of threads from here; to be called before any is imported."""
    for name in ("NUMBA_NUM", "OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "RAYON_NUM", "LK_NUM"):
        os.environ[f"{name}_THREADS"] = str(n)


def machine(threads):
    """A line on what ran this."""
    import numpy as np
    from threadpoolctl import threadpool_info

    blas = {
        f"{one['internal_api']} ({one.get('architecture', '')})"
        for one in threadpool_info()
        if one["user_api"] == "blas"
    }
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(": ")[1] for line in lines if line.startswith("model name")), model
        )
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return (
        f"{model}, {threads} threads, {load} at the start; Python "
        f"{platform.python_version()}, NumPy {np.__version__}, BLAS: {', '.join(sorted(blas))}"
    )


def run(size, threads):
    """Every race on the ratings of one size: the rows of each."""
    from contestants import CONTESTS
    from memory import peak_memory
    from problems import SHAPES, make_matrix, save
    from races import race

    shape = SHAPES[size]
    matrix = make_matrix(shape)
    with tempfile.TemporaryDirectory(prefix="als-lesson-bench-") as folder:
        file = str(Path(folder, "ratings.npz"))
        save(matrix, file)
        for kind, k in product(CONTESTS, shape.ks):
            found = race(kind, matrix, shape, k, threads)
            for row in found if shape.rounds > 1 else ():  # again a run of each
                row["memory"] = peak_memory(kind, row["solver"], file, k, threads)
            print(f"\n{kind}, {shape.name}, k = {k}, {shape.n_iter} iterations\n", flush=True)
            yield found


def what_is_missing(sizes):
    """A line for each thing that is left out."""
    from contestants import CONTESTS
    from problems import find_movielens
    from races import installed

    absent = {
        one.package
        for contest in CONTESTS.values()
        for one in contest.contestants.values()
        if not installed(one)
    }
    if absent:
        yield f"Not installed, so left out: {', '.join(sorted(absent))}."
    if "movielens" in sizes and find_movielens() is None:
        sizes.remove("movielens")
        yield "MovieLens-small was left out: als_lesson.fetch_movielens() brings it."


def main(args):
    """Measure, print as it comes, write it down."""
    asked = arguments(args)
    limit_threads(asked.threads)
    sys.path[:0] = [str(HERE.parent)]
    import memory

    if asked.memory:
        return memory.measure_memory(*asked.memory, asked.threads)
    import growth
    import report
    from problems import SHAPES

    about, rows = machine(asked.threads), []
    print(about, flush=True)
    notes = list(what_is_missing(asked.sizes))
    for size in asked.sizes:
        for found in run(size, asked.threads) if size != "scaling" else ():
            rows += found
            print(report.table(found), flush=True)
            report.write(asked.out, about, notes, rows, None)  # should a later race fail
    if "25m" in asked.sizes:
        notes.append(memory.endurance(SHAPES["25m"].size, asked.threads))
        print(notes[-1], flush=True)
    scales = growth.scaling() if "scaling" in asked.sizes else None
    report.write(asked.out, about, notes, rows, scales)
    print(f"\nwrote {asked.out / 'results.md'}")


if __name__ == "__main__":
    main(sys.argv[1:])
