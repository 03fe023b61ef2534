"""What only concerns compiled code: threads, the cache on disk, and life without numba."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import als_lesson
from als_lesson.solvers import jit, threads

FIT = """
import hashlib
from als_lesson import RatingMatrix, fit_als, fit_implicit, simulate_ratings
matrix = RatingMatrix.from_ratings(simulate_ratings(300, 3000, 20_000).ratings)
fits = fit_als(matrix, 20, 0.1, n_iter=2), fit_implicit(matrix, 20, 1.0, 4.0, n_iter=2)
bits = [part for fit in fits for part in (fit.user_factors, fit.item_factors, fit.history.to_numpy())]
print(hashlib.sha256(b"".join(part.tobytes() for part in bits)).hexdigest())
"""
SMALL = """
import numpy as np
from scipy import sparse
from als_lesson.solvers import half_step
for _ in range(2):
    print(half_step(sparse.csr_array([[2.0]]), np.ones((1, 1)), 1.0))
"""
ANSWER = "[[1.]]\n[[1.]]\n"


def run_python(script, cwd=None, **environment):
    """Run a script in a fresh Python."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
    )


# ---- threads -----------------------------------------------------------------------------------


def test_the_same_bits_on_one_thread_as_on_two_or_three():
    """Of ours as of whichever library multiplies matrices for NumPy."""
    names = ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    answers = {run_python(FIT, **dict.fromkeys(names, str(n))).stdout for n in (1, 2, 3)}
    assert len(answers) == 1


def test_threads_share_every_row_once(monkeypatch):
    monkeypatch.setattr(threads.config, "NUMBA_NUM_THREADS", 3)
    visits = np.zeros(1000, int)

    def visit(start, stop):
        visits[start:stop] += 1

    threads.in_parallel(visit, np.r_[1e9, np.ones(998), 1e9])  # two rows hold nearly all the work
    assert (visits == 1).all()


def test_what_fails_in_a_thread_is_raised_and_no_share_is_begun_any_more(monkeypatch):
    monkeypatch.setattr(threads.config, "NUMBA_NUM_THREADS", 3)
    begun = []

    def fail(start, stop):
        begun.append(start)
        raise MemoryError("in a thread")

    with pytest.raises(MemoryError, match="in a thread"):
        threads.in_parallel(fail, np.full(24_000, 1e9))
    assert len(begun) <= threads.SHARES * 3


# ---- code kept on disk -------------------------------------------------------------------------


def test_compiling_is_announced_once_and_remembered(tmp_path):
    cold, warm = (run_python(SMALL, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    assert cold.stderr.count("Compiling the solver") == 1
    assert warm.stderr == ""
    assert cold.stdout == warm.stdout == ANSWER


TINY = """
from als_lesson.solvers.jit import compiled
@compiled
def double(x):
    return 2 * x
"""
CALL = "import tiny; print(tiny.double(21), list(tiny.double.stats.cache_hits.values()))"
COMPILED, KEPT = "42 []\n", "42 [1]\n"


@pytest.fixture
def tiny(tmp_path):
    """Calls one small compiled function in a fresh Python; its code is kept in `cache`."""
    (tmp_path / "tiny.py").write_text(TINY, encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), str(Path(als_lesson.__file__).parents[1])])

    def call(before=""):
        cache = str(tmp_path / "cache")
        return run_python(f"{before}\n{CALL}", NUMBA_CACHE_DIR=cache, PYTHONPATH=paths).stdout

    return call


