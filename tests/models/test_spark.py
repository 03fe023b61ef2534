"""A real Spark against our own ALS, and what is said where Spark cannot run."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from als_lesson.data.load import Dataset
from als_lesson.data.matrix import RatingMatrix
from als_lesson.data.simulate import simulate_ratings
from als_lesson.metrics.ratings import objective, rmse
from als_lesson.models.als import fit_als
from als_lesson.models.baselines import fit_biases
from als_lesson.models.spark import fit_spark
from als_lesson.models.spark_session import missing_for_spark, spark_session
from als_lesson.solvers import half_step

if importlib.util.find_spec("pyarrow"):
    import pyarrow.parquet

needs_spark = pytest.mark.skipif(missing_for_spark() is not None, reason=str(missing_for_spark()))
SETTINGS = {"k": 3, "lam": 0.2, "n_iter": 20}


def shuffled(n_users=80, n_movies=400, n_ratings=4000):
    """Ratings in no order at all, so that ids appear in none either."""
    ratings = simulate_ratings(n_users, n_movies, n_ratings).ratings
    return ratings.sample(frac=1, random_state=0, ignore_index=True)


@pytest.fixture(scope="module")
def session():
    with spark_session("local[2]") as session:
        yield session


@pytest.fixture(scope="module")
def table():
    return shuffled()


@pytest.fixture(scope="module")
def fit(table, session):
    return fit_spark(table, **SETTINGS, session=session)


@pytest.fixture(scope="module")
def brief(table, session):
    """Two iterations, where only sameness matters."""
    return fit_spark(table, k=3, n_iter=2, session=session)


def assert_same(one, other):
    np.testing.assert_allclose(one.user_factors, other.user_factors, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(one.item_factors, other.item_factors, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(one.fallback, other.fallback)


# ---- the same answer ---------------------------------------------------------------------------


@needs_spark
def test_it_reaches_the_objective_of_our_own_weighted_als(fit, table):
    """From another start, to nearly the same valley, if MLlib's penalty is indeed λ·n."""
    matrix = RatingMatrix.from_ratings(table)
    ours = fit_als(matrix, **SETTINGS, weighted=True)
    reached = objective(matrix, fit.user_factors, fit.item_factors, 0.2, weighted=True)
    assert reached == pytest.approx(ours.history.objective.iloc[-1], rel=0.01)
    assert rmse(ours.predict(*matrix.entries()), fit.predict(*matrix.entries())) < 0.1
    unweighted = fit_als(matrix, **SETTINGS)
    theirs = objective(matrix, unweighted.user_factors, unweighted.item_factors, 0.2, True)
    assert theirs > 1.05 * reached


@needs_spark
def test_with_one_factor_both_find_the_same_predictions(table, session):
    matrix = RatingMatrix.from_ratings(table)
    ours = fit_als(matrix, k=1, lam=0.4, n_iter=15, weighted=True)
    spark = fit_spark(table, k=1, lam=0.4, n_iter=15, session=session)
    np.testing.assert_allclose(spark.predict(), ours.predict(), atol=0.002)


@needs_spark
def test_its_rows_are_those_of_the_rating_matrix(fit, table):
    """One more half-step of ours, from Spark's item factors, gives Spark's user factors."""
    matrix = RatingMatrix.from_ratings(table)
    assert (fit.user_factors.shape, fit.item_factors.shape) == ((80, 3), (matrix.shape[1], 3))
    users = half_step(matrix.by_user, fit.item_factors, 0.2, weighted=True)
    np.testing.assert_allclose(fit.user_factors, users, rtol=1e-3, atol=1e-4)


@needs_spark
def test_what_it_returns_is_what_fit_als_returns(fit, table):
    matrix = RatingMatrix.from_ratings(table)
    ours = fit_als(matrix, **SETTINGS, weighted=True)
    assert (fit.lam, fit.weighted, fit.baseline) == (0.2, True, None)
    np.testing.assert_allclose(fit.fallback, ours.fallback)
    (row,) = fit.history.to_dict("records")
    assert list(row) == list(ours.history.columns) and row["iteration"] == 20
    factors = fit.user_factors, fit.item_factors
    assert row["objective"] == pytest.approx(objective(matrix, *factors, 0.2, True), rel=1e-5)
    assert row["loss"] == pytest.approx((matrix.nnz * row["train_rmse"] ** 2) ** 0.5)
    assert row["train_rmse"] == pytest.approx(rmse(matrix.values, fit.predict(*matrix.entries())))


@needs_spark
def test_biases_can_be_subtracted_first_and_put_back(table, session):
    matrix = RatingMatrix.from_ratings(table)
    biases = fit_biases(matrix)
    located = matrix.locate(table)
    left_over = table.assign(rating=table.rating - biases.predict(*located[:2]))
    fit = replace(fit_spark(left_over, **SETTINGS, session=session), baseline=biases)
    ours = fit_als(matrix, **SETTINGS, weighted=True, baseline=biases)
    assert rmse(ours.predict(*matrix.entries()), fit.predict(*matrix.entries())) < 0.1


