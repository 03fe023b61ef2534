"""Run notebooks with every seed shifted, and count how often each of their claims holds.

``python3 lesson.py replicate`` runs all of them twenty times on simulated ratings, and as often
on MovieLens where the archive is at hand; ``python3 lesson.py replicate 07 --first 6 --shifts 5``
runs one, with shifts 6 to 10. A claim is an ``assert``: a false one is noted, and the notebook
goes on. The result is the page ``notebooks/replication.md``. Every finished run is kept in
``.replication``, so that a stopped command goes on where it was and runs add up; it counts until
the notebook's code changes, or that of the package below the plots and sliders.
"""

import argparse
import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass

import build
import nbformat
from tqdm import tqdm

import als_lesson
from als_lesson.data.movielens import is_movielens, movielens_path

PAGE = build.NOTEBOOKS / "replication.md"
KEPT = build.NOTEBOOKS.parent / ".replication"
MATTERS = ("data", "metrics", "solvers", "models")  # the rooms that can change a number
STRIDE = 1000  # more than any seed of a notebook: no shift meets another's numbers
HEADS = {"simulated": "simulated", "movielens-small": "MovieLens"}
HIDDEN = r"<details>.*?</details>|```.*?```|\$\$.*?\$\$|^(#|\||- |\+\+\+)[^\n]*$"
SENTENCE = re.compile(r"(?<=[.!?])[*\"”)]*\s+(?=[\W_]*[A-Z0-9λ])")
OPENING = """\
# How far to trust each sentence

What a notebook says about data holds for one table, one split and one random start. So each
notebook was run again and again with all its seeds shifted: on simulated ratings that is another
table every time, on MovieLens another split and another start. Below stands every claim that a
notebook asserts, and in how many of its runs it held. **Bold** are those that failed at least
once; where the notebook states such a share itself, it stands beside the claim.

Made by `python3 lesson.py replicate`: seed s became s + 1000·n in run n.
"""


# ---- what a notebook claims --------------------------------------------------------------------


@dataclass
class Claim:
    """An assert of a notebook, and where a reader finds it."""

    code: str
    section: str
    sentence: str
    share: str | None  # what the notebook says itself, such as "13 of 20"


def statements(cell):
    """The sentences of a cell's first paragraph; questions and asides state nothing."""
    text = re.sub(HIDDEN, "", cell.source, flags=re.S | re.M)
    text = re.sub(r"\*\*|(?<!`)\]\([^)]*\)|\[(?=[^]]*\]\()", "", text).strip()
    first = " ".join(text.partition("\n\n")[0].split())
    return [one for one in SENTENCE.split(first) if one and not re.match(r"\(|.*\?$", one)]


def nearest_statement(cells, number):
    """What the prose after a code cell begins with, some eight words of it, or that before."""
    after = [cell for cell in cells[number + 1 : number + 2] if not cell.source.startswith("#")]
    near = after + cells[:number][::-1]
    prose = [cell for cell in near if cell.cell_type == "markdown"]
    said = next((statements(cell) for cell in prose if statements(cell)), [""])
    while len(said) > 1 and len(said[0].split()) < 8:
        said[:2] = [" ".join(said[:2])]
    return said[0]


class Noting(ast.NodeTransformer):
    """Turn each assert into one that notes its outcome and lets the cell go on."""

    def __init__(self):
        self.asserted = []

    def visit_Assert(self, node):
        number = len(self.asserted)
        self.asserted.append(node)
        noted = {held: ast.parse(f"_seeds.note({number}, {held})").body for held in (True, False)}
        failed = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, noted[False])
        return ast.Try([node], [failed], noted[True], [])


