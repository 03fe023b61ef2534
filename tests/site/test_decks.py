"""The slides: every one is looked at, none overflows, and both decks keep the plans' minutes."""

import re
from pathlib import Path

import decks
import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
PLANS = {"fifty": "plan_50_minutes", "ninety": "plan_90_minutes"}
# What reaches beyond the slide, or beyond its own box, as (name, right, bottom).
TOO_LARGE = """() => [...document.querySelectorAll('section.present .slide, section.present .slide *')]
    .filter(it => it.tagName === 'svg' || !it.closest('svg'))
    .filter(it => {
        const box = it.getBoundingClientRect();
        const inline = getComputedStyle(it).display.startsWith('inline');
        return box.left < -1 || box.top < -1 || box.right > 1281 || box.bottom > 721
            || (!inline && it.clientWidth > 0 && it.scrollWidth > it.clientWidth + 2);
    })
    .map(it => [it.outerHTML.slice(0, 80), it.getBoundingClientRect().right])"""
# What lies on something else of the same slide, which should all stand one below the other.
OVERLAPPING = """() => {
    const boxes = [...document.querySelector('section.present .slide').children]
        .map(it => it.getBoundingClientRect()).filter(box => box.height > 0);
    return boxes.slice(1).filter((box, n) => box.top < boxes[n].bottom - 1).length;
}"""
PICTURES = """() => Promise.all([...document.querySelectorAll('section.present .slide img')].map(
    it => it.decode().then(() => [it.alt.length, it.clientHeight])))"""


def source(name):
    return (ROOT / "docs" / "slides" / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture
def show(browser, site):
    """Open a deck at 1280 x 720; the browser must have nothing to complain of."""
    heard, asked = [], set()

    def show(name):
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("console", lambda said: said.type == "error" and heard.append(said.text))
        page.on("request", lambda request: asked.add(request.url.partition("://")[0]))
        page.goto((site / "slides" / f"{name}.html").as_uri())
        page.wait_for_function("Reveal.isReady()")
        return page

    yield show
    assert not heard and asked <= {"file", "data"}


@pytest.mark.parametrize("name", decks.DECKS)
def test_nothing_on_any_slide_overflows(show, name):
    page = show(name)
    count = page.evaluate("Reveal.getTotalSlides()")
    assert count == len(decks.slides(source(name))) >= 15
    for number in range(count):
        page.evaluate(f"Reveal.slide({number})")
        assert page.evaluate(TOO_LARGE) == [], f"slide {number + 1}"
        assert page.evaluate(OVERLAPPING) == 0, f"slide {number + 1}"
        for words, height in page.evaluate(PICTURES):
            assert words > 50 and height > 350, f"slide {number + 1}"
    page.close()


@pytest.mark.parametrize("name", decks.DECKS)
def test_every_slide_has_notes_and_votes_have_their_answer(site, name):
    html = (site / "slides" / f"{name}.html").read_text(encoding="utf-8")
    notes = re.findall(r'<aside class="notes">(.*?)</aside>', html, re.S)
    assert len(notes) == html.count("<section>") and all(len(one) > 30 for one in notes)
    votes = re.findall(r"<!-- vote (\S+) -->", source(name))
    assert sum("Right is <strong>" in one for one in notes) == len(votes) >= 4
    assert "<!--" not in html and "$$" not in html


@pytest.mark.parametrize(("name", "plan"), PLANS.items())
def test_a_deck_keeps_the_minutes_of_its_plan(name, plan):
    text = (ROOT / "teaching" / f"{plan}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([^|]+?) \| ([^|]+)\| ([^|]+) \|$", text, re.M)
    planned = [f"At {at}, {minutes} minutes: {what}" for at, minutes, what, *_ in rows]
    notes = "\n".join(notes for _, notes in decks.slides(source(name)))
    said = re.findall(r"^At \d+, \d+ minutes: .*?(?=\.?$)", notes, re.M)
    assert len(planned) > 10 and said == planned
    asked = [vote for *_, do in rows for vote in re.findall(r"vote (\d\d-\w+)", do)]
    assert re.findall(r"<!-- vote (\S+) -->", source(name)) == asked


@pytest.mark.parametrize("name", decks.DECKS)
def test_every_number_on_a_slide_is_printed_by_a_notebook(name):
    printed = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("0*.ipynb")
    )
    said = set(re.findall(r"\d+\.\d+", source(name)))
    assert said and not {number for number in said if number not in printed}


def test_a_slider_takes_the_arrow_keys_while_it_has_the_focus(show):
    page = show("fifty")
    at = next(n for n, (shown, _) in enumerate(decks.slides(source("fifty"))) if "live" in shown)
    page.evaluate(f"Reveal.slide({at})")
    box = page.locator("section.present [data-live=half_step]")
    before = box.get_attribute("data-frame")
    box.get_by_role("slider", name="half-steps done").press("ArrowRight")
    expect(box).not_to_have_attribute("data-frame", before)
    assert page.evaluate("Reveal.getIndices().h") == at
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == at + 1
    page.close()


def test_a_slide_asks_for_a_picture_that_is_there_once():
    assert decks.stored("05", "It falls")[0].startswith("It falls, and levels off. loss: from")
    for words in ("No such picture", ""):
        with pytest.raises(LookupError, match="a slide needs one"):
            decks.stored("05", words)
