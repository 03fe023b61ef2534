"""Every notebook goes to its end on tables of other makers' shapes; only a claim may fail there.

And with less installed: up to the sliders without numba, and none of them finds Spark.
"""

import sys

import nbformat
import numpy as np
import pytest
from reading import NAMES, NOTEBOOKS

from als_lesson import simulate_ratings

sys.path.insert(0, str(NOTEBOOKS / "src"))
import build
import replicate


def small(seed):
    """A table of a size that somebody may have at home, without titles."""
    return simulate_ratings(120, 300, 3000, seed=seed).ratings


def text_ids(ratings):
    """Ids that are no numbers, stars from 0 to 10."""
    ids = {name: name[0] + ratings[name].astype(str) for name in ("userId", "movieId")}
    return ratings.assign(**ids, rating=2 * ratings.rating)


TABLES = {
    "text ids, 1 to 10": text_ids,
    "10 to 100": lambda ratings: ratings.assign(rating=20 * ratings.rating),
    "plus and minus": lambda ratings: ratings.assign(rating=np.where(ratings.rating > 3, 1, -1)),
    "likes alone": lambda ratings: ratings.assign(rating=1),
}


SLIDERS = next(number for number, name in enumerate(NAMES) if "slider" in name)
WITHOUT_SPARK = "import sys\nsys.modules['pyspark'] = None"
WITHOUT_NUMBA = """\
import contextlib, io
import numpy as np
sys.modules["numba"] = None
from als_lesson import RatingMatrix, half_step
with contextlib.redirect_stderr(io.StringIO()) as said:
    half_step(RatingMatrix.from_dense([[1.0]]).by_user, np.ones((1, 1)), 1.0)
assert "NumPy solves instead" in said.getvalue()
"""
# Each on one of them, and neighbours on different ones: all sixty runs would take ten minutes.
PAIRS = [(name, list(TABLES)[n % len(TABLES)]) for n, name in enumerate(NAMES)]


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_it_goes_to_its_end(name, shape, tmp_path):
    place = tmp_path / "ratings.csv"
    TABLES[shape](small(seed=5)).to_csv(place, index=False)
    notebook = build.read_text(NOTEBOOKS / "src" / f"{name}.md")
    replicate.rewrite(notebook, place, 0)
    missing = WITHOUT_NUMBA if NAMES.index(name) <= SLIDERS else ""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"{WITHOUT_SPARK}\n{missing}"))
    replicate.run(notebook)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output.evalue for output in outputs if output.output_type == "error"]
