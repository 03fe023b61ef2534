"""On CI a skipped test is a failure, wherever and however it was skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = {
    "tests/test_item.py": """
import pytest
def test_passes(): pass
def test_skips(): pytest.skip("no data")
@pytest.mark.skip(reason="not today")
def test_marked(): pass
@pytest.mark.xfail(reason="known", strict=True)
def test_expected(): assert False
""",
    "tests/test_module.py": "import pytest; pytest.importorskip('no_such_module')",
    "lib/test_doc.txt": ">>> 1 / 0  # doctest: +SKIP",
}


@pytest.fixture
def suite(tmp_path):
    """A small suite with our conftest.py; calling it runs pytest on all of it."""
    for name, source in SUITE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path / "tests")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests lib\n")

    def run(no_skip, *args):
        variables = {**os.environ, "ALS_LESSON_NO_SKIP": no_skip}
        variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and it is quicker
        variables.pop("PYTEST_XDIST_WORKER", None)
        command = [sys.executable, "-m", "pytest", "--continue-on-collection-errors", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120
        ).stdout

    return run


def test_skips_stay_skips_for_a_learner(suite):
    assert "1 passed, 4 skipped, 1 xfailed" in suite("")


@pytest.mark.parametrize("args", [[], ["-p", "xdist", "-n", "1"]])
def test_skips_fail_on_ci_with_the_reason(suite, args):
    said = suite("1", *args)
    assert "2 failed, 1 passed, 1 xfailed, 2 errors" in said
    assert "ALS_LESSON_NO_SKIP=1 forbids it" in said
    assert "no data" in said and "no_such_module" in said
