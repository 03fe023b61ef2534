"""Grades for a folder of handed-in notebooks: a table, and a page for every student.

Answers are tried by the course's own checks on fresh random inputs (`judging`), each in a process
of its own (`answering`) that is held in by the system (`limits`). Nothing that a notebook says
about itself is believed: no name, no output, no printed ✓.

What this does not protect against: an answer copied from somebody else, from the key or from the
course's pages; one person's work under another's name; a fault in the kernel, in Python or in
NumPy that lets a process out. Where the system offers no Landlock and no filter of system calls
(Windows, macOS, old Linux), files, network and processes are refused from inside Python only,
which somebody who sets out to can get around; and memory is not limited on macOS and Windows. Then
grade on a machine, or an account, that has nothing to lose. Answers in words are for you to read.
"""

import csv
import os
import secrets
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from multiprocessing import get_context
from pathlib import Path

import course
import feedback
import handins
import judging
from tqdm.auto import tqdm

from als_lesson.exercises import check_below_biases
from als_lesson.exercises.verdict import Verdict, shorten

AT_ONCE = min(os.cpu_count() or 2, 8)
MISSING = Verdict(False, "no cell for it was handed in")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a spreadsheet knows one


@dataclass(frozen=True)
class Mark:
    """What came of one exercise of one hand-in; words that a teacher has to read have no verdict."""

    verdict: Verdict | None
    points: int
    words: str = ""


# ---- settings of an explorer --------------------------------------------------------------------


@cache
def _explored(source):
    """What notebook 08 splits, and a maker of its explorer."""
    from als_lesson import explore_k_and_lambda, load_dataset, split_ratings

    with redirect_stdout(StringIO()):
        pool, _ = split_ratings(load_dataset(source).ratings, 0.15, seed=100)
    train, held_out = split_ratings(pool, 0.2, seed=0)
    return lambda: explore_k_and_lambda(train, held_out, n_iter=10)


def judge_settings(settings):
    """The check of notebook 08, on simulated ratings; if they fail, on those this machine reads."""
    for source in ("simulated", "auto"):
        verdict = check_below_biases(settings, _explored(source)())
        if verdict.correct:
            break
    return verdict


# ---- all hand-ins -------------------------------------------------------------------------------


def judge_all(found, exercises):
    """The marks of every hand-in, by exercise id, and the guards that were in force."""
    seed = secrets.randbelow(2**31)  # the same inputs for everybody
    jobs = {}  # the same cell handed in twice is tried once
    for one in found:
        for id, tries in one.answers.items():
            if exercises[id].check:
                jobs |= {(id, source): None for source in tries}
    guards, lessons = [], course.lessons()
    begin = judging.begin, (lessons, course.modules(lessons))
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn"), *begin) as pool:
        futures = {
            pool.submit(judging.verdict, exercises[id], source, seed): (id, source)
            for id, source in jobs
        }
        for future in tqdm(as_completed(futures), total=len(futures), desc="answers", leave=False):
            jobs[futures[future]], in_force = future.result()
            guards = in_force or guards
    for job, verdict in jobs.items():
        if not isinstance(verdict, Verdict):
            jobs[job] = judge_settings(verdict)
    return [_marks(one, exercises, jobs) for one in found], guards


def _marks(one, exercises, verdicts):
    """A hand-in's marks; of several cells for an exercise the best counts."""
    marks = {}
    for id, exercise in exercises.items():
        tries = one.answers.get(id, [])
        if not exercise.check:
            words = "\n\n".join(tries).replace(course.TO_ANSWER, "").strip()
            marks[id] = Mark(None, 0, shorten(words, 2000))
            continue
        every = [verdicts[id, source] for source in tries]
        best = max(every, key=lambda verdict: verdict.correct, default=MISSING)
        marks[id] = Mark(best, exercise.points if best.correct else 0)
    return marks


# ---- the table ----------------------------------------------------------------------------------


def harmless(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def rows(found, exercises, everybody):
    """The table, its heading first: a row for each hand-in, a column for each exercise."""
    counted = [id for id, one in exercises.items() if one.check]
    yield ["student", "files", *exercises, "total", "of", "note"]
    of = sum(exercises[id].points for id in counted)
    for one, marks in zip(found, everybody, strict=True):
        points = [marks[id].points if exercises[id].check else "" for id in exercises]
        total = sum(marks[id].points for id in counted)
        files = "; ".join(handins.plain(path.name) for path in one.files[:3])
        files += f" and {len(one.files) - 3} more" if len(one.files) > 3 else ""
        note = "; ".join(one.troubles)
        yield [harmless(one.name), harmless(files), *points, total, of, harmless(note)]


def write_table(path, table):
    """Write the table as UTF-8 that spreadsheets recognize."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    course.build.put(path, "\ufeff" + text.getvalue())


def diagnoses(exercises, everybody):
    """What the checks said how often, the most frequent first: with what to begin next time."""
    yield ["exercise", "students", "diagnosis"]
    for id, exercise in exercises.items():
        if exercise.check:
            said = Counter(marks[id].verdict.message for marks in everybody)
            yield from ([id, times, harmless(words)] for words, times in said.most_common())


# ---- the command --------------------------------------------------------------------------------


def grade(arguments):
    """Grade the hand-ins of a folder: classroom/grades.csv and classroom/feedback."""
    folder = Path(arguments[0]) if arguments else None
    if folder is None or not folder.is_dir():
        sys.exit("Name the folder with what was handed in: teach grade FOLDER [NN ...]")
    found = handins.find(folder)
    if not found:
        sys.exit(f"{folder} holds no notebook (*.ipynb) and no folder with some.")
    exercises = course.exercises(arguments[1:])
    for one in found:
        handins.read(one, exercises)
    if not arguments[1:]:  # the notebooks of which anybody handed in an answer
        touched = {exercises[id].notebook for one in found for id in one.answers}
        exercises = {id: one for id, one in exercises.items() if one.notebook in touched}
    everybody, guards = judge_all(found, exercises)
    course.CLASSROOM.mkdir(exist_ok=True)
    write_table(course.CLASSROOM / "grades.csv", rows(found, exercises, everybody))
    write_table(course.CLASSROOM / "diagnoses.csv", diagnoses(exercises, everybody))
    feedback.write(course.CLASSROOM / "feedback", found, exercises, everybody)
    print(f"{len(found)} hand-ins, {len(exercises)} exercises: {course.CLASSROOM / 'grades.csv'}")
    print(f"What was seen how often: {course.CLASSROOM / 'diagnoses.csv'}")
    print(f"A page for each: {course.CLASSROOM / 'feedback'}")
    print(f"Answers were held in by: {', '.join(guards) or 'nothing, for none was tried'}.")
    if "Landlock" not in guards and guards:
        print(
            "This system has no Landlock: files and network were refused from inside Python only. "
            "Grade strangers' work on a machine that has nothing to lose."
        )
