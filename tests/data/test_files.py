"""What comes in loads correctly, or is refused in one sentence that names file and trouble."""

import io
import os
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
        "\n \n" + PLAIN.replace("\n7", "\n\n7"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        "SEP=|\r\n" + PLAIN.replace(",", "|").replace("\n", "\r\n"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.replace(",", "\t").encode("utf-16-be"),  # Excel's "Unicode text"
        PLAIN.replace(",", " , ").replace("\n", "\u00a0\n"),
        PLAIN.replace(",timestamp", ",note,timestamp,note")
        .replace(",1260", ",x,1260")
        .replace(",851", ",x,851")
        .replace("9\n", "9,y\n")
        .replace("44\n", "44,y\n")
        .replace("50\n", "50,y\n"),
    ],
    ids=str.split(
        "bom crlf cr no-eol blank semicolon decimal-comma tab space quotes extra blank-between "
        "declared declared-bar utf-16 utf-16-tab padded notes"
    ),
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
        *[
            ([odd, "7"], [odd, "7"])
            for odd in ("007", "+7", "7.0", "1e3", "7_0", "-0", "0x7", "٧", "1,0")
        ],
        *[([word, "ann"], [word, "ann"]) for word in (r"\N", "NULL", "-")],
        (["ann ", "bob\t"], ["ann", "bob"]),
        ([" 7", "8 "], [7, 8]),
        (["-9223372036854775808", "1"], [-(2**63), 1]),
        (["9223372036854775807", "1"], [2**63 - 1, 1]),
        (["9223372036854775808", "1"], ["9223372036854775808", "1"]),
        (["9223372036854775808", "-1"], ["9223372036854775808", "-1"]),
        (["99999999999999999999999", "1"], ["99999999999999999999999", "1"]),
    ],
)
def test_ids_are_labels(write, ids, expected):
    for column in ("userId", "movieId"):
        other = "movieId" if column == "userId" else "userId"
        rows = "".join(f'"{label}",1,4.5\n' for label in ids)
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_accents(tmp_path, write, capsys, encoding):
    write("userId,movieId,rating\nJosé,31,4\n".encode(encoding))
    write(MOVIES.replace("Dumbo", "Les Misérables").encode(encoding), "movies.csv")
    ratings, movies = read_tables(tmp_path)
    assert ratings["userId"].tolist() == ["José"]
    assert movies["title"].tolist() == ["Dangerous Minds (1995)", "Les Misérables (1941)"]
    said = capsys.readouterr().out.splitlines()
    if encoding.startswith("utf"):
        assert said == []
    else:  # which encoding was used, and in which line it mattered
        assert [line[line.index(": line ") :] for line in said] == [
            f": line {n} is not UTF-8; the text was read as Windows-1252." for n in (2, 3)
        ]


