"""What is printed for a class fits its sheet, and what is projected its screen."""

import re
import sys

import pytest
from lab import ROOT

sys.path.insert(0, str(ROOT / "teaching"))

import bank
import quiz

PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(scope="module")
def page(browser):
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ["handout", "cards"])
def test_one_sheet_of_a4(page, name):
    handout = (ROOT / "teaching" / "handout.html").read_text(encoding="utf-8")
    page.set_content(quiz.cards() if name == "cards" else handout)
    assert len(PAGE.findall(page.pdf(prefer_css_page_size=True))) == 1


def test_every_vote_fits_the_screen(page):
    questions = bank.tagged(bank.load(), "vote")
    page.set_content(quiz.vote(questions))
    heights = page.eval_on_selector_all("section", "all => all.map(one => one.scrollHeight)")
    assert len(heights) == len(questions) + 1
    tall = [q.id for q, height in zip(questions, heights[1:], strict=True) if height > 721]
    assert not tall
