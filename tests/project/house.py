"""The house as its imports draw it: ``python3 tests/project/house.py`` redraws CONTRIBUTING.md.

Imports run one way, explore -> models -> solvers -> metrics -> data; plots serves explore and the
notebooks, and exercises stands alone.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE, PAGE, TEXTS = ROOT / "als_lesson", ROOT / "CONTRIBUTING.md", ROOT / "notebooks" / "src"
ROOMS = {  # and what each may import; the one table of this rule
    "explore": {"models", "solvers", "metrics", "data", "plots"},
    "models": {"solvers", "metrics", "data"},
    "solvers": {"metrics", "data"},
    "metrics": {"data"},
    "data": set(),
    "plots": set(),
    "exercises": set(),
}
ONLY_IN = {  # outside packages that only some rooms, or some files, may know
    "numba": ("solvers/",),
    "llvmlite": ("solvers/",),
    "pyspark": ("models/spark",),
    "pyarrow": ("models/spark",),
    "ipywidgets": ("explore/",),
    "matplotlib": ("plots/", "explore/"),
    "pooch": ("data/",),
}
FILES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported(file, source):
    """Every name that a file imports, anywhere in it and in whatever form, in full."""
    package = ["als_lesson", *file.split("/")[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms_of(file, source):
    """The rooms of ours that a file takes things from; a public name counts as its room's."""
    (homes,) = re.findall(r"^_HOME = (\{.*?^\})", FILES["__init__.py"], re.M | re.S)
    homes = ast.literal_eval(homes)
    for name in imported(file, source):
        top, *inner = name.split(".")
        if top == "als_lesson" and inner:
            yield homes.get(inner[0], inner[0]).split(".")[0]


def trespasses(file, source):
    """Imports that the rule forbids, as sentences."""
    room = file.split("/")[0]
    if room in ROOMS:
        for other in set(rooms_of(file, source)) - ROOMS[room] - {room}:
            yield f"{file} must not import from {other}"
    for name in imported(file, source):
        if not file.startswith(ONLY_IN.get(name.split(".")[0], "")):
            yield f"{file} must not import {name}"


def cells():
    """The code of every notebook, from its text."""
    for path in sorted(TEXTS.glob("[0-9][0-9]_*.md")):
        text = path.read_text(encoding="utf-8")
        for cell in re.findall(r"^```\{code-cell\}.*?\n(?::.*\n)*(.*?)^```", text, re.M | re.S):
            yield path.stem, cell


def picture():
    """The rooms as a flowchart in Mermaid's words: an arrow where one imports from another."""
    lines = ["flowchart TD", "    notebooks"]
    arrows = {("notebooks", room) for name, cell in cells() for room in rooms_of(name, cell)}
    for room in ROOMS:
        inside = {file: text for file, text in FILES.items() if file.startswith(f"{room}/")}
        arrows |= {(room, other) for file in inside for other in rooms_of(file, inside[file])}
        said = ast.get_docstring(ast.parse(inside.pop(f"{room}/__init__.py"))).splitlines()[0]
        names = ", ".join(Path(file).stem for file in inside)
        lines.append(f'    {room}["<b>{room}</b><br/>{said}<br/><i>{names}</i>"]')
    lines += [f"    {one} --> {other}" for one, other in sorted(arrows) if one != other]
    return "\n".join(lines)


def redraw(page):
    """The page with its picture drawn anew."""
    return re.sub(r"(?<=```mermaid\n).*?(?=\n```)", lambda _: picture(), page, flags=re.S)


if __name__ == "__main__":
    PAGE.write_text(redraw(PAGE.read_text("utf-8")), encoding="utf-8", newline="\n")
