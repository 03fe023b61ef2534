"""Is this machine ready for class? A line for each thing to know, and what to do where it is not."""

import importlib.util
import os
import shutil
import socket
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GIGABYTES = 2  # of free disk: the course takes one, and notebooks some
PORT = 8888  # where JupyterLab listens, unless told otherwise
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "ipywidgets", "numba", "tqdm", "jupyterlab")


def python():
    """The Python that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info >= (3, 11), f"Python {version}", "install Python 3.11 or newer"


def disk():
    """Room on the disk that the course lies on."""
    free = shutil.disk_usage(ROOT).free / 1e9
    return free > GIGABYTES, f"{free:.0f} GB free", f"make room: {GIGABYTES} GB are needed"


def packages():
    """Everything a notebook imports."""
    missing = [name for name in PACKAGES if not importlib.util.find_spec(name)]
    done = f"{len(PACKAGES) - len(missing)} of {len(PACKAGES)} packages are there"
    return not missing, done, f"no {', '.join(missing)}; type python3 lesson.py lab"


def fit():
    """A small fit, with the compiled solver."""
    from als_lesson import fit_als, load_dataset

    start = time.perf_counter()
    ratings = load_dataset("simulated").ratings
    objective = fit_als(ratings, k=2, lam=1.0, n_iter=2, seed=0).history.objective.iloc[-1]
    return objective > 0, f"two iterations of ALS took {time.perf_counter() - start:.1f} s", ""


def widgets():
    """What the sliders of notebook 08 are made of."""
    from als_lesson import explore_half_step, explore_k_and_lambda

    return callable(explore_half_step) and callable(explore_k_and_lambda), "sliders can be made", ""


def port():
    """Whether JupyterLab's usual port is free."""
    try:
        socket.create_server(("127.0.0.1", PORT)).close()
    except OSError:
        return False, f"port {PORT} is taken", "close the other Jupyter; or it takes the next port"
    return True, f"port {PORT} is free", ""


def movielens():
    """Real ratings, which no notebook needs."""
    from als_lesson.data.movielens import movielens_path

    if Path(movielens_path()).exists():
        return True, "MovieLens is here; notebooks take it unless ALS_LESSON_DATA=simulated", ""
    return True, "MovieLens is not here: notebooks run on simulated ratings, as printed", ""


def clock():
    """A clock that stands in the past makes downloads fail for no visible reason."""
    newest = max(path.stat().st_mtime for path in ROOT.glob("*.*"))
    return (
        time.time() > newest - 86400,
        f"the clock says {time.strftime('%d %b %Y, %H:%M')}",
        "set it",
    )


def hand_outs():
    """Whether the notebooks for students are made."""
    made = len(list((ROOT / "classroom" / "student").glob("*.ipynb")))
    return bool(made), f"{made} notebooks for students", "type python3 lesson.py teach student"


CHECKS = (python, disk, packages, clock, port, movielens, hand_outs, widgets, fit)


def look(check):
    """A check's line: ✓ and what was found, or ✗ and what to do; and whether it went well."""
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            good, found, remedy = check()
    except Exception as error:  # a machine may be broken in any way
        good, found = False, f"{type(error).__name__}: {error}"
        remedy = "type python3 lesson.py lab, which installs anew; if it stays, delete .venv first"
    label = check.__name__.replace("_", "-")
    return good, f"{'✓' if good else '✗'} {label:10} {found}{'' if good else f': {remedy}'}"


def preflight(arguments):
    """Say in ten seconds whether this machine is ready for class."""
    os.environ.setdefault("MPLBACKEND", "agg")
    every = []
    for check in CHECKS:
        good, line = look(check)
        every.append(good)
        print(line, flush=True)
    if not all(every):
        return 1
    print("Ready.")
