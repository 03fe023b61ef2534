"""How the package hangs together: one-way imports, short modules, documented names."""

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import als_lesson

PACKAGE = Path(als_lesson.__file__).parent
FILES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = sorted(
    name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for name in FILES
    if name not in ("__init__.py", "__main__.py")
)

# Imports run one way, explore -> models -> solvers -> metrics -> data; plots serves explore, and
# exercises stands alone.
ROOMS = {
    "data": set(),
    "metrics": {"data"},
    "solvers": {"data", "metrics"},
    "models": {"data", "metrics", "solvers"},
    "plots": set(),
    "explore": {"data", "metrics", "solvers", "models", "plots"},
    "exercises": set(),
}
# Outside packages that only some rooms, or some files, may know.
ONLY_IN = {
    "numba": ("solvers/",),
    "llvmlite": ("solvers/",),
    "pyspark": ("models/spark",),
    "pyarrow": ("models/spark",),
    "ipywidgets": ("explore/",),
    "matplotlib": ("plots/", "explore/"),
    "pooch": ("data/",),
}


def imported(file, source):
    """Every module that a file imports, anywhere in it and in whatever form, by its full name."""
    package = ["als_lesson", *file.split("/")[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def trespasses(file, source):
    """Imports that the rule forbids, as sentences."""
    room = file.split("/")[0]
    for name in imported(file, source):
        top, _, rest = name.partition(".")
        if top == "als_lesson" and room in ROOMS:
            other = rest.split(".")[0]
            if other != room and other not in ROOMS[room]:
                yield f"{file} must not import {name}"
        elif not file.startswith(ONLY_IN.get(top, "")):
            yield f"{file} must not import {top}"


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
    ],
)
def test_the_rule_sees_a_trespass_in_every_form(file, line):
    assert list(trespasses(file, line))


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
