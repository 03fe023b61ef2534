"""The website: built once, then looked at, file by file and in a browser without a network."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import lessons
import paper
import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
AXE = ["index", "08_explore_with_sliders", "live", "glossary", "search"]
FOR_PAPER = {"teaching/cards.html", "teaching/handout.html"}


@pytest.fixture(scope="module")
def stick(site, tmp_path_factory):
    """The site as it lies there after its archive was unpacked somewhere else."""
    folder = tmp_path_factory.mktemp("a stick")
    shutil.unpack_archive(site.with_suffix(".zip"), folder)
    return folder / site.name


class Page(HTMLParser):
    """The ids, links and resources of a page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids.add(given.get("id"))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.loaded += [
            given[name] for name in ("src", "srcset", "data", "poster") if name in given
        ]
        if tag == "link" and given.get("rel") != "canonical":
            self.loaded.append(given["href"])


@pytest.fixture(scope="module")
def pages(stick):
    """Every page by its path from the site's root."""
    return {path.relative_to(stick).as_posix(): Page(path) for path in stick.rglob("*.html")}


# ---- what is there -----------------------------------------------------------------------------


def test_every_notebook_has_its_page_and_can_be_taken_home(site):
    assert len(NOTEBOOKS) == 15
    for stem in NOTEBOOKS:
        page = (site / f"{stem}.html").read_text("utf-8")
        assert re.search(r"About \d+ minutes", page) and "Solution" in page
        assert ('class="prediction"' in page) == ("guess" in page), stem
        stored = (ROOT / "notebooks" / f"{stem}.ipynb").read_bytes()
        assert (site / "downloads" / f"{stem}.ipynb").read_bytes() == stored
        to_solve = (site / "downloads" / f"{stem}_to_solve.ipynb").read_text("utf-8")
        assert "Solution</summary>" not in to_solve
        assert len(json.loads(to_solve)["cells"]) > 20


def test_every_link_and_every_resource_is_there(stick, pages):
    for name, page in pages.items():
        for address in page.links + page.loaded:
            if re.match(r"(https?|mailto|data):", address):
                continue
            file, _, place = address.partition("#")
            target = (stick / name).parent / unquote(file.partition("?")[0])
            target = target if file else stick / name
            assert target.is_file(), f"{name} leads to {address}"
            there = pages.get(target.resolve().relative_to(stick.resolve()).as_posix())
            assert not place or not there or unquote(place) in there.ids, f"{name}: {address}"


def test_nothing_is_loaded_from_elsewhere(stick, pages):
    assert not [one for page in pages.values() for one in page.loaded if "//" in one[:8]]
    for sheet in [*stick.rglob("*.css"), *stick.rglob("*.html")]:
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", sheet.read_text("utf-8")), (
            sheet
        )


def test_no_door_is_shown_before_somebody_owns_the_course(pages):
    assert not [link for page in pages.values() for link in page.links if "mybinder" in link]


def test_pages_are_made_of_what_the_project_holds(site):
    glossary = (site / "glossary.html").read_text("utf-8")
    assert 'href="04_derive_als.html#term-gram-matrix"' in glossary
    assert "the axes are swapped" not in (site / "mistakes.html").read_text("utf-8")
    assert "λ is missing" in (site / "mistakes.html").read_text("utf-8")
    assert "RatingMatrix.from_ratings" in (site / "api.html").read_text("utf-8")
    trust = ROOT / "notebooks" / "replication.md"
    assert (site / "trust.html").exists() == trust.exists()


# ---- in a browser ------------------------------------------------------------------------------


def asks_elsewhere(request):
    return not request.url.startswith(("file:", "data:"))


def is_missing(request):
    """Whether a request failed; one that the next page cut short did not."""
    return request.failure != "net::ERR_ABORTED"


def test_every_page_opens_on_a_phone_and_asks_for_nothing_else(stick, pages, browser):
    troubles = []
    phone = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    tab = phone.new_page()
    tab.on("console", lambda said: said.type == "error" and troubles.append(said.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("requestfailed", lambda one: is_missing(one) and troubles.append(one.url))
    tab.on("request", lambda one: asks_elsewhere(one) and troubles.append(one.url))
    for name in pages:
        tab.goto((stick / name).as_uri())
        width = tab.evaluate("document.documentElement.scrollWidth")
        assert width <= 390 or name in FOR_PAPER, f"{name} is {width} pixels wide"
        assert not troubles, f"{name}: {troubles}"
    phone.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_either_theme(stick, browser, theme):
    context = browser.new_context(color_scheme=theme, viewport={"width": 1366, "height": 768})
    tab = context.new_page()
    for name in AXE:
        tab.goto((stick / f"{name}.html").as_uri())
        found = Axe().run(tab).response["violations"]
        assert not found, f"{name}: {[(one['id'], one['nodes'][0]['html']) for one in found]}"
    context.close()


def test_search_finds_ridge(stick, browser):
    tab = browser.new_page()
    tab.goto((stick / "search.html").as_uri() + "?q=ridge")
    tab.wait_for_selector("#search-results li a")
    hits = tab.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any("04_derive_als.html" in hit for hit in hits)
    tab.close()


def test_a_guess_is_said_again_above_its_answer(stick, browser):
    tab = browser.new_page()
    tab.goto((stick / "08_explore_with_sliders.html").as_uri())
    choice = tab.locator(".prediction", has=tab.locator("fieldset")).first
    choice.get_by_label("5", exact=True).check()
    answer = choice.locator("xpath=following-sibling::details[1]")
    assert not answer.locator(".said").is_visible()
    answer.locator("summary").press("Enter")
    assert answer.locator(".said").inner_text() == "You said: 5."
    assert (
        answer.get_by_text("plain λ = 10.0").or_(answer.locator(".cell_output")).first.is_visible()
    )
    tab.close()


def test_a_document_for_paper_leads_only_to_what_is_in_it(stick, browser):
    """Printed from the unpacked archive; what leads out of it is plain words."""
    paper.print_pages(CHROMIUM, stick, ["03_compare_svd_with_a_mask", "04_derive_als"], "two.pdf")
    printed = (stick / "two.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and b"/Dest" in printed
    assert b"file:" not in printed and not (stick / "sheet.html").exists()
    (stick / "two.pdf").unlink()


# ---- an owner ----------------------------------------------------------------------------------


def test_an_owner_opens_doors_to_binder_and_colab(monkeypatch):
    files = {}
    monkeypatch.setattr(lessons, "said_owner", lambda: "https://github.com/ada/als/")
    notebook = lessons.nbformat.read(ROOT / "notebooks" / f"{NOTEBOOKS[4]}.ipynb", as_version=4)
    doors = lessons.launch(notebook, NOTEBOOKS[4], SimpleNamespace(file=files.__setitem__))
    assert [words for words, _ in doors] == ["Binder", "Colab"]
    assert all("ada/als" in address and NOTEBOOKS[4] in address for _, address in doors)
    first, *rest = json.loads(files[f"colab/{NOTEBOOKS[4]}.ipynb"])["cells"]
    assert first["source"] == ["%pip install --quiet git+https://github.com/ada/als"]
    assert len(rest) == len(notebook.cells)


@pytest.mark.parametrize("said", ["ada/als", "https://example.org/ada/als", "https://github.com/a"])
def test_an_address_that_is_none_is_refused_with_advice(monkeypatch, said):
    monkeypatch.setattr(lessons, "said_owner", lambda: said)
    with pytest.raises(SystemExit, match="Write https://github.com/OWNER/REPOSITORY"):
        lessons.owner()
