"""One JupyterLab and one browser for all tests here, and where their screenshots go."""

from pathlib import Path

import pytest
from lab import CHROMIUM, ROOT, Visit, browse, serve

SCRATCH = {
    "half_step.ipynb": ["from als_lesson import explore_half_step\nexplore_half_step()"],
    "zigzag.ipynb": ["from als_lesson import explore_zigzag\nexplore_zigzag()"],
    "form.ipynb": [
        "from als_lesson import RatingForm",
        "form = RatingForm(['The Salt Bakery', 'My Copper Island'], [4.5, float('nan')])\nform",
        "print(form.stars)",
    ],
}


def pytest_collection_modifyitems(items):
    """Leave these tests out, and say why, where there is no Chromium."""
    if CHROMIUM is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def server():
    """Notebook 08, a copy of it that nobody runs, and three small ones, served."""
    explore = ROOT / "notebooks" / "08_explore_with_sliders.ipynb"
    with serve([explore, ("never_run.ipynb", explore), *SCRATCH.items()]) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with browse() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def artifacts():
    """A folder, ignored by git, for screenshots."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


def visiting(fixture, name):
    """A fixture: one notebook, opened and run once; the browser must have nothing to complain of."""

    @pytest.fixture(scope="module", name=fixture)
    def visit(browser, server):
        one = Visit(browser, server, f"{name}.ipynb")
        one.run_all()
        yield one
        complaints, foreign = one.complaints, one.foreign
        one.page.close()
        assert not complaints
        assert not foreign

    return visit


dashboard = visiting("dashboard", "08_explore_with_sliders")
half_step = visiting("half_step", "half_step")
zigzag = visiting("zigzag", "zigzag")
form = visiting("form", "form")
