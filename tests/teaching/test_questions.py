"""The question bank: each key proved by running the code it speaks of, each distractor wrong."""

import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from reading import NAMES, read_text

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "teaching"))

import bank  # noqa: E402

from als_lesson.exercises import EXERCISES  # noqa: E402

QUESTIONS = bank.load()


def each(questions):
    return pytest.mark.parametrize("question", questions, ids=lambda question: question.id)


@each(QUESTIONS)
def test_the_key_is_right_and_no_distractor_is(question):
    assert sum(option.right for option in question.options) == 1
    holds = bank.prove(question)
    assert len(holds) == len(question.options)
    for option, held in zip(question.options, holds, strict=True):
        assert held is True if option.right else not held, option.text
    assert False in holds  # a proof that rules out nothing proves nothing


def test_a_wrong_key_is_noticed():
    one = QUESTIONS[0]
    assert bank.prove(one)[bank.LETTERS.index(one.key)] is True
    assert not all(bank.prove(one))


@cache
def headings(name):
    """The headings of a notebook's sections."""
    lines = "\n".join(cell.source for cell in read_text(name).cells).splitlines()
    return {line.removeprefix("## ") for line in lines if line.startswith("## ")}


@each(QUESTIONS)
def test_a_question_is_whole(question):
    assert 3 <= len(question.options) <= len(bank.LETTERS)
    assert len({option.text for option in question.options}) == len(question.options)
    assert all(option.text and option.why for option in question.options)
    assert set(question.tags) <= set(bank.TAGS)
    if question.notebook:
        assert question.notebook in NAMES and question.id.startswith(question.notebook[:2] + "-")
        assert question.section in headings(question.notebook)


@each([question for question in QUESTIONS if any(one.check for one in question.options)])
def test_a_diagnosis_is_that_of_the_check(question):
    for option in question.options:
        if option.check:
            assert not option.right and option.why in EXERCISES[option.check].mistakes


def test_ids_are_unique():
    assert not [one for one, n in Counter(q.id for q in QUESTIONS).items() if n > 1]


def test_every_notebook_has_questions_to_vote_on_and_to_come_back_with():
    for name in NAMES:
        found = [question for question in QUESTIONS if question.notebook == name]
        assert len(found) >= 4
        for tag in ("vote", "next-day", "next-week"):
            assert bank.tagged(found, tag), (name, tag)
    assert len(bank.tagged(QUESTIONS, "before")) == 10


def test_diagnoses_of_the_checks_are_in_use():
    assert sum(bool(one.check) for question in QUESTIONS for one in question.options) >= 50


def test_what_notes_quote_of_the_checks_is_what_they_say():
    said = [words.lower() for check in EXERCISES.values() for words in check.mistakes]
    notes = (ROOT / "teaching" / "notes.md").read_text(encoding="utf-8")
    paragraphs = re.findall(r"^\*\*Get wrong\.\*\*.*$", notes, re.M)
    assert len(paragraphs) == len(NAMES)
    for quoted in re.findall(r'"([^"]+)"', "\n".join(paragraphs)):
        assert any(quoted.rstrip(".").lower() in words for words in said), quoted


def test_no_letter_is_a_safe_guess():
    keys = Counter(question.key for question in QUESTIONS)
    assert set(keys) == set(bank.LETTERS) and max(keys.values()) < 0.4 * len(QUESTIONS)
