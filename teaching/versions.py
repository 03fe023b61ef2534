"""The notebooks without answers, for students, and the key beside them."""

import course
from course import build

HAND_IN = (
    "**What you hand in** is this notebook, under any name. Each exercise's cell is tried alone, "
    "on fresh inputs, after the notebook's own imports and functions: what your answer needs "
    "beyond those must stand in its cell. Write it yourself: `als_lesson` is not at hand there."
)


def plain(name):
    """A notebook as students get it, never run, and its exercises.

    A prediction's answer is what the next cell prints, and no output is stored. The prose below it
    stays, for the lesson goes on from there.
    """
    notebook, found = course.read(name)
    for cell in notebook.cells:
        if cell.source.startswith("## Your turn"):
            cell.source = cell.source.replace("## Your turn", f"## Your turn\n\n{HAND_IN}", 1)
    for one in found:
        cell = notebook.cells[one.cell]
        cell.id = one.id
        cell.metadata["als_lesson"] = {"exercise": one.id, "points": one.points}
        cell.metadata["nbgrader"] = {
            "cell_type": cell.cell_type,
            "grade": True,
            "grade_id": one.id,
            "locked": False,
            "points": one.points,
            "schema_version": 3,
            "solution": True,
            "task": False,
        }
    return notebook, found


def solved(name):
    """The same with every answer in its place, and what the text remarks about it."""
    notebook, found = plain(name)
    for one in reversed(found):
        notebook.cells[one.cell].source = one.solved
        if one.remark:
            remark = build.nbformat.v4.new_markdown_cell(one.remark, id=f"{one.id}-remark")
            notebook.cells.insert(one.cell + 1, remark)
    return notebook, found


def answers(found):
    """All answers on one page."""
    page = ["# Answers\n"]
    for one in found:
        body = f"```python\n{one.solution}\n```" if one.check else one.solution
        page.append(f"## {one.id} ({one.points})\n\n{body}\n")
        if one.remark:
            page.append(f"{one.remark}\n")
    return "\n".join(page)


def write(folder, version, chosen):
    """Write the chosen notebooks in one version; return their exercises."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = []
    for name in course.names(chosen):
        notebook, found = version(name)
        build.write(notebook, folder / f"{name}.ipynb")
        everything += found
    return everything


def student(chosen):
    """The notebooks without answers (all, or those named): classroom/student."""
    folder = course.CLASSROOM / "student"
    found = write(folder, plain, chosen)
    print(f"{len(course.names(chosen))} notebooks, {len(found)} exercises: {folder}")


def key(chosen):
    """The same with the answers in their places, and a page of them: classroom/key."""
    folder = course.CLASSROOM / "key"
    found = write(folder, solved, chosen)
    build.put(folder / "answers.md", answers(found))
    print(f"{len(course.names(chosen))} notebooks and answers.md: {folder}")
