"""The website: built once, then looked at."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_every_notebook_has_its_page_and_can_be_taken_home(site):
    assert len(NOTEBOOKS) == 15
    for stem in NOTEBOOKS:
        assert "<h1>" in (site / f"{stem}.html").read_text("utf-8")
        stored = (ROOT / "notebooks" / f"{stem}.ipynb").read_bytes()
        assert (site / "downloads" / f"{stem}.ipynb").read_bytes() == stored
