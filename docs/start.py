"""The first page: the README's words for readers, and the menu of all pages."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write(site):
    """Write the first page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    opening = readme.partition("\n## ")[0]
    for name in set(re.findall(r"\(notebooks/images/([^)]+)\)", opening)):
        site.file(f"figures/{name}", (ROOT / "notebooks" / "images" / name).read_bytes())
    opening = re.sub(
        r"!\[([^\]]*)\]\(notebooks/images/([^)]+)\)", r'<img alt="\1" src="figures/\2">', opening
    )
    site.page("index", opening + "\n\n" + menu(site.parts))


def menu(parts):
    """The parts of the menu as Sphinx wants them."""
    return "\n".join(
        "```{toctree}\n:hidden:\n:caption: " + title + "\n\n" + "\n".join(names) + "\n```\n"
        for title, names in parts.items()
    )
