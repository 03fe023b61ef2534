"""No number in prose that a cell beside it does not print, digit for digit.

Held to it: decimals, percentages, and whole numbers of three digits or more. Free are the settings
of an equation (λ = 0.1), years, round hundreds, code, and what stands in ALLOWED with its reason.
"""

import re

import numpy as np
import pytest
from reading import NAMES, outputs, read

ALLOWED = {  # a notebook's name without its number: what it may say unprinted
    "pivot_to_a_matrix": {"162,541", "59,047"},  # users and movies of MovieLens 25M, from its page
    "compare_svd_with_a_mask": {"60 %"},  # 12 of the toy's 20 cells, which the reader sees
    "explore_with_sliders": {"0.01"},  # what an exercise asks for
    "als_versus_sgd": {"7 %"},  # how fast η shrinks, in the code beside it as 0.93
}
NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?:\s?%)?(?!\w|[.,]\d)")
UNREAD = r"```.*?```|`[^`]*`|\]\([^)]*\)|<details>.*?</details>|https?://\S+|= ?\d[\d.]*"
FREE = re.compile(r"\d\d?|(19|20)\d\d|[\d,]+00")


def sections(cells):
    """The cells between one heading and the next."""
    found = [[]]
    for cell in cells:
        if re.match(r"## ", cell.source):
            found.append([])
        found[-1].append(cell)
    return found


def said(cells):
    """The numbers in the prose of a section, as they are written."""
    for cell in (cell for cell in cells if cell.cell_type == "markdown"):
        prose = re.sub(UNREAD, " ", cell.source, flags=re.S).partition("**In practice.**")[0]
        yield from (number for number in NUMBER.findall(prose) if not FREE.fullmatch(number))


def shown(cells):
    """All numbers that a section's code cells hold or print, alt texts included."""
    found = set()
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        for text in [cell.source, *(text for _, text in outputs(cell))]:
            text = re.sub(r'<img[^>]*alt="([^"]*)"[^>]*>', r" \1 ", text)
            text = re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.S)
            found |= {number.replace(",", "") for number in re.findall(r"\d[\d,]*\.?\d*", text)}
    return found


def unprinted(cells):
    """The numbers of a notebook's prose that no cell of their section prints."""
    for section in sections(cells):
        by_cells = shown(section)
        for number in said(section):
            if number.rstrip("% ").replace(",", "") not in by_cells:
                yield number


@pytest.mark.parametrize("name", NAMES)
def test_numbers_in_prose_are_printed_beside_it(name):
    assert set(unprinted(read(name).cells)) <= ALLOWED.get(name[3:], set())


@pytest.mark.parametrize("name", NAMES)
def test_a_number_made_up_is_caught(name):
    """Fifty arbitrary decimals a notebook, each in the prose of some section."""
    random = np.random.RandomState(len(name))
    cells = read(name).cells
    prose = [cell for cell in cells if cell.cell_type == "markdown"][:-1]
    made_up = [f"{random.uniform(0, 5):.{random.randint(2, 4)}f}" for _ in range(50)]
    for number in made_up:
        random.choice(prose).source += f"\n\nIt is {number}."
    caught = list(unprinted(cells))
    assert sum(number in caught for number in made_up) >= 46


@pytest.mark.parametrize(
    "text", ["1,936 of them", "13 %", "0.5", "(0.873)", "by 1.05.", "12,345,678"]
)
def test_what_counts_as_a_number(text):
    cell = type("Cell", (), {"cell_type": "markdown", "source": f"It was {text}, and"})
    assert len(list(said([cell]))) == 1


@pytest.mark.parametrize(
    "text",
    ["λ = 0.1", "k = 10", "in 2009", "55,000", "two or 3", "`0.873`", "[it](1.95.html)", "m24"],
)
def test_what_is_free(text):
    cell = type("Cell", (), {"cell_type": "markdown", "source": f"It was {text} and"})
    assert list(said([cell])) == []
