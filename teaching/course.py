"""The course as a class needs it: each text as a notebook, each exercise with its id and points."""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# A grammar of web addresses, read for three seconds by what validates notebooks, and of no use here.
sys.modules.setdefault("rfc3987_syntax", None)

ROOT = Path(__file__).resolve().parents[1]
CLASSROOM = ROOT / "classroom"
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks" / "src")]

import build  # noqa: E402

from als_lesson.exercises import EXERCISES  # noqa: E402

FOLDED = re.compile(r"<details><summary>Solution</summary>\n*(.*?)\n*</details>\n*", re.S)
CALL = re.compile(r"^check_(\w+)\(.*\)$", re.M)
CODE = re.compile(r"```python\n(.*?)\n```\n*", re.S)
LOOK = "Decide first, then open the solution."
WRITE = "Write your answer below."
TO_ANSWER = "*Your answer, in two or three sentences:*"


@dataclass(frozen=True)
class Exercise:
    """One exercise of the course.

    Parameters
    ----------
    id : str
        The notebook's number and the check's name, such as "02-density"; "05-words-3" for the
        third exercise of notebook 05, which is answered in words.
    notebook : str
        The notebook's name, such as "02_pivot_to_a_matrix".
    cell : int
        The number of its cell in `versions.plain`.
    starter : str
        What the learner finds in the cell; empty where words are asked for.
    solution : str
        The code that goes into the starter, or the words.
    remark : str
        What the text says below the solution.
    """

    id: str
    notebook: str
    cell: int
    starter: str
    solution: str
    remark: str = ""

    @property
    def check(self):
        """The name of its check without ``check_``; empty where words are asked for."""
        call = CALL.search(self.starter)
        return call[1] if call else ""

    @property
    def points(self):
        """What it counts."""
        return EXERCISES[self.check].points if self.check in EXERCISES else 1

    @property
    def answers_with(self):
        """The name that the learner gives a meaning to: a function's, or a value's."""
        return _gap(self.starter)[0]

    @property
    def defined_by(self):
        """How: "def" for a function, "=" for a value."""
        return "def" if f"def {self.answers_with}(" in self.starter else "="

    @property
    def solved(self):
        """The cell with the solution in the starter's place."""
        if not self.starter:
            return f"**Answer.** {self.solution}"
        _, first, last = _gap(self.starter)
        lines = self.starter.splitlines()
        return "\n".join([*lines[: first - 1], self.solution, *lines[last:]])


def _gap(starter):
    """What a starter leaves open: the name, and the first and last line of its statement."""
    for node in ast.parse(starter).body:
        if isinstance(node, ast.FunctionDef) and _is_dots(node.body[-1]):
            return node.name, node.lineno, node.end_lineno
        if isinstance(node, ast.Assign) and _is_dots(node):
            return node.targets[0].id, node.lineno, node.end_lineno
    raise ValueError(f"This starter leaves nothing open:\n{starter}")


def _is_dots(node):
    value = getattr(node, "value", None)
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def read(name):
    """A text as a notebook without solutions, and the exercises in it.

    Folded solutions are taken out. Where words are asked for, a cell to write them in stands in
    their place.
    """
    notebook = build.read_text(build.TEXTS / f"{name}.md")
    cells, found = [], []
    for cell in notebook.cells:
        if cell.cell_type == "code" or not FOLDED.search(cell.source):
            cells.append(cell)
            continue
        *asked, rest = FOLDED.split(cell.source)  # text, solution, text, solution, ..., text
        for before, folded in zip(asked[::2], asked[1::2], strict=True):
            if before.strip():
                cells.append(_prose(before.replace(LOOK, WRITE), f"{cell.id}-asks"))
            if code := CODE.match(folded):
                check, remark = CALL.search(cells[-1].source)[1], folded[code.end() :]
                one = f"{name[:2]}-{check}", name, len(cells) - 1, cells[-1].source, code[1], remark
            else:
                number = re.findall(r"^\*\*(\d)\.\*\*", before, re.M)[-1]
                one = f"{name[:2]}-words-{number}", name, len(cells), "", folded
                cells.append(_prose(TO_ANSWER, one[0]))
            found.append(Exercise(*one))
        if rest.strip():
            cells.append(_prose(rest, f"{cell.id}-goes-on"))
    notebook.cells = cells
    return notebook, found


def _prose(text, id):
    """A cell of prose."""
    return build.nbformat.v4.new_markdown_cell(text.strip(), id=id)


def names(chosen=()):
    """The notebooks whose names start with one of those given, or all."""
    return [text.stem for text in build.choose(chosen)]


def exercises(chosen=()):
    """All exercises of the chosen notebooks, in order, by id."""
    return {one.id: one for name in names(chosen) for one in read(name)[1]}


def lessons():
    """What a cell finds at hand, by notebook: imports and functions of the lesson before it."""
    found = {}
    for name in names():
        notebook, exercises = read(name)
        tried = {one.cell for one in exercises}
        code, absent = [], set()
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type == "code" and number not in tried:
                for node in ast.parse(cell.source).body:
                    if _is_import_of_ours(node):
                        absent |= {alias.asname or alias.name for alias in node.names}
                    elif isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef):
                        code += [ast.unparse(node)] if "tqdm.auto" not in _modules(node) else []
        found[name] = {"lesson": code, "absent": sorted(absent)}
    return found


def _is_import_of_ours(node):
    return any(name.partition(".")[0] == "als_lesson" for name in _modules(node))


def _modules(node):
    """The modules that an import names; none for another statement."""
    if isinstance(node, ast.ImportFrom):
        return [node.module]
    return [alias.name for alias in getattr(node, "names", [])]


def modules(found):
    """What the lessons import from elsewhere."""
    code = "\n".join(line for one in found.values() for line in one["lesson"])
    return sorted({name for node in ast.parse(code).body for name in _modules(node)})
