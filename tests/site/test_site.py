"""The website: built once, then looked at."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a site built from what is stored."""
    out = tmp_path_factory.mktemp("site") / "site"
    subprocess.run([sys.executable, "docs/site.py", "--out", str(out)], cwd=ROOT, check=True)
    return out


def test_every_notebook_has_its_page_and_can_be_taken_home(site):
    assert len(NOTEBOOKS) == 15
    for stem in NOTEBOOKS:
        assert "<h1>" in (site / f"{stem}.html").read_text("utf-8")
        stored = (ROOT / "notebooks" / f"{stem}.ipynb").read_bytes()
        assert (site / "downloads" / f"{stem}.ipynb").read_bytes() == stored
