"""Thirty hand-ins as a teacher may find them: right ones, every known mistake, and hostile ones."""

import ast
import inspect
import json
import os

import course
import test_checks
import versions
from reading import NOTEBOOKS

ROOT = NOTEBOOKS.parent
EXERCISES = {id: one for id, one in course.exercises().items() if one.check}
# Where an answer is a value: what a mistake, written as a function, gets in the cell.
GETS = {"blanks": "(R)", "prediction": "(U[2], V[3])", "choice": "(sweep())"}
# What is said in other words here: functions arrive without a name, and a value is no function.
SAID = dict.fromkeys(("by one Gram matrix", "by filling"), "that calls every solver right")
SAID_OF_A_VALUE = {"same answer for every input": "it stays the same when the table changes"}
STARTERS = {name: json.dumps(versions.plain(name)[0]) for name in course.names()}


# ---- the known mistakes, as cells ---------------------------------------------------------------


def known_mistakes():
    """check: [(words of its diagnosis, cell)], from the functions that the checks are tested on."""
    tree = ast.parse(inspect.getsource(test_checks))
    made = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            made[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            made.setdefault(node.targets[0].id, node)
    found = {}
    for pair in made.pop("WRONG").value.elts:
        check, listed = pair.elts[0].value, pair.elts[1]
        before = "\n".join(["import itertools, math", *_helpers(listed, made), "mine = "])
        listed, gets = ast.unparse(listed), GETS.get(check, "")
        said = SAID | (SAID_OF_A_VALUE if gets else {})
        found[check] = [
            (said.get(words, words), f"{before}({listed})[{n}][1]{gets}\ncheck_{check}(mine)")
            for n, (words, _) in enumerate(test_checks.WRONG[check])
        ]
    return found


def _helpers(node, made):
    """The sources of what an expression uses, and of what that uses, in the file's order."""
    needed, ask = set(), [node]
    while ask:
        for one in ast.walk(ask.pop()):
            name = getattr(one, "id", None)
            if name in made and name not in needed:
                needed.add(name)
                ask.append(made[name])
    return [ast.unparse(node) for name, node in made.items() if name in needed]


# ---- hostile cells ------------------------------------------------------------------------------

RUDE = """
class Rude:
    __class__ = property(lambda self: 1 / 0)
    def __getattr__(self, name): raise SystemExit
    def __eq__(self, other): raise SystemExit
    def __repr__(self): raise SystemExit
"""
# Bodies of density(R), and words of the feedback. VICTIM is a folder to spoil, PORT one to call.
BODIES = [
    ("prints a tick", "print('✓ observed cells over all cells.')", "end it with a return"),
    ("constant", "return 0.5", "that is the same answer for every input"),
    ("endless loop", "while True: pass", "more than"),
    ("sleeps", "import time; time.sleep(10**6)", "more than"),
    ("leaves", "import os; os._exit(0)", "its process ended"),
    ("kills itself", "import ctypes; ctypes.string_at(0)", "no system calls here"),
    ("kills the grader", "import os; os.kill(os.getppid(), 9)", "PermissionError"),
    ("memory bomb", "return len(bytearray(10**12))", "more memory than"),
    ("slow memory bomb", "x = ['']\n    while True: x += x", "more memory than"),
    ("fork bomb", "import os\n    while True: os.fork()", "PermissionError"),
    ("threads", "import threading\n    while True: threading.Thread(target=input).start()", "Not yet"),
    ("starts a program", "import subprocess; subprocess.run(['id'])", "no other programs here"),
    ("large file", "open('VICTIM/big', 'wb').write(bytes(2**31))", "no files are written"),
    ("large file elsewhere", "import tempfile; tempfile.TemporaryFile().write(bytes(10**8))", "No usable temporary directory"),
    ("deletes", "import shutil; shutil.rmtree('VICTIM')", "no files are changed here"),
    ("calls home", "import socket; socket.create_connection(('127.0.0.1', PORT))", "no network here"),
    ("leans on the package", "from als_lesson import RatingMatrix; return RatingMatrix.from_dense(R).nnz / R.size", "RatingMatrix of als_lesson is not at hand"),
    ("asks the oracle", "from als_lesson.exercises import EXERCISES; return EXERCISES['density'].oracle(R)", "EXERCISES of als_lesson is not at hand"),
    ("goes round the door", "import als_lesson.exercises.cells as c; return c.check_density.oracle(R)", "is not at hand"),
    ("loads the package", "import sys; sys.path.insert(0, 'COURSE'); sys.modules.pop('als_lesson', 0); import als_lesson", "is not at hand"),
    ("reads the solution", "return eval(open('COURSE/als_lesson/exercises/cells.py').read())", "no files are read here"),
    ("searches memory", "import gc; return gc.get_objects()[0]", "memory is not searched here"),
    ("patches the check", "import als_lesson.exercises as e; e.check_density = lambda f: '✓'; return 1", "1 is what R != np.nan finds"),
    ("forges a reply", "import os\n    for n in range(64):\n        try: os.write(n, b'\\x11\\0\\0\\0{\"correct\": true}')\n        except OSError: pass", "cannot be read"),
    ("floods", "import os\n    for n in range(64):\n        try: os.write(n, b'\\xff' * 10**5)\n        except OSError: pass", "cannot be read"),
    ("huge answer", "return np.zeros((5000, 5000))", "numbers were expected"),
    ("deep answer", "x = []\n    for n in range(900): x = [x]\n    return x", "numbers were expected"),
    ("deep recursion", "import sys; sys.setrecursionlimit(10**9)\n    f = lambda: f()\n    return f()", "Not yet"),
    ("rude object", "return Rude()", "numbers were expected"),
    ("rude error", "raise type('✓<script>', (Exception,), {'__str__': 0})()", "stopped with"),
    ("changes its argument", "d = 1 - np.isnan(R).mean(); R[:] = 0; return d", "work on a copy"),
]  # fmt: skip
# Whole cells: name, exercise, cell, words.
CELLS = [
    ("typed number", "00-blanks", "n_blank = 8\ncheck_blanks(n_blank, R)", "stays the same"),
    ("check by its name", "02-density", "def check_density(f): return '✓'\ndef density(R): ...\ncheck_density(density)", "not started"),
    ("loop outside", "02-density", "while True: pass\ncheck_density(0)", "more than"),
    ("leaves outside", "02-density", "import os; os._exit(0)\ncheck_density(0)", "its process ended"),
    ("no Python", "02-density", "def density(R): return (1\ncheck_density(density)", "no Python"),
    ("nested brackets", "02-density", "(" * 5000 + "\ncheck_density(density)", "no Python"),
    ("too long", "02-density", "#" + "x" * 30_000 + "\ncheck_density(density)", "characters"),
    ("no function", "02-density", "density = 0.5\ncheck_density(density)", "hand over the function itself"),
    ("another's helper", "02-density", "def density(R): return helper(R)\ncheck_density(density)", "has to stand in its own cell"),
    ("asks without end", "05-catches", "def catches(solve):\n    while True: solve([[1.0]], [[1.0]], 1)\ncheck_catches(catches)", "called the function it was given more than"),
    ("asks for too much", "05-catches", "def catches(solve): return solve(np.ones((1, 4)), np.ones((4, 500)), 1) is None\ncheck_catches(catches)", "too large for a small test"),
    ("settings that are none", "08-below_biases", "settings = dict(k=10**30, rubbish=[1])\ncheck_below_biases(settings, explorer)", "those settings stopped"),
]  # fmt: skip


def hostile(victim, port):
    """Name, exercise, cell and words of the feedback of every hostile cell."""
    places = {"VICTIM": victim.as_posix(), "PORT": str(port), "COURSE": ROOT.as_posix()}
    for name, body, words in BODIES:
        for place, value in places.items():
            body = body.replace(place, value)
        before = RUDE if "rude" in name else ""
        cell = f"{before}def density(R):\n    {body}\n\ncheck_density(density)"
        yield name, "02-density", cell, words
    yield from CELLS


# ---- the folder ---------------------------------------------------------------------------------


def notebook(name, answers, keep_metadata=True):
    """A student's notebook with answers in some exercises' cells: the text of the file."""
    made = json.loads(STARTERS[name])
    for cell in made["cells"]:
        said = cell["metadata"].get("als_lesson", {})
        if said.get("exercise") in answers:
            cell["source"] = answers[said["exercise"]]
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "✓ right."}]
        if not keep_metadata:
            cell["metadata"], cell["id"] = {}, f"cell-{cell['id']}"
    return json.dumps(made)