def test_what_windows_adds_to_latin_1(write, capsys):
    ratings, _ = read_tables(write("userId,movieId,rating\nann’s €,31,4\n".encode("cp1252")))
    assert ratings["userId"].tolist() == ["ann’s €"]
    assert "Windows-1252" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("José,1,4\nAnaïs,1,4\n".encode() + b"Jos\xe9,2,4\n", ["line 4 ", "line 2 is"]),
        (b"Jos\xe9,2,4\nann,1,4\n" + "José,1,4\n".encode(), ["line 2 ", "line 4 is"]),
        ("José".encode() + b"\xff,2,4\n", ["line 2 is not UTF-8", "line 2 is"]),
        ("José,1,4\n".encode()[:-6] + b",1,4\n" + "é,1,4\n".encode(), ["line 2 ", "line 3 is"]),
        (b"\x81\x8d,1,4\n", ["line 2", "no encoding"]),
    ],
)
def test_one_bad_byte_does_not_turn_the_others_into_another_text(write, capsys, content, words):
    refused(write(b"userId,movieId,rating\n" + content), *words, "UTF-8")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", ["empty", "header line"]),
        (b"\n\r\n \n", ["empty"]),
        (HEADER, ["no ratings", "at least one row"]),
        ("1,31,2.5,1260759144\n", ["no column userId or movieId or rating", "first line"]),
        (PLAIN.replace("userId", "userid"), ["no column userId", "found: 'userid', 'movieId'"]),
        (PLAIN.replace("rating", "stars"), ["no column rating", "found:", "stars"]),
        (PLAIN.replace("3.0", "good"), ["line 3", "'good'", "not a finite number", "correct"]),
        (PLAIN.replace("3.0", ""), ["line 3", "no rating", "correct"]),
        (PLAIN.replace("3.0", "nan"), ["line 3", "'nan'", "not a finite number"]),
        (PLAIN.replace("3.0", '"3,000"'), ["line 3", "'3,000'", "not a finite number"]),
        (PLAIN.replace("4.0", "inf"), ["line 4", "'inf'", "not a finite number"]),
        (PLAIN.replace("4.0", "-Infinity"), ["line 4", "'-Infinity'", "not a finite number"]),
        (PLAIN.replace("4.0", "True"), ["line 4", "'True'", "not a finite number"]),
        (PLAIN.replace("\n7,", "\n,"), ["line 4", "no userId", "remove"]),
        (PLAIN.replace(",1029,", ",,"), ["line 3", "no movieId", "remove"]),
        (PLAIN.replace("7,31", "1,31"), ["user 1", "movie 31", "line 4", "drop_duplicates"]),
        (PLAIN.replace("3.0", "3,0"), ["line 3", "fields", "correct"]),
        (HEADER + "1,31,2,5,1260759144\n", ["line 2 has 5 fields", "4 names", "quote"]),
        (PLAIN.replace("\n1,1029", '\n"1,1029'), ["not a table", "correct"]),
        (bytes(range(256)) * 10, ["not a text file", "CSV"]),
        (PLAIN.replace("7,31", '7,"31'), ["not a table", "line 4", "quotes"]),
        (PLAIN.replace("7,31", '"7"x,31'), ["not a table", "line 4", "quotes"]),
        (PLAIN.replace("7,31", "x" * 200_000 + ",31"), ["not a table", "line 4", "limit"]),
        ("x" * 200_000, ["not a table", "line 1"]),
        (PLAIN.replace(",851868750", ""), ["line 4 has 3 fields", "4 names", "missing fields"]),
        (PLAIN.replace("7,31,4.0", "7;31;4.0"), ["line 4 has 2 fields"]),
        (HEADER + "1,31,5,9\n" + ",,,\n", ["line 3", "no userId"]),
        (PLAIN.replace(",", "::"), ["single name, 'userId::movieId::rating::timestamp'", "comma"]),
        (PLAIN.replace(",", "|"), ["single name", "comma, semicolon or tab"]),
        ("".join(f'"{line}"\n' for line in PLAIN.split()), ["single name", "no quotes around"]),
        ("sep=::\n" + PLAIN, ["single name, 'sep=::'"]),
        (PLAIN.replace("timestamp", "rating "), ["more than one column rating", "rename"]),
        (PLAIN.replace("rating", "timestamp"), ["no column rating"]),
        (
            PLAIN.replace("rating", "timestamp").replace("timestamp\n", "rating,timestamp\n"),
            ["more than one column timestamp"],
        ),
        *[
            (PLAIN.replace("\n7,", f"\n{word},"), ["line 4", "userId", "remove the row"])
            for word in (
                r"\N",
                "NA",
                "nan",
                "NULL",
                "null",
                "None",
                "<NA>",
                "?",
                "  ",
                '""',
                "#N/A",
            )
        ],
        *[
            (PLAIN.replace("1029", word), ["line 3", "movieId", "remove the row"])
            for word in (r"\N", "NaN", "-", "\t")
        ],
        (PLAIN.replace("3.0", "5_0"), ["line 3", "'5_0'", "not a finite number"]),
        (PLAIN.replace("3.0", "0x5"), ["line 3", "'0x5'", "not a finite number"]),
        (PLAIN.replace("3.0", "1e999"), ["line 3", "not a finite number"]),
        (PLAIN.replace("3.0", "٣"), ["line 3", "not a finite number"]),
        (PLAIN.replace("3.0", "4/5"), ["line 3", "'4/5'"]),
        (HEADER + '1,31,3,"a\nb"\n2,31,x,0\n', ["line 4 has the rating 'x'"]),
        (HEADER + '\n1,31,3,"a\r\n\rb"\r\n\r2,31,x,0\n', ["line 7 has the rating 'x'"]),
        ("\nsep=,\n\n" + HEADER + "\n1,31,x,0\n", ["line 6 has the rating 'x'"]),
        (PLAIN.encode("utf-16-le"), ["not a text file", "UTF-8"]),  # without its mark
        (PLAIN.encode("utf-16")[:-1], ["no encoding", "UTF-8"]),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 99, ["single name", "userId,movieId,rating"]),
        (PLAIN.replace("7,31", "7\0,31"), ["not a text file"]),
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


SURPLUS = "userId,movieId,rating\n1,31,5,978300760\n2,32,3,978300761\n3,33,4,978300762\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SURPLUS, ["line 2 has 4 fields", "3 names"]),
        (SURPLUS.replace(",978300760", ""), ["line 3 has 4 fields"]),
        (SURPLUS.replace(",9783007", ",,9783007"), ["line 2 has 5 fields"]),
        (PLAIN.replace("\n", ",\n").replace("timestamp,", "timestamp"), ["line 2", "last field"]),
        (PLAIN.replace("50\n", "50,,\n"), ["line 4 has 6 fields", "take away", "last field"]),
        (PLAIN.replace("50\n", '50, ""\n'), ["line 4 has 5 fields", "take away"]),
    ],
)
def test_surplus_fields_are_refused_whatever_their_values(write, content, words):
    refused(write(content), *words)
    refused(write(content.replace(",", ";")), *words)
    refused(write(pack(ratings=content), "ml.zip"), *words)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1029,Dumbo (1941),Animation,1941", ["line 3 has 4 fields", "quotes around a field"]),
        ("1029,American President, The (1995),Drama", ["line 3 has 4 fields", "quotes around"]),
        ("1029,Dumbo (1941),Animation,", ["line 3 has 4 fields", "take away"]),
        ("1029,Dumbo (1941)", ["line 3 has 2 fields"]),
    ],
)
def test_surplus_fields_of_a_movie(tmp_path, write, row, words):
    write(PLAIN)
    write(MOVIES.replace("1029,Dumbo (1941),Animation", row), "movies.csv")
    refused(tmp_path, "movies.csv in ", *words)


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


