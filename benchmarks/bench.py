"""Our solver beside its peers, on the same ratings in one go: ``python3 lesson.py bench``.

A time is believed only if the solver reached the objective that ours reached. Times are medians
over rounds in which everyone runs in turn; a ratio is the median of the rounds' ratios, which the
drift of a busy machine touches less. Writes results.md and results.png.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
SAME = 0.01  # relative difference in the objective; other starts end a little apart
ALL = ("movielens", "simulated", "1m", "25m", "scaling")


def arguments(args):
    """What was typed."""
    parser = argparse.ArgumentParser(prog="lesson.py bench", description=__doc__.split("\n")[0])
    parser.add_argument("sizes", nargs="*", metavar="SIZE",
                        help=f"any of {', '.join(ALL)}, tiny (default: all but tiny)")  # fmt: skip
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


def installed(contestant):
    """Whether its package is here."""
    return find_spec(contestant.package) is not None


def race(kind, matrix, shape, k, threads):
    """Everyone in turn, round after round: a row of results for each."""
    from contestants import CONTESTS
    from problems import LAM, Problem

    contest = CONTESTS[kind]
    problem = Problem(matrix, k, LAM, shape.n_iter, threads)
    entrants = {
        name: one for name, one in contest.contestants.items()
        if installed(one) and matrix.nnz * k <= one.most
    }  # fmt: skip
    seconds, answers = take_turns(problem, entrants, shape.rounds)
    reached = {
        name: contest.objective(problem, *(f.astype(float) for f in factors))
        for name, factors in answers.items()
    }
    ours, rows = seconds["als_lesson"], []
    for name, times in seconds.items():
        ratios = [t / o for t, o in zip(times, ours, strict=False)]
        rows.append({
            "kind": kind, "ratings": shape.name, "k": k, "solver": name, "exact": entrants[name].exact,
            "seconds": median(times), "ratio": median(ratios), "objective": reached[name],
            "same": abs(reached[name] / reached["als_lesson"] - 1) < SAME,
        })  # fmt: skip
        if not entrants[name].exact:
            rows[-1]["ours_to_same"] = time_to(reached[name], contest, problem, median(ours))
    return rows


def take_turns(problem, entrants, rounds):
    """Seconds of each run, by solver, and the factors of the last."""
    ready = {name: one.prepare(problem) for name, one in entrants.items()}
    if rounds > 1:  # a round that does not count: it compiles, and warms memory
        for name, run in ready.items():
            if entrants[name].warms_up:
                run()
    seconds, answers = {name: [] for name in ready}, {}
    for number in range(rounds):
        for name, run in ready.items():
            if number == 0 or not entrants[name].slow:
                start = time.perf_counter()
                answers[name] = run()
                seconds[name].append(time.perf_counter() - start)
    return seconds, answers


def time_to(goal, contest, problem, seconds):
    """Our time until the objective is as low as `goal`, from a full run's iterations."""
    for step in contest.steps(problem, 5 * problem.n_iter):
        if step.side == "items" and step.objective <= goal:
            return seconds * step.iteration / problem.n_iter
    return float("inf")


