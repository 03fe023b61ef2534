"""Read rating tables from a folder, a zip archive or a single text file.

Nothing is ever unpacked to disk: the members of an archive are read where they are.
"""

import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import pandas as pd

from .parse import parse_table
from .table import ID_COLUMNS, require_columns, validate_movies, validate_ratings

# What a damaged archive raises; RuntimeError is for one with a password.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)


def read_tables(path):
    """Read the ratings at a path and, where there is one, the table of movies beside them.

    A folder or zip archive must hold one ``ratings.csv`` (or one CSV with "ratings" in its name)
    and may hold a ``movies.csv`` beside it. Any other file is itself read as the ratings.

    Parameters
    ----------
    path : path-like
        A folder, a zip archive, or a text table separated by commas, semicolons or tabs.

    Returns
    -------
    ratings : DataFrame
        ``userId``, ``movieId``, ``rating`` (in stars) and, where given, ``timestamp``.
    movies : DataFrame or None
        ``movieId``, ``title``, ``genres``.

    Raises
    ------
    OSError
        If the file cannot be reached.
    ValueError
        If what it holds is not a table of ratings.

    Notes
    -----
    Ids are labels. A column of numbers is read as numbers; a column with anything else in it,
    or with a number too large for int64, is read as the very text of the file. Text is UTF-8,
    or Latin-1 where the bytes are not valid UTF-8.
    """
    path = Path(path)
    if path.is_dir():
        names = [file.name for file in path.iterdir() if file.is_file()]
        return _read_members(names, lambda name: open(path / name, "rb"), path)
    if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        return _read_zip(path)
    with open(path, "rb") as file:
        return _read_ratings(file, path), None


def _read_zip(path):
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_members(archive.namelist(), archive.open, path)
        except _BROKEN_ZIP as error:
            raise ValueError(
                f"{path}: not a complete zip archive without password ({error}); get it again."
            ) from error


def _read_members(names, open_member, path):
    """Read the ratings, and the movies beside them, from the named members of a container."""
    name = _find_ratings(names, path)
    with open_member(name) as file:
        ratings = _read_ratings(file, f"{name} in {path}")
    beside = str(PurePosixPath(name).with_name("movies.csv"))
    if beside not in names:
        return ratings, None
    with open_member(beside) as file:
        movies = _read_movies(file, f"{beside} in {path}")
    if (_is_text(ratings["movieId"])) != (_is_text(movies["movieId"])):  # make the ids comparable
        ratings, movies = (table.astype({"movieId": str}) for table in (ratings, movies))
    return ratings, movies


def _find_ratings(names, path):
    """Choose ratings.csv, or else the only other CSV with "ratings" in its name."""
    base = {name: PurePosixPath(name).name.lower() for name in names if not name.endswith("/")}
    found = [n for n, b in base.items() if b.endswith(".csv") and "ratings" in b and b[0] != "."]
    found = [name for name in found if base[name] == "ratings.csv"] or found
    if len(found) != 1:
        trouble = f"several tables of ratings ({', '.join(found)})" if found else "no ratings.csv"
        raise ValueError(f"{path}: {trouble} in it; pass the path of the CSV file you mean.")
    return found[0]


def _read_ratings(file, where):
    table = parse_table(file, where)
    require_columns(table, [*ID_COLUMNS, "rating"], where)
    text = [name for name in ID_COLUMNS if table[name].dtype.kind not in "if"]
    text += ["rating"] if table["rating"].dtype.kind not in "iuf" else []
    if text:  # once more, now with every value of these columns as it stands in the file
        table = parse_table(file, where, text)
    if "rating" in text:
        table["rating"] = _to_numbers(table["rating"])
    extra = [name for name in table.columns if name not in [*ID_COLUMNS, "rating", "timestamp"]]
    table = table.drop(columns=extra)
    validate_ratings(table, where)
    return table.astype({"rating": float}).reset_index(drop=True)


def _to_numbers(text):
    """Turn text into numbers, 3,5 included; leave what is none for the validation to judge."""
    point = text.str.replace(r"^(-?\d+),(\d\d?)$", r"\1.\2", regex=True)
    numbers = pd.to_numeric(point, errors="coerce")
    return numbers if numbers.notna().all() else numbers.astype(object).where(numbers.notna(), text)


def _read_movies(file, where):
    table = parse_table(file, where, ["title", "genres"])
    require_columns(table, ["movieId", "title"], where)
    if table["movieId"].dtype.kind not in "if":
        table = parse_table(file, where, ["movieId", "title", "genres"])
    validate_movies(table, where)
    if "genres" not in table:
        table["genres"] = "(no genres listed)"
    table = table[["movieId", "title", "genres"]].reset_index(drop=True)
    return table.fillna({"title": "(no title)", "genres": "(no genres listed)"})


def _is_text(column):
    return column.dtype.kind == "O"
