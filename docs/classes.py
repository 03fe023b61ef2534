"""Pages for a class: the questions of the bank, and what teachers read."""

import re
import sys
from pathlib import Path

TEACHING = Path(__file__).resolve().parents[1] / "teaching"
sys.path.append(str(TEACHING))

import bank  # noqa: E402
import quiz  # noqa: E402

READ_FIRST = ["README", "plan_50_minutes", "plan_90_minutes", "plan_two_weeks", "notes"]
KEPT_BACK = ("exam", "exam_answers")  # whoever gives the exam finds it in the repository
AT_ONCE = "Choose before you open the answer. Each option says what somebody thought who chose it."
LINK = re.compile(r"\[([^\]]+)\]\(([^):#]+)\)")


def write(site):
    """Write the questions, notebook by notebook, and what is in teaching/."""
    questions = bank.load()
    for name in sorted({question.notebook for question in questions}):
        own = [question for question in questions if question.notebook == name]
        title = f"{quiz.titled(name)}: questions" if name else "Before the course: ten questions"
        link = f"On [{quiz.titled(name)}](../{name}.ipynb). " if name else ""
        site.page(f"questions/{name[:2] or 'before'}", ask(title, link, own), "Questions")
    names = {path.stem for path in TEACHING.glob("*.md")} - set(KEPT_BACK)
    for name in sorted(names, key=lambda name: (*(name != one for one in READ_FIRST), name)):
        text = (TEACHING / f"{name}.md").read_text(encoding="utf-8")
        site.page(f"teaching/{name}", LINK.sub(lambda link: led(link, names), text), "To teach it")
    site.file("teaching/handout.html", (TEACHING / "handout.html").read_bytes())
    site.file("teaching/cards.html", quiz.cards())
    site.file("teaching/vote.html", quiz.vote(bank.tagged(questions, "vote")))


def ask(title, link, questions):
    """A page of questions with the answers folded away."""
    parts = [f"# {title}\n\n{link}{AT_ONCE}"]
    for number, question in enumerate(questions, 1):
        letters = list(zip(bank.LETTERS, question.options, strict=False))
        options = "\n".join(f"- **{letter}** {option.text}" for letter, option in letters)
        said = "\n".join(f"- **{letter}** {option.why}" for letter, option in letters)
        section = f"*{question.section}*\n\n" if question.section else ""
        parts.append(
            f"## Question {number}\n\n{section}{question.ask}\n\n{options}\n\n"
            f"<details><summary>Answer</summary>\n\nRight is **{question.key}**.\n\n{said}\n\n"
            f"</details>"
        )
    return "\n\n".join(parts) + "\n"


def led(link, names):
    """A link as the site has it: to a page, to a file, or, to what it does not show, none."""
    words, target = link.groups()
    if target.endswith(".html"):
        return f'<a href="{target}">{words}</a>'
    return link[0] if target.removesuffix(".md") in names else f"{words} (`teaching/{target}`)"
