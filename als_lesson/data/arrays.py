"""One way in for numbers, whatever holds them: a blank stays blank, and nothing is guessed."""

import warnings
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd
from scipy import sparse


def as_floats(values, what):
    """The same numbers as an array of floats, with NaN where there was a blank.

    Parameters
    ----------
    values : array_like, DataFrame, or NumPy masked array
        Blank is what is NaN, None, ``pandas.NA``, or masked.
    what : str
        What to call it in an error message.

    Returns
    -------
    ndarray of float
        Of the same shape.

    Raises
    ------
    TypeError
        If it is sparse: there, nobody could tell a blank from a zero.
    ValueError
        If it holds something else than numbers, or rows of different lengths.

    Examples
    --------
    >>> as_floats(np.ma.masked_equal([5, 0], 0), "R")
    array([ 5., nan])
    """
    if sparse.issparse(values) or _is_sparse_table(values):
        raise TypeError(
            f"{what}: a sparse {type(values).__name__} does not say whether a zero in it is a "
            "rating or a blank; make a table of its stored cells, with the columns userId, "
            "movieId, rating, for RatingMatrix.from_ratings."
        )
    try:
        with warnings.catch_warnings():  # NumPy warns that a masked number in a list becomes NaN
            warnings.simplefilter("ignore")
            array = np.ma.array(values)
    except ValueError as error:
        raise ValueError(f"{what}: rows of different lengths; fill them up with NaN.") from error
    if array.dtype.kind == "O":
        floats = [as_number(value) for value in array.data.flat]
        strange = [v for v, f in zip(array.data.flat, floats, strict=True) if f is None]
        array = np.ma.array(np.array(floats, dtype=float).reshape(array.shape), mask=array.mask)
    else:
        strange = [] if array.dtype.kind in "iuf" else array.data.ravel()[:1].tolist()
    if len(strange):
        raise ValueError(
            f"{what}: {strange[0]!r:.60} is not a number; give numbers, and NaN for a blank."
        )
    with np.errstate(over="ignore"):  # a long double may become infinite, like any number too large
        return np.asarray(array.astype(float).filled(np.nan))


def as_number(value):
    """A real number of any make as a float (nan for a blank, inf if too large), else None."""
    if value is np.ma.masked or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return np.nan
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def check_indexes(indexes, n, lowest=-1):
    """The indexes as an array of int; IndexError unless they lie in `lowest` to n - 1.

    -1 stands for unseen, where it is allowed.
    """
    array = np.asarray(indexes)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu" or np.ma.is_masked(indexes):
        raise IndexError(
            f"expected indexes (whole numbers), got {np.ma.array(indexes).flat[0]!r}; "
            "turn ids into indexes with matrix.users or matrix.items .to_index(ids)"
        )
    outside = array[(array < lowest) | (array >= n)]
    if outside.size:
        unseen = ", and -1 for unseen" if lowest < 0 else ""
        raise IndexError(f"index {outside.flat[0]} is outside 0 to {n - 1}{unseen}")
    return array


def _is_sparse_table(values):
    return isinstance(values, pd.DataFrame) and any(
        isinstance(kind, pd.SparseDtype) and not pd.isna(kind.fill_value) for kind in values.dtypes
    )
