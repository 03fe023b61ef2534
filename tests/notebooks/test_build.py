"""notebooks/src/build.py: a text becomes a notebook, or nothing changes."""

import importlib.util
from base64 import b64encode
from pathlib import Path

import nbformat
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "notebooks" / "src" / "build.py"
HEADER = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# try

"""


@pytest.fixture
def builder(tmp_path, monkeypatch):
    """The script, working in folders of its own."""
    spec = importlib.util.spec_from_file_location("build_notebooks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TEXTS", tmp_path)
    monkeypatch.setattr(module, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(module.os, "environ", dict(module.os.environ))
    return module


def write(builder, name, *cells):
    text = HEADER + "\n\n".join(f"```{{code-cell}}\n{cell}\n```" for cell in cells)
    (builder.TEXTS / f"{name}.md").write_text(text, encoding="utf-8")


def test_a_text_becomes_an_executed_notebook_the_same_bytes_each_time(builder):
    write(builder, "01_one", "1 + 1", "1 + 1", "import os; os.environ['ALS_LESSON_DATA']")
    builder.main([])
    built = builder.NOTEBOOKS / "01_one.ipynb"
    first = built.read_bytes()
    builder.main(["01"])
    assert built.read_bytes() == first and b"\r" not in first
    assert sorted(path.suffix for path in builder.TEXTS.iterdir()) == [".ipynb", ".md"]

    notebook = nbformat.read(built, as_version=4)
    assert [cell.outputs[0].data["text/plain"] for cell in notebook.cells[1:]] == [
        "2",
        "2",
        "'simulated'",
    ]
    assert len({cell.id for cell in notebook.cells}) == 4
    assert "version" not in notebook.metadata.language_info


@pytest.mark.parametrize(
    "cell, trouble",
    [
        ("1 / 0", "01_one.md, cell 2 fails:\n1 / 0\n\nZeroDivisionError"),
        ("import warnings; warnings.warn('mind')", "01_one.md, cell 2 writes to stderr:"),
        ("import os; os._exit(3)", "Kernel died"),
    ],
)
def test_trouble_is_reported_and_the_old_notebook_kept(builder, cell, trouble):
    built = builder.NOTEBOOKS / "01_one.ipynb"
    built.write_text("as it was")
    write(builder, "01_one", cell)
    with pytest.raises(SystemExit) as stop:
        builder.main([])
    assert trouble in str(stop.value)
    assert built.read_text() == "as it was"


def test_widgets_leave_what_reads_without_a_kernel(builder):
    write(
        builder,
        "01_one",
        "from tqdm.auto import tqdm\nfor _ in tqdm(range(3), desc='sweep'): pass",
        "import ipywidgets; ipywidgets.IntSlider(3)",
    )
    builder.main([])
    notebook = nbformat.read(builder.NOTEBOOKS / "01_one.ipynb", as_version=4)
    assert [cell.outputs[0].data for cell in notebook.cells[1:]] == [
        {"text/plain": "sweep: 100%|██████████| 3/3"},
        {"text/plain": "IntSlider(value=3)"},
    ]


def test_a_name_that_fits_no_text_is_an_error(builder):
    with pytest.raises(SystemExit, match="No text in notebooks/src starts with '99'"):
        builder.main(["99"])


def test_the_readme_shows_the_pictures_of_the_notebooks(builder):
    notebooks = SCRIPT.parents[1]
    readme = (notebooks.parent / "README.md").read_text(encoding="utf-8")
    for name, (file, beginning) in builder.PICTURES.items():
        stored = (notebooks / f"{name}.ipynb").read_text(encoding="utf-8")
        kept = b64encode((notebooks / "images" / file).read_bytes()).decode()
        assert f'alt=\\"{beginning}' in stored and kept in stored and f"images/{file}" in readme
