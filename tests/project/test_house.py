"""How the package hangs together: one-way imports, short functions, documented names."""

import ast
import doctest
import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from house import FILES, PAGE, ROOMS, ROOT, cells, redraw, rooms_of, trespasses

import als_lesson

MODULES = sorted(
    name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for name in FILES
    if name not in ("__init__.py", "__main__.py")
)
LONGEST = 46  # lines of a function's body: more is more than one idea
NOTEBOOKS_USE = {"als_lesson", "als_lesson.plots", "als_lesson.exercises"}


# ---- who imports whom --------------------------------------------------------------------------


def test_nothing_lies_flat_beside_the_rooms():
    assert {name.split("/")[0] for name in FILES} == {*ROOMS, "__init__.py", "__main__.py"}


@pytest.mark.parametrize("file", FILES)
def test_imports_run_one_way(file):
    assert not list(trespasses(file, FILES[file]))


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("data/load.py", "from ..models import als"),
        ("data/load.py", "from ..models.als import fit_als"),
        ("metrics/ratings.py", "import als_lesson.solvers"),
        ("models/als.py", "def fit():\n    from ..explore.dashboard import Dashboard"),
        ("exercises/toy.py", "from als_lesson import plots"),
        ("models/sgd.py", "import numba"),
        ("plots/fits.py", "from ipywidgets import HTML"),
        ("models/als.py", "from pyspark.sql import SparkSession"),
        ("metrics/ranking.py", "from .. import fit_als"),
    ],
)
def test_the_rule_sees_a_trespass_in_every_form(file, line):
    assert list(trespasses(file, line))


def test_no_room_is_reached_in_a_circle():
    def below(room, seen=()):
        assert room not in seen, seen
        return {room}.union(*(below(other, (*seen, room)) for other in ROOMS[room]))

    assert set().union(*map(below, ROOMS)) == set(ROOMS)


def outside(code):
    """Modules of ours that a notebook's cell imports from, past the doors it should use."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "als_lesson":
            yield from {node.module} - NOTEBOOKS_USE
            if node.module == "als_lesson":
                public = {*als_lesson.__all__, "plots", "exercises"}
                yield from {alias.name for alias in node.names} - public
        elif isinstance(node, ast.Import):
            ours = {one.name for one in node.names if one.name.split(".")[0] == "als_lesson"}
            yield from ours - NOTEBOOKS_USE


def test_notebooks_come_in_by_three_doors():
    found = list(cells())
    assert len({name for name, _ in found}) > 10 and any(list(rooms_of(*one)) for one in found)
    for name, code in found:
        assert not list(outside(code)), name


@pytest.mark.parametrize(
    "line",
    [
        "from als_lesson.models.als import fit_als",
        "import als_lesson.solvers",
        "from als_lesson import solvers",
        "from als_lesson.plots.picture import Picture",
    ],
)
def test_another_door_is_noticed(line):
    assert list(outside(line)) and not list(outside("from als_lesson import fit_als"))


def test_the_picture_in_contributing_is_what_the_imports_say():
    page = PAGE.read_text(encoding="utf-8")
    assert "```mermaid\n" in page
    assert redraw(page) == page, "run: python3 tests/project/house.py"


def loaded_by(program):
    """Packages that a fresh interpreter has loaded after a program."""
    program += "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", program]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_is_instant_because_it_loads_nothing():
    heavy = {"numpy", "scipy", "pandas", "matplotlib", "ipywidgets", "numba", "pooch", "tqdm"}
    assert not loaded_by("import als_lesson") & heavy


def test_fitting_loads_no_widgets_no_figures_and_no_compiler():
    program = "from als_lesson import RatingMatrix, fit_als, fit_implicit, fold_in, fit_biases"
    loaded = loaded_by(program)
    assert "numpy" in loaded
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "numba", "pooch", "pyspark"}


# ---- the public names --------------------------------------------------------------------------


@pytest.mark.parametrize("modules_first", [False, True])
def test_every_public_name_resolves_in_either_order(modules_first):
    """A module that shares its name with a function would hide it, or be hidden by it."""
    names, modules = sorted(als_lesson.__all__), [f"als_lesson.{module}" for module in MODULES]
    program = f"""
import importlib, als_lesson
def load_modules():
    for module in {modules}:
        importlib.import_module(module)
def load_names():
    return [getattr(als_lesson, name).__name__ for name in {names}]
if {modules_first}:
    load_modules()
first = load_names()
load_modules()
assert first == load_names() == {names}, first
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'fit_asl'"):
        als_lesson.fit_asl  # noqa: B018


@pytest.mark.parametrize("name", als_lesson.__all__)
def test_every_public_name_is_documented_with_a_short_example(name):
    text = inspect.getdoc(getattr(als_lesson, name))
    assert text.split("\n\n")[0].strip()
    if name == "Step":
        return  # what als_steps yields; the example stands there
    assert "Examples\n--------" in text
    assert 1 <= len(doctest.DocTestParser().get_examples(text)) <= 5


@pytest.mark.parametrize("name", [n for n in als_lesson.__all__ if n[0].islower()])
def test_every_public_function_documents_its_parameters(name):
    function = getattr(als_lesson, name)
    text, names = inspect.getdoc(function), list(inspect.signature(function).parameters)
    if names:
        documented = text.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
        named = [
            part.strip()
            for line in documented.splitlines()
            if not line.startswith(" ")
            for part in line.partition(" :")[0].split(",")
        ]
        assert sorted(named) == sorted(names)


# ---- the modules -------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_every_module_class_and_public_function_says_what_it_is(file):
    tree = ast.parse(FILES[file])
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{file}: {node.name}"


def longest_body(source):
    """(lines, name) of the longest function, its docstring left out."""
    bodies = [
        (node.body[ast.get_docstring(node) is not None :], node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lines = [(body[-1].end_lineno - body[0].lineno + 1, name) for body, name in bodies if body]
    return max(lines, default=(0, ""))


@pytest.mark.parametrize("file", FILES)
def test_functions_are_short(file):
    lines, name = longest_body(FILES[file])
    assert lines <= LONGEST, f"{file}: {name} has {lines} lines"


@pytest.mark.parametrize("path", sorted(ROOT.glob("teaching/*.py")), ids=lambda path: path.name)
def test_what_makes_a_class_is_written_like_the_package(path):
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)) and longest_body(source)[0] <= LONGEST


def test_lines_are_counted_without_the_docstring():
    source = "def f():\n    'one'\n    a = 1\n\n    return a\n\ndef g(): return 1\n"
    assert longest_body(source) == (3, "f")
    assert longest_body("def f():\n    'only this'") == (0, "")


# ---- habits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("habit", [["format", "--check"], ["check"]])
def test_ruff_has_nothing_to_say(habit):
    ruff = shutil.which("ruff", path=Path(sys.executable).parent) or "ruff"
    done = subprocess.run(
        [ruff, *habit, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_tables_are_laid_out_by_hand():
    for path in [*ROOT.glob("*.py"), *ROOT.glob("[abnt]*/**/*.py")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "# fmt: " + "skip" in line or "# fmt: " + "off" in line:
                assert line.rstrip().startswith(("    [", "]", "    (")), f"{path}: {line}"
