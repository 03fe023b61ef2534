"""The same ALS on Spark: on this machine's cores, or on a cluster.

What comes back is what a fit is made of: the factors, and for each user and item a count and a
mean. The ratings of a Spark table, or of Parquet files, stay with Spark.
"""

import os
import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..data.load import load_dataset
from ..data.matrix import as_matrix
from ..data.settings import check_flag, check_whole
from ..data.table import ID_COLUMNS, require_columns
from .als import check_settings
from .fit import Fit, row_of_history
from .spark_session import spark_session

_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")


def fit_spark(
    ratings,
    k=2,
    lam=0.1,
    *,
    n_iter=20,
    seed=0,
    master="local[*]",
    n_blocks=4,
    session=None,
    progress=False,
):
    """Fit R ≈ U Vᵀ with Spark MLlib's ALS: ``fit_als(..., weighted=True)``, in single precision.

    Minimizes Σ over observed (r_ij - u_i·v_j)² + λ (Σ n_i ‖u_i‖² + Σ n_j ‖v_j‖²).

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame, Dataset, Spark table or path
        A Spark table, or the path of a Parquet file or folder wherever Spark can read it, has the
        columns userId, movieId, rating and never passes through Python. Another path, of a CSV
        for instance, is read by `load_dataset`.
    k, lam, n_iter
        As in `fit_als`; λ > 0.
    seed : int
        Of Spark's own random start, not that of `fit_als`.
    master : str
        ``local[2]`` for two cores of this machine, ``local[*]`` for all, or a cluster's address.
    n_blocks : int
        Parts that users, and items, are dealt into; the start depends on it.
    session : SparkSession, optional
        To run in, and leave running; else that of the Spark table, else the active one, else one
        of our own on `master`.
    progress : bool
        Show which of three steps Spark is at; of single iterations it says nothing.

    Returns
    -------
    Fit
        Rows in the order of ``RatingMatrix.from_ratings``; of the history, only the last.

    Raises
    ------
    RuntimeError
        If pyspark or Java is missing; the message says what to install.
    ValueError, TypeError
        If a setting is out of range, or the ratings are not what `RatingMatrix` takes, or not
        what Spark can read.
    FloatingPointError
        If the numbers are too large for single precision.

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
    >>> import pandas as pd
    >>> table = pd.DataFrame({"userId": [7, 7, 9], "movieId": [1, 2, 1], "rating": [5, 3, 4.]})
    >>> fit_spark(table, k=1, lam=0.01, master="local[1]").predict().round().tolist()
    [[5.0, 3.0], [4.0, 2.0]]
    """
    from tqdm.auto import tqdm

    k, lam, n_iter, seed = check_settings(k, lam, n_iter, seed)
    n_blocks = check_whole("n_blocks", n_blocks)
    if lam == 0:
        raise ValueError("lam=0: Spark needs a λ above 0; choose a small one, such as 1e-6")
    source, silent = _find(ratings), not check_flag("progress", progress)
    with (
        spark_session(master, session or getattr(source, "sparkSession", None)) as spark,
        tqdm(total=3, desc="Spark: number", unit="step", disable=silent) as bar,
    ):
        coded, counts, means = _code(spark, source)
        coded = coded.persist()
        bar.update(), bar.set_description(f"Spark: fit, k = {k}")
        model = _als(k, lam, n_iter, seed, n_blocks).fit(coded)
        bar.update(), bar.set_description("Spark: collect")
        sides = zip((model.userFactors, model.itemFactors), counts, strict=True)
        factors = [_collect(side, k, len(n)) for side, n in sides]
        error = _squared_error(model, coded)
        coded.unpersist()
        bar.update()
    penalty = lam * sum(n @ (F**2).sum(axis=1) for F, n in zip(factors, counts, strict=True))
    row = row_of_history(n_iter, error + penalty, error, counts[0].sum())
    return Fit(*factors, (row,), lam, True, means, tuple(n > 0 for n in counts))


