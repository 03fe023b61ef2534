"""load_dataset finds the data it was asked for, and says which they are."""

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest
import trustme
from serving import send, serve

from als_lesson.data import load as data_module
from als_lesson.data import movielens as download
from als_lesson.data.load import Dataset, load_dataset
from als_lesson.data.simulate import Simulation

SMALL = Simulation(
    pd.DataFrame({"userId": [1, 1, 2], "movieId": [5, 6, 5], "rating": [4.0, 3.5, 1.0]}),
    pd.DataFrame({"movieId": [5, 6], "title": ["Five", "Six"], "genres": ["Drama", "Noir"]}),
    truth=None,
)


@pytest.fixture(autouse=True)
def nothing_chosen(tmp_path, monkeypatch):
    """No choice in the environment, an empty cache, no proxy, and no server but loopback."""
    monkeypatch.delenv("ALS_LESSON_DATA", raising=False)
    monkeypatch.setenv("ALS_LESSON_CACHE", str(tmp_path / "cache"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    monkeypatch.setattr(download, "MOVIELENS_URL", "http://127.0.0.1:9/ml-latest-small.zip")
    return tmp_path / "cache"


@pytest.fixture
def quick(monkeypatch):
    """A simulation of three ratings."""
    monkeypatch.setattr(data_module, "simulate_ratings", lambda: SMALL)


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "my films.csv"
    SMALL.ratings.to_csv(path, index=False)
    return path


def test_dataset_shows_its_size_in_one_line():
    dataset = Dataset("mine", SMALL.ratings)
    assert repr(dataset) == "Dataset('mine': 3 ratings, 2 users, 2 movies)"
    assert dataset.movies is None and dataset.truth is None and dataset.citation == ""
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "yours"


def test_simulated(capsys):
    dataset = load_dataset("simulated")
    assert dataset.name == "simulated" and dataset.truth is not None
    assert set(dataset.ratings["movieId"]) <= set(dataset.movies["movieId"])
    out = capsys.readouterr().out
    assert out.startswith("simulated: ") and len(out.splitlines()) == 2
    assert 'load_dataset("movielens-small")' in out


def test_auto_is_simulated_on_a_fresh_machine(quick, nothing_chosen, capsys):
    assert load_dataset().name == "simulated"
    assert not nothing_chosen.exists()
    assert capsys.readouterr().out.startswith("simulated: 3 ratings by 2 users of 2 movies.\n")


@pytest.mark.parametrize("value", ["", "auto", "simulated"])
def test_auto_follows_the_environment_to_the_simulation(quick, monkeypatch, value):
    monkeypatch.setenv("ALS_LESSON_DATA", value)
    assert load_dataset("auto").name == "simulated"


def test_auto_follows_the_environment_to_a_path(own, monkeypatch):
    monkeypatch.setenv("ALS_LESSON_DATA", str(own))
    assert load_dataset().name == "my films.csv"
    assert load_dataset("simulated").name == "simulated"  # said outright, it wins


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_of_your_own(own, capsys, kind):
    dataset = load_dataset(kind(own))
    pd.testing.assert_frame_equal(dataset.ratings, SMALL.ratings)
    assert dataset.movies.title.tolist() == ["movie 5", "movie 6"] and dataset.truth is None
    out = capsys.readouterr().out
    assert out.startswith("my films.csv: 3 ratings by 2 users of 2 movies.\nYour own data")


def test_the_home_folder_is_known(own, monkeypatch):
    monkeypatch.setenv("HOME", str(own.parent))
    monkeypatch.setenv("USERPROFILE", str(own.parent))
    assert load_dataset("~/my films.csv").name == "my films.csv"


def test_unknown_word(monkeypatch):
    with pytest.raises(ValueError, match="'movielens'; choose 'auto', 'simulated', 'movielens-s"):
        load_dataset("movielens")
    monkeypatch.setenv("ALS_LESSON_DATA", "movielens")
    with pytest.raises(ValueError, match=r"'movielens' \(from ALS_LESSON_DATA\); choose 'auto'"):
        load_dataset()


@pytest.mark.parametrize(
    "url", ["https://example.org/ml.zip", "HTTP://example.org", "s3://a/b", "file:///tmp/my.csv"]
)
def test_an_address_is_not_shown_as_a_path(monkeypatch, url):
    words = f"{url} is an address.*this machine.*pass the path"
    with pytest.raises(ValueError, match=words):
        load_dataset(url)
    monkeypatch.setenv("ALS_LESSON_DATA", url)
    with pytest.raises(ValueError, match=words):
        load_dataset()


def test_nobody_of_that_name_has_a_home_folder():
    with pytest.raises(FileNotFoundError, match="no file or folder .*~nobody-of-that-name"):
        load_dataset("~nobody-of-that-name/ratings.csv")


@pytest.mark.parametrize(
    "source", ["", None, 3, SMALL.ratings, b"ratings.csv", "a\0b", Path("a\0b")]
)
def test_what_is_no_source_at_all(source):
    with pytest.raises(ValueError, match="load_dataset takes 'auto', 'simulated'"):
        load_dataset(source)


@pytest.mark.parametrize("name", ["nothing.csv", "nothing/here", "nothing.zip"])
def test_missing_path(tmp_path, monkeypatch, name):
    with pytest.raises(FileNotFoundError, match="no file or folder .*nothing.*check the path"):
        load_dataset(tmp_path / name)
    monkeypatch.setenv("ALS_LESSON_DATA", str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match="from ALS_LESSON_DATA"):
        load_dataset()


def test_unreadable_file(own, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(data_module, "read_tables", refuse)
    with pytest.raises(OSError, match="cannot read .*my films.csv.*Permission denied.*check"):
        load_dataset(own)


def test_movielens_out_of_reach(nothing_chosen):
    with pytest.raises(OSError, match="cannot download http://127.0.0.1:9/.* in a browser"):
        load_dataset("movielens-small")
    assert list(nothing_chosen.iterdir()) == []


def check_movielens(dataset):
    assert dataset.name == "movielens-small" and "Harper" in dataset.citation
    assert repr(dataset).endswith("100,836 ratings, 610 users, 9,724 movies)")
    first = dataset.ratings.head(2).itertuples(index=False, name=None)
    assert list(first) == [(1, 1, 4.0, 964982703), (1, 3, 4.0, 964981247)]
    assert len(dataset.movies) == 9742
    assert dataset.movies["title"].iloc[0] == "Toy Story (1995)"


def test_movielens_is_fetched_over_tls_and_found_again(
    movielens_zip, nothing_chosen, tmp_path, monkeypatch, capsys
):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with serve(send(movielens_zip.read_bytes()), authority.issue_cert("127.0.0.1")) as url:
        monkeypatch.setattr(download, "MOVIELENS_URL", url)
        check_movielens(load_dataset("movielens-small"))
    out = capsys.readouterr().out
    assert "commercial use" in out and "Harper and Konstan" in out
    check_movielens(load_dataset("movielens-small"))  # with the server gone: from the cache
    check_movielens(load_dataset("auto"))
    assert [path.name for path in nothing_chosen.iterdir()] == ["ml-latest-small.zip"]


def test_movielens_by_path_is_recognized(movielens_zip, tmp_path):
    check_movielens(load_dataset(movielens_zip))
    shutil.copy(movielens_zip, tmp_path / "renamed.zip")
    check_movielens(load_dataset(tmp_path / "renamed.zip"))


def test_movielens_unpacked(movielens_zip, tmp_path):
    shutil.unpack_archive(movielens_zip, tmp_path)
    dataset = load_dataset(tmp_path / "ml-latest-small")
    assert dataset.name == "ml-latest-small" and len(dataset.ratings) == 100_836


def test_a_damaged_archive_in_the_cache_is_not_chosen(quick, nothing_chosen):
    nothing_chosen.mkdir()
    (nothing_chosen / "ml-latest-small.zip").write_bytes(b"half")
    assert load_dataset().name == "simulated"


def test_a_movie_without_a_title_gets_one_and_no_other_is_lost(tmp_path):
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating\n1,5,3\n1,6,4\n2,8,4\n2,5,1\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n6,Brazil,Comedy\n9,Alien,\n")
    movies = load_dataset(tmp_path).movies.set_index("movieId")
    assert movies.title.to_dict() == {6: "Brazil", 9: "Alien", 5: "movie 5", 8: "movie 8"}
    assert movies.genres.tolist() == ["Comedy", *["(no genres listed)"] * 3]
