"""The course as a website: ``python3 lesson.py site``, with ``--zip`` and ``--pdf`` if you like.

Three steps: builders write pages and files into a fresh folder, Sphinx turns the pages into HTML,
and the result replaces the folder site/. Nothing runs a notebook, nothing needs a network.

To add something to the site, write a function that takes a `Site` and put it into BUILDERS:

- ``site.page("live/zigzag", text, part="Live figures")`` adds a page, written in MyST (or in
  reStructuredText: ``"api.rst"``), and a line for it in that part of the menu;
- ``site.file("live/zigzag/7.webp", data)`` adds a file that lies there on the site, as it is;
- ``site.live["explore_zigzag"] = "live/zigzag.html"`` links the notebook cells that call this
  explorer to a page;
- ``site.offers["04_derive_als"].append(("without solutions", "downloads/04.ipynb"))`` adds a
  download to the head of a notebook's page.

Addresses are those of the finished site, from its root.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import classes
import decks
import lessons
import live
import made
import paper
import start
from sphinx.cmd.build import build_main

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent

# In this order: what the notebooks' pages link to is known before they are written, and the
# first page, which holds the menu, comes last.
BUILDERS = [live.write, lessons.write, classes.write, decks.write, made.write, start.write]


# What a screen reader stumbles over in the pages, and what helps it.
MENDED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    "<th></th>": "<td></td>",
    '<th class="head"><p></p></th>': "<td></td>",
}


class Site:
    """What the builders fill: pages for Sphinx, files as they are, and who links to what."""

    def __init__(self, folder, sample=False, pdf=False):
        self.sample = sample  # whether a few frames of each live figure will do
        self.pdf = pdf  # whether all of it will be printed
        self.pages, self.files = folder / "pages", folder / "files"
        self.parts = defaultdict(list)  # of the menu: title -> names of pages, in order
        self.live = {}  # name of an explorer -> address of the page where it runs
        self.offers = defaultdict(list)  # stem of a notebook -> (words, address) of downloads
        for made_here in (self.pages, self.files):
            made_here.mkdir(parents=True)

    def page(self, name, text, part=None, title=""):
        """Write a page; its name has no suffix unless it is .rst or .ipynb.

        The menu shows its own title, unless it is given another one there.
        """
        stem, suffix = name.removesuffix(".rst").removesuffix(".ipynb"), ".md"
        path = self.pages / (name if name != stem else stem + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        if part:
            self.parts[part].append(f"{title} <{stem}>" if title else stem)

    def file(self, name, data):
        """Write a file, text or bytes, that the site holds as it is."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)


def build(out, sample=False, pdf=False):
    """Build the site into a folder, which is replaced once everything went well."""
    with tempfile.TemporaryDirectory(prefix="als-lesson-site-") as folder:
        work = Path(folder)
        site = Site(work, sample, pdf)
        for builder in BUILDERS:
            builder(site)
        options = ["-q", "-W", "--keep-going", "-j", "auto", "-c", str(DOCS)]
        options += ["-d", str(work / "trees"), "-D", f"html_extra_path={site.files}"]
        if build_main([*options, str(site.pages), str(work / "html")]):
            sys.exit("The site was not built; what Sphinx says is above. The old one still stands.")
        shutil.rmtree(out, ignore_errors=True)
        mend(work / "html")
        if pdf:
            paper.print_all(work / "html")
        left = shutil.ignore_patterns(".buildinfo*", "_sources", "objects.inv")
        shutil.copytree(work / "html", out, ignore=left)


def mend(html):
    """Mend every page for screen readers."""
    for path in html.rglob("*.html"):
        text = path.read_text("utf-8")
        for found, better in MENDED.items():
            text = text.replace(found, better)
        path.write_text(text, encoding="utf-8", newline="\n")


def pack(out):
    """Put the site into one archive beside it; returns its path."""
    return shutil.make_archive(str(out), "zip", out.parent, out.name)


def main(args):
    """Build what was asked for, and say where it is."""
    parser = argparse.ArgumentParser(prog="python3 lesson.py site")
    parser.add_argument("--zip", action="store_true", help="pack it into site.zip as well")
    parser.add_argument("--pdf", action="store_true", help="print it as well (with Chromium)")
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="the folder to build into")
    few = "few frames of the live figures, for a quick look"
    parser.add_argument("--sample", action="store_true", help=few)
    chosen = parser.parse_args(args)
    out, start_time = chosen.out.resolve(), time.perf_counter()
    build(out, chosen.sample, chosen.pdf)
    print(f"Built in {time.perf_counter() - start_time:.0f} s. Open {out / 'index.html'}")
    if chosen.zip:
        print(f"Packed: {pack(out)}")


if __name__ == "__main__":
    main(sys.argv[1:])
