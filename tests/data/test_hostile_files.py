"""A thousand hostile files: each loads to exactly the table that was meant, or is refused.

The oracle never reads a file. It draws the table first, then a way to write it, and perhaps a trap
of which it knows what must be said. What is said names the file, the trouble and the next step.
"""

import contextlib
import io
import random
import re
import tempfile
import zipfile
from itertools import product

import pytest

from als_lesson import load_dataset

FILES, BATCHES = 60, 20  # a batch is a test, so that a failure says which
BREAK = re.compile("\r\n|\r|\n")
NEXT_STEP = re.compile(
    r"\b(correct|remove|write|save|pass|give|get it again|keep|rename|take|name the columns|fill|"
    r"check the path|check that)\b"
)
NAMES = ["ann", "Bob B.", "José", "Zoë", "ann’s €", "NA", "null", "True", "-", "7up", "x'y"]
AWKWARD = ["O'Neil, Ann", 'the "boss"', "two\nlines", "dos\r\nlines", "a;b", "a\tb", "a|b", "x,,y"]
CHARSETS = {"utf-8": b"", "utf-8-sig": b"", "utf-16": b"", "utf-16-be": b"\xfe\xff", "cp1252": b""}


# ---- a table, as it was meant ------------------------------------------------------------------


def labels(rng, n):
    """(Whether they are all numbers of some kind, n different ids as a file may write them.)"""
    whole = rng.sample(range(1, 10**6), n)
    makers = [
        lambda: [str(i) for i in whole],
        lambda: [str(-i) for i in whole],
        lambda: ["9223372036854775807", "-9223372036854775808", "0", *map(str, whole)][:n],
        lambda: [str(2**63 + i) for i in whole],
        lambda: [str(2**70), *map(str, whole)][:n],
        lambda: ["007", "7", "+7", "7.0", *map(str, whole)][:n],
        lambda: [f"{i}.0" for i in whole],
        lambda: [f"{i}e3" for i in whole],
        lambda: ["ann", *rng.sample(NAMES[1:] + AWKWARD, min(n - 1, 18)), *map(str, whole)][:n],
        lambda: [f"{i:032x}" + "-x" for i in whole],
        lambda: ["tt1", *map(str, whole)][:n],
    ]
    chosen = rng.randrange(len(makers))
    return chosen < 8, makers[chosen]()


def as_meant(*columns):
    """Every column as numbers if all are the plain writing of 64-bit ones; else as texts."""
    cells = [cell for column in columns for cell in column]
    plain = all(re.fullmatch("0|-?[1-9][0-9]*", cell) for cell in cells)
    if plain and all(-(2**63) <= int(cell) < 2**63 for cell in cells):
        return [[int(cell) for cell in column] for column in columns]
    return [[*column] for column in columns]


def stars(rng):
    """A number of stars and a way to write it."""
    half = rng.choice([*range(1, 11), 0, -5])
    point = f"{half / 2:g}"
    ways = [point, f"{half / 2:.1f}", f"{half / 2:.3f}", f"{half / 2:.2e}", f"{half / 2:.1f}"]
    ways += [point.replace(".", ","), point.replace("0.5", ".5"), f"{half / 2:+.1f}"]
    return half / 2, rng.choice(ways)


class Table:
    """What is meant, and the header and rows of cells that say so."""

    def __init__(self, rng):
        size = rng.choice([2, 4, 20])
        self.numbers, users = labels(rng, rng.randint(1, size))
        _, self.titled = labels(rng, rng.randint(1, size))
        pairs = [*product(users, self.titled)]
        needed = [(u, self.titled[0]) for u in users] + [(users[0], m) for m in self.titled]
        pairs = [*{*needed, *rng.sample(pairs, rng.randint(1, len(pairs)))}]
        pairs.sort()
        rng.shuffle(pairs)
        values, written = zip(*(stars(rng) for _ in pairs), strict=True)
        columns = {"userId": [u for u, _ in pairs], "movieId": [m for _, m in pairs]}
        columns["rating"] = written
        if rng.random() < 0.5:
            times = ["978300760", "978300761", "2019-01-01 10:00", "", "NA"][: rng.choice([2, 5])]
            columns["timestamp"] = [rng.choice(times) for _ in pairs]
        self.meant = {name: as_meant(cells)[0] for name, cells in columns.items()}
        self.meant["rating"] = [*values]
        for name in rng.sample(["", "note", "Rating"], rng.choice([0, 0, 1, 3])):
            columns[name] = [rng.choice(["", "5", "x", *AWKWARD]) for _ in pairs]
        self.header = rng.sample([*columns], len(columns))
        self.rows = [[*row] for row in zip(*(columns[n] for n in self.header), strict=True)]

    def place(self, rng, name):
        """A row, and where a column stands in it."""
        return rng.randrange(len(self.rows)), self.header.index(name)


