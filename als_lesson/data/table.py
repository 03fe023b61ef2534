"""Look a rating table over before anything is computed from it."""

import re

import numpy as np
import pandas as pd

from .arrays import as_number

ID_COLUMNS = ["userId", "movieId"]

# What files write where an id is missing, in any case: none of them is an id among numbers.
_NO_ID = re.compile(r"|[?.-]|\\n|#?n/?a|<na>|nan|nat|nil|none|null", re.IGNORECASE)


def validate_ratings(ratings, where="ratings"):
    """Check that a table holds one finite rating for each (user, movie) pair in it.

    Parameters
    ----------
    ratings : DataFrame or Dataset
        One row per rating, with the columns ``userId``, ``movieId`` and ``rating``.
    where : str
        What to call the table in an error message, for example the name of its file.

    Returns
    -------
    DataFrame
        The table itself.

    Raises
    ------
    ValueError
        If a column or an id is missing, the table is empty, a rating is not a finite number,
        two different ids look the same (7 and "7"), or a user rated a movie twice. The message
        names the first such row.
    TypeError
        If `ratings` is neither.

    Examples
    --------
    >>> validate_ratings(pd.DataFrame({"userId": [7], "movieId": [1], "rating": ["good"]}))
    Traceback (most recent call last):
    ValueError: ratings: row 0 has the rating 'good', which is not a finite number; correct...
    """
    ratings = require_table(ratings, where)
    require_columns(ratings, [*ID_COLUMNS, "rating"], where)
    if ratings.empty:
        raise ValueError(f"{where}: the table has no ratings; give it at least one row.")
    _check_ids(ratings, ID_COLUMNS, where)
    _check_values(ratings, where)
    _check_pairs(ratings, where)
    return ratings


def require_table(ratings, where, expected="a table with one row per rating, or a Dataset"):
    """The table itself, taken out of its Dataset if need be; TypeError if there is none."""
    table = ratings if isinstance(ratings, pd.DataFrame) else getattr(ratings, "ratings", None)
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"{where}: expected {expected}; got {type(ratings).__name__}. "
            "RatingMatrix.from_dense(array) makes a matrix of an array."
        )
    return table


def require_columns(table, names, where):
    """Raise ValueError unless the table has every column in `names` once, spelled exactly so."""
    found = list(map(str, table.columns))
    if missing := [name for name in names if name not in found]:
        shown = ", ".join(map(repr, found))
        shown = shown if len(shown) < 80 else shown[:80] + "..."
        raise ValueError(
            f"{where}: no column {' or '.join(missing)} (found: {shown}); name the columns "
            f"{', '.join(names)}, exactly so, in the file's first line or with DataFrame.rename."
        )
    if twice := [name for name in names if found.count(name) > 1]:
        raise ValueError(f"{where}: more than one column {twice[0]}; keep or rename all but one.")


def _check_ids(table, names, where):
    for name in names:
        column = table[name]
        wrong = _no_ids(column)
        if wrong.any():
            value = column.iloc[wrong.argmax()]
            blank = pd.isna(value) or not str(value).strip()
            trouble = f"no {name}" if blank else f"the {name} {_shown(value)}, which is no id"
            raise ValueError(
                f"{where}: {_row(table, wrong.argmax())} has {trouble}; fill it in or remove the "
                "row."
            )
        if pd.api.types.infer_dtype(column).startswith("mixed"):
            _check_mixture(table, name, where)


def _no_ids(column):
    """Where an id is missing, infinite, blank, or a word for "missing" among numbers."""
    wrong = column.isna().to_numpy(dtype=bool)
    if column.dtype.kind == "f":
        return wrong | np.isinf(column.to_numpy(dtype=float, na_value=np.nan))
    if column.dtype.kind in "iub":
        return wrong
    try:
        distinct = set(column[~wrong])
    except TypeError:  # lists and the like
        return wrong | ~column.map(pd.api.types.is_hashable).to_numpy(dtype=bool)
    words = {value for value in distinct if _NO_ID.fullmatch(str(value).strip())}
    words |= distinct & {np.inf, -np.inf}
    numbers = [_is_numeric(value) for value in distinct - words]
    if not (numbers and all(numbers)):  # then a user called NA is a user
        words = {value for value in words if not str(value).strip()}
    return wrong | column.isin(list(words)).to_numpy(dtype=bool)


