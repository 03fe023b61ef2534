"""Pages made of what the project holds already, so that nothing is written twice."""

import importlib
import inspect
import re
from pathlib import Path

import lessons
import terms

import als_lesson
from als_lesson import plots
from als_lesson.exercises import EXERCISES

ROOT = Path(__file__).resolve().parents[1]
PART = "To look up"
ROOMS = {"data", "metrics", "solvers", "models", "explore"}


def write(site):
    """Write the pages to look things up in."""
    site.page("glossary", glossary(), PART)
    site.page("notation.rst", notation(), PART)
    site.page("mistakes", mistakes(), PART)
    replication = ROOT / "notebooks" / "replication.md"
    if replication.exists():
        site.page("trust", replication.read_text("utf-8"), PART)
    site.page("api.rst", api(), PART)
    site.page("benchmarks", benchmarks(site), PART)


def glossary():
    """Each term with the sentence that defines it, and a link to the place."""
    lines = ["# Glossary\n", "Each term in the sentence that defines it, and where that stands.\n"]
    for term, stem, said in terms.defined():
        place = f'<a href="{stem}.html#{terms.anchor(term)}">notebook {stem[:2]}</a>'
        name = term[0].upper() + term[1:]
        lines.append(f'<p class="term" id="{terms.anchor(term)}">{name}</p>\n\n{said} ({place})\n')
    return "\n".join(lines)


def notation():
    """The table in the package's own docstring, in reStructuredText."""
    table = als_lesson.__doc__.partition("Notation, ")[2]
    return f"Notation\n========\n\nNotation, {table}"


def mistakes():
    """What the checks of the exercises know how to name."""
    known = sum(len(one.mistakes) for one in EXERCISES.values())
    lines = [
        "# Mistakes people make\n",
        f"Each exercise has a check that tries an answer on fresh inputs. If it misses, and one of "
        f"these {known} mistakes explains every miss, the check names it.\n",
    ]
    for path in lessons.paths():
        names = re.findall(r"check_(\w+)\(", path.read_text("utf-8"))
        checks = [EXERCISES[name] for name in dict.fromkeys(names) if name in EXERCISES]
        if checks:
            lines.append(f"## [{lessons.short(path.stem)}]({path.name})\n")
        for check in checks:
            lines.append(f"### {check.name.replace('_', ' ')}\n\nAsked: {plain(check.asked)}.\n")
            lines += [f"- {plain(words)}" for words in check.mistakes]
            lines.append("")
    return "\n".join(lines)


def plain(words):
    """Words with nothing in them that Markdown would take for its own."""
    return re.sub(r"([\\*_`\[\]<>#$|{}])", r"\\\1", words)


def api():
    """The public names by the room they live in, from their docstrings."""
    lines = ["API reference", "=" * 13, "", "What notebooks import, room by room.", ""]
    for room in ("data", "metrics", "solvers", "models", "explore"):
        names = [name for name, home in als_lesson._HOME.items() if home.split(".")[0] == room]
        lines += section(room, importlib.import_module(f"als_lesson.{room}"))
        lines += [line for name in names for line in entry("als_lesson", name)]
    lines += section("plots", plots)
    names = [name for name in plots.__all__ if name[0].islower()]
    lines += [line for name in names for line in entry("als_lesson.plots", name)]
    return "\n".join(lines)


def section(room, module):
    """A room's title and what its docstring begins with."""
    return [room, "-" * len(room), "", inspect.getdoc(module).partition("\n\n")[0], ""]


def entry(module, name):
    """The directive that shows one name."""
    thing = getattr(importlib.import_module(module), name)
    kind = "class" if inspect.isclass(thing) else "function"
    members = ["   :members:"] if kind == "class" else []
    return [f".. auto{kind}:: {module}.{name}", *members, ""]


def benchmarks(site):
    """The page that ``lesson.py bench`` wrote last, and its figures."""
    folder = ROOT / "benchmarks"
    text = (folder / "results.md").read_text("utf-8")
    for name in set(re.findall(r"\]\((\w+\.png)\)", text)):
        site.file(f"figures/{name}", (folder / name).read_bytes())
    return re.sub(r"!\[([^\]]*)\]\((\w+\.png)\)", picture, text)


def picture(match):
    """A picture of Markdown in HTML, on a white card."""
    alt, name = match[1].replace('"', "&quot;"), match[2]
    return f'<a href="figures/{name}"><img class="card" alt="{alt}" src="figures/{name}"></a>'
