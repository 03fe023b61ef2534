"""Hand-ins are graded: right ones, every known mistake and hostile ones, each cell of the table."""

import csv
import os
import re
import socket
from html import escape

import feedback
import grade
import handed_in
import pytest
import teach
from handed_in import EXERCISES, course, versions

FORMULA = "=1+1"


class Graded:
    """A folder of hand-ins, graded once: what was expected, and what came out."""

    def __init__(self, tmp):
        self.folder, self.classroom, self.victim = tmp / "in", tmp / "classroom", tmp / "victim"
        self.folder.mkdir(), self.victim.mkdir()
        (self.victim / "keep").write_text("me")
        self.door = socket.create_server(("127.0.0.1", 0))
        self.door.setblocking(False)
        self.points, self.words = {}, {}  # student: what is expected
        self.hand_in_right(), self.hand_in_mistakes(), self.hand_in_hostile()
        self.notes = handed_in.odd(self.folder)
        self.points |= dict.fromkeys(self.notes, set())

    def hand_in(self, student, answers, right=(), words=(), **options):
        """A student's folder, with the exercises expected to be right and words on others."""
        handed_in.write(self.folder / student, answers, **options)
        self.points[student], self.words[student] = set(right), dict(words)

    def hand_in_right(self):
        """All solutions; all without metadata; one renamed; one twice, first wrong."""
        solved = {id: one.solved for id, one in EXERCISES.items()}
        self.hand_in("Ana", solved, solved)
        self.hand_in("Ben, metadata lost", solved, solved, keep_metadata=False)
        key = course.build.nbformat.writes(versions.solved("04_derive_als")[0])
        (self.folder / "homework (1).ipynb").write_text(key, encoding="utf-8")
        self.points["homework (1)"] = {id for id in EXERCISES if id.startswith("04")}
        one = {"02-density": EXERCISES["02-density"].solved}
        self.hand_in(FORMULA, one, one)
        self.hand_in("twice", {"02-density": "def density(R): return 1"}, one)
        again = handed_in.notebook("02_pivot_to_a_matrix", one)
        (self.folder / "twice" / "again.ipynb").write_text(again, encoding="utf-8")
        (self.folder / "TWICE.ipynb").write_text(again, encoding="utf-8")
        self.points["TWICE"] = {*one}

    def hand_in_mistakes(self):
        """A student for the first known mistake of every exercise, one for the second, ...

        Every fourth of them, unless ALS_LESSON_EVERY_MISTAKE is set: `test_checks` tries all, and
        what is tried here is the way there and back.
        """
        known = handed_in.known_mistakes()
        step = 1 if os.environ.get("ALS_LESSON_EVERY_MISTAKE") else 4
        for n in range(0, max(map(len, known.values())), step):
            made = {
                id: known[one.check][n]
                for id, one in EXERCISES.items()
                if n < len(known.get(one.check, ()))
            }
            answers = {id: cell for id, (_, cell) in made.items()}
            self.hand_in(f"wrong {n}", answers, (), {id: words for id, (words, _) in made.items()})

    def hand_in_hostile(self):
        """A student for each hostile cell."""
        port = self.door.getsockname()[1]
        for name, id, cell, words in handed_in.hostile(self.victim, port):
            self.hand_in(name, {id: cell}, (), {id: words})

    def grade(self):
        """Grade all of it, as the command does."""
        course.CLASSROOM, before = self.classroom, course.CLASSROOM
        try:
            teach.main(["grade", str(self.folder)])
        finally:
            course.CLASSROOM = before
        with open(self.classroom / "grades.csv", encoding="utf-8-sig", newline="") as file:
            self.rows = list(csv.DictReader(file))
        return self


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All hand-ins, graded."""
    return Graded(tmp_path_factory.mktemp("class")).grade()


def test_the_table_is_right_in_every_cell(graded):
    assert len(graded.rows) >= 30
    assert [row["student"].lstrip("'") for row in graded.rows] == sorted(graded.points)
    columns = list(course.exercises())
    for row in graded.rows:
        right = graded.points[row["student"].lstrip("'")]
        for id in columns:
            expected = "" if id not in EXERCISES else str(int(id in right))
            assert row[id] == expected, (row["student"], id)
        assert row["total"] == str(len(right)) and row["of"] == str(len(EXERCISES))
        expected = graded.notes.get(row["student"], "")
        assert expected in row["note"] and bool(expected) == bool(row["note"])


def test_no_cell_of_the_table_is_a_formula(graded):
    text = (graded.classroom / "grades.csv").read_text("utf-8-sig")
    assert "'=1+1" in text
    for row in csv.reader(text.splitlines()):
        assert not [cell for cell in row if cell.startswith(grade.FORMULA)]


def test_every_page_says_what_the_check_saw(graded):
    pages = feedback.file_names([row["student"].lstrip("'") for row in graded.rows])
    assert len(set(map(str.casefold, pages))) == len(graded.rows)
    assert {*pages} == {path.name for path in (graded.classroom / "feedback").iterdir()}
    silent = []
    for row, page in zip(graded.rows, pages, strict=True):
        text = (graded.classroom / "feedback" / page).read_text(encoding="utf-8")
        assert "<script" not in text
        sections = dict(re.findall(r"<h2>([\w-]+): (.*)", text))
        for id, words in graded.words.get(row["student"].lstrip("'"), {}).items():
            if escape(words) not in sections[id]:
                silent.append((row["student"], id, words, sections[id]))
    assert not silent


def test_diagnoses_are_counted(graded):
    with open(graded.classroom / "diagnoses.csv", encoding="utf-8-sig", newline="") as file:
        said = [row for row in csv.DictReader(file) if row["exercise"] == "02-density"]
    assert sum(int(row["students"]) for row in said) == len(graded.rows)
    right = next(row for row in said if row["diagnosis"].startswith("observed cells over all"))
    assert int(right["students"]) == sum("02-density" in one for one in graded.points.values())


def test_hostile_ones_harm_nothing(graded):
    assert [(path.name, path.read_text()) for path in graded.victim.iterdir()] == [("keep", "me")]
    with pytest.raises(BlockingIOError):
        graded.door.accept()
