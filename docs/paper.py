"""The site on paper: a PDF of each notebook and one of the whole course, printed by Chromium."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import lessons
from bs4 import BeautifulSoup

BOOK = "downloads/als_course.pdf"
NAMES = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
]
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
]


def find_chromium():
    """The program that prints; without one, stop with advice."""
    found = filter(None, [*map(shutil.which, NAMES), *map(shutil.which, PLACES)])
    return next(found, None) or sys.exit(
        "--pdf prints with Chromium, Chrome or Edge, and none of them was found. Install one, or "
        "leave --pdf out: every page prints from any browser, too."
    )


def print_all(html):
    """Print a finished site's notebooks, one by one and together, into its downloads."""
    chromium = find_chromium()
    stems = [path.stem for path in lessons.paths()]
    for stem in stems:
        print_pages(chromium, html, [stem], f"downloads/{stem}.pdf")
    print_pages(chromium, html, ["index", *stems, "glossary", "notation"], BOOK)


def print_pages(chromium, html, names, pdf):
    """Print some pages as one document; what links between them is a link in it."""
    sheet = html / "sheet.html"
    sheet.write_text(bind(html, names), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="als-lesson-print-") as profile:
        flags = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # root has no other way
        flags += ["--generate-pdf-document-outline", f"--user-data-dir={profile}"]
        command = [chromium, *flags, f"--print-to-pdf={html / pdf}", sheet.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    sheet.unlink()
    if done.returncode or not (html / pdf).exists():
        sys.exit(f"{pdf} was not printed. {Path(chromium).name} says:\n{done.stderr.strip()}")


def bind(html, names):
    """Some pages as one: everything unfolded, and links that lead out of it but plain words."""
    first = BeautifulSoup((html / f"{names[0]}.html").read_text("utf-8"), "html.parser")
    articles = []
    for name in names:
        page = BeautifulSoup((html / f"{name}.html").read_text("utf-8"), "html.parser")
        article = page.find("article")
        adapt(article, name, names)
        articles.append(f'<article id="{name}">{article.decode_contents()}</article>')
    styles = "".join(str(link) for link in first.find_all("link", rel="stylesheet"))
    styles += "".join(str(style) for style in first.find_all("style"))
    title = first.title if len(names) == 1 else "<title>Alternating Least Squares</title>"
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8">{title}{styles}</head>'
    return f'{head}<body data-theme="light" class="sheet">{"".join(articles)}</body></html>'


def adapt(article, name, names):
    """Make an article a chapter of a document that holds the pages named."""
    for thing in article.select("a.headerlink, .lesson-head span:nth-child(n + 2)"):
        thing.decompose()
    for fold in article.find_all("details"):
        fold["open"] = ""
    for thing in article.find_all(id=True):
        thing["id"] = f"{name}--{thing['id']}"
    for label in article.find_all("label", attrs={"for": True}):
        label["for"] = f"{name}--{label['for']}"
    for link in article.find_all("a", href=True):
        page, _, place = link["href"].partition("#")
        page = page.removesuffix(".html") or name
        if page in names:
            link["href"] = f"#{page}--{place}" if place else f"#{page}"
        elif "://" not in link["href"]:
            link.unwrap()
