"""One JupyterLab and one browser for all tests here, and where their screenshots go."""

from pathlib import Path

import pytest
from lab import CHROMIUM, ROOT, Visit, browse, serve

DASHBOARD = """
from als_lesson import explore_k_and_lambda, simulate_ratings, split_ratings
ratings = simulate_ratings(n_users=60, n_movies=400, n_ratings=3000).ratings
explore_k_and_lambda(*split_ratings(ratings), n_iter=10)
"""
SCRATCH = {
    "dashboard.ipynb": [DASHBOARD],
    "half_step.ipynb": ["from als_lesson import explore_half_step\nexplore_half_step()"],
    "zigzag.ipynb": ["from als_lesson import explore_zigzag\nexplore_zigzag()"],
    "form.ipynb": [
        "from als_lesson import RatingForm",
        "form = RatingForm(['The Salt Bakery', 'My Copper Island'], [4.5, float('nan')])\nform",
        "print(form.stars)",
    ],
    "guess.ipynb": [
        "from als_lesson import CurveGuess",
        "guess = CurveGuess([1, 5, 20], [1.2, 1.0, 0.8], low=0.6, high=1.4)\nguess",
        "print(guess.values)",
        "from als_lesson.plots import plot_curves\nplot_curves({'T': {'x': [1, 2]}}, guess=guess.points)",
    ],
}
SLIDERS = next((ROOT / "notebooks").glob("*_explore_with_sliders.ipynb"))


def pytest_collection_modifyitems(items):
    """Leave these tests out, and say why, where there is no Chromium."""
    if CHROMIUM is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


# A browser leaves an event loop running in this thread: it is closed before other tests begin.
@pytest.fixture(scope="module")
def server():
    """The notebook with sliders, a copy of it that nobody runs, and some small ones, served."""
    with serve([SLIDERS, ("never_run.ipynb", SLIDERS), *SCRATCH.items()]) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with browse() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def artifacts():
    """A folder, ignored by git, for screenshots."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def visits(browser, server):
    """Notebooks, opened once each; the browser must have nothing to complain of in the end."""
    opened = {}

    def visit(name):
        if name not in opened:
            opened[name] = Visit(browser, server, f"{name}.ipynb")
        return opened[name]

    yield visit
    heard = {name: (one.complaints, one.foreign) for name, one in opened.items()}
    for one in opened.values():
        one.page.close()
    assert heard == dict.fromkeys(heard, ([], []))


def visiting(fixture, name):
    """A fixture: one notebook, run anew, so that no test sees what another left."""

    @pytest.fixture(name=fixture)
    def visit(visits):
        visits(name).run_all()
        return visits(name)

    return visit


sliders = visiting("sliders", SLIDERS.stem)
dashboard = visiting("dashboard", "dashboard")
half_step = visiting("half_step", "half_step")
zigzag = visiting("zigzag", "zigzag")
form = visiting("form", "form")
guess = visiting("guess", "guess")
