"""How much memory a fit takes at its peak, each measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def peak_memory(kind, name, file, k, threads):
    """MB at the peak of one iteration, in a process of its own; a JVM's included."""
    command = [
        sys.executable,
        str(HERE / "bench.py"),
        "--threads",
        str(threads),
        "--memory",
        kind,
        name,
        file,
        str(k),
    ]
    return float(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
    )


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
from bench import limit_threads
limit_threads({threads})
from als_lesson import RatingMatrix, fit_als, simulate_ratings
from memory import most_memory
marks = [time.perf_counter()]
ratings = simulate_ratings(*{size}).ratings
marks.append(time.perf_counter())
matrix = RatingMatrix.from_ratings(ratings)
del ratings
marks.append(time.perf_counter())
fit_als(matrix, {k}, 0.1, n_iter={n_iter}, weighted=True)
marks.append(time.perf_counter())
print(*[b - a for a, b in zip(marks, marks[1:])], most_memory())"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    simulated, built, fitted, memory = map(float, done.stdout.split()[-4:])
    return (
        f"{size[2]:,} ratings from nothing: simulated in {simulated:.0f} s, made into a matrix in "
        f"{built:.0f} s, fitted with k = {k}, {n_iter} iterations, in {fitted:.0f} s; never more "
        f"than {memory / 1024:.1f} GB of memory."
    )
