"""One site and one browser for all tests here."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "tests" / "browser")]

from lab import CHROMIUM, browse  # noqa: E402


def pytest_collection_modifyitems(items):
    """Leave out what needs a browser, and say why, where there is no Chromium."""
    for item in items:
        if CHROMIUM is None and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A site with few frames, its archive beside it; built once however many workers there are."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    out, said = shared / "site", shared / "site.txt"
    try:
        (shared / "site.begun").touch(exist_ok=False)
    except FileExistsError:  # another worker builds it
        while not said.exists():
            time.sleep(0.2)
    else:
        options = ["--sample", "--zip", "--out", str(out)]
        command = [sys.executable, "docs/site.py", *options]
        built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        (shared / "site.tmp").write_text(f"exit code {built.returncode}\n{built.stderr}")
        (shared / "site.tmp").rename(said)
    assert said.read_text().startswith("exit code 0\n"), said.read_text()
    return out


# A browser leaves an event loop running in this thread: it is closed before other tests begin.
@pytest.fixture(scope="module")
def browser():
    with browse() as chromium:
        yield chromium