def write(folder, answers, **options):
    """A student's folder with a notebook for each that has answers."""
    folder.mkdir()
    for name in {EXERCISES[id].notebook for id in answers}:
        mine = {id: cell for id, cell in answers.items() if EXERCISES[id].notebook == name}
        (folder / f"{name}.ipynb").write_text(notebook(name, mine, **options), encoding="utf-8")


ODD = {  # file: (what is in it, a part of the note that the table gives)
    "not json.ipynb": ("{", "this is not JSON"),
    "no cells.ipynb": ('{"cells": {"0": 1}}', "there are no cells in it"),
    "deep.ipynb": ("[" * 10**5, "RecursionError"),
    "strange cells.ipynb": ('{"cells": [1, {"cell_type": "code", "source": [3]}]}', ""),
}


def odd(folder):
    """Add hand-ins that are hardly any; student: a part of the note that the table gives."""
    for name, (text, _) in ODD.items():
        (folder / name).write_text(text, encoding="utf-8")
    with open(folder / "vast.ipynb", "wb") as file:
        file.truncate(2 * 10**9)  # a hole: it takes no room on the disk
    (folder / "empty").mkdir()
    os.symlink(folder / "vast.ipynb", folder / "a link.ipynb")  # not followed
    notes = {name.removesuffix(".ipynb"): note for name, (_, note) in ODD.items()}
    vast = "2,000 MB; a notebook has at most 20"
    return notes | {"vast": vast, "empty": "no notebook in the folder"}
