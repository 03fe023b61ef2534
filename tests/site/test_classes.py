"""The pages for a class: every question with its answer folded, every link one the site has."""

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "teaching")]

import bank  # noqa: E402
import classes  # noqa: E402


class Shelf:
    """Takes what a builder writes, and keeps it."""

    def __init__(self):
        self.pages, self.files, self.parts = {}, {}, defaultdict(list)

    def page(self, name, text, part=None):
        self.pages[name] = text
        self.parts[part].append(name)

    def file(self, name, data):
        self.files[name] = data


@pytest.fixture(scope="module")
def shelf():
    found = Shelf()
    classes.write(found)
    return found


def test_every_question_is_there_with_its_answer_folded(shelf):
    text = "\n".join(shelf.pages[name] for name in shelf.parts["Questions"])
    questions = bank.load()
    assert text.count("<details>") == text.count("</details>") == len(questions)
    for question in questions:
        shown, _, folded = text.partition(question.ask)[2].partition("<details>")
        assert all(option.text in shown for option in question.options), question.id
        assert f"Right is **{question.key}**." in folded.partition("</details>")[0], question.id


def test_every_link_between_teachers_pages_leads_somewhere(shelf):
    for name in shelf.parts["To teach it"]:
        for target in re.findall(r"\]\(([^):#]+)\)", shelf.pages[name]):
            assert f"teaching/{target.removesuffix('.md')}" in shelf.pages, (name, target)
        for target in re.findall(r'href="([^":#]+)"', shelf.pages[name]):
            assert f"teaching/{target}" in shelf.files, (name, target)


def test_the_way_in_comes_first_and_the_exam_is_not_there(shelf):
    assert shelf.parts["To teach it"][:2] == ["teaching/README", "teaching/plan_50_minutes"]
    assert not [name for name in shelf.pages if "exam" in name and "example" not in name]