# ---- where the ratings come from ---------------------------------------------------------------


@needs_spark
def test_parquet_gives_what_the_table_gives(brief, table, session, tmp_path):
    """Also from several files, which Spark reads in an order of its own."""
    sizes = np.array_split(np.arange(len(table)), [100, 3000])
    for n, rows in enumerate(sizes):
        table.iloc[rows].to_parquet(tmp_path / f"part-{n}.parquet")
    assert_same(fit_spark(tmp_path, k=3, n_iter=2, session=session), brief)


@needs_spark
def test_a_path_may_hold_what_spark_takes_for_a_pattern(
    brief, table, session, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "{a}, b").mkdir()
    table.to_parquet(tmp_path / "{a}, b" / "x[1].parquet")
    assert_same(fit_spark("~/{a}, b/x[1].parquet", k=3, n_iter=2, session=session), brief)


@needs_spark
def test_a_csv_is_read_as_everywhere(brief, table, session, tmp_path):
    table.to_csv(tmp_path / "ratings.csv", index=False)
    assert_same(fit_spark(tmp_path / "ratings.csv", k=3, n_iter=2, session=session), brief)


@needs_spark
def test_a_spark_table_gives_what_the_table_gives_in_its_own_session(brief, table, session):
    given = session.createDataFrame(pyarrow.Table.from_pandas(table))
    assert_same(fit_spark(given, k=3, n_iter=2), brief)


@needs_spark
def test_a_dataset_and_a_matrix_give_what_the_table_gives(brief, table, session):
    assert_same(fit_spark(Dataset("mine", table), k=3, n_iter=2, session=session), brief)
    matrix = RatingMatrix.from_ratings(table)
    with_silent = np.full((matrix.shape[0] + 2, matrix.shape[1] + 1), np.nan)
    with_silent[:-2, :-1] = matrix.dense()
    fit = fit_spark(RatingMatrix.from_dense(with_silent), k=3, n_iter=2, session=session)
    np.testing.assert_allclose(fit.predict()[:-2, :-1], brief.predict(), rtol=1e-4)
    assert not fit.user_factors[-2:].any() and not fit.item_factors[-1:].any()
    np.testing.assert_allclose(fit.predict()[-2:], table.rating.mean())


@needs_spark
@pytest.mark.parametrize(
    "rename",
    [
        lambda ids: "u" + ids.astype(str),
        lambda ids: ids.map(lambda n: n if n % 2 else str(n)),
        lambda ids: ids.map(lambda n: UUID(int=n)),
        lambda ids: ids.astype("uint64") + np.uint64(2**63),
    ],
    ids=["text", "mixed", "UUID", "uint64"],
)
def test_ids_may_be_of_any_kind(rename, brief, table, session):
    named = table.assign(userId=rename(table.userId), rating=table.rating.astype("float16"))
    assert_same(fit_spark(named, k=3, n_iter=2, session=session), brief)


@needs_spark
@pytest.mark.parametrize("column", ["userId", "rating"])
def test_what_spark_cannot_read_is_said_in_one_sentence(column, session, tmp_path):
    odd = {"userId": pyarrow.array([UUID(int=7).bytes], pyarrow.binary(16)), "rating": [1.0]}
    if column == "userId":
        odd["userId"] = pyarrow.ExtensionArray.from_storage(pyarrow.uuid(), odd["userId"])
    else:
        odd["rating"] = np.array([1], dtype="float16")
    path = tmp_path / "odd.parquet"
    pyarrow.parquet.write_table(pyarrow.table(odd | {"movieId": [1]}), path)
    with pytest.raises(ValueError, match="odd.parquet: Spark cannot read .*pass the table") as told:
        fit_spark(path, session=session)
    assert "\n" not in str(told.value) and "SQLSTATE" not in str(told.value)


@needs_spark
def test_progress_is_shown_only_if_asked_for(brief, table, session, capsys):
    capsys.readouterr()
    assert_same(fit_spark(table, k=3, n_iter=2, session=session), brief)
    assert capsys.readouterr() == ("", "")
    fit_spark(table, k=1, n_iter=1, session=session, progress=True)
    assert "3/3" in capsys.readouterr().err


@needs_spark
def test_ratings_beyond_single_precision_are_refused(table, session):
    with pytest.raises(FloatingPointError, match="divide the ratings"):
        fit_spark(table.assign(rating=1e39), session=session)


@needs_spark
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="rating"), "no column rating"),
        (lambda t: t.head(0), "no ratings"),
        (lambda t: pd.concat([t, t.head(2)]), "2 rows repeat"),
        (lambda t: t.assign(rating=t.rating.where(t.index > 2)), "3 rows lack"),
        (lambda t: t.assign(rating=t.rating.where(t.index > 0, np.inf)), "1 rows lack"),
        (lambda t: t.assign(userId=t.userId.where(t.index > 0)), "1 rows lack"),
        (lambda t: t.assign(rating=t.rating.astype(str)), "ratings are of type string"),
        (lambda t: t.assign(rating=t.rating > 3), "ratings are of type boolean"),
    ],
)
def test_parquet_is_looked_over_before_anything_is_fitted(change, words, table, session, tmp_path):
    change(table).to_parquet(tmp_path / "ratings.parquet")
    with pytest.raises(ValueError, match=words):
        fit_spark(tmp_path / "ratings.parquet", session=session)


