"""Pages from notebooks: what is stored in them, dressed for somebody who only reads."""

import ast
import re
import sys
import tomllib
from base64 import b64decode
from html import escape
from pathlib import Path

import terms

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "teaching"))

import course  # noqa: E402
import nbformat  # noqa: E402

NOTEBOOKS = ROOT / "notebooks"
PARTS = {  # of the course, by the number of their first notebook
    0: "A table with holes",
    4: "Alternating least squares",
    9: "A recommender",
    13: "Side rooms",
}
IMAGE = re.compile(r'(<img [^>]*)src="data:image/png;base64,([^"]+)"([^>]*>)')
GUESS = re.compile(r"guess(_\w+)?$")
CHECK = re.compile(r"^check_\w+\(", re.M)


def paths():
    """The notebooks, in order."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def short(stem):
    """A notebook's number and name, as the README's table has them."""
    readme = (ROOT / "README.md").read_text("utf-8")
    return re.search(rf"\[([^\]]+)\]\(notebooks/{stem}\.ipynb\)", readme)[1]


def said_owner():
    """What stands in pyproject.toml."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    return tools["als-lesson"]["repository"]


def owner():
    """OWNER/REPOSITORY as pyproject.toml says; empty until somebody fills it in."""
    said = said_owner().removesuffix("/")
    if said and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", said):
        sys.exit(
            f"pyproject.toml says repository = {said!r}, which is no address of a repository on "
            "GitHub. Write https://github.com/OWNER/REPOSITORY with your names, or nothing."
        )
    return said.removeprefix("https://github.com/")


def write(site):
    """Write a page for each notebook, and the notebook to take home in its versions."""
    for path in paths():
        notebook = nbformat.read(path, as_version=4)
        site.file(f"downloads/{path.name}", path.read_bytes())
        doors = launch(notebook, path.stem, site)
        offers = [
            ("notebook", f"downloads/{path.name}"),
            ("without solutions", without_solutions(path.stem, site)),
            *site.offers[path.stem],
        ]
        offers += [("PDF", f"downloads/{path.stem}.pdf")] if site.pdf else []
        dress(notebook, path.stem, site, offers, doors)
        part = PARTS[max(first for first in PARTS if first <= int(path.stem[:2]))]
        site.page(path.name, nbformat.writes(notebook), part, title=short(path.stem))


def without_solutions(stem, site):
    """Write a notebook without its solutions and outputs, as a class gets it; its address."""
    notebook = nbformat.from_dict({**course.read(stem)[0], "metadata": course.build.METADATA})
    address = f"downloads/{stem}_to_solve.ipynb"
    site.file(address, nbformat.writes(notebook) + "\n")
    return address


def launch(notebook, stem, site):
    """The doors to Binder and Colab, (words, address); none before somebody owns the course."""
    if not (who := owner()):
        return []
    install = nbformat.v4.new_code_cell(
        f"%pip install --quiet git+https://github.com/{who}", id="install"
    )
    whole = nbformat.from_dict({**notebook, "cells": [install, *notebook.cells]})
    site.file(f"colab/{stem}.ipynb", nbformat.writes(whole) + "\n")
    binder = f"https://mybinder.org/v2/gh/{who}/HEAD?urlpath=lab/tree/notebooks/{stem}.ipynb"
    colab = f"https://colab.research.google.com/github/{who}/blob/gh-pages/colab/{stem}.ipynb"
    return [("Binder", binder), ("Colab", colab)]


def dress(notebook, stem, site, offers, doors):
    """Turn a notebook into a page: a head, guesses to make, and where to go on."""
    title, _, rest = notebook.cells[0].source.partition("\n\n")
    minutes = minutes_of(notebook)
    notebook.cells[0].source = f"{title}\n\n{head(minutes, offers, doors)}\n\n{rest}"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = terms.mark(cell.source, stem).replace("](../README.md", "](index.md")
    notebook.cells[-1].source += f"\n\n[Questions on this notebook](questions/{stem[:2]}.md)"
    hang_pictures(notebook, stem, site)
    notebook.cells = ask(go_live(try_out(notebook.cells, offers, doors), site.live))


def minutes_of(notebook):
    """The minutes that a notebook says it takes."""
    return int(re.search(r"About (\d+) minutes", notebook.cells[0].source)[1])


def head(minutes, offers, doors):
    """The line below the title: minutes, downloads, and doors to places where it runs."""
    words = [f"<span>About {minutes} minutes</span>", f"<span>Download: {links(offers)}</span>"]
    words += [f"<span>Run it: {links(doors)}</span>"] if doors else []
    return f'<div class="lesson-head">{"".join(words)}</div>'


def links(pairs):
    """Links in HTML, with commas between them."""
    return ", ".join(f'<a href="{address}">{words}</a>' for words, address in pairs)


def hang_pictures(notebook, stem, site):
    """Take the pictures out of the outputs into files of their own, which open in full size."""
    count = 0

    def hang(match):
        nonlocal count
        count += 1
        name = f"figures/{stem[:2]}-{count}.png"
        site.file(name, b64decode(match[2]))
        return f'<a href="{name}" title="full size">{match[1]}src="{name}"{match[3]}</a>'

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = IMAGE.sub(hang, output.data["text/html"])