def rewrite(notebook, data, shift):
    """Make a notebook note its claims on these data, all seeds shifted; return the claims."""
    noting, claims, section = Noting(), [], ""
    for number, cell in enumerate(notebook.cells):
        headings = re.findall(r"^#+ (.*)$", cell.source, re.M)
        if cell.cell_type == "markdown" and headings:
            section = headings[-1]
        if cell.cell_type == "code":
            tree = noting.visit(ast.parse(cell.source))
            sentence, share = nearest_statement(notebook.cells, number), cell.metadata.get("share")
            for node in noting.asserted[len(claims) :]:
                said = getattr(node.msg, "value", None)  # the claim's own words, if it has any
                claims.append(Claim(ast.unparse(node.test), section, said or sentence, share))
            cell.source = ast.unparse(ast.fix_missing_locations(tree))
    first = [
        f"import os, sys; os.environ['ALS_LESSON_DATA'] = {str(data)!r}",
        f"sys.path.append({str(build.TEXTS)!r}); import seeds as _seeds",
        f"_seeds.shift({STRIDE * shift})",
    ]
    if any("spark" in cell.source for cell in notebook.cells if cell.cell_type == "code"):
        first.append(f"_seeds.shift_spark({STRIDE * shift})")
    notebook.cells.insert(0, nbformat.v4.new_code_cell("\n".join(first)))
    notebook.cells.append(nbformat.v4.new_code_cell("_seeds.report()"))
    return claims


# ---- running it, and keeping what came of it ---------------------------------------------------


@dataclass
class Run:
    """What came of a notebook: a failure or None for each claim reached, and the first error."""

    failures: dict
    trouble: str | None


def run(notebook):
    """Run a rewritten notebook to its end, whatever fails on the way."""
    trouble = build.execute(notebook, allow_errors=True)
    printed = [output.text for output in notebook.cells[-1].get("outputs", []) if "text" in output]
    failures = json.loads(printed[0]) if printed else {}
    return Run({int(number): failure for number, failure in failures.items()}, trouble)


def code_alone(source):
    """What Python makes of a source, comments and docstrings left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body[0] = ast.Pass()
    return ast.dump(tree)


def fingerprint(text):
    """A digest of all code that decides a notebook's claims: its own, and the package's."""
    cells = build.read_text(text).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    package = build.Path(als_lesson.__file__).parent
    for room in MATTERS:
        sources += [path.read_text("utf-8") for path in sorted((package / room).rglob("*.py"))]
    return hashlib.sha256("\n".join(map(code_alone, sources)).encode()).hexdigest()[:12]


def folder(text):
    """Where the runs of a notebook's present code are kept."""
    return KEPT / f"{text.stem}-{fingerprint(text)}"