@needs_spark
def test_an_id_that_is_nan_is_missing_in_parquet_too(session, tmp_path):
    cells = {"userId": [1.0, np.nan], "movieId": [1, 2], "rating": [3.0, 4.0]}
    pyarrow.parquet.write_table(pyarrow.table(cells), tmp_path / "ratings.parquet")
    with pytest.raises(ValueError, match="1 rows lack an id"):
        fit_spark(tmp_path, session=session)


@needs_spark
def test_a_table_is_looked_over_before_anything_is_fitted(table, session):
    with pytest.raises(ValueError, match="more than once"):
        fit_spark(pd.concat([table, table.head(2)]), session=session)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"k": 0}, "k=0"),
        ({"lam": 0}, "lam=0"),
        ({"lam": -1}, "lam=-1"),
        ({"n_iter": 0.5}, "n_iter"),
        ({"n_blocks": 0}, "n_blocks=0"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"seed": None}, "seed=None"),
    ],
)
def test_settings_are_looked_over_before_spark_starts(setting, words, table):
    with pytest.raises(ValueError, match=words):
        fit_spark(table, **setting)


# ---- coming and going --------------------------------------------------------------------------


@needs_spark
def test_a_session_handed_in_stays_and_the_active_one_is_used(brief, table, session):
    assert_same(fit_spark(table, k=3, n_iter=2), brief)  # finds the one of the fixture
    assert session.range(3).count() == 3


PROGRAM = """
import pandas as pd
from als_lesson import fit_spark
table = pd.DataFrame({"userId": [7, 7, 9], "movieId": [1, 2, 1], "rating": [5, 3, 4.0]})
for n_iter in (1, 2):
    print(fit_spark(table, k=1, lam=0.01, n_iter=n_iter, master="local[1]").user_factors.shape)
from pyspark import SparkContext
from pyspark.sql import SparkSession
print(SparkSession.getActiveSession(), SparkContext._active_spark_context)
print(SparkContext._gateway.proc.pid)
"""


def runs(pid):
    """Whether a process is there; one that nobody buried (Z) is not."""
    ps = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True)
    return ps.stdout.strip()[:1] not in ("", "Z")


@needs_spark
@pytest.mark.skipif(os.name == "nt", reason="asks ps")
@pytest.mark.parametrize("end", ["", "import os; os.kill(os.getpid(), 9)"], ids=["exit", "kill"])
def test_it_runs_quietly_and_leaves_nothing_behind(end, tmp_path):
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir(), temporary.mkdir()
    run = subprocess.run(
        [sys.executable, "-u", "-W", "error", "-c", PROGRAM + end],
        cwd=work,
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert run.stderr == ""
    assert run.stdout.splitlines()[:-1] == ["(2, 1)", "(2, 1)", "None None"]
    pid = run.stdout.split()[-1]
    for _ in range(300):
        if not runs(pid):
            break
        time.sleep(0.1)
    assert not runs(pid)
    assert list(temporary.iterdir()) == []
    assert list(work.iterdir()) == []  # no spark-warehouse, metastore_db, derby.log


# ---- where something is missing ----------------------------------------------------------------


def refuses(words):
    table = pd.DataFrame({"userId": [7], "movieId": [1], "rating": [5.0]})
    with pytest.raises(RuntimeError, match=words):
        fit_spark(table)


def pretend_java(folder, says, monkeypatch):
    """A `java` that says this of itself, and is the only one to be found."""
    (folder / "bin").mkdir()
    java = folder / "bin" / "java"
    java.write_text(f"#!{shutil.which('sh')}\necho '{says}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(folder))


def test_without_java_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    refuses("no java was found. Install Java 17")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    refuses("no java was found. Install Java 17")


@pytest.mark.skipif(os.name == "nt", reason="the pretended java is a shell script")
@pytest.mark.parametrize(
    ("says", "words"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "this is Java 11"),
        ('java version "1.8.0_362"', "this is Java 8"),
        ("Unable to locate a Java Runtime.", "no java was found"),  # macOS without Java
        ('openjdk version "17.0.15" 2025-04-15', None),
        ('openjdk version "25" 2025-09-16', None),
    ],
)
def test_a_java_too_old_is_told_from_one_that_will_do(says, words, monkeypatch, tmp_path):
    pretend_java(tmp_path, says, monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    if words:
        refuses(words)
    else:
        assert missing_for_spark() is None


@pytest.mark.parametrize("package", ["pyspark", "pyarrow"])
def test_without_the_extra_it_says_what_to_type(package, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name != package and find(name))
    refuses(r'pip install --editable "\.\[spark\]"')