def try_out(cells, offers, doors):
    """Say at each exercise where it can be tried, in place of a check that nobody can ask here."""
    where = f"in JupyterLab ({links(offers[:1])}, <a href='index.html#start'>how to run it</a>)"
    where += f", or on {links(doors)}" if doors else ""
    for cell in cells:
        yield cell
        if cell.cell_type == "code" and CHECK.search(cell.source):
            cell.outputs = []
            yield raw(f'<p class="try-it">Try it {where}. The check says what it sees.</p>')


def go_live(cells, live):
    """Below the still of an explorer, link to the page where it moves."""
    awaited = None
    for cell in cells:
        yield cell
        for name in live:
            if cell.cell_type == "code" and f"{name}(" in cell.source:
                awaited = name
        shown = any("text/html" in output.get("data", {}) for output in cell.get("outputs", []))
        if awaited and shown:
            link = f'<a href="{live[awaited]}">Move it yourself</a>'
            yield raw(f'<p class="try-it">{link}, in your browser.</p>')
            awaited = None


def ask(cells):
    """Make a question of each prediction, and fold what answers it."""
    cells, dressed = list(cells), []
    closing = None  # the cell after which an open fold ends
    for place, cell in enumerate(cells):
        dressed.append(cell)
        if guesses := guesses_of(cell, cells[place - 1].source):
            closing = answered_by(cells[place + 1 :], set(guesses))
            dressed.append(raw(question(guesses, place, bool(closing))))
        if cell is closing:
            dressed.append(raw("</details>"))
            closing = None
    return dressed


def guesses_of(cell, before):
    """The guesses that a cell keeps, {name: (a hint, options)}; empty if it does more.

    They are found in the comment beside it, in what stands there, or in the text before.
    """
    if cell.cell_type != "code" or not cell.source.lstrip().startswith(("guess", "from")):
        return {}
    lines, found = cell.source.splitlines(), {}
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.Assign):
            names = [one.id for one in ast.walk(node.targets[0]) if isinstance(one, ast.Name)]
            said = lines[node.end_lineno - 1].partition("  # ")[2]
            if not all(map(GUESS.match, names)):
                return {}
            choices = options(said) or re.findall(r'`"([^"`]+)"`', before)
            hint = said if said and not choices else order(node.value)
            found |= dict.fromkeys(names, (hint, choices))
        elif not isinstance(node, ast.Expr | ast.ImportFrom):
            return {}
    return found


def answered_by(cells, names):
    """The first cell that uses one of the names, if no heading comes before it."""
    for cell in cells:
        if cell.cell_type == "markdown" and re.search(r"^#", cell.source, re.M):
            return None
        used = cell.cell_type == "code" and set(re.findall(r"\bguess\w*", cell.source)) & names
        if used:
            return cell
    return None


def question(guesses, number, folded):
    """Controls to answer with, and the fold that opens on the answer, if it comes soon."""
    controls = "".join(
        control(f"guess-{number}-{place}", name if len(guesses) > 1 else "guess", *said)
        for place, (name, said) in enumerate(guesses.items())
    )
    later = "" if folded else "<p>The answer comes further down.</p>"
    box = (
        f'<div class="prediction" role="group" aria-label="Your prediction">{controls}{later}</div>'
    )
    fold = '<details class="answer"><summary>Show what happens</summary><p class="said" hidden></p>'
    return box + fold if folded else box


def control(key, name, hint, choices):
    """A choice of options where the notebook names them, else a line to write on."""
    label = escape(", ".join(filter(None, ["Your guess", name[6:].replace("_", " "), hint])))
    if not choices:
        field = f'<input id="{key}" type="text" autocomplete="off">'
        return f'<p><label for="{key}">{label}</label> {field}</p>'
    buttons = "".join(
        f'<label><input type="radio" name="{key}" value="{escape(one)}"> {escape(one)}</label> '
        for one in choices
    )
    return f"<fieldset><legend>{label}</legend>{buttons}</fieldset>"


def order(value):
    """A hint for somebody who is to put names or whole numbers in order; else none."""
    listed = [getattr(one, "value", None) for one in getattr(value, "elts", [])]
    sortable = len(listed) > 2 and all(isinstance(one, str | int) for one in listed)
    return f"an order of {', '.join(map(str, sorted(listed)))}" if sortable else ""


def options(said):
    """What a comment such as ``"higher" or "lower"`` or ``1, 2 or 5`` leaves to choose from."""
    if "such as" in said:
        return []
    if quoted := re.findall(r'"([^"]+)"', said):
        return quoted
    if re.fullmatch(r"[\d.]+(, [\d.]+)* or [\d.]+", said):
        return re.findall(r"[\d.]+", said)
    if few := re.match(r"(\d)(?: \(\w+\))? to (\d)$", said):
        return [str(n) for n in range(int(few[1]), int(few[2]) + 1)]
    return []


def raw(html):
    """A cell of HTML."""
    return nbformat.v4.new_markdown_cell(html)
