"""Slides: the decks of docs/slides as pages of reveal.js, which comes along, so that none needs a
network.

A deck is Markdown. A line ``---`` ends a slide, and what follows ``Note:`` is for the speaker. On
a line of its own,

- ``![It falls](05)`` shows the picture stored in notebook 05 whose alternative text begins so,
- ``![A parabola](parabola)`` shows what the function of that name below draws,
- ``<!-- vote 04-scalar -->`` puts a question of teaching/questions there, its answer in the notes,
- ``<!-- live half_step -->`` puts a live figure there.
"""

import re
import sys
from base64 import b64decode
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path

import formulas
import live
import nbformat
import numpy as np
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from als_lesson.plots import plot_bowl, plot_curves

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.append(str(ROOT / "teaching"))

import bank  # noqa: E402

DECKS = {"fifty": "50 minutes: the update, and the slip", "ninety": "90 minutes: hands on"}
REVEAL = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
REVEAL_FILES = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
STORED = re.compile(r'<img alt="([^"]*)" [^>]*src="data:image/png;base64,([^"]+)"')
ANA, V = np.array([5.0, 4.0, 1.0]), np.array([[2.4, 0.2], [1.9, 0.3], [0.2, 2.3]])  # she rated


# ---- what stands on a slide ------------------------------------------------------------------


def parabola():
    """Ana's objective with one number, notebook 04."""
    us = np.linspace(0.5, 3.5, 25)
    heights = [np.sum((ANA - u * V[:, 0]) ** 2) + 0.1 * u**2 for u in us]
    curves = {"One person, one number: a parabola": {"J": (us, heights)}}
    return plot_curves(curves, xlabel="u", ylabel="J (stars²)")


def bowl():
    """Ana's objective with two numbers, notebook 04."""
    A = V.T @ V + 0.1 * np.eye(2)
    best = {"minimum": np.linalg.solve(A, V.T @ ANA)}
    return plot_bowl(A, V.T @ ANA, ANA @ ANA, best, title="Two numbers: a bowl")


DRAWN = {"parabola": parabola, "bowl": bowl}


def stored(number, begin):
    """(alternative text, PNG) of the picture in a notebook whose text begins like this.

    LookupError unless there is exactly one.
    """
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    found = [
        (unescape(alt), b64decode(png))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        for alt, png in STORED.findall(output.get("data", {}).get("text/html", ""))
        if unescape(alt).startswith(begin)
    ]
    if len(found) != 1:
        raise LookupError(
            f"{path.name} stores {len(found)} pictures that begin with {begin!r}; a slide needs one"
        )
    return found[0]


def picture(site, match):
    """A picture's <img>; its file is put on the site."""
    words, source = match.groups()
    if source in DRAWN:
        figure = DRAWN[source]()
        alt, png = figure.alt, figure.png()
    else:
        alt, png = stored(source, words)
    name = re.sub(r"\W+", "_", f"{source} {words}".lower()).strip("_") + ".png"
    site.file(f"slides/{name}", png)
    return f'<img class="picture" src="{name}" alt="{escape(alt)}">\n'


def vote(questions, match):
    """A question with its options, for the slide."""
    question = questions[match[1]]
    options = "\n".join(f"1. {option.text}" for option in question.options)
    return f"{question.ask}\n\n{options}\n"


def answer(question):
    """What the speaker says after the second vote."""
    letters = zip(bank.LETTERS, question.options, strict=False)
    whys = "\n".join(f"- **{letter}** {option.why}" for letter, option in letters)
    return (
        f"Vote, two minutes with a neighbour, vote again. Right is **{question.key}**.\n\n{whys}\n"
    )


# ---- decks -------------------------------------------------------------------------------------


def reader():
    """Markdown with the site's formulas."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    draw = {"renderer": lambda tex, how: formulas.draw(tex, inline=not how["display_mode"])}
    return markdown.use(dollarmath_plugin, double_inline=True, **draw)


def slides(text):
    """[(what all see, what the speaker sees)] of a deck."""
    parts = [part.partition("\nNote:") for part in re.split(r"^---$", text, flags=re.M)]
    return [(shown.strip(), notes.strip()) for shown, _, notes in parts]


def slide(site, shown, notes, questions, markdown):
    """One slide as HTML."""
    kind = "live" if "<!-- live " in shown else "plain"
    for name in re.findall(r"<!-- vote (\S+) -->", shown):
        kind, notes = "vote", f"{notes}\n\n{answer(questions[name])}"
    shown = re.sub(r"<!-- vote (\S+) -->", lambda found: vote(questions, found), shown)
    shown = re.sub(
        r"^!\[([^\]]*)\]\((\w+)\)$", lambda found: picture(site, found), shown, flags=re.M
    )
    body = re.sub(
        r"<!-- live (\w+) -->",
        lambda found: live.html(found[1], site.files / "live", "../live"),
        markdown.render(shown),
    )
    said = f'<aside class="notes">{markdown.render(notes)}</aside>'
    return f'<section><div class="slide {kind}">\n{body}</div>{said}</section>\n'


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="reveal/reset.css">
<link rel="stylesheet" href="reveal/reveal.css">
<link rel="stylesheet" href="deck.css">
</head>
<body>
<div class="reveal"><div class="slides">
{slides}</div></div>
<script src="reveal/reveal.js"></script>
<script src="reveal/notes.js"></script>
<script>
Reveal.initialize({{
  width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t",
  transition: "none", scrollActivationWidth: null, plugins: [RevealNotes],
}});
</script>
</body>
</html>
"""


def deck(site, name):
    """A deck as a page."""
    questions = {question.id: question for question in bank.load()}
    text = (HERE / "slides" / f"{name}.md").read_text(encoding="utf-8")
    markdown = reader()
    made = [slide(site, *one, questions, markdown) for one in slides(text)]
    return PAGE.format(title=escape(DECKS[name]), slides="".join(made))


def write(site):
    """For docs/site.py: the decks, reveal.js, and a page that leads to them."""
    for name in DECKS:
        site.file(f"slides/{name}.html", deck(site, name))
    for name in REVEAL_FILES:
        site.file(f"slides/reveal/{Path(name).name}", (REVEAL / name).read_bytes())
    site.file("slides/reveal/LICENSE", (REVEAL / "LICENSE").read_bytes())
    site.file("slides/deck.css", (HERE / "slides" / "deck.css").read_bytes())
    site.page("slides", (HERE / "slides.md").read_text(encoding="utf-8"), "To teach it")
