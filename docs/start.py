"""The first page: the README's words for readers, and the menu of all pages."""

import re
from pathlib import Path

import lessons
import made
import paper

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = ["On any device", "Spark, if you like", "How fast it is", "For teachers and authors"]


def write(site):
    """Write the first page, with the files it offers."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    opening, *sections = readme.split("\n## ")
    sections = [part for part in sections if part.partition("\n")[0] not in LEFT_OUT]
    sections.sort(key=lambda part: part.startswith(("Start", "The data", "Citing")))
    opening += READ_HERE + (PRINTED if site.pdf else "")
    for page in {address.partition("#")[0] for address in site.live.values()}:
        opening += f'\nWhere notebooks have sliders, <a href="{page}">figures move here, too</a>.\n'
    text = opening + "".join(f"\n## {part}" for part in sections)
    for name in set(re.findall(r"\(notebooks/images/([^)]+)\)", text)):
        site.file(f"figures/{name}", (ROOT / "notebooks" / "images" / name).read_bytes())
    text = re.sub(r"!\[([^\]]*)\]\(notebooks/images/([^)]+)\)", made.picture, text)
    for name, there in {"LICENSE": "LICENSE.txt", "CITATION.cff": "CITATION.cff"}.items():
        site.file(there, (ROOT / name).read_bytes())
        text = re.sub(rf"\[([^\]]+)\]\({name}\)", rf'<a href="{there}">\1</a>', text)
    text = with_minutes(text.replace("](notebooks/", "]("))
    site.page("index", text + "\n\n" + menu(site.parts))


READ_HERE = """
**[Begin with notebook 00](00_start_here.ipynb).** On this site you read: figures and numbers are those of a stored run, questions can be answered, solutions unfold. Tap a picture for its full size. To run the cells, see [below](#start).
"""
PRINTED = f"""
To print, or to read where there is no browser: <a href="{paper.BOOK}">the whole course as PDF</a>.
"""


def with_minutes(text):
    """The table of notebooks with a column for the minutes each of them takes."""
    text = text.replace("| notebook | you end up able to |\n|---|---|", HEAD)
    for path in lessons.paths():
        minutes = lessons.minutes_of(lessons.nbformat.read(path, as_version=4))
        text = re.sub(rf"^(\| \[.*\]\({path.name}\) \|.*\|)$", rf"\1 {minutes} |", text, flags=re.M)
    return text


HEAD = "| notebook | you end up able to | minutes |\n|---|---|---:|"


def menu(parts):
    """The parts of the menu as Sphinx wants them, the course first."""
    course_first = sorted(parts, key=lambda title: title not in lessons.PARTS.values())
    return "\n".join(
        "```{toctree}\n:hidden:\n:caption: " + title + "\n\n" + "\n".join(parts[title]) + "\n```\n"
        for title in course_first
    )
