"""The archive arrives in the cache complete and verified, or not at all."""

import datetime
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import trustme
from serving import send, serve

from als_lesson import load_dataset
from als_lesson.data import movielens as download

CONTENT = bytes(range(256)) * 400  # stands in for the archive: nobody looks inside here


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, a small file to expect, and no proxy between us and loopback."""
    monkeypatch.setenv("ALS_LESSON_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "MOVIELENS_SHA256", hashlib.sha256(CONTENT).hexdigest())
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


def fetch_from(answer, monkeypatch, certificate=None):
    with serve(answer, certificate) as url:
        monkeypatch.setattr(download, "MOVIELENS_URL", url)
        return download.fetch_movielens()


def fails(answer, monkeypatch, cache, expected=OSError, **options):
    """Fetch in vain; return the message, having checked that nothing is left behind."""
    with pytest.raises(expected) as caught:
        fetch_from(answer, monkeypatch, **options)
    assert list(cache.iterdir()) == []
    message = str(caught.value)
    assert download.MOVIELENS_URL in message and "\n" not in message
    assert download.MOVIELENS_PAGE in message and "load_dataset" in message
    return message


def test_fetch_downloads_once(cache, monkeypatch):
    served = []

    def answer(handler):
        served.append(handler.path)
        send(CONTENT)(handler)

    for _ in range(2):
        path = fetch_from(answer, monkeypatch)
        assert path == cache / "ml-latest-small.zip" and path.read_bytes() == CONTENT
    assert served == ["/ml-latest-small.zip"]
    assert list(cache.iterdir()) == [path]


def test_fetch_says_nothing_but_the_progress(monkeypatch, capfd):
    fetch_from(send(CONTENT), monkeypatch)
    out, err = capfd.readouterr()
    assert out == ""
    assert all(line.startswith("ml-latest-small.zip: ") for line in err.split("\r") if line.strip())
    assert "SHA256" not in err


def test_a_damaged_file_in_the_cache_is_replaced(cache, monkeypatch):
    cache.mkdir()
    (cache / "ml-latest-small.zip").write_bytes(CONTENT[:1000])
    assert fetch_from(send(CONTENT), monkeypatch).read_bytes() == CONTENT


def test_the_cache_follows_the_environment(tmp_path, monkeypatch):
    assert download.movielens_path() == tmp_path / "cache" / "ml-latest-small.zip"
    monkeypatch.delenv("ALS_LESSON_CACHE")
    assert download.movielens_path().parent.is_absolute()
    assert "als_lesson" in str(download.movielens_path())


def test_without_a_home_folder_simulated_ratings_still_load(monkeypatch):
    monkeypatch.delenv("ALS_LESSON_CACHE")
    monkeypatch.delenv("ALS_LESSON_DATA", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # what it does without a home
    monkeypatch.setattr(download.pooch, "os_cache", lambda name: Path("~/.cache", name))
    monkeypatch.setattr(download.tempfile, "gettempdir", lambda: "/t")
    assert download.movielens_path() == Path("/t/als_lesson/ml-latest-small.zip").absolute()
    assert load_dataset().name == "simulated"


def test_wrong_checksum(cache, monkeypatch):
    message = fails(send(CONTENT[::-1]), monkeypatch, cache, expected=ValueError)
    assert "SHA-256" in message


@pytest.mark.parametrize("promised", [len(CONTENT) + 1, 10 * len(CONTENT)])
def test_interrupted_download(cache, monkeypatch, promised):
    message = fails(send(CONTENT, promised=promised), monkeypatch, cache)
    assert "broke off" in message and str(cache / "ml-latest-small.zip") in message


def test_server_error(cache, monkeypatch):
    message = fails(send(b"gone", status=404), monkeypatch, cache)
    assert "404" in message


def test_a_server_that_never_stops_sending_is_hung_up_on(cache, monkeypatch):
    sent = []

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()  # of no length
        for _ in range(2000):  # 32 MB, if we let it
            handler.wfile.write(bytes(16384))
            sent.append(16384)

    message = fails(answer, monkeypatch, cache, expected=ValueError)
    assert "SHA-256" in message and sum(sent) < 20 * download.MOVIELENS_BYTES


@pytest.mark.parametrize("length", ["abc", "-1", "", None])
def test_a_header_that_makes_no_sense_does_no_harm(monkeypatch, length):
    def answer(handler):
        handler.send_response(200)
        if length is not None:
            handler.send_header("Content-Length", length)
        handler.end_headers()
        handler.wfile.write(CONTENT)

    assert fetch_from(answer, monkeypatch).read_bytes() == CONTENT


@pytest.mark.parametrize("sent", [b"", b"half a file"])
def test_silent_server(cache, monkeypatch, sent):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)

    def answer(handler):
        if sent:
            send(sent, promised=1000)(handler)
        handler.rfile.read(1)  # nothing more until the client hangs up

    assert "no answer for 0.2 seconds" in fails(answer, monkeypatch, cache)


def test_refused_connection(cache, monkeypatch):
    with socket.socket() as taken:  # bound but not listening: nobody else can answer there
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/ml-latest-small.zip"
        monkeypatch.setattr(download, "MOVIELENS_URL", url)
        with pytest.raises(OSError, match="refused.*ml-latest-small.zip in a browser") as caught:
            download.fetch_movielens()
    assert url in str(caught.value) and str(cache) in str(caught.value)
    assert list(cache.iterdir()) == []


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """A certificate authority that downloads trust for the length of a test."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    return authority


