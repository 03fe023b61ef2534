"""A plan's minutes add up, and whatever it names is there to be found, and runs."""

import builtins
import dis
import re
import sys
from pathlib import Path

import pytest
from reading import NAMES, code_cells, read_text

ROOT = Path(__file__).resolve().parents[2]
TEACHING = ROOT / "teaching"
sys.path.insert(0, str(TEACHING))

import bank  # noqa: E402

PLANS = sorted(TEACHING.glob("plan_*.md"))
IDS = {question.id: question for question in bank.load()}
SESSION = re.compile(r"^## [^\n]*?: (\d+) minutes[^\n]*\n(.*?)(?=^## |\Z)", re.M | re.S)


def sections_of(name):
    """Heading -> (first line, source) of the code cells below it, for one notebook."""
    found, heading = {}, ""
    for cell in read_text(name).cells:
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^## (.+)$", cell.source, re.M):
                found[heading] = []
        elif cell.source.strip():
            found.setdefault(heading, []).append((cell.source.splitlines()[0], cell.source))
    return found


NOTEBOOKS = {name[:2]: sections_of(name) for name in NAMES}


def rows(table):
    """The rows of the first table in a text, each a dictionary by the names of its columns."""
    lines = re.search(r"(?:^\|.*\n)+", table, re.M)[0].splitlines()
    names, _, *body = ([cell.strip() for cell in line[1:-1].split("|")] for line in lines)
    assert all(len(row) == len(names) for row in body), names
    return [dict(zip(names, row, strict=True)) for row in body]


def sessions(text):
    """(minutes it says, rows) of everything in a plan that has minutes."""
    return [(int(minutes), rows(body)) for minutes, body in SESSION.findall(text)]


def named(text):
    """What a text names of notebooks: (number, heading or None, first lines or None for all)."""
    for number, rest in re.findall(r"\b(\d\d) › ([^|;\n]+)", text):
        sections = NOTEBOOKS.get(number, {})
        fitting = [one for one in sections if re.match(re.escape(one) + r"(?!\w)", rest)]
        heading = max(fitting, key=len, default=None)
        cells = rest[len(heading or "") :]
        yield number, heading, re.findall(r"`([^`]+)`", cells) if cells.startswith(": `") else None


def missing(text):
    """What a text names of notebooks and of the bank, and is not there."""
    for number, heading, lines in named(text):
        if heading is None:
            yield f"a section of {number}"
        else:
            yield from set(lines or []) - {line for line, _ in NOTEBOOKS[number][heading]}
    yield from set(re.findall(r"\b\d\d-(?!minute)[a-z][a-z-]*", text)) - set(IDS)


def names_in(code, inner=False):
    """Names that a cell's code, functions included, reads from outside, and those it makes."""
    read, made = set(), set()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            read.add(step.argval)
        elif step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            made |= set() if inner else {step.argval}
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            more, _ = names_in(constant, inner=True)
            read |= more
    return read, made


def unmade(plan):
    """Names that the cells a plan runs need, and no cell run before them makes."""
    made = {number: set(vars(builtins)) for number in NOTEBOOKS}
    for row in plan:
        if not re.search(r"run|hands", row["do"]) or "Your turn" in row["cells"]:
            continue
        for number, heading, lines in named(row["cells"]):
            for line, source in NOTEBOOKS[number][heading]:
                if lines is None or line in lines:
                    read, new = names_in(compile(source, line, "exec"))
                    yield from ((number, line, one) for one in read - made[number] - new)
                    made[number] |= new


def broken_links(path):
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        if not (path.parent / target).exists():
            yield target


def test_there_are_three_plans():
    assert [path.stem for path in PLANS] == ["plan_50_minutes", "plan_90_minutes", "plan_two_weeks"]


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_minutes_add_up(path):
    found = sessions(path.read_text(encoding="utf-8"))
    assert found
    for minutes, plan in found:
        assert sum(int(row["min"]) for row in plan) == minutes
        clock = 0
        for row in plan:
            assert int(row.get("at", clock)) == clock, row
            clock += int(row["min"])


@pytest.mark.parametrize("path", sorted(TEACHING.rglob("*.md")), ids=lambda path: path.stem)
def test_everything_named_is_there(path):
    assert not list(missing(path.read_text(encoding="utf-8")))
    assert not list(broken_links(path))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_each_vote_has_its_key_and_what_to_expect(path):
    text = path.read_text(encoding="utf-8")
    voted = set()
    for _, plan in sessions(text):
        for row in plan:
            if "vote" in row.get("do", ""):
                voted |= set(re.findall(r"\b\d\d-[a-z-]+", row["do"]))
    told = {row["question"]: row for row in rows(text.partition("## The votes")[2])}
    assert voted and voted <= set(told) and all("vote" in IDS[one].tags for one in told)
    for one, row in told.items():
        assert row["key"] == IDS[one].key and row["what draws the others"], one


@pytest.mark.parametrize("path", PLANS[:2], ids=lambda path: path.stem)
def test_every_step_is_spoken_of_and_lateness_is_planned(path):
    text = path.read_text(encoding="utf-8")
    ((_, plan),) = sessions(text)
    late = rows(text.partition("## When late")[2])
    starts = {row["what"]: int(row["at"]) for row in plan}
    for row in plan:
        assert f"**{row['what'].rstrip('?')}" in text or row["what"] == "Break", row["what"]
    for row in late:
        assert starts[row["you should be at"]] == int(row["by"]), row


@pytest.mark.parametrize("path", PLANS[:2], ids=lambda path: path.stem)
def test_the_named_cells_run_in_a_fresh_kernel(path):
    ((_, plan),) = sessions(path.read_text(encoding="utf-8"))
    assert not list(unmade(plan))


def test_a_cell_that_needs_another_is_noticed():
    row = {"do": "run", "cells": "04 › One number each: `lam = 0.1`"}
    assert {name for _, _, name in unmade([row])} == {"np", "R", "obs", "v", "guess"}


def test_homework_takes_the_minutes_that_notebooks_state():
    text = (TEACHING / "plan_two_weeks.md").read_text(encoding="utf-8")
    whole = re.findall(
        r"^\| (\d+) \| notebook (\d\d)(?: whole)?, with its exercises \|$", text, re.M
    )
    assert len(whole) >= 4
    for minutes, number in whole:
        (name,) = (one for one in NAMES if one.startswith(number))
        assert f"About {minutes} minutes." in read_text(name).cells[0].source, name


@pytest.mark.parametrize(
    "text",
    ["05 › The suspects", "05 › The suspect: `import nump`", "vote 05-zeros", "15 › The suspect"],
)
def test_a_wrong_name_is_noticed(text):
    assert list(missing(text)) and not list(missing("05 › The suspect: `import numpy as np`"))


def test_a_cell_named_by_its_first_line_is_one_cell():
    for path in PLANS[:2]:
        for number, heading, lines in named(path.read_text(encoding="utf-8")):
            firsts = [line for line, _ in NOTEBOOKS[number][heading]]
            assert all(firsts.count(line) == 1 for line in lines or []), (number, heading)


def test_the_notebooks_were_read():
    assert sum(map(len, NOTEBOOKS["05"].values())) == len(code_cells(read_text("05_find_the_slip")))
