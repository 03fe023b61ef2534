"""The benchmark's harness, on its smallest size; its speed is nobody's business here."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from als_lesson import RatingMatrix, simulate_ratings

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module", autouse=True)
def importable():
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What a run on the tiny size writes, with whichever peers are installed."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, str(BENCHMARKS / "bench.py"), "tiny", "--out", str(folder)]
    variables = {name: value for name, value in os.environ.items() if "THREADS" not in name}
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600, env=variables)
    assert done.returncode == 0, done.stderr
    assert (folder / "results.png").read_bytes().startswith(b"\x89PNG")
    return (folder / "results.md").read_text(encoding="utf-8")


def rows(page):
    """The cells of each solver's line."""
    found = re.findall(
        r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d,]+) \| ([\d,.]+) \| (.*) \|$", page, re.M
    )
    return {name: (float(seconds), verdict) for name, seconds, *_, verdict in found}


def test_every_installed_solver_has_its_line_and_the_slip_is_found_out(page):
    found = rows(page)
    assert {"als_lesson", "als_lesson, NumPy", "Python loop, masked"} <= set(found)
    if importlib.util.find_spec("pyspark"):
        assert found["Spark, local"][1] == "yes"
    for name, (seconds, verdict) in found.items():
        assert seconds > 0
        if name == "Python loop, the slip":
            assert "does not count" in verdict
        else:
            assert "does not count" not in verdict, name


def test_what_is_missing_is_said(page):
    absent = [name for name in ("lenskit", "cmfrec") if not importlib.util.find_spec(name)]
    said = re.search(r"Not installed, so left out: (.*)\.", page)
    assert (set(absent) <= set(said[1].split(", "))) if absent else said is None


def test_operations_are_those_of_the_smaller_system():
    from growth import operations

    one_row = RatingMatrix.from_dense(np.ones((1, 3)))  # a user with 3 ratings, 3 movies with 1
    k = 2
    user = 3 * k**2 + k**3 / 3 + 4 * 3 * k
    movies = 3 * (1 * k * 1 + 1 / 3 + 4 * 1 * k)
    assert operations(one_row, k) == pytest.approx(user + movies)


def test_the_fastest_exact_peer_is_neither_ours_nor_wrong():
    from report import against_fastest

    def row(solver, ratio, exact=True, same=True):
        return {
            "kind": "stars",
            "ratings": "r",
            "k": 2,
            "solver": solver,
            "ratio": ratio,
            "exact": exact,
            "same": same,
        }

    group = [
        row("als_lesson", 1),
        row("als_lesson, single precision", 0.5),
        row("A", 4),
        row("B", 5),
        row("CG", 2, exact=False),
        row("wrong", 3, same=False),
    ]
    ours = {"als_lesson": 0.25, "als_lesson, single precision": 0.125}
    assert against_fastest(group) == {("stars", "r", 2): ("A", ours)}


def test_a_matrix_kept_for_another_process_is_the_same(tmp_path):
    from problems import load, save

    matrix = RatingMatrix.from_ratings(simulate_ratings(60, 900, 2000).ratings)
    save(matrix, tmp_path / "ratings.npz")
    again = load(tmp_path / "ratings.npz")
    for one, other in ((matrix.by_user, again.by_user), (matrix.by_item, again.by_item)):
        assert (one.indptr == other.indptr).all() and (one.indices == other.indices).all()
        assert (one.data == other.data).all()
