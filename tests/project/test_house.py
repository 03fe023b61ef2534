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
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.glob("*.py"))}
MODULES = sorted(set(SOURCES) - {"__init__", "__main__"})

# Each line may import only from lines above it.
ORDER = [
    {"validate", "simulate", "split", "picture", "cholesky", "threads", "spark_session", "keys"},
    {"parse"},
    {"read", "download"},
    {"data"},
    {"matrix"},
    {"metrics"},
    {"ridge", "svd", "baselines"},
    {"kernels"},
    {"confidence"},
    {"model"},
    {"alternation"},
    {"als"},
    {"implicit", "sgd", "spark"},
    {"grid"},
    {"diagrams", "maps", "timings"},
    {"rate"},
    {"explore"},
]
RANK = {module: n for n, line in enumerate(ORDER) for module in line}


def imports(module):
    """(modules of ours, packages of others) that a module imports, anywhere in it."""
    ours, others = set(), set()
    for node in ast.walk(ast.parse(SOURCES[module])):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level == 1, f"{module} climbs out of the package"
            ours |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module)
        elif isinstance(node, ast.Import):
            others |= {alias.name for alias in node.names}
    absolute = {name for name in others if name.split(".")[0] == "als_lesson"}
    assert not absolute, f"{module} imports {absolute}; within the package, imports are relative"
    return ours, {name.split(".")[0] for name in others} - set(sys.stdlib_module_names)


# ---- who imports whom --------------------------------------------------------------------------


def test_every_module_has_its_place():
    assert set(MODULES) <= set(RANK)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module):
    for other in imports(module)[0]:
        assert RANK[other] < RANK[module], f"{module} must not import {other}"


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("validate", set()),
        ("simulate", set()),
        ("split", set()),
        ("matrix", {"validate"}),
        ("metrics", set()),
        ("ridge", set()),
        ("svd", {"matrix"}),
        ("baselines", {"matrix", "metrics"}),
        ("confidence", {"kernels", "metrics"}),
        ("model", {"confidence", "matrix", "metrics", "ridge"}),
        ("cholesky", set()),
        ("threads", set()),
        ("kernels", {"cholesky", "ridge", "threads"}),
        ("alternation", set()),
        ("als", {"alternation", "kernels", "matrix", "metrics", "model", "ridge"}),
        ("implicit", {"alternation", "confidence", "matrix", "model"}),
        ("grid", {"als", "matrix"}),
        ("sgd", {"alternation", "cholesky", "matrix", "metrics"}),
        ("spark", {"alternation", "model", "spark_session", "validate"}),
        ("spark_session", set()),
        ("picture", set()),
        ("diagrams", {"picture"}),
        ("maps", {"picture"}),
        ("timings", {"picture"}),
        ("keys", set()),
        ("rate", {"keys"}),
    ],
)
def test_a_module_knows_no_more_than_it_needs(module, allowed):
    assert imports(module)[0] <= allowed


@pytest.mark.parametrize("module", MODULES)
def test_each_outside_package_has_its_rooms(module):
    ours, others = imports(module)
    rooms = {
        "numpy": set(MODULES),
        "pandas": set(MODULES)
        - {
            "alternation",
            "cholesky",
            "confidence",
            "kernels",
            "threads",
            "diagrams",
            "maps",
            "picture",
            "rate",
            "ridge",
            "sgd",
            "spark_session",
            "svd",
            "timings",
        },
        "scipy": {"matrix", "svd"},
        "matplotlib": {"picture", "diagrams"},
        "numba": {"cholesky", "threads"},
        "llvmlite": {"cholesky"},
        "pyspark": {"spark", "spark_session"},
        "pyarrow": {"spark"},
        "tqdm": {"als", "grid", "download"},
        "pooch": {"download"},
        "requests": {"download"},
        "ipywidgets": {"explore", "rate"},
        "IPython": {"explore"},
    }
    for package in others:
        assert module in rooms.get(package, set()), f"{module} must not import {package}"
    if module != "explore":
        assert not ours & {"plots", "diagrams", "maps", "timings", "rate", "explore"}


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


def test_the_list_of_public_names_is_what_dir_shows():
    assert set(als_lesson.__all__) <= set(dir(als_lesson))
    assert not set(als_lesson.__all__) & set(MODULES)
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

FILES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}


@pytest.mark.parametrize("file", FILES)
def test_a_module_is_read_in_one_sitting(file):
    assert len(FILES[file].splitlines()) <= 240


@pytest.mark.parametrize("file", FILES)
def test_every_module_class_and_public_function_says_what_it_is(file):
    tree = ast.parse(FILES[file])
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{file}: {node.name}"


# The rooms of the two folders, and what they may import besides each other.
FOLDERS = {
    "checks": (set(), {"numpy"}),
    "explore": (
        set(MODULES) - {"spark", "spark_session", "sgd", "implicit"},
        {"numpy", "ipywidgets", "IPython", "matplotlib", "PIL", "traitlets"},
    ),
    "plots": ({"picture"}, {"numpy", "matplotlib"}),
    "ranking": ({"validate"}, {"numpy", "pandas", "scipy"}),
}


@pytest.mark.parametrize("file", [name for name in FILES if "/" in name])
def test_a_folder_knows_no_more_than_it_needs(file):
    allowed, outside = FOLDERS[file.split("/")[0]]
    for node in ast.walk(ast.parse(FILES[file])):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            names = {node.module} if node.module else {alias.name for alias in node.names}
            assert names <= allowed, f"{file} imports {names}"
        elif isinstance(node, ast.ImportFrom | ast.Import) and not getattr(node, "level", 0):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
            )
            packages = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
            assert packages <= outside, f"{file} imports {packages}"
