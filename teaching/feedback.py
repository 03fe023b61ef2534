"""A page for every student: what was right, and what the checks saw where it was not."""

import re
from html import escape

import course

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em;"
    "color:#222;background:#fff}h2{font-size:1em;margin:1.6em 0 0}"
    "pre,blockquote{white-space:pre-wrap;background:#f5f5f5;padding:.6em;margin:.4em 0}"
)
RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}


def file_names(names):
    """A file name for each name: safe on every system, no two alike."""
    taken, found = set(), []
    for name in names:
        safe = re.sub(r"[^\w-]+", "_", name).strip("_")[:60] or "unnamed"
        safe = f"{safe}_" if safe.casefold() in RESERVED else safe
        unique, number = safe, 2
        while unique.casefold() in taken:
            unique, number = f"{safe}-{number}", number + 1
        taken.add(unique.casefold())
        found.append(f"{unique}.html")
    return found


def page(one, exercises, marks):
    """One student's page; what the student wrote is shown as text, whatever it is."""
    counted = [id for id in exercises if exercises[id].check]
    total = sum(marks[id].points for id in counted)
    of = sum(exercises[id].points for id in counted)
    lines = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(one.name)}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>',
        f"<h1>{escape(one.name)}</h1><p>{total} of {of} points.</p>",
        *(f"<p>{escape(trouble)}.</p>" for trouble in one.troubles),
    ]
    for id, exercise in exercises.items():
        lines.append(_section(id, exercise, marks[id]))
    return "\n".join(lines) + "\n</html>\n"


def _section(id, exercise, mark):
    """One exercise: its verdict, or the words that a teacher reads."""
    if exercise.check:
        points = f"{mark.points} of {exercise.points}"
        return f"<h2>{escape(id)}: {points}</h2>{mark.verdict._repr_html_()}"
    shown = (
        f"<blockquote>{escape(mark.words)}</blockquote>" if mark.words else "<p>Nothing yet.</p>"
    )
    return f"<h2>{escape(id)}: in words, read by your teacher</h2>{shown}"


def write(folder, found, exercises, everybody):
    """Write all pages."""
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names([one.name for one in found])
    for file, one, marks in zip(names, found, everybody, strict=True):
        course.build.put(folder / file, page(one, exercises, marks))