# ---- a way to write it -------------------------------------------------------------------------


class Writing:
    """A separator, a line end, quotes, blanks and an encoding; which line each row begins on."""

    def __init__(self, rng):
        self.rng, self.separator = rng, rng.choice(",,,;;\t|")
        self.end = rng.choice(["\n", "\n", "\r\n", "\r"])
        self.declared = self.separator == "|" or rng.random() < 0.1
        self.quoted, self.padded = rng.choice([0, 0, 0.3, 1]), rng.choice([0, 0, 0, 0.3])
        self.gaps, self.last_end = rng.choice([0, 0, 0.2]), rng.random() < 0.8
        self.charset = rng.choice([*CHARSETS])

    def cell(self, text):
        pad = self.rng.choice([" ", "  "]) if self.rng.random() < self.padded else ""
        if self.rng.random() < self.quoted or re.search('[,;\t|"\r\n]', text):
            return pad + '"' + text.replace('"', '""') + '"'
        return pad + text + pad

    def text(self, table, mark=lambda line: line):
        """The whole file; `mark` may spoil the written rows."""
        lines = [self.separator.join(map(self.cell, row)) for row in [table.header, *table.rows]]
        written, self.begins = f"sep={self.separator}{self.end}" if self.declared else "", []
        for line in mark(lines):
            if self.rng.random() < self.gaps:
                written += self.rng.choice(["", "  "]) + self.end
            self.begins.append(len(BREAK.findall(written)) + 1)
            written += line + self.end
        return written if self.last_end else written[: -len(self.end)]

    def encode(self, text):
        try:
            return CHARSETS[self.charset] + text.encode(self.charset)
        except UnicodeEncodeError:
            return text.encode()


# ---- traps: each spoils a table or its text, and returns what must be said -------------------


def on_line(row, words):
    """What is said of a row, once it is known where it stands."""
    return lambda writing: f"line {writing.begins[row + 1]}\\b.*{words}"


def trap_surplus(rng, table):
    row = rng.randrange(len(table.rows))
    table.rows[row] += rng.choice([["9"], ["x", ""], ["978300760"], ["", ""]])
    return on_line(row, "fields, the header")


def trap_surplus_everywhere(rng, table):
    if set(table.header) & {"", "note", "Rating"}:
        return trap_surplus(rng, table)
    for number, row in enumerate(table.rows):
        row.append(str(978300760 + number))
    return on_line(0, "fields, the header")


def trap_trailing_separators(rng, table):
    for row in table.rows:
        row.append("")
    return on_line(0, "take away the separators after its last field")


def trap_ragged(rng, table):
    row = rng.randrange(len(table.rows))
    del table.rows[row][rng.randrange(len(table.header))]
    return on_line(row, "fields, the header .*missing")


def trap_column_is_missing(rng, table):
    name = rng.choice(["userId", "movieId", "rating"])
    at = table.header.index(name)
    for row in [table.header, *table.rows]:
        del row[at]
    single = len(table.header) == 1
    return lambda writing: "single name" if single else f"no column {name}"


def trap_wrong_name(rng, table):
    name, other = rng.choice(
        [("userId", "userid"), ("movieId", "itemId"), ("rating", "stars"), ("rating", "Rating*")]
    )
    table.header[table.header.index(name)] = other
    return lambda writing: f"no column {name} "


