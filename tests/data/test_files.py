"""What comes in loads correctly, or is refused in one sentence that names file and trouble."""

import io
import random
import warnings
import zipfile

import pandas as pd
import pytest

from als_lesson.data.files import read_tables

HEADER = "userId,movieId,rating,timestamp\n"
PLAIN = HEADER + "1,31,2.5,1260759144\n1,1029,3.0,1260759179\n7,31,4.0,851868750\n"
MOVIES = "movieId,title,genres\n31,Dangerous Minds (1995),Drama\n1029,Dumbo (1941),Animation\n"


@pytest.fixture
def write(tmp_path):
    """Write bytes or text to a file of a new folder, unchanged; return its path."""

    def write(content, name="ratings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def pack(**members):
    """Make a zip archive in memory; __ in a name stands for a slash."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/") + ".csv", text)
    return stream.getvalue()


def refused(path, *words):
    """Check that a path is refused in one line with these words in it."""
    with pytest.raises(ValueError) as caught:
        read_tables(path)
    message = str(caught.value)
    assert "\n" not in message
    for word in (str(path), *words):
        assert word in message


@pytest.fixture
def plain(write):
    return read_tables(write(PLAIN, "plain.csv"))[0]


def test_a_plain_table(plain):
    assert plain.to_dict("list") == {
        "userId": [1, 1, 7],
        "movieId": [31, 1029, 31],
        "rating": [2.5, 3.0, 4.0],
        "timestamp": [1260759144, 1260759179, 851868750],
    }
    assert [str(dtype) for dtype in plain.dtypes] == ["int64", "int64", "float64", "int64"]
    assert plain.index.equals(pd.RangeIndex(3))
    assert plain.index.name is None


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PLAIN.encode(),  # a byte order mark, as Excel writes it
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip("\n"),
        PLAIN + "\n\n",
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", ";").replace("2.5", "2,5"),  # as Excel writes it in half of Europe
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ", "),
        PLAIN.replace("userId", '"userId"').replace("1029", '"1029"'),
        PLAIN.replace("\n", ",extra\n"),
    ],
    ids=str.split("bom crlf cr no-eol blank semicolon decimal-comma tab space quotes extra"),
)
def test_the_same_table_written_otherwise(write, plain, content):
    ratings, movies = read_tables(write(content))
    pd.testing.assert_frame_equal(ratings, plain)
    assert movies is None


def test_missing_timestamp(write):
    ratings, _ = read_tables(write("movieId,rating,userId\n31,4,1\n"))
    assert ratings.to_dict("list") == {"movieId": [31], "rating": [4.0], "userId": [1]}


@pytest.mark.parametrize(
    "ids, expected",
    [
        (["ann", "bob"], ["ann", "bob"]),
        (["NA", "null"], ["NA", "null"]),  # words that pandas would take for missing
        (["True", "False"], ["True", "False"]),
        (["7", "x7"], ["7", "x7"]),
        (["-5", "-6"], [-5, -6]),
        (["9223372036854775807", "1"], [2**63 - 1, 1]),
        (["9223372036854775808", "1"], ["9223372036854775808", "1"]),
        (["9223372036854775808", "-1"], ["9223372036854775808", "-1"]),
        (["99999999999999999999999", "1"], ["99999999999999999999999", "1"]),
    ],
)
def test_ids_are_labels(write, ids, expected):
    for column in ("userId", "movieId"):
        other = "movieId" if column == "userId" else "userId"
        rows = "".join(f"{label},1,4.5\n" for label in ids)
        ratings, _ = read_tables(write(f"{column},{other},rating\n{rows}"))
        assert ratings[column].tolist() == expected
        assert ratings["rating"].tolist() == [4.5, 4.5]


def test_one_odd_id_far_down_makes_all_of_them_text(write):
    rows = "".join(f"{user},1,4\n" for user in range(300_000))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ratings, _ = read_tables(write(f"userId,movieId,rating\n{rows}ann,1,4\n"))
    assert ratings["userId"].map(type).eq(str).all()
    assert ratings["userId"].iloc[[0, -1]].tolist() == ["0", "ann"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_accents(tmp_path, write, encoding):
    write("userId,movieId,rating\nJosé,31,4\n".encode(encoding))
    write(MOVIES.replace("Dumbo", "Les Misérables").encode(encoding), "movies.csv")
    ratings, movies = read_tables(tmp_path)
    assert ratings["userId"].tolist() == ["José"]
    assert movies["title"].tolist() == ["Dangerous Minds (1995)", "Les Misérables (1941)"]


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", ["empty", "header line"]),
        (b"\n\r\n \n", ["empty"]),
        (HEADER, ["no ratings", "at least one row"]),
        ("1,31,2.5,1260759144\n", ["no column userId or movieId or rating", "first line"]),
        (PLAIN.replace("userId", "userid"), ["no column userId", "found: userid, movieId"]),
        (PLAIN.replace("rating", "stars"), ["no column rating", "found:", "stars"]),
        (PLAIN.replace("3.0", "good"), ["line 3", "'good'", "not a finite number", "correct"]),
        (PLAIN.replace("3.0", ""), ["line 3", "no rating", "correct"]),
        (PLAIN.replace("3.0", "nan"), ["line 3", "'nan'", "not a finite number"]),
        (PLAIN.replace("3.0", '"3,000"'), ["line 3", "'3,000'", "not a finite number"]),
        (PLAIN.replace("4.0", "inf"), ["line 4", "inf", "not a finite number"]),
        (PLAIN.replace("4.0", "-Infinity"), ["line 4", "-inf", "not a finite number"]),
        (PLAIN.replace("4.0", "True"), ["line 4", "'True'", "not a finite number"]),
        (PLAIN.replace("\n7,", "\n,"), ["line 4", "no userId", "remove"]),
        (PLAIN.replace(",1029,", ",,"), ["line 3", "no movieId", "remove"]),
        (PLAIN.replace("7,31", "1,31"), ["user 1", "movie 31", "line 4", "drop_duplicates"]),
        (PLAIN.replace("3.0", "3,0"), ["line 3", "fields", "correct"]),
        (HEADER + "1,31,2,5,1260759144\n", ["line 2", "more fields", "quote"]),
        (PLAIN.replace("\n1,1029", '\n"1,1029'), ["not a table", "correct"]),
        (bytes(range(256)) * 10, ["not a text file", "CSV"]),
        (PLAIN.encode("utf-16"), ["not a text file", "UTF-8"]),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 99, ["no column userId"]),
    ],
)
def test_refused_tables(write, content, words):
    refused(write(content), *words)


def test_a_folder(tmp_path, write):
    write(PLAIN)
    assert read_tables(tmp_path)[1] is None
    write(MOVIES, "movies.csv")
    write("userId,movieId,tag\n", "tags.csv")
    ratings, movies = read_tables(tmp_path)
    assert len(ratings) == 3
    assert movies.to_dict("list") == {
        "movieId": [31, 1029],
        "title": ["Dangerous Minds (1995)", "Dumbo (1941)"],
        "genres": ["Drama", "Animation"],
    }


def test_a_folder_without_ratings(tmp_path, write):
    write(MOVIES, "movies.csv")
    (tmp_path / "ratings.csv").mkdir()
    refused(tmp_path, "no ratings.csv")


def test_which_table_of_ratings(tmp_path, write):
    write(PLAIN, "my-Ratings-2024.CSV")
    write(b"\0", "._ratings.csv")  # what macOS strews about
    assert len(read_tables(tmp_path)[0]) == 3
    write(PLAIN, "other_ratings.csv")
    refused(tmp_path, "several", "my-Ratings-2024.CSV", "other_ratings.csv", "path of the CSV")
    write(HEADER + "1,2,3,4\n", "ratings.csv")
    assert len(read_tables(tmp_path)[0]) == 1


@pytest.mark.parametrize("folder", ["", "ml__", "a__b__"])
def test_a_zip_archive(write, plain, folder):
    tables = {folder + "ratings": PLAIN, folder + "movies": MOVIES, "__MACOSX__._ratings": "x"}
    content = pack(**tables)
    ratings, movies = read_tables(write(content, "ml.zip"))
    pd.testing.assert_frame_equal(ratings, plain)
    assert len(movies) == 2


def test_a_latin_1_table_in_a_zip_archive(write):
    content = pack(ratings=PLAIN.replace("7,", "Zoë,").encode("latin-1"))
    assert read_tables(write(content, "ml.zip"))[0]["userId"].tolist() == ["1", "1", "Zoë"]


def test_a_zip_archive_without_ratings(write):
    refused(write(pack(movies=MOVIES), "ml.zip"), "no ratings.csv")


def test_the_trouble_inside_an_archive_names_both_files(write):
    refused(write(pack(ml__ratings=HEADER), "ml.zip"), "ml/ratings.csv in ", "no ratings")


def test_path_traversal_writes_nothing(tmp_path, write):
    path = write(pack(**{"..__..__ratings": PLAIN, "__etc__movies": MOVIES}), "ml.zip")
    before = sorted(tmp_path.parent.rglob("*"))
    ratings, movies = read_tables(path)
    assert len(ratings) == 3 and movies is None
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_truncated_zip_archives(write):
    content = pack(ratings=PLAIN, movies=MOVIES)
    for length in range(len(content)):
        refused(write(content[:length], "ml.zip"), "not a complete zip archive", "get it again")


def test_damaged_zip_archives_load_right_or_are_refused(write, plain):
    content, rng, loaded = pack(ratings=PLAIN), random.Random(0), 0
    for _ in range(300):
        damaged = bytearray(content)
        damaged[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        try:
            ratings, _ = read_tables(write(bytes(damaged), "ml.zip"))
        except ValueError as error:
            assert "ml.zip" in str(error)
        else:
            pd.testing.assert_frame_equal(ratings, plain)
            loaded += 1
    assert 0 < loaded < 300


def test_a_zip_archive_with_a_password(write):
    content = bytearray(pack(ratings=PLAIN))
    content[6] |= 1  # the flag "encrypted" of the member, here and in the directory
    content[content.index(b"PK\1\2") + 8] |= 1
    refused(write(bytes(content), "ml.zip"), "password")


@pytest.mark.parametrize(
    "movies, words",
    [
        (MOVIES.replace("title", "name"), ["movies.csv in ", "no column title"]),
        (MOVIES.replace("1029", "31"), ["movieId 31", "more than once", "line 3"]),
        (MOVIES.replace("1029", ""), ["line 3", "no movieId"]),
        (b"", ["movies.csv in ", "empty"]),
    ],
)
def test_refused_movies(tmp_path, write, movies, words):
    write(PLAIN)
    write(movies, "movies.csv")
    refused(tmp_path, *words)


def test_movies_with_gaps(tmp_path, write):
    write(PLAIN)
    write("title,movieId\n300,31\n,1029\n", "movies.csv")
    movies = read_tables(tmp_path)[1]
    assert movies.to_dict("list") == {
        "movieId": [31, 1029],
        "title": ["300", "(no title)"],
        "genres": ["(no genres listed)"] * 2,
    }


@pytest.mark.parametrize("odd", [0, 1])
def test_ids_of_both_tables_compare(tmp_path, write, odd):
    write(PLAIN + ("7,tt9,4.0,1\n" if odd else ""))
    write(MOVIES + ("" if odd else "tt9,Nine,Drama\n"), "movies.csv")
    ratings, movies = read_tables(tmp_path)
    assert set(movies["movieId"]) & set(ratings["movieId"]) == {"31", "1029"}


def test_a_missing_file_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.csv"):
        read_tables(tmp_path / "nothing.csv")
