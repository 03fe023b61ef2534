"""Load the ratings a lesson works on, and always say which they are."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .files import read_tables
from .movielens import fetch_movielens, is_movielens, movielens_path
from .simulate import Truth, simulate_ratings
from .table import name_all

_CHOICES = "'auto', 'simulated', 'movielens-small', or the path of a folder, zip archive or CSV"
_NOTES = {
    "simulated": "Invented here, nothing downloaded; "
    'for real ratings: load_dataset("movielens-small")',
    "movielens-small": "Real ratings from GroupLens: not for commercial use without permission; "
    "cite Harper and Konstan (2015), https://doi.org/10.1145/2827872",
}
_MOVIELENS_CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4: 19:1-19:19. "
    "https://doi.org/10.1145/2827872"
)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A table of ratings with what is known about it.

    Parameters
    ----------
    name : str
        ``"simulated"``, ``"movielens-small"``, or the name of your own file.
    ratings : DataFrame
        One row per rating: ``userId``, ``movieId``, ``rating`` (stars), perhaps ``timestamp``.
    movies : DataFrame or None
        One row per movie: ``movieId``, ``title``, ``genres``.
    citation : str
        Whom to cite; empty if that is not known.
    truth : Truth or None
        The tastes behind simulated ratings.

    Examples
    --------
    >>> ratings = pd.DataFrame({"userId": [1, 1], "movieId": [5, 6], "rating": [4.0, 3.5]})
    >>> Dataset("mine", ratings)
    Dataset('mine': 2 ratings, 1 users, 2 movies)
    """

    name: str
    ratings: pd.DataFrame
    movies: pd.DataFrame | None = None
    citation: str = ""
    truth: Truth | None = None

    def __repr__(self):
        users, movies = _count(self.ratings)
        size = f"{len(self.ratings):,} ratings, {users:,} users, {movies:,} movies"
        return f"Dataset({self.name!r}: {size})"


def _count(ratings):
    return ratings["userId"].nunique(), ratings["movieId"].nunique()


def load_dataset(source="auto"):
    """Load a table of ratings and print which one it is.

    Parameters
    ----------
    source : str or path-like
        - ``"simulated"``: invented ratings whose true tastes are known; no download.
        - ``"movielens-small"``: real ratings, downloaded once and kept (`fetch_movielens`).
        - a path to your own ratings: a folder or zip archive with a ``ratings.csv``, or a CSV.
        - ``"auto"``: what the environment variable ``ALS_LESSON_DATA`` says, if it is set; else
          MovieLens, if it was downloaded before; else simulated.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If `source` is none of these, or what it holds is not a table of ratings.
    OSError
        If a file or server cannot be reached.

    Examples
    --------
    >>> data = load_dataset("simulated")
    simulated: ... ratings by ... users of ... movies.
    Invented here, nothing downloaded; for real ratings: load_dataset("movielens-small")
    """
    dataset = _load(_choose(source))
    users, movies = _count(dataset.ratings)
    size = f"{len(dataset.ratings):,} ratings by {users:,} users of {movies:,} movies"
    print(f"{dataset.name}: {size}.")
    print(_NOTES.get(dataset.name, "Your own data: keep to its makers' terms, and cite them."))
    return dataset


def _choose(source):
    """Replace "auto" by what it stands for here and now."""
    if not isinstance(source, str | os.PathLike) or str(source) == "" or "\0" in str(source):
        raise ValueError(f"load_dataset takes {_CHOICES}; got {source!r:.40}.")
    if source != "auto":
        return source
    wanted = os.environ.get("ALS_LESSON_DATA", "auto")
    if wanted not in ("", "auto"):
        return wanted
    return "movielens-small" if is_movielens(movielens_path()) else "simulated"


def _load(source):
    if source == "simulated":
        ratings, movies, truth = simulate_ratings()
        return Dataset("simulated", ratings, movies, truth=truth)
    if re.match(r"[a-z][a-z0-9+.-]+://", str(source), re.IGNORECASE):
        raise ValueError(
            f"{source} is an address, and load_dataset reads what is on this machine: download it "
            "in a browser, and pass the path of the file."
        )
    # os.path, because Path.expanduser raises where there is no home folder.
    own = source != "movielens-small"
    path = Path(os.path.expanduser(source)) if own else fetch_movielens()
    try:
        ratings, movies = read_tables(path)
    except FileNotFoundError as error:
        raise _not_found(source, path) from error
    except OSError as error:
        raise OSError(
            f"cannot read {path} ({error.strerror or error}): check that you may read it, or pass "
            "another path to load_dataset."
        ) from error
    if is_movielens(path):
        return Dataset("movielens-small", ratings, movies, _MOVIELENS_CITATION)
    return Dataset(path.resolve().name, ratings, name_all(movies, ratings))


def _not_found(source, path):
    """Tell a misspelt choice from a missing file."""
    origin = " (from ALS_LESSON_DATA)" if source == os.environ.get("ALS_LESSON_DATA") else ""
    if isinstance(source, str) and path.name == source and not path.suffix:
        return ValueError(f"unknown data {source!r}{origin}; choose {_CHOICES}.")
    return FileNotFoundError(
        f"there is no file or folder {path.absolute()}{origin}; check the path, or choose "
        "'simulated' or 'movielens-small'."
    )
