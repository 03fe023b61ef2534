"""What was handed in: notebooks found in a folder, and in each the cells that hold answers.

A notebook is read as plain JSON, never run, and believed nothing: neither its name, nor its
outputs, nor that it is a notebook.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field

MEGABYTES = 20  # of a notebook; those of the course have under 2, pictures included
NOTEBOOKS = 45  # of one student
TRIES = 3  # cells for one exercise
CHECK = re.compile(r"^[^#\n]*\bcheck_(\w+)\(", re.M)
DEFINED = re.compile(r"^(?:def +(\w+) *\(|(\w+) *=[^=])", re.M)


@dataclass
class HandIn:
    """One student's work, as far as it can be told.

    Parameters
    ----------
    name : str
        The folder's or the file's name, without control characters.
    files : list of path
    answers : dict
        Exercise id to the sources of the cells found for it, at most `TRIES`.
    troubles : list of str
        What could not be read, and why.
    """

    name: str
    files: list
    answers: dict = field(default_factory=dict)
    troubles: list = field(default_factory=list)


def find(folder):
    """All hand-ins of a folder, not read yet: a subfolder each, and each loose notebook."""
    found = []
    for path in folder.iterdir():
        if path.is_symlink() or path.name.startswith("."):
            continue
        if path.is_dir():
            found.append(HandIn(plain(path.name), _notebooks_below(path)))
        elif path.suffix == ".ipynb":
            found.append(HandIn(plain(path.stem), [path]))
    return sorted(found, key=lambda one: (one.name, str(one.files)))


def _notebooks_below(folder):
    paths = sorted(folder.rglob("*.ipynb"))
    return [path for path in paths if ".ipynb_checkpoints" not in path.parts]


def plain(name):
    """A name on one line, without characters that steer a terminal or a spreadsheet."""
    name = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if unicodedata.category(c)[0] != "C" else "?" for c in name)[:120]


def read(one, exercises):
    """Fill in a hand-in's answers and troubles."""
    for path in one.files[:NOTEBOOKS]:
        try:
            for id, source in _answers(path, exercises):
                tries = one.answers.setdefault(id, [])
                if source not in tries and len(tries) < TRIES:
                    tries.append(source)
        except (ValueError, RecursionError, OSError, MemoryError) as error:
            words = str(error) if type(error) is ValueError else type(error).__name__
            one.troubles.append(f"{plain(path.name)}: {words}")
    if len(one.files) > NOTEBOOKS:
        one.troubles.append(f"{len(one.files)} notebooks; only the first {NOTEBOOKS} were read")
    if not one.files:
        one.troubles.append("no notebook in the folder")


def _answers(path, exercises):
    """(exercise id, source) of each cell of a notebook that holds an answer."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("this is no file, but a link or a device; hand in the notebook itself")
    size = path.stat().st_size
    if size > MEGABYTES * 10**6:
        raise ValueError(f"{size / 10**6:,.0f} MB; a notebook has at most {MEGABYTES}")
    try:
        notebook = json.loads(path.read_bytes())
    except ValueError:
        raise ValueError("no notebook: this is not JSON; save it again in Jupyter") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("no notebook: there are no cells in it; save it again in Jupyter")
    coded = [one for one in exercises.values() if one.check]
    checks = {one.check: one.id for one in coded}
    names = {(one.answers_with, one.defined_by): one.id for one in coded}
    known = [(_told(*cell, exercises, checks), *cell) for cell in map(_parts, cells)]
    found = {one[0] for one in known}
    for told, kind, source, _ in known:
        id = told or kind == "code" and _guessed(source, names)
        if id and (told or id not in found):  # a lesson's own cell may use an answer's name
            yield id, source


def _parts(cell):
    """Kind, source and claimed exercise of a cell, whatever stands in its place."""
    cell = cell if isinstance(cell, dict) else {}
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return cell.get("cell_type"), source if isinstance(source, str) else "", _claimed(cell)


def _claimed(cell):
    """The exercise that a cell's metadata name: the course's own, or nbgrader's."""
    metadata = cell.get("metadata")
    for key, name in (("als_lesson", "exercise"), ("nbgrader", "grade_id")):
        said = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(said, dict) and isinstance(said.get(name), str):
            return said[name]
    return None


def _told(kind, source, claimed, exercises, checks):
    """The exercise of a cell by the check that it calls, or else by its metadata."""
    if kind == "code":
        called = [checks[name] for name in CHECK.findall(source) if name in checks]
        if called:
            return called[-1]
    fits = claimed in exercises and bool(exercises[claimed].check) == (kind == "code")
    return claimed if fits else None


def _guessed(source, names):
    """The exercise whose name a cell defines: a function where one is asked for, or a value."""
    defined = [(f or v, "def" if f else "=") for f, v in DEFINED.findall(source)]
    return next((names[one] for one in reversed(defined) if one in names), None)