def test_code_cut_short_or_damaged_is_compiled_again(tmp_path, tiny):
    assert (tiny(), tiny()) == (COMPILED, KEPT)
    (file,) = (tmp_path / "cache").rglob("*.code")
    kept = file.read_bytes()
    for damaged in (b"", kept[:40], kept[: len(kept) // 2], kept[:-200] + bytes(100) + kept[-100:]):
        file.write_bytes(damaged)
        assert (tiny(), tiny()) == (COMPILED, KEPT)


@pytest.mark.parametrize(
    "in_the_way",
    [
        "open('{cache}', 'w').close()",  # a file where the folder should be
        # A full disk, or a folder that is read-only even to whoever runs this.
        "import os, tempfile\n"
        "def full(*arguments, **settings): raise OSError(28, 'No space left on device')\n"
        "tempfile.mkstemp = tempfile.TemporaryFile = os.makedirs = full",
        "from numba.core import caching; del caching.FunctionCache._impl_class",  # another numba
        "from numba.core.caching import Cache; del Cache._index_key, Cache.cache_path",
    ],
)
def test_no_cache_never_stops_a_call(tmp_path, tiny, in_the_way):
    before = in_the_way.format(cache=tmp_path / "cache")
    assert (tiny(before), tiny(before)) in [(COMPILED, COMPILED), (COMPILED, KEPT)]


def test_the_code_is_stamped_by_every_file_of_the_solvers(tmp_path, monkeypatch):
    solvers = tmp_path / "solvers"
    shutil.copytree(Path(jit.__file__).parent, solvers, ignore=shutil.ignore_patterns("__*__"))
    monkeypatch.setattr(jit, "__file__", str(solvers / "jit.py"))
    stamps = [jit._Cache(run_python)._stamp]
    for file in sorted(solvers.glob("*.py")):
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        stamps.append(jit._Cache(run_python)._stamp)
    assert len(set(stamps)) == len(stamps) >= 6


def test_an_edit_to_the_tile_never_runs_old_code(tmp_path):
    shutil.copytree(Path(als_lesson.__file__).parent, tmp_path / "als_lesson")
    here = {"cwd": tmp_path, "NUMBA_CACHE_DIR": "", "PYTHONPATH": str(tmp_path)}
    assert run_python(SMALL, **here).stdout == ANSWER
    tile = tmp_path / "als_lesson" / "solvers" / "tile.py"
    text = tile.read_text(encoding="utf-8")
    assert text.count("x[a] = (") == 1
    tile.write_text(text.replace("x[a] = (", "x[a] = 2 * ("), encoding="utf-8")
    assert run_python(SMALL, **here).stdout == ANSWER.replace("1", "2")


# ---- Ctrl-C -------------------------------------------------------------------------------------

STRIKE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
class Strike:
    seen = 0
    def find_spec(self, name, path=None, target=None):
        self.seen += name.startswith(("numba.", "llvmlite."))
        if self.seen == {nth}:
            signal.raise_signal(signal.SIGINT)
import als_lesson.solvers
sys.meta_path.insert(0, Strike())
try:
    als_lesson.solvers._compiled()
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("nth", [1, 60, 200])  # the last where it compiles for the first time
def test_an_interrupt_while_numba_is_imported_leaves_it_whole(nth):
    assert run_python(STRIKE.format(nth=nth) + SMALL).stdout == "interrupted\n" + ANSWER


COMPILING = """
import signal
from numba.core import event
signal.signal(signal.SIGINT, signal.default_int_handler)
class Strike(event.Listener):
    seen = 0
    def on_start(self, happening):
        self.seen += 1
        if self.seen == {nth}:
            signal.raise_signal(signal.SIGINT)
    def on_end(self, happening):
        pass
from als_lesson.solvers import jit
try:
    with event.install_listener("numba:{what}", Strike()):
        half_step(sparse.csr_array([[2.0]]), np.ones((1, 1)), 1.0)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(("what", "nth"), [("compile", 1), ("compile", 4), ("run_pass", 40)])
def test_an_interrupt_while_a_solver_is_compiled_costs_only_that(tmp_path, what, nth):
    imports, calls = SMALL.split("for", 1)
    script = imports + COMPILING.format(what=what, nth=nth) + "for" + calls
    answer = run_python(script, NUMBA_CACHE_DIR=str(tmp_path)).stdout
    assert answer == "interrupted\n" + ANSWER


# ---- without numba -----------------------------------------------------------------------------

WITHOUT = """
import sys
sys.modules["numba"] = None
"""
THREE_FITS = """
from als_lesson import RatingMatrix, fit_als, fit_implicit, sgd_steps
matrix = RatingMatrix.from_dense([[5, 1, 4], [4, 2, 1]])
fits = [fit_als(matrix, 2, n_iter=3), fit_implicit(matrix, 2, n_iter=3), *sgd_steps(matrix, 2)]
print([fit.user_factors.round(6).tolist() for fit in fits])
"""


def test_without_numba_stars_watches_and_sgd_fit_alike_and_it_says_so_once():
    usual = run_python(THREE_FITS)
    for script, environment, reason in [
        (WITHOUT + THREE_FITS, {}, "import of numba halted"),
        (THREE_FITS, {"NUMBA_DISABLE_JIT": "1"}, "switched off by NUMBA_DISABLE_JIT"),
    ]:
        without = run_python(script, **environment)
        assert without.stdout == usual.stdout
        assert without.stderr.count("\n") == 1
        assert reason in without.stderr and "NumPy solves instead" in without.stderr


def test_numba_is_imported_only_by_the_engine_that_needs_it():
    script = """
import sys
from als_lesson import RatingMatrix, fit_als, fit_implicit, fold_in, half_step, sgd_steps
matrix = RatingMatrix.from_dense([[5, 1], [4, 2]])
fold_in(fit_als(matrix, engine="numpy"), [0], [4.0])
fold_in(fit_implicit(matrix, engine="numpy"), [0], [4.0])
print("numba" in sys.modules)
"""
    assert run_python(script).stdout == "False\n"
