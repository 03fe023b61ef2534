"""A plan's minutes add up, and whatever it names is there to be found."""

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
    """Heading -> first lines of the code cells below it, for one notebook."""
    found, heading = {}, ""
    for cell in read_text(name).cells:
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^## (.+)$", cell.source, re.M):
                found[heading] = []
        elif cell.source.strip():
            found.setdefault(heading, []).append(cell.source.splitlines()[0])
    return found


NOTEBOOKS = {name[:2]: sections_of(name) for name in NAMES}


def rows(table):
    """The rows of the first table in a text, each a dictionary by the names of its columns."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    names, _, *body = ([cell.strip() for cell in line[1:-1].split("|")] for line in lines)
    assert all(len(row) == len(names) for row in body), names
    return [dict(zip(names, row, strict=True)) for row in body]


def sessions(text):
    """(minutes it says, rows) of everything in a plan that has minutes."""
    return [(int(minutes), rows(body)) for minutes, body in SESSION.findall(text)]


def missing(text):
    """What a text names of notebooks and of the bank, and is not there."""
    for number, rest in re.findall(r"\b(\d\d) › ([^|;\n]+)", text):
        sections = NOTEBOOKS.get(number, {})
        named = [one for one in sections if re.match(re.escape(one) + r"(?!\w)", rest)]
        heading = max(named, key=len, default=None)
        if heading is None:
            yield f"{number} › {rest}"
        elif rest[len(heading) :].startswith(": `"):
            yield from set(re.findall(r"`([^`]+)`", rest[len(heading) :])) - set(sections[heading])
    yield from set(re.findall(r"\b\d\d-(?!minute)[a-z][a-z-]*", text)) - set(IDS)


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
def test_what_is_voted_on_is_worth_two_votes(path):
    text = path.read_text(encoding="utf-8")
    voted = set(re.findall(r"\bvotes? (?:\d\d-[a-z-]+ and )?(\d\d-[a-z-]+)", text))
    assert voted and all("vote" in IDS[one].tags for one in voted), voted


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
        text = path.read_text(encoding="utf-8")
        for number, rest in re.findall(r"\b(\d\d) › ([^|;\n]+)", text):
            heading, _, cells = rest.partition(": `")
            for line in re.findall(r"`([^`]+)`", "`" + cells):
                assert NOTEBOOKS[number][heading].count(line) == 1, (number, line)


def test_the_notebooks_were_read():
    assert sum(map(len, NOTEBOOKS["05"].values())) == len(code_cells(read_text("05_find_the_slip")))
