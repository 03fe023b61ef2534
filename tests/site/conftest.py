"""One set of live figures and one browser."""
import sys
from pathlib import Path
import pytest
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs"), str(ROOT/"tests"/"browser")]
import live
from lab import browse

@pytest.fixture(scope="module")
def browser():
    with browse() as chromium:
        yield chromium

@pytest.fixture(scope="session")
def figures(tmp_path_factory):
    return live.build(tmp_path_factory.mktemp("live")/"live", sample=True)

@pytest.fixture(scope="session")
def live_page(figures):
    page="<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><body style='font-family:sans-serif'>"+"".join(live.html(n,figures,'live') for n in live.FIGURES)
    p=figures.parent/"live.html"; p.write_text(page,encoding='utf-8'); return p
