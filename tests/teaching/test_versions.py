"""Notebooks for students hold no answers and run; the key holds every answer."""

import ast
import contextlib
import io
import re

import course
import nbformat
import pytest
import teach
import versions

NAMES = course.names()
FIELDS = "cell_type grade grade_id locked points schema_version solution task"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder classroom/ with both versions, made somewhere else."""
    folder, before = tmp_path_factory.mktemp("classroom"), course.CLASSROOM
    course.CLASSROOM = folder
    teach.main(["student"])
    teach.main(["key"])
    course.CLASSROOM = before
    return folder


def cells(folder, version, name):
    return nbformat.read(folder / version / f"{name}.ipynb", as_version=4).cells


def folded(name):
    """The text without what is folded away below an exercise, and that; read line by line."""
    kept, hidden, inside = [], [], False
    for line in (course.build.TEXTS / f"{name}.md").read_text(encoding="utf-8").splitlines():
        inside = inside or line == "<details><summary>Solution</summary>"
        (hidden if inside else kept).append(line)
        inside = inside and line != "</details>"
    return kept, [line for line in hidden if len(line) > 12 and "details>" not in line]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_solution_is_in_a_students_notebook(made, name):
    """Lines of the lesson may look like one of a solution; none comes from a solution."""
    kept, hidden = folded(name)
    lines = [line for cell in cells(made, "student", name) for line in cell.source.splitlines()]
    assert len(hidden) >= 2
    for line in hidden:
        assert lines.count(line) == kept.count(line), line


@pytest.mark.parametrize("name", NAMES)
def test_the_key_holds_every_line_of_every_solution(made, name):
    key = "\n".join(cell.source for cell in cells(made, "key", name))
    page = (made / "key" / "answers.md").read_text(encoding="utf-8")
    for line in folded(name)[1]:
        if line != "```python":
            assert line in key and line in page
    assert "<summary>Solution" not in key and "..." not in re.findall(r"^def .*\n +(\.\.\.)", key)


@pytest.mark.parametrize("version", ["student", "key"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_was_run_and_everything_else_is_as_in_the_text(made, version, name):
    found = cells(made, version, name)
    code = [cell for cell in found if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    exercises = [cell for cell in code if "als_lesson" in cell.metadata]
    text = course.build.read_text(course.build.TEXTS / f"{name}.md")
    same = [cell.source for cell in text.cells if cell.cell_type == "code"]
    ours = [cell.source for cell in code]
    differs = [one for one, other in zip(ours, same, strict=True) if one != other]
    assert differs == ([cell.source for cell in exercises] if version == "key" else [])


def test_exercises_have_an_id_and_points_and_nbgrader_takes_them(made):
    ids = []
    for name in NAMES:
        for cell in cells(made, "student", name):
            if "nbgrader" in cell.metadata:
                said = cell.metadata.nbgrader
                assert " ".join(sorted(said)) == FIELDS
                assert said.schema_version == 3 and said.cell_type == cell.cell_type
                assert said.grade and said.solution and not said.locked and not said.task
                assert re.fullmatch(r"[\w-]+", said.grade_id) and said.points >= 1
                assert cell.metadata.als_lesson == {
                    "exercise": said.grade_id,
                    "points": said.points,
                }
                ids.append(cell.id)
                assert cell.id == said.grade_id
    assert len(ids) == len(set(ids)) == 34 and ids == list(course.exercises())


def run_as_typed(code):
    """Run cells one after the other in one namespace; a last expression is evaluated and shown."""
    space = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in code:
            *body, last = ast.parse(source).body
            exec(compile(ast.Module(body, []), source, "exec"), space)
            if isinstance(last, ast.Expr):
                repr(eval(compile(ast.Expression(last.value), source, "eval"), space))
            else:
                exec(compile(ast.Module([last], []), source, "exec"), space)
    return space


@pytest.mark.parametrize("name", ["01_map_ids", "02_pivot_to_a_matrix"])
def test_a_students_notebook_runs_from_top_to_bottom_as_it_is(made, name):
    code = [cell.source for cell in cells(made, "student", name) if cell.cell_type == "code"]
    assert len(run_as_typed(code)) > 10


def test_teach_says_what_it_can_do(capsys):
    teach.main([])
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in teach.COMMANDS)
    with pytest.raises(SystemExit, match="teach has no command 'stundet'. It has: student, key"):
        teach.main(["stundet"])


def test_what_is_not_chosen_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "CLASSROOM", tmp_path)
    teach.main(["student", "04", "05"])
    assert sorted(path.stem[:2] for path in (tmp_path / "student").iterdir()) == ["04", "05"]
    assert versions.plain("04_derive_als")[0].cells[0].source.startswith("# derive")