def _is_numeric(value):
    """Whether an id is a number, or the writing of one."""
    try:
        return as_number(float(value) if isinstance(value, str) else value) is not None
    except ValueError:
        return False


def _check_mixture(table, name, where):
    """Ids of several kinds must not meet: neither 7 and "7" nor 1 and True."""
    seen = {}
    for position, value in enumerate(table[name]):
        for key in (value, str(value)):
            other = seen.setdefault(key, value)
            if other != value or str(other) != str(value):
                raise ValueError(
                    f"{where}: {_row(table, position)} has the {name} {_shown(value)}, and an earlier "
                    f"one has {_shown(other)}; write each id in one way, for example with "
                    f"ratings.astype({{'{name}': str}})."
                )


def _check_values(ratings, where):
    values = ratings["rating"]
    if values.dtype.kind in "iuf":
        good = np.isfinite(values.to_numpy(float, na_value=np.nan))
    else:
        numbers = map(as_number, values)
        good = np.array([number is not None and np.isfinite(number) for number in numbers])
    if good.all():
        return
    row = good.argmin()
    value = values.iloc[row]
    trouble = f"the rating {_shown(value)}, which is not a finite number"
    if pd.api.types.is_scalar(value) and pd.isna(value):
        trouble = "no rating"
    raise ValueError(f"{where}: {_row(ratings, row)} has {trouble}; correct it or remove the row.")


def _check_pairs(ratings, where):
    again = ratings.duplicated(ID_COLUMNS).to_numpy()
    if again.any():
        user, movie = (_shown(ratings[name].iloc[again.argmax()]) for name in ID_COLUMNS)
        raise ValueError(
            f"{where}: user {user} rated movie {movie} more than once (again on "
            f"{_row(ratings, again.argmax())}); keep one rating of each pair, for example with "
            "ratings.drop_duplicates(['userId', 'movieId'], keep='last')."
        )


def validate_movies(movies, where="movies"):
    """Check that a table names each movie once.

    Parameters
    ----------
    movies : DataFrame
        One row per movie, with the columns ``movieId`` and ``title``.
    where : str
        What to call the table in an error message, for example the name of its file.

    Raises
    ------
    ValueError
        If a column or a movieId is missing, or a movieId stands there twice.

    Examples
    --------
    >>> validate_movies(pd.DataFrame({"movieId": [1, 2], "title": ["Alien", "Brazil"]}))
    """
    require_columns(movies, ["movieId", "title"], where)
    _check_ids(movies, ["movieId"], where)
    again = movies["movieId"].duplicated().to_numpy()
    if again.any():
        movie = _shown(movies["movieId"].iloc[again.argmax()])
        raise ValueError(
            f"{where}: movieId {movie} stands there more than once (again on "
            f"{_row(movies, again.argmax())}); keep one row of each movie."
        )


def name_all(movies, ratings):
    """The table of movies, or none, with a row for every movie that is rated and not in it.

    Parameters
    ----------
    movies : DataFrame or None
        ``movieId``, ``title``, ``genres``.
    ratings : DataFrame

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> name_all(None, pd.DataFrame({"movieId": [7, 7]})).to_dict("records")
    [{'movieId': 7, 'title': 'movie 7', 'genres': '(no genres listed)'}]
    """
    known = [] if movies is None else movies["movieId"]
    lacking = ratings["movieId"][~ratings["movieId"].isin(known)].drop_duplicates()
    if lacking.empty:
        return movies
    titles = "movie " + lacking.astype(str)
    made_up = {"movieId": lacking, "title": titles, "genres": "(no genres listed)"}
    return pd.concat([movies, pd.DataFrame(made_up)], ignore_index=True)


def _row(table, position):
    """Name a row: by its line if the index counts lines of a file, else by its index label."""
    return f"{table.index.name or 'row'} {table.index[position]}"


def _shown(value):
    """A value in a sentence: a text in quotes, a number without its type."""
    return f"{value!r:.60}" if isinstance(value, str) else f"{value!s:.60}"