def trap_no_header(rng, table):
    table.header = table.rows.pop(0)
    return lambda writing: "no column userId or movieId or rating"


def trap_two_columns_of_one_name(rng, table):
    name = rng.choice(["userId", "movieId", "rating"])
    for row in [table.header, *table.rows]:
        row.append(row[table.header.index(name)])
    table.header[-1] += rng.choice(["", " "])
    return lambda writing: f"more than one column {name}"


def trap_pair_twice(rng, table):
    row = rng.randrange(len(table.rows))
    table.rows.append([*table.rows[row]])
    return lambda writing: f"more than once .again on line {writing.begins[-1]}\\b"


def trap_no_id(rng, table):
    name = rng.choice(["userId", "movieId"])
    row, at = table.place(rng, name)
    table.rows[row][at] = rng.choice(["", " ", "\u00a0"])
    return on_line(row, f"no {name}")


def trap_a_word_for_no_id(rng, table):
    if not (table.numbers and len(set(table.meant["userId"])) > 1):
        return trap_no_id(rng, table)
    row, at = table.place(rng, "userId")
    table.rows[row][at] = rng.choice([r"\N", "NA", "NaN", "nan", "null", "None", "<NA>", "?", "-"])
    return on_line(row, "userId")


def trap_no_stars(rng, table):
    row, at = table.place(rng, "rating")
    wrong = ["", "inf", "-Infinity", "NaN", "x", "4/5", "0x4", "5_0", "1e999", "True", "3.5.1"]
    table.rows[row][at] = rng.choice([*wrong, "٣", "4½", "3 5", "4 stars", "9" * 400])
    return on_line(row, "rating")


def trap_no_rows(rng, table):
    table.rows = []
    return lambda writing: "no ratings"


TRAPS = [trap for name, trap in sorted(globals().items()) if name.startswith("trap_")]


def spoil_quote(rng, writing, lines):
    at = rng.randrange(1, len(lines))
    lines[at] = '"open' + lines[at].replace('"', "")
    return lines


def spoil_separator(rng, writing, lines):
    at = rng.randrange(1, len(lines))
    other = ";" if writing.separator != ";" else ","
    lines[at] = re.sub('["\r\n]', "", lines[at]).replace(writing.separator, other)
    return lines


def spoil_every_separator(rng, writing, lines):
    writing.declared = False
    return [re.sub('[",;\t|\r\n]+', "::", line) for line in lines]


SPOILS = {
    spoil_quote: "not a table|fields, the header",
    spoil_separator: "fields, the header",
    spoil_every_separator: "single name|no column",
}


def spoil_bytes(rng, content):
    """(The bytes of a file, what must be said of them): no text, or text of no one encoding."""
    utf_8 = "userId,movieId,rating\nJosé,1,4\nAnaïs,1,3\n".encode()
    return rng.choice(
        [
            (utf_8 + b"Jos\xe9,2,4\n", "line 4 is not UTF-8, but line 2 is"),
            (utf_8.replace(b"Ana", b"\xffAna"), "line 3 is not UTF-8, but line 2 is"),
            (b"userId,movieId,rating\n\x81\x8d,1,4\n", "no encoding"),
            ("userId,movieId,rating\n1,2,3\n".encode("utf-16-le"), "not a text file"),
            ("userId,movieId,rating\n1,2,3\n".encode("utf-16")[:-1], "no encoding"),
            ("userId,movieId,rating\n1,2,3\n".encode("utf-32"), "not a text file"),
            (content[:40] + b"\0\0\0" + content[40:], "not a text file|no encoding|not UTF-8|."),
            (b"", "empty"),
            (b"\xef\xbb\xbf \r\n\n", "empty"),
            (b"\x1f\x8b\x08\x08" + rng.randbytes(200), "."),
            (b"PAR1" + rng.randbytes(200) + b"PAR1", "."),
            (b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "single name"),
            (b'[{"userId": 1, "movieId": 2, "rating": 3}]', "not a table"),
            (b"x" * 200_000, "not a table"),
        ]
    )


