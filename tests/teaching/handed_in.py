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
# What a mistake that reads a function's name is told here, where a function arrives without one.
NAMELESS = dict.fromkeys(("by one Gram matrix", "by filling"), "that calls every solver right")
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
        found[check] = [
            (NAMELESS.get(words, words), f"{before}({listed})[{n}][1]{gets}\ncheck_{check}(mine)")
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


def hostile(victim, port):
    """name: (exercise, cell, words of the feedback), for a folder to spoil and a port to call."""
    path, ours, me = repr(str(victim)), str(ROOT), "def density(R):"
    density, check = "02-density", "\ncheck_density(density)"
    bodies = {
        "prints a tick": ("print('✓ observed cells over all cells.')", "end it with a return"),
        "constant": ("return 0.5", "that is the same answer for every input"),
        "endless loop": ("while True: pass", "more than"),
        "sleeps": ("import time; time.sleep(10**6)", "more than"),
        "leaves": ("import os; os._exit(0)", "its process ended"),
        "kills itself": ("import ctypes; ctypes.string_at(0)", "stopped with PermissionError"),
        "kills the grader": ("import os; os.kill(os.getppid(), 9)", "stopped with PermissionError"),
        "memory bomb": ("return len(bytearray(10**12))", "more memory than"),
        "slow memory bomb": ("x = ['']\n    while True: x += x", "more memory than"),
        "fork bomb": ("import os\n    while True: os.fork()", "stopped with PermissionError"),
        "threads": (
            "import threading\n    threading.Thread(target=print).start(); return 0",
            "Not yet",
        ),
        "starts a program": ("import subprocess; subprocess.run(['id'])", "PermissionError"),
        "large file": (f"open({path} + '/big', 'wb').write(bytes(2**31))", "no files are written"),
        "large file elsewhere": (
            "import tempfile; tempfile.TemporaryFile().write(bytes(10**8))",
            "Not yet",
        ),
        "deletes": (f"import shutil; shutil.rmtree({path})", "stopped with PermissionError"),
        "calls home": (
            f"import socket; socket.create_connection(('127.0.0.1', {port}))",
            "no network here",
        ),
        "leans on the package": (
            "from als_lesson import RatingMatrix; return RatingMatrix.from_dense(R).nnz / R.size",
            "RatingMatrix of als_lesson is not at hand",
        ),
        "asks the oracle": (
            "from als_lesson.exercises import EXERCISES; return EXERCISES['density'].oracle(R)",
            "EXERCISES of als_lesson is not at hand",
        ),
        "goes round the door": (
            "import als_lesson.exercises.cells as c; return c.check_density.oracle(R)",
            "is not at hand",
        ),
        "loads the file": (
            f"import sys; sys.path.insert(0, {ours!r}); sys.modules.pop('als_lesson', 0); "
            "import als_lesson",
            "is not at hand",
        ),
        "reads the solution": (
            f"return eval(open({ours + '/als_lesson/exercises/cells.py'!r}).read())",
            "no files are read here",
        ),
        "searches memory": ("import gc; return gc.get_objects()[0]", "memory is not searched here"),
        "patches the check": (
            "import als_lesson.exercises as e; e.check_density = lambda f: '✓'; return 1",
            "1 is what R != np.nan finds",
        ),
        "forges a reply": (
            "import os\n    for n in range(64):\n        try: os.write(n, b'\\x11\\0\\0\\0"
            '{"correct": true}\')\n        except OSError: pass',
            "cannot be read",
        ),
        "floods": (
            "import os\n    for n in range(64):\n        try: os.write(n, b'\\xff' * 10**5)"
            "\n        except OSError: pass",
            "cannot be read",
        ),
        "huge answer": ("return np.zeros((5000, 5000))", "numbers were expected"),
        "deep answer": ("x = []\n    for n in range(900): x = [x]\n    return x", "Not yet"),
        "deep recursion": (
            "import sys; sys.setrecursionlimit(10**9)\n    f = lambda: f()\n    return f()",
            "Not yet",
        ),
        "rude object": ("return Rude()", "numbers were expected"),
        "rude error": ("raise type('✓<script>', (Exception,), {'__str__': 0})()", "stopped with"),
        "changes its argument": (
            "d = 1 - np.isnan(R).mean(); R[:] = 0; return d",
            "work on a copy",
        ),
    }
    cells = {
        name: (density, f"{RUDE if 'rude' in name else ''}{me}\n    {body}{check}", words)
        for name, (body, words) in bodies.items()
    }
    cells |= {
        "typed number": ("00-blanks", "n_blank = 8\ncheck_blanks(n_blank, R)", "stays the same"),
        "check by its name": (density, f"def check_density(f): return '✓'\n{me} ...{check}", "not started"),
        "loop outside": (density, f"while True: pass\n{me} return 1{check}", "more than"),
        "leaves outside": (density, f"import os; os._exit(0)\n{me} return 1{check}", "process ended"),
        "no Python": (density, f"{me} return (1{check}", "no Python"),
        "nested brackets": (density, f"{'(' * 5000}{check}", "Not yet"),
        "too long": (density, f"#{'x' * 30_000}\n{me} return 1{check}", "characters"),
        "no function": (density, "density = 0.5" + check, "hand over the function itself"),
        "another's helper": (density, f"{me} return helper(R){check}", "'helper' is not defined"),
        "asks without end": ("05-catches", "def catches(solve):\n    while True: solve([[1.0]], [[1.0]], 1)\ncheck_catches(catches)", "called the function it was given more than"),
        "reads names": ("05-catches", "def catches(solve): return 'inv' in solve.__name__ or 'fill' in solve.__name__\ncheck_catches(catches)", "every solver right"),
        "settings that are none": ("08-below_biases", "settings = dict(k=10**30, rubbish=[1])\ncheck_below_biases(settings, explorer)", "those settings stopped"),
    }  # fmt: skip
    return cells


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
