"""A Spark session for one fit, and a sentence for whoever lacks what it takes."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from atexit import register
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from warnings import catch_warnings, filterwarnings

OLDEST_JAVA = 17
# Each iteration lengthens Spark's plan, and Java reads a plan by recursion. So give it a deeper
# stack; and every ten iterations MLlib cuts the plan off, if it may put the factors on disk.
DEEP = "-Xss16m"


def missing_for_spark():
    """What `fit_spark` still needs, in a sentence that says how to get it; None if all is there.

    Examples
    --------
    >>> if (missing := missing_for_spark()) is not None:
    ...     print(missing)
    """
    if not (importlib.util.find_spec("pyspark") and importlib.util.find_spec("pyarrow")):
        return (
            "pyspark or pyarrow is not installed. In the course's folder, type\n"
            f'    {sys.executable} -m pip install --editable ".[spark]"\n(about 700 MB on disk).'
        )
    version = _java_version()
    if version is None:
        return (
            f"Spark runs on Java, and no java was found. Install Java {OLDEST_JAVA} or newer, for "
            "example from adoptium.net; if it is there, set JAVA_HOME to its folder."
        )
    if version < OLDEST_JAVA:
        return (
            f"Spark needs Java {OLDEST_JAVA} or newer, and this is Java {version}. Install a newer "
            "one, for example from adoptium.net, and set JAVA_HOME to its folder."
        )
    return None


def _java_version():
    """Major version of the Java that Spark would start, or None."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=Path(home, "bin") if home else None)
    if java is None:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)  # Java 8 called itself 1.8
    return found and int(found[1])


@contextmanager
def spark_session(master="local[*]", given=None):
    """A place for `fit_spark` to run in: ``with spark_session("local[2]") as session: ...``.

    Parameters
    ----------
    master : str
        As in `fit_spark`, for a session of our own, which ends here and leaves nothing behind.
    given : SparkSession, optional
        Taken in place of our own, as is the active one if there is one; neither is ended.

    Raises
    ------
    RuntimeError
        If something is missing, as `missing_for_spark` says.

    Examples
    --------
    >>> with spark_session("local[1]") as session:
    ...     session.range(3).count()
    3
    """
    if missing := missing_for_spark():
        raise RuntimeError(missing)
    from pyspark.sql import SparkSession

    with catch_warnings():
        filterwarnings(
            "ignore", "PySpark does not yet", FutureWarning
        )  # of pandas: we hand it Arrow
        session = given or SparkSession.getActiveSession()
        if session is not None:
            yield session
            return
        session = SparkSession(_context(master))
        try:
            yield session
        finally:
            session.stop()


@cache
def _folder():
    """For all that Spark writes, until Python ends: Java keeps to the first one it is given."""
    folder = TemporaryDirectory(prefix="als-lesson-spark-", ignore_cleanup_errors=True)
    register(folder.cleanup)
    return Path(folder.name)


def _context(master):
    """Start Spark without its web page and its log, all its files in one folder."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    folder, local = _folder(), master.startswith("local")
    settings = {
        "spark.master": master,
        "spark.app.name": "als-lesson",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.driver.extraJavaOptions": DEEP,
        "spark.executor.extraJavaOptions": DEEP,
    }
    if local:
        log = folder / "log4j2.properties"
        log.write_text("rootLogger.level = off")  # what goes wrong arrives here as an exception
        settings |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.driver.extraJavaOptions": (
                f'{DEEP} "-Djava.io.tmpdir={folder}" "-Dlog4j2.configurationFile={log.as_uri()}"'
            ),
            "spark.local.dir": folder,
            "spark.sql.shuffle.partitions": "4",
        }
    conf = SparkConf().setAll([(name, str(value)) for name, value in settings.items()])
    # The virtual machine, once started, serves until Python ends; it speaks on standard error.
    gateway = SparkContext._gateway or launch_gateway(conf, {"stderr": subprocess.DEVNULL})
    context = SparkContext(conf=conf, gateway=gateway)
    if local:
        context.setCheckpointDir(str(folder / "checkpoints"))
        # Jupyter ends a kernel with Java under way before Python has cleaned up; then Java does.
        hadoop = context._jvm.org.apache.hadoop.fs
        files = hadoop.FileSystem.getLocal(context._jsc.hadoopConfiguration())
        files.deleteOnExit(hadoop.Path(folder.as_uri()))
    return context