def peak_memory(kind, name, file, k, threads):
    """MB at the peak of one iteration, in a process of its own; a JVM's included."""
    command = [sys.executable, __file__, "--threads", str(threads), "--memory", kind, name, file, str(k)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def measure_memory(kind, name, file, k, threads):
    """The child's half of `peak_memory`."""
    from contestants import CONTESTS
    from problems import LAM, Problem, load

    CONTESTS[kind].contestants[name].prepare(Problem(load(file), int(k), LAM, 1, threads))()
    used = most_memory()
    if name.startswith("Spark"):
        import psutil

        used += max(p.memory_info().rss for p in psutil.Process().children(recursive=True)) / 2**20
    print(used)


def most_memory():
    """MB this process has held at most."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held when it started us
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    import psutil

    used = psutil.Process().memory_info()
    return getattr(used, "peak_wset", used.rss) / 2**20


def endurance(size, threads, k=32, n_iter=10):
    """From nothing to a fit: seconds of each part, and MB at the peak, in a process of its own."""
    program = f"""
import sys, time
sys.path[:0] = [{str(HERE)!r}, {str(HERE.parent)!r}]
from bench import limit_threads, most_memory
limit_threads({threads})
from als_lesson import RatingMatrix, fit_als, simulate_ratings
marks = [time.perf_counter()]
ratings = simulate_ratings(*{size}).ratings
marks.append(time.perf_counter())
matrix = RatingMatrix.from_ratings(ratings)
del ratings
marks.append(time.perf_counter())
fit_als(matrix, {k}, 0.1, {n_iter}, weighted=True)
marks.append(time.perf_counter())
print(*[b - a for a, b in zip(marks, marks[1:])], most_memory())"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    simulated, built, fitted, memory = map(float, done.stdout.split()[-4:])
    return (
        f"{size[2]:,} ratings from nothing: simulated in {simulated:.0f} s, made into a matrix in "
        f"{built:.0f} s, fitted with k = {k}, {n_iter} iterations, in {fitted:.0f} s; never more "
        f"than {memory / 1024:.1f} GB of memory."
    )


def scaling():
    """Seconds an iteration against ratings and against k, and the share of the machine's peak."""
    from problems import SHAPES, make_matrix

    peak = matmul_peak()
    by_ratings, by_k = [], []
    for n_ratings in (62_500, 125_000, 250_000, 500_000, 1_000_000, 2_000_000):
        size = (n_ratings // 165, 3_706, n_ratings)
        matrix = make_matrix(SHAPES["1m"]._replace(size=size))
        by_ratings.append((n_ratings, iteration_time(matrix, 32)))
        if n_ratings == 1_000_000:
            for k in (4, 8, 16, 32, 64, 128, 256):
                took = iteration_time(matrix, k)
                by_k.append((k, took, operations(matrix, k) / took / peak))
    return by_ratings, by_k, peak


def iteration_time(matrix, k, rounds=3):
    """Best of a few: both half-steps and the objective after each."""
    from als_lesson import als_steps

    times = []
    for _ in range(rounds):
        steps = als_steps(matrix, k, 0.1, n_iter=1, weighted=True)
        start = time.perf_counter()
        for _ in steps:
            pass
        times.append(time.perf_counter() - start)
    return min(times)


def operations(matrix, k):
    """Additions and multiplications of both half-steps: Gram matrices and Cholesky factors.

    The smaller of two systems for each row: n k² + k³/3, or n² k + n³/3 where n < k.
    """
    import numpy as np

    total = 0.0
    for side in ("users", "items"):
        n = matrix.counts(side).astype(float)
        p = np.minimum(n, k)
        total += (p * n * k + p**3 / 3 + 4 * n * k).sum()
    return total


def matmul_peak(n=2000):
    """Operations a second of the best of five matrix products, in double precision."""
    import numpy as np

    A = np.random.RandomState(0).standard_normal((n, n))
    times = []
    for _ in range(6):
        start = time.perf_counter()
        A @ A
        times.append(time.perf_counter() - start)
    return 2 * n**3 / min(times)


def machine(threads):
    """A line on what ran this."""
    import numpy as np
    from threadpoolctl import threadpool_info

    blas = {f"{one['internal_api']} ({one.get('architecture', '')})" for one in threadpool_info()
            if one["user_api"] == "blas"}  # fmt: skip
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), model)
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return (
        f"{model}, {threads} threads, {load} at the start; Python "
        f"{platform.python_version()}, NumPy {np.__version__}, BLAS: {', '.join(sorted(blas))}"
    )


def main(args):
    """Measure, print as it comes, write it down."""
    asked = arguments(args)
    limit_threads(asked.threads)
    sys.path[:0] = [str(HERE.parent)]
    if asked.memory:
        return measure_memory(*asked.memory, asked.threads)
    import report
    from contestants import CONTESTS
    from problems import SHAPES, find_movielens, make_matrix, save

    about = machine(asked.threads)
    print(about, flush=True)
    absent = {one.package for contest in CONTESTS.values()
              for one in contest.contestants.values() if not installed(one)}  # fmt: skip
    notes = [f"Not installed, so left out: {', '.join(sorted(absent))}."] if absent else []
    rows = []
    for size in asked.sizes:
        if size == "scaling":
            continue
        if size == "movielens" and find_movielens() is None:
            notes.append("MovieLens-small was left out: als_lesson.fetch_movielens() brings it.")
            continue
        shape = SHAPES[size]
        matrix = make_matrix(shape)
        with tempfile.TemporaryDirectory(prefix="als-lesson-bench-") as folder:
            file = str(Path(folder, "ratings.npz"))
            save(matrix, file)
            for kind, k in product(CONTESTS, shape.ks):
                found = race(kind, matrix, shape, k, asked.threads)
                for row in found if shape.rounds > 1 else ():  # again a run of each
                    row["memory"] = peak_memory(kind, row["solver"], file, k, asked.threads)
                rows += found
                print(f"\n{kind}, {shape.name}, k = {k}, {shape.n_iter} iterations\n", flush=True)
                print(report.table(found), flush=True)
                report.write(asked.out, about, notes, rows, None)  # should a later race fail
    if "25m" in asked.sizes:
        notes.append(endurance(SHAPES["25m"].size, asked.threads))
        print(notes[-1], flush=True)
    scales = scaling() if "scaling" in asked.sizes else None
    report.write(asked.out, about, notes, rows, scales)
    print(f"\nwrote {asked.out / 'results.md'}")


if __name__ == "__main__":
    main(sys.argv[1:])