def keep(path, result):
    """Write a finished run, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    build.put(path, json.dumps(asdict(result)))


def kept(text, name):
    """All finished runs of a notebook on these data, whichever command made them."""
    found = []
    for path in folder(text).glob(f"{name}-*.json"):
        fields = json.loads(path.read_text(encoding="utf-8"))
        failures = {int(number): failure for number, failure in fields["failures"].items()}
        found.append(Run(failures, fields["trouble"]))
    return found


def data_at_hand():
    """The data sets to run on: name, and what ALS_LESSON_DATA says for it."""
    named = os.environ.get("ALS_LESSON_MOVIELENS")
    archive = build.Path(named).resolve() if named else movielens_path()
    at_hand = {"movielens-small": archive} if is_movielens(archive) else {}
    return {"simulated": "simulated"} | at_hand


def replicate(texts, shifts, data):
    """Do the runs that nobody did yet, two at a time, and keep each as soon as it is done."""
    folders = {text: folder(text) for text in texts}
    jobs = [
        (text, name, shift, folders[text] / f"{name}-{shift}.json")
        for shift in shifts
        for text in texts
        for name in data
    ]
    jobs = [job for job in jobs if not job[-1].exists()]

    def one(text, name, shift, path):
        notebook = build.read_text(text)
        rewrite(notebook, data[name], shift)
        return path, run(notebook)

    with closing(build.at_once(one, jobs)) as done:
        for path, result in tqdm(done, total=len(jobs), unit="run"):
            keep(path, result)


# ---- the page ----------------------------------------------------------------------------------


def held(number, runs):
    """In how many runs a claim held, such as '20 of 20'.

    One that an error kept from being reached did not hold; one that a run had no cause to reach,
    as without Spark, does not count there.
    """
    reached = [one for one in runs if number in one.failures or one.trouble]
    if not reached:
        return "–"
    times = sum(one.failures.get(number, "not reached") is None for one in reached)
    share = f"{times} of {len(reached)}"
    return share if times == len(reached) else f"**{share}**"


def write_section(text, runs):
    """The part of the page about one notebook; `runs` by the name of the data."""
    claims = rewrite(build.read_text(text), "", 0)
    lines = [f"## [{text.stem[:2]} {text.stem[3:].replace('_', ' ')}]({text.stem}.ipynb)", ""]
    heads = " | ".join(HEADS[name] for name in runs)
    lines += [f"| section | claim | {heads} |", f"|---|---|{'---|' * len(runs)}"]
    for number, claim in enumerate(claims):
        said = f" (the page says: {claim.share})" if claim.share else ""
        cells = [claim.section, f"{claim.sentence} `{claim.code}`{said}"]
        cells += [held(number, results) for results in runs.values()]
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    for name, results in runs.items():
        for trouble in sorted({result.trouble for result in results if result.trouble}):
            times = sum(result.trouble == trouble for result in results)
            said = re.sub(r"\x1b\[[\d;]*m", "", trouble.strip().splitlines()[-1])
            lines += ["", f"{times} of {len(results)} runs on {HEADS[name]} met trouble: `{said}`"]
    return "\n".join(lines) + "\n"


def write_page(sections):
    """Replace these sections of the page, {stem: text}, and keep its others, in order."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:] if PAGE.exists() else []
    old = {re.search(r"\((\w+)\.ipynb\)", part)[1]: "## " + part for part in parts}
    old = {stem: part for stem, part in old.items() if (build.TEXTS / f"{stem}.md").exists()}
    whole = [part.strip() + "\n" for _, part in sorted((old | sections).items())]
    build.put(PAGE, "\n".join([OPENING, *whole]))


def parse(arguments):
    """What was asked for: texts, shifts, data."""
    parser = argparse.ArgumentParser("lesson.py replicate", description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", metavar="NN", help="the first digits of a name")
    parser.add_argument("--shifts", type=int, default=20, help="runs on each data set (20)")
    parser.add_argument("--first", type=int, default=1, help="the first of these shifts (1)")
    parser.add_argument("--data", choices=[*HEADS, "both"], default="both", help="(both)")
    chosen = parser.parse_args(arguments)
    if min(chosen.shifts, chosen.first) < 1:
        parser.error("--shifts and --first must be 1 or more")
    data = data_at_hand()
    if chosen.data not in [*data, "both"]:
        parser.error("MovieLens is not here: type als_lesson.fetch_movielens() in Python first")
    if chosen.data != "both":
        data = {chosen.data: data[chosen.data]}
    shifts = range(chosen.first, chosen.first + chosen.shifts)
    return build.choose(chosen.notebooks), shifts, data


def main(arguments):
    """Replicate the chosen notebooks, write the page, and say which claims failed."""
    texts, shifts, data = parse(arguments)
    os.environ.update(build.KERNEL)
    subprocess.run([sys.executable, "-m", "als_lesson"], check=True)  # compiles, so no cell has to
    try:
        replicate(texts, shifts, data)
    except KeyboardInterrupt:
        sys.exit("\nStopped. Finished runs are kept; the same command goes on from there.")
    sections = {}
    for text in texts:
        runs = {name: done for name in HEADS if (done := kept(text, name))}
        if runs:
            sections[text.stem] = write_section(text, runs)
        else:
            print(f"{text.stem}: its code changed while it ran; type the same command again.")
    write_page(sections)
    lines = "".join(sections.values()).splitlines()
    failed = [line for line in lines if re.search(r"\| \*\*\d+ of|met trouble", line)]
    print(*failed, f"\nThe whole table: {PAGE}", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
