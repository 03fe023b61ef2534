"""Questions with options, from the bank: to print, to project, for Moodle, and as plain JSON.

What students may see lies in ``student/`` and holds no key; ``key/`` holds them all.
"""

import json
import re
from html import escape

from bank import LETTERS, blocks, load, tagged
from course import CLASSROOM

TITLE = "Alternating least squares, step by step"
SETS = {"next-day": "Questions for the next day", "next-week": "Questions for the next week"}
STYLE = """
@page { size: A4; margin: 16mm; }
body { font: 12pt/1.45 Georgia, serif; color: #111; background: #fff; max-width: 46em;
  margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; }
h2 { font-size: 1.15em; margin: 2em 0 0.5em; }
section { break-inside: avoid; margin: 0 0 1.8em; }
pre, code { font: 0.95em/1.3 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre { margin: 0.6em 1em; }
ol { list-style: upper-alpha; padding-left: 2.2em; margin: 0.5em 0; }
li { margin: 0.25em 0; }
small, .why { color: #444; }
"""
# One question fills the screen, and a sheet when printed; Page Down goes on.
VOTE = """
html { scroll-snap-type: y mandatory; }
body { max-width: none; margin: 0; padding: 0; }
section { min-height: 100vh; box-sizing: border-box; padding: 4vh 8vw; margin: 0;
  scroll-snap-align: start; break-after: page; font-size: clamp(16px, min(2.4vw, 4.2vh), 44px); }
li { margin: 0.4em 0; }
nav a { display: inline-block; min-width: 9em; }
"""
CARDS = """
@page { size: A4; margin: 0; }
body { max-width: none; margin: 0; padding: 0; width: 210mm; height: 296mm; display: grid;
  grid-template: 1fr 1fr / 1fr 1fr; }
div { display: grid; place-items: center; font: bold 95mm/1 Arial, sans-serif;
  border: 0.2mm dashed #999; }
span { display: grid; place-items: center; width: 92mm; height: 120mm; box-sizing: border-box;
  border-width: 5mm; border-color: #111; }
"""
BORDERS = dict(zip(LETTERS, ("solid", "dashed", "double", "dotted"), strict=True))


def rich(text):
    """A text's paragraphs, blocks, `code` and **bold** as HTML."""
    return "".join(
        f"<pre>{escape(words)}</pre>" if block else f"<p>{inline(words)}</p>"
        for block, words in blocks(text)
    )


