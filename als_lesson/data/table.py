"""Look a rating table over before anything is computed from it."""

from numbers import Real

import numpy as np
import pandas as pd

ID_COLUMNS = ["userId", "movieId"]


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
        or a user rated a movie twice. The message names the first such row.
    TypeError
        If `ratings` is neither.

    Examples
    --------
    >>> validate_ratings(pd.DataFrame({"userId": [7], "movieId": [1], "rating": ["good"]}))
    Traceback (most recent call last):
    ValueError: ratings: row 0 has the rating 'good', which is not a finite number; correct...
    """
    ratings = require_table(ratings, where)
    _check_shape(ratings, where)
    _check_ids(ratings, ID_COLUMNS, where)
    _check_values(ratings, where)
    _check_pairs(ratings, where)
    return ratings


def _check_shape(ratings, where):
    require_columns(ratings, [*ID_COLUMNS, "rating"], where)
    if ratings.empty:
        raise ValueError(f"{where}: the table has no ratings; give it at least one row.")


def require_table(ratings, where):
    """The table itself, taken out of its Dataset if need be; TypeError if there is none."""
    table = ratings if isinstance(ratings, pd.DataFrame) else getattr(ratings, "ratings", None)
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"{where}: expected a RatingMatrix, a table with one row per rating, or a Dataset; got "
            f"{type(ratings).__name__}. RatingMatrix.from_dense(array) makes a matrix of an array."
        )
    return table


def require_columns(table, names, where):
    """Raise ValueError unless the table has every column in `names`, spelled exactly so."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns))
        found = found if len(found) < 80 else found[:80] + "..."
        raise ValueError(
            f"{where}: no column {' or '.join(missing)} (found: {found}); name the columns "
            f"{', '.join(names)}, exactly so, in the file's first line or with DataFrame.rename."
        )


def _check_ids(table, names, where):
    for name in names:
        missing = table[name].isna().to_numpy()
        if missing.any():
            raise ValueError(
                f"{where}: {_row(table, missing.argmax())} has no {name}; fill it in or "
                "remove the row."
            )


def _check_values(ratings, where):
    values = ratings["rating"]
    if values.dtype.kind in "iuf":
        good = np.isfinite(values.to_numpy(float, na_value=np.nan))
    else:
        good = np.array([_is_finite_number(value) for value in values])
    if good.all():
        return
    row = good.argmin()
    value = values.iloc[row]
    shown = repr(value) if isinstance(value, str) else str(value)
    trouble = "no rating" if pd.isna(value) else f"the rating {shown}, which is not a finite number"
    raise ValueError(f"{where}: {_row(ratings, row)} has {trouble}; correct it or remove the row.")


def _is_finite_number(value):
    return isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(value)


def _check_pairs(ratings, where):
    again = ratings.duplicated(ID_COLUMNS).to_numpy()
    if again.any():
        user, movie = (ratings[name].iloc[again.argmax()] for name in ID_COLUMNS)
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
        movie = movies["movieId"].iloc[again.argmax()]
        raise ValueError(
            f"{where}: movieId {movie} stands there more than once (again on "
            f"{_row(movies, again.argmax())}); keep one row of each movie."
        )


def _row(table, position):
    """Name a row: by its line if the index counts lines of a file, else by its index label."""
    return f"{table.index.name or 'row'} {table.index[position]}"