@pytest.mark.parametrize(
    ("rated", "titled", "expected"),
    [
        (["007", "7"], ["007", "7"], ["007", "7"]),
        (["007", "8"], ["007", "7"], ["007", "8"]),
        (["31", "32"], ["31", "x1"], ["31", "32"]),
        (["31 ", "x2"], ["31", " x2"], ["31", "x2"]),
        (["9223372036854775808", "5"], ["5", "6"], ["9223372036854775808", "5"]),
    ],
)
def test_movie_ids_are_read_in_one_way_in_both_tables(tmp_path, write, rated, titled, expected):
    write("userId,movieId,rating\n" + "".join(f"1,{movie},4\n" for movie in rated))
    write("movieId,title\n" + "".join(f"{movie},T{movie}\n" for movie in titled), "movies.csv")
    ratings, movies = read_tables(tmp_path)
    assert ratings["movieId"].tolist() == expected
    titles = dict(zip(movies["movieId"], movies["title"], strict=True))
    assert titles == {movie.strip(): f"T{movie}".strip() for movie in titled}
    assert any(movie in titles for movie in ratings["movieId"])


@pytest.mark.parametrize(
    "movies",
    [
        "movieId,title\n31,Thirty-one\nx1,One\n",
        "movieId,title\n31,Thirty-one\n",
        "movieId,title\n031.0,Thirty-one\n",
        "movieId,title\n",
    ],
)
def test_ids_that_do_not_join_are_not_passed_over(tmp_path, write, movies):
    write("userId,movieId,rating\n1,31.0,4\n2,32.0,5\n")
    write(movies, "movies.csv")
    refused(tmp_path, "movies.csv in ", "no rated movie has a title", "'31.0'", "same way")


@pytest.mark.parametrize("name", ["Movies.csv", "MOVIES.CSV"])
@pytest.mark.parametrize("ratings", ["ratings.csv", "Ratings.CSV"])
def test_the_case_of_a_name_does_not_matter(tmp_path, write, name, ratings):
    write(PLAIN, ratings)
    write(MOVIES, name)
    assert len(read_tables(tmp_path)[1]) == 2


def test_two_files_that_differ_in_case_only_are_too_many(write):
    both = {"ratings": PLAIN, "movies": MOVIES, "Movies": MOVIES}
    refused(write(pack(**both), "ml.zip"), "several tables of movies (movies.csv, Movies.csv)")


def test_two_members_of_one_name_are_too_many(write):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in (PLAIN, PLAIN.replace("4.0", "1.0")):
            archive.writestr("ratings.csv", text)
    refused(write(stream.getvalue(), "ml.zip"), "several tables of ratings")


def test_members_with_backslashes(write, plain):
    content = pack(**{"ml\\ratings": PLAIN, "ml\\movies": MOVIES, "other\\movies": "x"})
    ratings, movies = read_tables(write(content, "ml.zip"))
    pd.testing.assert_frame_equal(ratings, plain)
    assert len(movies) == 2


def test_a_folder_called_ratings_csv_in_an_archive_is_no_table(write):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("ratings.csv/", "")
        archive.writestr("ratings.csv/movies.csv", MOVIES)
    refused(write(stream.getvalue(), "ml.zip"), "no ratings.csv")


def test_a_small_archive_that_would_unpack_to_10_gb_is_not_read(write):
    content = bytearray(pack(ratings=PLAIN))
    for name, at in ((b"PK\1\2", 24), (b"PK\3\4", 22)):  # the size that the archive promises
        place = content.index(name) + at
        content[place : place + 4] = (4_200_000_000).to_bytes(4, "little")
    refused(write(bytes(content), "ml.zip"), "4.2 GB of text in ratings.csv", "fewer rows")


def test_a_file_too_large_for_this_machine_is_not_read(write):
    path = write(PLAIN)
    with open(path, "r+b") as file:
        file.truncate(5_000_000_000)  # of which the disk holds next to nothing
    refused(path, "5.0 GB of text in ", "10 GB of memory", "fewer rows")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "ratings.csv")
    refused(tmp_path / "ratings.csv", "neither a file nor a folder")
    refused(tmp_path, "no ratings.csv")


def test_a_missing_file_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.csv"):
        read_tables(tmp_path / "nothing.csv")


@pytest.mark.parametrize("blank", ["\t", "\u00a0", " \t"])
def test_a_blank_before_a_quote_does_not_make_the_quote_a_part_of_the_id(tmp_path, blank):
    path = tmp_path / "ratings.csv"
    path.write_text(f'userId,movieId,rating\n1,2,3\n{blank}"7",2,3\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 3 has a blank before a quote"):
        read_tables(path)