def inline(text):
    """One paragraph as HTML."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)


def page(title, body, style=""):
    """A whole page that needs no other file."""
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{STYLE}{style}</style>\n'
        f"{body}\n</html>\n"
    )


def asked(question):
    """A question and its options, without a word on which is right."""
    options = "".join(f"<li>{inline(option.text)}</li>" for option in question.options)
    return f"{rich(question.ask)}<ol>{options}</ol><small>{question.id}</small>"


def answered(question):
    """The key, and what is to be said of each option."""
    said = "".join(
        f"<li>{'<b>right:</b> ' if option.right else ''}{inline(option.why)}</li>"
        for option in question.options
    )
    return f'<p><b>{question.key}</b></p><ol class="why">{said}</ol>'


def titled(notebook):
    """The name of a notebook as words: "04 derive als"."""
    return notebook.replace("_", " ")


def sheet(title, questions, tell=asked, style=""):
    """A page of questions, under the notebooks they belong to."""
    body, before = [f"<h1>{escape(title)}</h1>"], ""
    for question in questions:
        if question.notebook != before and len({one.notebook for one in questions}) > 1:
            body.append(f"<h2>{titled(question.notebook)}</h2>")
        before = question.notebook
        body.append(f"<section>{tell(question)}</section>")
    return page(title, "\n".join(body), style)


def folded(question):
    """A question whose answer is a click away, for who checks themselves."""
    return f"{asked(question)}<details><summary>Answer</summary>{answered(question)}</details>"


def whole(question):
    """A question with its answer below."""
    return asked(question) + answered(question)


def vote(questions):
    """A question a screen, for the projector; the first screen leads to each by its id."""
    links = " ".join(f'<a href="#{question.id}">{question.id}</a>' for question in questions)
    body = "\n".join(
        f'<section id="{question.id}">{asked(question)}</section>' for question in questions
    )
    return page("Vote", f"<section><nav>{links}</nav></section>\n{body}", VOTE)


def cards():
    """One sheet for each person: four letters, told apart by their frames as well."""
    body = "".join(
        f'<div><span style="border-style: {BORDERS[letter]}">{letter}</span></div>'
        for letter in LETTERS
    )
    return page("Cut in four, or fold twice", body, CARDS)


def gift(questions):
    """Questions as Moodle's GIFT, a category for each notebook."""
    lines, category = [], None
    for question in questions:
        if question.notebook != category:
            category = question.notebook
            lines.append(f"$CATEGORY: {TITLE}/{titled(category) or 'before the course'}\n")
        tags = "".join(f" [tag:{tag}]" for tag in question.tags)
        lines.append(f"// [id:{question.id}]{tags}")
        lines.append(f"::{question.id}::[html]{shielded(rich(question.ask))} {{")
        for option in question.options:
            text, why = (shielded(inline(one)) for one in (option.text, option.why))
            lines.append(f"\t{'=' if option.right else '~'}{text}#{why}")
        lines.append("}\n")
    return "\n".join(lines)


def shielded(html):
    """HTML with what means something to GIFT escaped, on one line: a blank line ends a question."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", html).replace("\n", "<br>")


def plain(questions):
    """Questions as JSON, for any other system; texts are Markdown."""
    found = [
        {
            "id": question.id,
            "notebook": question.notebook,
            "section": question.section,
            "tags": question.tags,
            "question": question.ask,
            "key": question.key,
            "options": [
                {"letter": letter, "text": option.text, "right": option.right, "why": option.why}
                for letter, option in zip(LETTERS, question.options, strict=False)
            ],
        }
        for question in questions
    ]
    return json.dumps({"course": TITLE, "questions": found}, ensure_ascii=False, indent=1) + "\n"


def files(questions):
    """Everything that is made: path in the folder -> content."""
    before, lessons = tagged(questions, "before"), [q for q in questions if q.notebook]
    made = {
        "cards.html": cards(),
        "before_class.html": sheet("Before class: ten questions, answered at once", before, folded),
        "student/vote.html": vote(tagged(lessons, "vote")),
        "key/key.html": sheet("Questions and keys", questions, whole),
        "key/questions.gift": gift(questions),
        "key/questions.json": plain(questions),
    }
    for name in sorted({question.notebook for question in lessons}):
        own = [question for question in lessons if question.notebook == name]
        made[f"student/{name[:2]}.html"] = sheet(titled(name), own)
    for tag, title in SETS.items():
        stem = tag.replace("-", "_")
        made[f"student/{stem}.html"] = sheet(title, tagged(lessons, tag))
        made[f"key/{stem}.gift"] = gift(tagged(lessons, tag))
    return made


def quiz(chosen, folder=CLASSROOM / "quiz"):
    """Write the questions (of all notebooks, or of those numbered) into classroom/quiz."""
    questions = load()
    numbers = {question.notebook[:2] for question in questions}
    if unknown := [one for one in chosen if one not in numbers - {""}]:
        raise SystemExit(
            f"There are no questions on notebook '{unknown[0]}'. "
            f"Name notebooks by their numbers: {', '.join(sorted(numbers - {''}))}."
        )
    kept = [q for q in questions if not chosen or q.notebook[:2] in chosen or not q.notebook]
    for name, content in files(kept).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    print(f"{len(kept)} questions: {folder}\nFor students: student/; keys: key/")
