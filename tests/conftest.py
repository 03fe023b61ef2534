"""What every test shares: one data source, a cache of its own, and no silent skips on CI."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Not modules with doctests: files of one name, of which Python would import only one.
collect_ignore = ["conftest.py", *(f"{n}/conftest.py" for n in ("browser", "site", "teaching"))]

# Before any kernel starts or NumPy is imported: the notebooks' stored outputs show simulated
# data, and one thread each is steadier and quicker where two workers share two cores.
os.environ["ALS_LESSON_DATA"] = "simulated"
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
# Spark works for seconds here: a Java that optimizes less is ready in half the time.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


class NoSkips:
    """Turn every skipped test and module into a failure: CI has all it takes to run them."""

    @staticmethod
    def refuse(report):
        """Rewrite one report; an expected failure also counts as skipped, and stays."""
        if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = f"Skipped, and ALS_LESSON_NO_SKIP=1 forbids it: {report.longrepr}"
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        return self.refuse((yield))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self):
        return self.refuse((yield))


def pytest_configure(config):
    """Give the run a cache folder, and register NoSkips for files outside tests/ as well."""
    # A folder for the whole run, not a fixture's: kernels of nbval start outside any test.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="als-lesson-cache-")
        config.add_cleanup(folder.cleanup)
        os.environ["ALS_LESSON_CACHE"] = folder.name
        # Compile before any notebook runs: the note that it takes some seconds is no output.
        subprocess.run([sys.executable, "-m", "als_lesson"], check=True)
    if os.environ.get("ALS_LESSON_NO_SKIP") == "1":
        config.pluginmanager.register(NoSkips())


# A file goes to one worker: the longest begin first, or all others wait for them in the end.
LONGEST = (
    "test_notebooks_run",
    "test_benchmarks",
    "test_other_tables",
    "test_browser",
    "test_machine",
    "test_grade",
    "test_spark",
    "test_site",
    "test_live",
    "test_replicate",
    "test_never_rises",
    "test_half_step_explorer",
    "test_dashboard",
    "test_explorer",
    ".ipynb",
)


def pytest_collection_modifyitems(items):
    """The longest files first; and no example in fit_spark's docstring where Spark cannot run."""
    place = {name: n for n, name in enumerate(LONGEST)}
    items.sort(
        key=lambda item: min([n for name, n in place.items() if name in item.path.name] or [99])
    )
    for example in (item for item in items if item.name.endswith(".fit_spark")):
        from als_lesson.models.spark_session import missing_for_spark

        if missing := missing_for_spark():
            example.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def movielens_zip():
    """The official ml-latest-small.zip, where ALS_LESSON_MOVIELENS says it is."""
    path = Path(os.environ.get("ALS_LESSON_MOVIELENS", "")).resolve()
    if not path.is_file():
        pytest.skip("ALS_LESSON_MOVIELENS does not name the archive ml-latest-small.zip")
    return path
