"""The same ALS on Spark: on this machine's cores, or on a cluster.

The ratings stay with Spark. What comes back is what a fit is made of: the factors, and for each
user and item a count and a mean.
"""

import os

import numpy as np
import pandas as pd

from ..data.table import ID_COLUMNS, require_columns, validate_ratings
from .als import check_settings, row_of_history
from .fit import Fit
from .spark_session import running

COLUMNS = [*ID_COLUMNS, "rating"]


def fit_spark(
    ratings, k=2, lam=0.1, *, n_iter=20, seed=0, master="local[*]", n_blocks=4, session=None
):
    """Fit R ≈ U Vᵀ with Spark MLlib's ALS: ``fit_als(..., weighted=True)``, in single precision.

    Minimizes Σ over observed (r_ij - u_i·v_j)² + λ (Σ n_i ‖u_i‖² + Σ n_j ‖v_j‖²).

    Parameters
    ----------
    ratings : DataFrame or path
        A table with the columns userId, movieId, rating; or a Parquet file or folder with these
        columns, wherever Spark can read it, which then never passes through Python.
    k, lam, n_iter
        As in `fit_als`; λ > 0.
    seed : int
        Of Spark's own random start, not that of `fit_als`.
    master : str
        ``local[2]`` for two cores of this machine, ``local[*]`` for all, or a cluster's address.
    n_blocks : int
        Parts that users, and items, are dealt into; the start depends on it.
    session : SparkSession, optional
        To run in, and leave running; else the active one, else one of our own on `master`.

    Returns
    -------
    Fit
        Rows in the order of ``RatingMatrix.from_ratings``. Spark says nothing of single
        iterations: the history has one row, the last.

    Raises
    ------
    RuntimeError
        If pyspark or Java is missing; the message says what to install.
    ValueError, TypeError
        If a setting is out of range, or the ratings are not what `RatingMatrix` takes.

    Notes
    -----
    To fit what biases leave over, subtract their predictions from the ratings first, and give the
    biases to the fit: ``dataclasses.replace(fit, baseline=biases)``.

    References
    ----------
    Zaharia et al. (2016), "Apache Spark: a unified engine for big data processing",
    https://doi.org/10.1145/2934664.

    Examples
    --------
    >>> table = pd.DataFrame({"userId": [7, 7, 9], "movieId": [1, 2, 1], "rating": [5, 3, 4.]})
    >>> fit_spark(table, k=1, lam=0.01, master="local[1]").predict().round().tolist()
    [[5.0, 3.0], [4.0, 2.0]]
    """
    check_settings(k, lam, n_iter)
    if lam == 0:
        raise ValueError("lam=0: Spark needs a λ above 0; choose a small one, such as 1e-6")
    with running(session, master) as spark:
        table = _read(spark, ratings)
        users, items = (_number(table, column) for column in ID_COLUMNS)
        coded = _encode(spark, table, users, items).persist()
        model = _als(k, lam, n_iter, seed, n_blocks).fit(coded)
        factors = _collect(model.userFactors), _collect(model.itemFactors)
        error = _squared_error(model, coded)
        coded.unpersist()
    return _as_fit(factors, users, items, error, lam, n_iter)


def _read(spark, ratings):
    """Ratings as a Spark table, looked over; `place` tells which came first."""
    if isinstance(ratings, pd.DataFrame):
        import pyarrow

        validate_ratings(ratings)
        placed = ratings[COLUMNS].assign(place=np.arange(len(ratings)))
        return spark.createDataFrame(pyarrow.Table.from_pandas(placed, preserve_index=False))
    if not isinstance(ratings, str | os.PathLike):
        raise TypeError(
            f"fit_spark wants a table of ratings or the path of Parquet files, got "
            f"{type(ratings).__name__}; for a Dataset, pass dataset.ratings"
        )
    table = spark.read.parquet(str(ratings))
    require_columns(table, COLUMNS, str(ratings))
    place = "struct(_metadata.file_path, _metadata.row_index) AS place"
    table = table.selectExpr(*ID_COLUMNS, "try_cast(rating AS double) AS rating", place)
    _validate(table, ratings)
    return table


def _validate(table, where):
    """What `validate_ratings` asks for, asked of a Spark table."""
    n, good, pairs = table.selectExpr(
        "count(*)",
        "count_if(userId IS NOT NULL AND movieId IS NOT NULL AND abs(rating) < double('inf'))",
        "count(DISTINCT userId, movieId)",
    ).first()
    if n == 0:
        raise ValueError(f"{where}: the table has no ratings; give it at least one row.")
    if good < n:
        raise ValueError(
            f"{where}: {n - good:,} rows lack an id, or a rating that is a finite number; "
            "remove them."
        )
    if pairs < n:
        raise ValueError(
            f"{where}: {n - pairs:,} rows repeat a (user, movie) pair; keep one of each."
        )


def _number(table, column):
    """Each id of a column, in order of first appearance, with its number of ratings and mean."""
    query = (
        f"SELECT {column}, count(*) AS n, avg(rating) AS mean FROM {{table}} "
        f"GROUP BY {column} ORDER BY min(place)"
    )
    return table.sparkSession.sql(query, table=table).toArrow().to_pandas()


def _encode(spark, table, users, items):
    """The ratings with indexes in place of ids: MLlib takes whole numbers only."""
    import pyarrow

    for ids, column, index in ((users, "userId", "user"), (items, "movieId", "item")):
        numbered = ids[[column]].assign(**{index: np.arange(len(ids), dtype=np.int32)})
        numbers = spark.createDataFrame(pyarrow.Table.from_pandas(numbered, preserve_index=False))
        table = table.join(numbers, column)
    return table.selectExpr("user", "item", "float(rating) AS rating")


def _als(k, lam, n_iter, seed, n_blocks):
    from pyspark.ml.recommendation import ALS

    return ALS(
        rank=int(k),
        regParam=float(lam),
        maxIter=int(n_iter),
        seed=seed,
        numUserBlocks=n_blocks,
        numItemBlocks=n_blocks,
    )


def _collect(factors):
    """Factors by index (n, k), from rows in any order."""
    rows = factors.toArrow()
    features = np.stack(rows["features"].to_numpy()).astype(float)
    ordered = np.empty_like(features)
    ordered[rows["id"].to_numpy()] = features
    return ordered


def _squared_error(model, coded):
    """SSE over the ratings."""
    predicted = model.transform(coded)
    return predicted.selectExpr("sum(pow(double(rating) - prediction, 2))").first()[0]


def _as_fit(factors, users, items, error, lam, n_iter):
    """What `fit_als` returns."""
    sides = zip(factors, (users, items), strict=True)
    penalty = lam * sum(float(ids.n @ (F**2).sum(axis=1)) for F, ids in sides)
    row = row_of_history(int(n_iter), error + penalty, error, users.n.sum())
    means = users["mean"].to_numpy()
    fallback = np.append(means, np.average(means, weights=users.n))
    rated = tuple(np.ones(len(F), dtype=bool) for F in factors)
    return Fit(*factors, (row,), lam, True, fallback, rated)
