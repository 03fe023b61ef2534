"""Read rating tables from a folder, a zip archive or a single text file.

Nothing is ever unpacked to disk: the members of an archive are read where they are. Nothing is
guessed either: what cannot be read in one way only is refused, with the line it stands on.
"""

import codecs
import csv
import io
import itertools
import lzma
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from .memory import require_memory
from .table import ID_COLUMNS, require_columns, validate_movies, validate_ratings

# What a damaged archive raises; RuntimeError is for one with a password.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
_ROWS = 250  # turned into columns at a time: few enough for the garbage collector to stay away
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d\d?)", re.ASCII)
_ESCAPED = re.compile("[\udc80-\udcff]")  # how Python carries bytes that are not UTF-8
_LATE_QUOTE = re.compile(r'\s*[^\S ]\s*"')  # the csv module passes over spaces only
_PROPER = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")


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
    Ids are labels. A column in which every cell is the plain writing of an int64 is read as
    numbers; any other is read as the very text of the file, but for blanks around it; movie ids
    in the same way in both tables. Text is UTF-8, or UTF-16 with a byte order mark; in a file
    none of whose lines is UTF-8 beyond ASCII it is Windows-1252, which is then said.
    """
    path = Path(path)
    if path.is_dir():
        files = {file.name: file for file in path.iterdir() if file.is_file()}
        sizes = [(name, file.stat().st_size) for name, file in files.items()]
        return _read_members(sizes, lambda name: open(files[name], "rb"), path)
    if path.exists() and not path.is_file():
        raise ValueError(f"{path}: neither a file nor a folder; pass the path of one.")
    if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        return _read_zip(path)
    with open(path, "rb") as file:
        return _read_ratings(file, path, path.stat().st_size), None


def _read_zip(path):
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                sizes = [(info.filename, info.file_size) for info in archive.infolist()]
                return _read_members(sizes, archive.open, path)
        except _BROKEN_ZIP as error:
            raise ValueError(
                f"{path}: not a complete zip archive without password ({error}); get it again."
            ) from error


def _read_members(sizes, open_member, path):
    """Read the ratings, and the movies beside them, from the named members of a container."""
    name, size = _find(sizes, "ratings", path)
    if name is None:
        raise ValueError(f"{path}: no ratings.csv in it; pass the path of the CSV file you mean.")
    with open_member(name) as file:
        ratings = _read_ratings(file, f"{name} in {path}", size)
    beside = [one for one in sizes if _inside(one[0]).parent == _inside(name).parent]
    name, size = _find(beside, "movies", path)
    if name is None:
        return ratings, None
    with open_member(name) as file:
        movies = _read_movies(file, f"{name} in {path}", size)
    return _join_ids(ratings, movies, f"{name} in {path}")


def _inside(name):
    """The path of a member, which some programs write with backslashes."""
    return PurePosixPath(name.replace("\\", "/"))


def _find(sizes, what, path):
    """Choose `what`.csv, in any case, or else the only CSV of ratings: its name and size."""
    files = [(_inside(one[0]).name.lower(), one) for one in sizes if one[0][-1] not in "/\\"]
    found = [one for base, one in files if base == f"{what}.csv"]
    if not found and what == "ratings":
        found = [one for b, one in files if b.endswith(".csv") and what in b and b[0] != "."]
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise ValueError(
            f"{path}: several tables of {what} ({names}) in it; pass the path of the CSV file you "
            "mean, or take the others away."
        )
    return found[0] if found else (None, 0)


def _join_ids(ratings, movies, where):
    """Make the movie ids of both tables comparable, and see that some compare."""
    if ratings["movieId"].dtype != movies["movieId"].dtype:  # plain numbers go back to their text
        ratings, movies = (table.astype({"movieId": str}) for table in (ratings, movies))
    if not ratings["movieId"].isin(movies["movieId"]).any():
        rated = ratings["movieId"].iloc[0]
        raise ValueError(
            f"{where}: no rated movie has a title there (a rating is of movieId {rated!r:.60}, ids "
            f"there are like {movies['movieId'].iloc[:1].tolist()}); write the ids in the same "
            "way in both, or pass the path of the CSV of ratings to go without titles."
        )
    return ratings, movies


def _read_ratings(file, where, size):
    table = _read_table(file, where, size, [*ID_COLUMNS, "rating"], ["timestamp"])
    if table["rating"].dtype.kind != "i":
        text = table["rating"]
        table["rating"] = text.map({cell: _to_number(cell) for cell in text.unique()})
    validate_ratings(table, where)
    return table.astype({"rating": float}).reset_index(drop=True)


def _to_number(text):
    """The number that a text writes, 3,5 included; what is none is left to the validation."""
    point = _DECIMAL_COMMA.sub(r"\1.\2", text) if _DECIMAL_COMMA.fullmatch(text) else text
    return float(point) if _NUMBER.fullmatch(point) else text or None


def _read_movies(file, where, size):
    table = _read_table(file, where, size, ["movieId", "title"], ["genres"])
    validate_movies(table, where)
    if "genres" not in table:
        table["genres"] = ""
    table = table[["movieId", "title", "genres"]].astype({"title": str, "genres": str})
    blank = {"title": {"": "(no title)"}, "genres": {"": "(no genres listed)"}}
    return table.replace(blank).reset_index(drop=True)


# ---- from bytes to cells, from cells to columns ----------------------------------------------


def _read_table(file, where, size, needed, optional):
    """The columns of a text table that are asked for; the index says on which line a row begins.

    A column is int64 if every cell is the plain writing of one; else text, "" where it is blank.
    """
    require_memory(2 * size, f"{size / 1e9:.1f} GB of text in {where}", "keep fewer rows of it")
    rows = _rows(_lines(file, where), where, needed)
    _, header = next(rows)
    header = [name.strip() for name in header]
    names = [name for name in header if name in [*needed, *optional]]
    for wanted in (needed, names):  # the second may stand there twice
        require_columns(pd.DataFrame(columns=header), wanted, where)
    parts, known = [], {}
    while chunk := list(itertools.islice(rows, _ROWS)):
        lines, cells = zip(*chunk, strict=True)
        columns = dict(zip(header, zip(*cells, strict=True), strict=True))
        parts.append([np.array(lines), *(_narrow(columns[name], known) for name in names)])
    if not parts:
        return pd.DataFrame(columns=names)
    lines, *columns = (_join(list(part)) for part in zip(*parts, strict=True))
    index = pd.Index(lines, name="line")
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=index)


def _lines(file, where):
    """The lines of a file, as text of the encoding that fits the whole of it."""
    head = file.read(2)
    file.seek(0)
    marked = head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding, errors = ("utf-16", "strict") if marked else ("utf-8-sig", "surrogateescape")
    other, proper = 0, 0  # the first line that is not UTF-8, and that is beyond ASCII
    number = 1
    try:
        with io.TextIOWrapper(file, encoding, errors, newline="") as text:
            for number, line in enumerate(text, 1):
                if "\0" in line:
                    raise ValueError(
                        f"{where}: not a text file; save the table as CSV (UTF-8) and load that."
                    )
                if not line.isascii():
                    proper = proper or (number if _PROPER.search(line) else 0)
                    if _ESCAPED.search(line):
                        other = other or number
                        line = line.encode("utf-8", "surrogateescape").decode("cp1252")
                    if other and proper:
                        raise ValueError(
                            f"{where}: line {other} is not UTF-8, but line {proper} is; correct "
                            "the one, or save the whole table as CSV (UTF-8)."
                        )
                yield line
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{where}: the text near line {number} is in no encoding that can be told; save the "
            "table as CSV (UTF-8) and load that."
        ) from error
    if other:
        print(f"{where}: line {other} is not UTF-8; the text was read as Windows-1252.")


def _rows(lines, where, needed):
    """(line it begins on, cells) of the header and of every row below it, all of one length."""
    above, first = next(((n, line) for n, line in enumerate(lines) if line.strip()), (0, ""))
    if not first:
        raise ValueError(f"{where}: the file is empty; give it a header line and ratings.")
    start, n_names = above + 1, None
    try:
        if declared := re.fullmatch(r'"?sep=([^\w\s"]|\t)"?\s*', first, re.IGNORECASE):
            separator, above, start = declared[1], above + 1, start + 1  # Excel's way to name it
        else:
            separator = max(",;\t", key=lambda one: len(next(csv.reader([first], delimiter=one))))
            lines = itertools.chain([first], lines)
        reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                n_names = n_names or len(cells)
                if len(cells) != n_names or n_names == 1:
                    raise ValueError(f"{where}: {_misfit(cells, n_names, start, needed)}")
                if any(map(_LATE_QUOTE.match, cells)):
                    raise ValueError(
                        f"{where}: line {start} has a blank before a quote that is no space; take "
                        "the blank away."
                    )
                yield start, cells
            start = above + reader.line_num + 1
    except csv.Error as error:
        trouble = str(error).replace("\t", "tab")
        raise ValueError(
            f"{where}: not a table with one row per line (line {start}: {trouble}); correct the "
            "quotes there."
        ) from error


def _misfit(cells, n_names, line, needed):
    """What is wrong with a row that has not as many cells as the header has names."""
    if n_names == 1:
        return (
            f"the header is a single name, {cells[0]!r:.60}; write {','.join(needed)}, with a "
            "comma, semicolon or tab between and no quotes around, and the rows likewise."
        )
    trouble = f"line {line} has {len(cells)} fields, the header {n_names} names"
    if len(cells) < n_names:
        return f"{trouble}; write the missing fields, or remove the line."
    if not any(cells[n_names:]):
        return f"{trouble}; take away the separators after its last field."
    return f"{trouble}; correct it, with quotes around a field that contains the separator."


def _narrow(cells, known):
    """The cells of a column as int64, if that is how they are written, else stripped text."""
    plain = _plain(cells)
    if plain is None:
        cells = [known.setdefault(cell, cell) for cell in map(str.strip, cells)]
        plain = _plain(cells)
    return np.array(cells, dtype=object) if plain is None else plain


def _plain(cells):
    """The numbers that these texts, every one, are the plain writing of; else None."""
    try:
        numbers = np.array([*map(int, cells)], dtype=np.int64)
    except (ValueError, OverflowError):
        return None
    return numbers if all(map(str.__eq__, map(str, numbers.tolist()), cells)) else None


def _join(parts):
    """One column of its parts: numbers only if all are, since 7 is the text of its number."""
    if not all(part.dtype == np.int64 for part in parts):
        parts = [
            part.astype(str).astype(object) if part.dtype == np.int64 else part for part in parts
        ]
    return np.concatenate(parts)