def test_good_certificate(authority, monkeypatch):
    certificate = authority.issue_cert("127.0.0.1")
    assert fetch_from(send(CONTENT), monkeypatch, certificate).read_bytes() == CONTENT


def test_expired_certificate(authority, cache, monkeypatch):
    now = datetime.datetime.now(datetime.UTC)
    before, after = (now - datetime.timedelta(days=days) for days in (30, 1))
    certificate = authority.issue_cert("127.0.0.1", not_before=before, not_after=after)
    message = fails(send(CONTENT), monkeypatch, cache, certificate=certificate)
    assert "certificate has expired" in message


def test_certificate_of_another_host(authority, cache, monkeypatch):
    certificate = authority.issue_cert("files.example.org")
    message = fails(send(CONTENT), monkeypatch, cache, certificate=certificate)
    assert "certificate cannot be trusted" in message and "mismatch" in message


def test_certificate_of_an_unknown_authority(authority, cache, monkeypatch):
    certificate = trustme.CA().issue_cert("127.0.0.1")
    message = fails(send(CONTENT), monkeypatch, cache, certificate=certificate)
    assert "certificate cannot be trusted" in message


PROGRAM = """
import sys
from als_lesson import load_dataset
from als_lesson.data import movielens as download
download.MOVIELENS_URL, download.MOVIELENS_SHA256 = sys.argv[1:]
print(download.fetch_movielens())
"""


def start_fetching(url):
    """Fetch in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, url, download.MOVIELENS_SHA256]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **pipes)


def test_two_processes_at_once(cache):
    both = threading.Barrier(2, timeout=30)

    def answer(handler):  # send only once the two downloads are under way
        both.wait()
        send(CONTENT)(handler)

    with serve(answer) as url:
        processes = [start_fetching(url) for _ in range(2)]
        outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert {out.strip() for out, err in outputs} == {str(cache / "ml-latest-small.zip")}
    assert [file.read_bytes() for file in cache.iterdir()] == [CONTENT]


def test_a_process_killed_halfway_leaves_nothing(cache, monkeypatch):
    halfway, killed = threading.Event(), threading.Event()

    def answer(handler):
        send(CONTENT[:50_000], promised=len(CONTENT))(handler)
        halfway.set()
        killed.wait(timeout=30)

    with serve(answer) as url:
        process = start_fetching(url)
        assert halfway.wait(timeout=30)
        process.kill()
        process.communicate(timeout=30)
        killed.set()
    assert list(cache.iterdir()) == []
    assert fetch_from(send(CONTENT), monkeypatch).read_bytes() == CONTENT


def test_what_was_left_behind_is_swept_away_and_what_is_being_written_is_not(cache, monkeypatch):
    for name, age in (("partial-old", 3600), ("partial-new", 0)):
        (cache / name).mkdir(parents=True)
        (cache / name / "ml-latest-small.zip").write_bytes(b"half")
        os.utime(cache / name, (time.time() - age,) * 2)
    fetch_from(send(CONTENT), monkeypatch)
    assert {path.name for path in cache.iterdir()} == {"partial-new", "ml-latest-small.zip"}


def test_cache_inside_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ALS_LESSON_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(download, "MOVIELENS_URL", "http://127.0.0.1:9/not-even-asked.zip")
    with pytest.raises(OSError, match="cannot write.*ALS_LESSON_CACHE.*load_dataset") as caught:
        download.fetch_movielens()
    assert str(tmp_path / "file" / "cache" / "ml-latest-small.zip") in str(caught.value)


def test_no_permission_to_write_the_cache(cache, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(OSError, match="cannot write.*Permission denied.*ALS_LESSON_CACHE"):
        fetch_from(send(CONTENT), monkeypatch)
    assert list(cache.iterdir()) == []


def test_disk_full_at_the_last_step(cache, monkeypatch):
    def refuse(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="cannot write.*No space left.*ALS_LESSON_CACHE"):
        fetch_from(send(CONTENT), monkeypatch)
    assert list(cache.iterdir()) == []


def test_another_process_finished_first_and_holds_the_file(cache, monkeypatch):
    def refuse(source, target):  # what Windows does while another process reads the target
        target.write_bytes(CONTENT)
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(os, "replace", refuse)
    assert fetch_from(send(CONTENT), monkeypatch).read_bytes() == CONTENT
    assert len(list(cache.iterdir())) == 1


def test_is_movielens_survives_an_unreadable_path(tmp_path):
    assert not download.is_movielens(tmp_path)  # a folder
    assert not download.is_movielens(tmp_path / "nothing")