def _find(ratings):
    """What there is to fit: a Spark table, a path for Spark, or a RatingMatrix."""
    if hasattr(ratings, "sparkSession"):
        return ratings
    if not isinstance(ratings, str | os.PathLike):
        return as_matrix(ratings)
    path = Path(ratings).expanduser()
    if path.is_dir():
        parquet = any(path.rglob("*.parquet"))
    elif path.is_file():
        with open(path, "rb") as file:
            parquet = file.read(4) == b"PAR1"
    else:  # elsewhere, or several files by a pattern: Spark will see
        return str(ratings)
    if not parquet:
        return as_matrix(load_dataset(path))
    escaped = str(path.absolute())
    for special in "\\{}[]*?":  # which Spark would take for a pattern
        escaped = escaped.replace(special, f"\\{special}")
    return escaped


def _code(spark, source):
    """The ratings as MLlib takes them, by indexes; counts of both sides; the users' means."""
    if not isinstance(source, str) and not hasattr(source, "sparkSession"):
        return _of_matrix(spark, source)
    where = source.replace("\\", "") if isinstance(source, str) else "ratings"
    with _in_our_words(where):
        table = _read(spark, source, where)
        users, items = (_number(table, column) for column in ID_COLUMNS)
        coded = _encode(spark, table, users, items)
    n, means = users.n.to_numpy(), users["mean"].to_numpy()
    return coded, (n, items.n.to_numpy()), np.append(means, np.average(means, weights=n))


def _of_matrix(spark, matrix):
    """What `_code` returns, of a matrix."""
    import pyarrow

    users, items = matrix.entries()
    with np.errstate(over="ignore"):
        cells = {"user": users.astype("i4"), "item": items, "rating": matrix.values.astype("f4")}
    _require_finite(cells["rating"], "ratings")
    counts = matrix.counts("users"), matrix.counts("items")
    return spark.createDataFrame(pyarrow.table(cells)), counts, matrix.user_means()


def _read(spark, source, where):
    """Ratings as a Spark table, looked over; `place` tells which came first."""
    place = "monotonically_increasing_id() AS place"
    if isinstance(source, str):
        source = spark.read.parquet(source)
        place = "struct(_metadata.file_path, _metadata.row_index) AS place"
    require_columns(source, [*ID_COLUMNS, "rating"], where)
    kinds = dict(source.dtypes)
    if not kinds["rating"].startswith(_NUMBERS):
        raise ValueError(
            f"{where}: the ratings are of type {kinds['rating']}; make them numbers first."
        )
    # An id that is NaN is missing; only numbers with a fraction can be.
    known = [
        f"{name} IS NOT NULL"
        + f" AND NOT isnan({name})" * kinds[name].startswith(("float", "double"))
        for name in ID_COLUMNS
    ]
    table = source.selectExpr(*ID_COLUMNS, "double(rating) AS rating", place)
    _validate(table, where, " AND ".join(known))
    return table


def _validate(table, where, known):
    """What `validate_ratings` asks for, asked of a Spark table."""
    n, good, pairs = table.selectExpr(
        "count(*)",
        f"count_if({known} AND abs(float(rating)) < float('inf'))",
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
        rank=k,
        regParam=lam,
        maxIter=n_iter,
        seed=seed,
        numUserBlocks=n_blocks,
        numItemBlocks=n_blocks,
    )


def _collect(side, k, n):
    """Factors by index (n, k), from rows in any order; zeros for who has no ratings."""
    rows = side.toArrow()
    factors = np.zeros((n, k))
    factors[rows["id"].to_numpy()] = np.stack(rows["features"].to_numpy())
    _require_finite(factors, "factors")
    return factors


def _require_finite(numbers, name):
    if not np.isfinite(numbers).all():
        raise FloatingPointError(
            f"the {name} leave the range of single precision, in which Spark calculates; divide "
            "the ratings by their largest"
        )


def _squared_error(model, coded):
    """SSE over the ratings."""
    predicted = model.transform(coded)
    return predicted.selectExpr("sum(pow(double(rating) - prediction, 2))").first()[0]


@contextmanager
def _in_our_words(where):
    """Turn what Java or Spark says of ratings it cannot read into one sentence."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        said = re.sub(r"^An error occurred while calling .*\n: ", "", str(error)).partition("\n")[0]
        said = re.sub(r"^[\w.$]+: |\[[A-Z_.]+\] |;? SQLSTATE.*", "", said)[:200].rstrip(".; ")
        raise ValueError(
            f"{where}: Spark cannot read these ratings ({said}); check the path, or read them with "
            "pandas and pass the table."
        ) from error