# ---- where it lies -----------------------------------------------------------------------------


def pack(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def put(rng, folder, members):
    """Write the members into a folder or a zip archive; return its path."""
    folder.mkdir()
    if rng.random() < 0.4:
        for name, content in members.items():
            (folder / name).write_bytes(content)
        return folder
    where = rng.choice(["", "ml/", "a/b/", "ml\\", "../", "/etc/", "C:\\"])
    more = {"__MACOSX/._ratings.csv": b"\0", where + "README.txt": b"read me", "x/tags.csv": b"x"}
    packed = pack({where + name: content for name, content in members.items()} | more)
    (folder / "ml.zip").write_bytes(packed)
    return folder / "ml.zip"


def trap_archive(rng, path, content):
    """Write an archive that must not be read; return what must be said."""
    good = pack({"ratings.csv": content})
    at = good.index(b"PK\1\2")
    promise = (4_200_000_000).to_bytes(4, "little")
    two = pack({"a/ratings.csv": content, "b/Ratings.csv": content})
    bad, words = rng.choice(
        [
            (good[: rng.randrange(len(good))], "not a complete zip archive"),
            (good[:6] + b"\1" + good[7 : at + 8] + b"\1" + good[at + 9 :], "password"),
            (good[: at + 24] + promise + good[at + 28 :], "4.2 GB of text"),
            (good[: at + 16] + b"\0\0\0\0" + good[at + 20 :], "not a complete zip archive"),
            (pack({"movies.csv": content, "xl/workbook.xml": b"<x/>"}), "no ratings.csv"),
            (pack({"ratings.csv/": b""}), "no ratings.csv"),
            (pack({"inner.zip": good}), "no ratings.csv"),
            (two, "several tables of ratings"),
        ]
    )
    path.write_bytes(bad)
    return words


# ---- the property ------------------------------------------------------------------------------


def files_below(folder):
    stats = {path: path.stat() for path in folder.rglob("*")}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def load(path, around):
    """(ratings, movies, what was printed) or the refusal; either way nothing is left behind."""
    before, said = files_below(around), io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            data = load_dataset(path)
    except (ValueError, FileNotFoundError) as error:
        return error
    finally:
        assert files_below(around) == before
    return data.ratings, data.movies, said.getvalue()


def check_refusal(outcome, path, words):
    assert isinstance(outcome, ValueError | FileNotFoundError), f"misread in silence: {outcome}"
    message = str(outcome)
    assert str(path) in message
    assert re.search(words, message), f"{words!r} not in {message!r}"
    assert NEXT_STEP.search(message), message
    assert message.isprintable() and message[-1] == "." and len(message) < 400 + len(str(path)), (
        message
    )


@pytest.fixture
def around(tmp_path, monkeypatch):
    """An empty folder that holds the current folder, and the one for temporary files."""
    for name in ("here", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_table_loads_as_it_was_meant_however_it_is_written(batch, around):
    for number in range(FILES):
        rng = random.Random(batch * FILES + number)
        table, writing = Table(rng), Writing(rng)
        content = writing.encode(text := writing.text(table))
        path = around / f"{number}.{rng.choice(['csv', 'txt', 'dat'])}"
        path.write_bytes(content)
        outcome = load(path, around)
        assert not isinstance(outcome, Exception), (text, outcome)
        ratings, movies, said = outcome
        assert (movies["title"] == "movie " + movies["movieId"].astype(str)).all()
        assert set(movies["movieId"]) == set(ratings["movieId"])
        assert list(ratings.columns) == [name for name in table.header if name in table.meant]
        for name, cells in table.meant.items():
            got = ratings[name].tolist()
            assert got == cells and [*map(type, got)] == [*map(type, cells)], (name, text)
        legacy = not text.isascii() and content == text.encode("cp1252", "replace")
        assert ("Windows-1252" in said) == legacy


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_file_with_a_trap_is_refused_in_a_sentence_that_names_it(batch, around):
    for number in range(FILES):
        rng = random.Random(10**6 + batch * FILES + number)
        table, writing = Table(rng), Writing(rng)
        path = around / f"{number}.csv"
        if rng.random() < 0.7:
            words = rng.choice(TRAPS)(rng, table)
            text = writing.text(table)
            content, words = writing.encode(text), words(writing)
        elif rng.random() < 0.5:
            spoil = rng.choice([*SPOILS])
            writing.charset, words = "utf-8", SPOILS[spoil]
            text = writing.text(table, lambda lines: spoil(rng, writing, lines))  # noqa: B023
            content = text.encode()
        else:
            content, words = spoil_bytes(rng, b"userId,movieId,rating\n" + b"1,2,3\n" * 9)
        if content[:2] != b"PK" and rng.random() < 0.2:
            path = put(rng, around / f"folder-{number}", {"ratings.csv": content})
        else:
            path.write_bytes(content)
        check_refusal(load(path, around), path, words)


@pytest.mark.parametrize("batch", range(BATCHES // 2))
def test_both_tables_of_a_folder_or_an_archive_load_as_they_were_meant(batch, around):
    for number in range(FILES):
        rng = random.Random(2 * 10**6 + batch * FILES + number)
        table, writing = Table(rng), Writing(rng)
        ids = table.titled[: rng.randint(1, len(table.titled))]
        ids += rng.choice([[], ["123456789"], ["tt99"]])
        titles = [rng.choice(["", "Dumbo", "300", "Les Misérables", *AWKWARD]) for _ in ids]
        movies = Table(rng)
        movies.header = ["title", "movieId"]
        movies.rows = [[*row] for row in zip(titles, ids, strict=True)]
        beside = Writing(rng)
        members = {
            rng.choice(["ratings.csv", "Ratings.CSV"]): writing.encode(writing.text(table)),
            rng.choice(["movies.csv", "MOVIES.csv"]): beside.encode(beside.text(movies)),
        }
        path = put(rng, around / str(number), members)
        outcome = load(path, around)
        assert not isinstance(outcome, Exception), (members, outcome)
        at = table.header.index("movieId")
        rated, titled = as_meant([row[at] for row in table.rows], ids)
        assert outcome[0]["movieId"].tolist() == rated
        assert set(outcome[1]["movieId"]) == {*rated, *titled}
        assert outcome[1][: len(ids)].to_dict("list") == {
            "movieId": titled,
            "title": [title or "(no title)" for title in titles],
            "genres": ["(no genres listed)"] * len(ids),
        }


def test_titles_that_no_rated_movie_has_are_not_passed_over(around):
    for number in range(FILES):
        rng = random.Random(3 * 10**6 + number)
        table, writing, beside = Table(rng), Writing(rng), Writing(rng)
        other = rng.choice(["{}.0", "0{}", "x{}", " +{}"])
        movies = Table(rng)
        movies.header = ["movieId", "title"]
        movies.rows = [[other.format(name.strip("+")), "Dumbo"] for name in table.titled]
        members = {"ratings.csv": writing.encode(writing.text(table))}
        members["movies.csv"] = beside.encode(beside.text(movies))
        rated = {row[table.header.index("movieId")] for row in table.rows}
        if not rated & {row[0].strip() for row in movies.rows}:
            path = put(rng, around / str(number), members)
            check_refusal(load(path, around), path, "no rated movie has a title|more than once")


def test_an_archive_with_a_trap_is_refused_and_nothing_is_unpacked(around):
    for number in range(3 * FILES):
        rng = random.Random(4 * 10**6 + number)
        writing = Writing(rng)
        path = around / f"{number}.zip"
        words = trap_archive(rng, path, writing.encode(writing.text(Table(rng))))
        check_refusal(load(path, around), path, words)


@pytest.mark.parametrize("name", ["no.csv", "no folder", "no.zip", "no/ratings.csv", "[x].csv"])
def test_what_is_not_there_is_said_to_be_missing(around, name):
    outcome = load(around / name, around)
    assert isinstance(outcome, FileNotFoundError)
    check_refusal(outcome, around / name, "no file or folder")
