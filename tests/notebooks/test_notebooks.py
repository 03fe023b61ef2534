"""The notebooks keep the course's style, and are what their texts say."""

import ast
import re

import pytest
from jupytext.compare import compare_notebooks
from reading import NAMES, NOTEBOOKS, code_cells, exercises, outputs, read, read_text

REBUILD = "run: python3 lesson.py build"
FIGURE = re.compile(r'<img alt="([^"]*)"')
A_MACHINES_PATH = re.compile(r"/(home|Users|root|tmp)/|[A-Z]:\\+(Users|Windows)")

pytestmark = pytest.mark.parametrize("name", NAMES)


def sections(notebook):
    """The prose of a notebook in one string, without code spans, mathematics, links' targets."""
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    return re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)", " ", text, flags=re.S)


def test_the_notebook_is_what_its_text_says(name):
    assert (NOTEBOOKS / f"{name}.ipynb").exists(), REBUILD
    built, text = read(name), read_text(name)
    text.metadata = built.metadata
    compare_notebooks(built, text, fmt="md:myst", allow_expected_differences=True)
    pairs = zip(built.cells, text.cells, strict=True)
    assert all(one.source == other.source for one, other in pairs), REBUILD


def test_every_cell_was_run_in_order_and_without_trouble(name):
    cells = code_cells(read(name))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), REBUILD
    for cell in cells:
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds, cell.source
        for kind, text in outputs(cell):
            assert kind != "stderr" and "Warning" not in text, f"{cell.source}\n{text}"
            assert not A_MACHINES_PATH.search(text), text


def test_nothing_tells_where_it_was_written(name):
    notebook = read(name)
    assert "version" not in notebook.metadata.language_info, REBUILD
    for cell in notebook.cells:
        assert not A_MACHINES_PATH.search(cell.source), cell.source


def test_it_opens_with_what_the_learner_will_do_learn_and_need(name):
    title, *_ = opening = read(name).cells[0].source.splitlines()
    text = "\n".join(opening)
    assert re.match(r"# [a-z]", title), f"a title is lowercase and begins with a verb: {title}"
    assert "**What you'll do.**" in text and "**What you'll need.**" in text
    assert len(re.findall(r"^- ", text.partition("**What you'll learn**")[2], re.M)) == 3
    minutes = int(re.search(r"About (\d+) minutes\.$", text)[1])
    assert 15 <= minutes <= 45
    road = "\n".join(cell.source for cell in read(NAMES[0]).cells)
    entry = re.search(rf"^\| .*({name}\.ipynb|{name[:2]} start here).*\| (\d+) \|$", road, re.M)
    assert int(entry[2]) == minutes, f"{NAMES[0]} says {entry[0]}"


def test_it_closes_with_what_was_learned_practice_and_the_next(name):
    closing = read(name).cells[-1].source
    learned, _, practice = closing.partition("**In practice.**")
    assert "## What you learned" in learned and practice
    assert len(re.findall(r"^- ", learned, re.M)) == 3
    later = [other for other in NAMES if other > name]
    assert not later or f"]({later[0]}.ipynb)" in practice, "link to the next notebook"


def test_links_between_notebooks_lead_somewhere(name):
    prose = [cell for cell in read(name).cells if cell.cell_type == "markdown"]
    for cell in prose:
        for target in re.findall(r"\]\((?!https://|#)([^)#]+)", cell.source):
            assert (NOTEBOOKS / target).exists(), f"{name} links to {target}"


def test_cells_are_short_and_never_unexplained(name):
    cells = read(name).cells
    explained = False
    for cell in cells:
        if cell.cell_type == "code":
            assert explained, f"no prose before:\n{cell.source}"
        lines = [line for line in cell.source.splitlines() if line and not line.startswith("#")]
        explained = cell.cell_type == "markdown" and (explained or bool(lines))
    tried = {number for number, *_ in exercises(read(name))}
    lesson = [
        cell
        for n, cell in enumerate(cells)
        if cell.cell_type == "code" and n not in tried and not cell.source.startswith("guess")
    ]
    assert 10 <= len(lesson) <= 25
    for cell in code_cells(read(name)):
        lines = cell.source.splitlines()
        assert len(lines) <= 15, cell.source
        assert max(map(len, lines)) <= 100, cell.source


def test_code_hides_nothing(name):
    for cell in code_cells(read(name)):
        assert not re.search(r"^\s*[!%]|import \*|\bpip\b", cell.source, re.M), cell.source
        tree = ast.parse(cell.source)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
                assert names <= used, f"imported before it is used: {names - used}"


def test_a_cell_that_shows_nothing_defines_something(name):
    something = (ast.FunctionDef, ast.Assign)
    for cell in code_cells(read(name)):
        last = ast.parse(cell.source).body[-1]
        assert cell.outputs or isinstance(last, something), f"ends on nothing:\n{cell.source}"


def test_prose_has_no_filler(name):
    words = r"\b(simply|obviously|trivial\w*|of course|powerful|delve|leverag\w+|seamless\w*)\b"
    assert not re.findall(words, sections(read(name)), re.I)


def test_figures_say_what_they_show(name):
    alts = []
    for cell in code_cells(read(name)):
        for kind, text in outputs(cell):
            assert not kind.startswith("image/"), f"a figure without alt text:\n{cell.source}"
            if kind == "text/html":
                alts += FIGURE.findall(text)
                assert text.count("<img") == len(FIGURE.findall(text)), cell.source
    assert alts and all(len(alt) > 20 for alt in alts)
    assert "![]" not in "".join(cell.source for cell in read(name).cells)


def test_exercises_have_solutions(name):
    found = exercises(read(name))
    assert 2 <= len(found) <= 3
    for _, starter, solution in found:
        assert "..." in starter and solution, starter


def test_what_is_not_compared_has_a_reason(name):
    for cell in code_cells(read(name)):
        tags = cell.metadata.get("tags", [])
        assert not {"nbval-skip", "raises-exception"} & set(tags)
        assert not re.search(r"NBVAL_|PYTEST_VALIDATE", cell.source), f"use a tag:\n{cell.source}"
        if any(tag.startswith("nbval") for tag in tags):
            assert cell.metadata.get("reason"), f"say why in :reason:\n{cell.source}"
