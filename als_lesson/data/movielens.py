"""Fetch the MovieLens archive once, verify it, and keep it in the user's cache folder."""

import contextlib
import hashlib
import os
import shutil
import ssl
import tempfile
import time
from pathlib import Path

import pooch
from tqdm import tqdm

MOVIELENS_URL = "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"
MOVIELENS_SHA256 = "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436"
MOVIELENS_PAGE = "https://grouplens.org/datasets/movielens/latest/"
MOVIELENS_BYTES = 978_202
TIMEOUT = 30  # seconds of silence from the server before giving up


def movielens_path():
    """Say where the MovieLens archive is kept, whether or not it is there yet.

    Returns
    -------
    pathlib.Path
        ``ml-latest-small.zip`` in the folder named by the environment variable
        ``ALS_LESSON_CACHE``, or else in this user's cache folder (without a home folder: in the
        one for temporary files).

    Examples
    --------
    >>> movielens_path().name
    'ml-latest-small.zip'
    """
    folder = os.path.expanduser(os.environ.get("ALS_LESSON_CACHE") or pooch.os_cache("als_lesson"))
    if str(folder).startswith("~"):  # nobody's home: some containers run as a user without one
        folder = Path(tempfile.gettempdir(), "als_lesson")
    return Path(folder).absolute() / "ml-latest-small.zip"


def is_movielens(path):
    """Tell whether a file is, byte for byte, the archive this course was written with.

    Parameters
    ----------
    path : path-like
        Any path; one that does not exist or cannot be read is not the archive.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_movielens("no/such/file.zip")
    False
    """
    try:
        return pooch.file_hash(str(path)) == MOVIELENS_SHA256
    except OSError:
        return False


def fetch_movielens():
    """Download MovieLens (latest, small: about 1 MB) unless it is already in the cache.

    The file appears in the cache complete and verified, or not at all.

    Returns
    -------
    pathlib.Path
        The archive, where `movielens_path` says.

    Raises
    ------
    OSError
        If the server cannot be reached or trusted, or the cache cannot be written.
    ValueError
        If the server sends another file than the one this course was written with.

    Examples
    --------
    >>> archive = fetch_movielens()  # doctest: +SKIP
    >>> movielens_path().suffix
    '.zip'
    """
    target = movielens_path()
    _sweep(target.parent)
    if is_movielens(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(target, error) from error
    _keep(_download(target), target)
    return target


def _download(target):
    """Bring the archive from the server into memory, no more of it than there should be."""
    import requests  # slow to import, and only needed here

    content = bytearray()
    bar = tqdm(desc=target.name, total=MOVIELENS_BYTES, unit="B", unit_scale=True, leave=False)
    try:
        with bar, requests.get(MOVIELENS_URL, stream=True, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            for part in answer.iter_content(16384):
                content += part
                bar.update(len(part))
                if len(content) > MOVIELENS_BYTES:
                    break
    except OSError as error:
        raise OSError(
            f"cannot download {MOVIELENS_URL} ({_trouble(error)}): try again later, or get "
            f"{target.name} in a browser from {MOVIELENS_PAGE} and save it as {target}, or "
            "pass its path to load_dataset."
        ) from error
    if hashlib.sha256(content).hexdigest() != MOVIELENS_SHA256:
        raise ValueError(
            f"{MOVIELENS_URL} sent a file whose SHA-256 checksum is not that of the {target.name} "
            f"this course was written with: try again later, or get it in a browser from "
            f"{MOVIELENS_PAGE}, look at it, and pass its path to load_dataset."
        )
    return content


def _sweep(folder):
    """Remove what killed processes left behind, but nothing that one may be writing now."""
    for left_over in folder.glob("partial-*"):
        with contextlib.suppress(OSError):
            if time.time() - left_over.stat().st_mtime > 60:
                shutil.rmtree(left_over)


def _keep(content, target):
    """Write the file as a whole or not at all: a move within one disk is all or nothing."""
    try:
        with tempfile.TemporaryDirectory(
            prefix="partial-", dir=target.parent, ignore_cleanup_errors=True
        ) as folder:
            partial = Path(folder, target.name)
            partial.write_bytes(content)
            os.replace(partial, target)
    except OSError as error:
        # Windows refuses while another process reads its own finished copy, which serves as well.
        if not is_movielens(target):
            raise _cannot_write(target, error) from error


def _trouble(error):
    """Say in a few words why a request failed."""
    from requests import exceptions as failed

    if isinstance(error, failed.HTTPError):
        return str(error)
    if isinstance(error, failed.ChunkedEncodingError):
        return "the connection broke off before the end"
    link = error
    while link is not None:  # the cause in plain words is wrapped several exceptions deep
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"its certificate cannot be trusted: {link.verify_message}"
        if isinstance(link, TimeoutError):
            return f"no answer for {TIMEOUT} seconds"
        if getattr(link, "strerror", None):
            return link.strerror
        link = link.__context__
    return str(error)


def _cannot_write(target, error):
    return OSError(
        f"cannot write {target} ({error.strerror or error}): set the environment variable "
        "ALS_LESSON_CACHE to a folder you may write to, or get the file in a browser from "
        f"{MOVIELENS_PAGE} and pass its path to load_dataset."
    )
