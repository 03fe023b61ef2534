"""The course's terms: where each is defined, in bold, is where the glossary takes it from."""

import re
from pathlib import Path

TEXTS = Path(__file__).resolve().parents[1] / "notebooks" / "src"
DEFINED_IN = {
    "00": "collaborative filtering; factors; dot product; matrix factorization; rank",
    "01": "id; index",
    "02": "pivot; mask; density; sparsity; affinity; missing not at random; CSR",
    "03": "singular value decomposition; singular value; truncated; held out; RMSE; overfitting",
    "04": "parabola; ridge regression; Gram matrix; alternating least squares; valley; "
    "local minima; stochastic gradient descent",
    "06": "loss; objective; stop early",
    "07": "bootstrap",
    "08": "step size",
    "09": "bias; folding in; cold start",
    "10": "Procrustes; cosine",
    "11": "Precision; Recall; candidates",
    "12": "implicit feedback; preference; confidence",
    "13": "epoch; Early stopping; negative sampling; Huber's loss",
    "14": "Spark; driver; partitions; tasks; job; stages; shuffle",
}


def of(stem):
    """The terms that a notebook defines."""
    return DEFINED_IN.get(stem[:2], "").split("; ") if stem[:2] in DEFINED_IN else []


def anchor(term):
    """The id of the place where a term is defined."""
    return "term-" + re.sub(r"\W+", "-", term.lower())


def mark(text, stem):
    """A text with an anchor before each of its notebook's terms."""
    for term in of(stem):
        text = text.replace(f"**{term}**", f'<span id="{anchor(term)}"></span>**{term}**', 1)
    return text


def defined():
    """Each term with the stem of its notebook and the sentence that defines it, by alphabet."""
    found = []
    for path in sorted(TEXTS.glob("[0-9][0-9]_*.md")):
        prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.S | re.M)
        for term in of(path.stem):
            if f"**{term}**" not in prose:
                raise ValueError(f"{path.name} has no **{term}**; docs/terms.py says it defines it")
            (paragraph,) = [p for p in prose.split("\n\n") if f"**{term}**" in p][:1]
            found.append((term, path.stem, sentence(paragraph, f"**{term}**")))
    return sorted(found, key=lambda one: one[0].lower())


def sentence(paragraph, words):
    """The sentence of a paragraph, list or table in which some words stand."""
    (line,) = [line for line in paragraph.splitlines() if words in line][:1]
    if line.startswith("|"):
        return "; ".join(cell for cell in map(str.strip, line.strip("| ").split(" | ")[1:]))
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z*`(])", re.sub(r"^([-*]|\d\.) ", "", line))
    (place,) = [place for place, one in enumerate(sentences) if words in one][:1]
    leans = re.match(r"That|This is|Such|\(", sentences[place])  # on the sentence before it
    return " ".join(sentences[max(place - bool(leans), 0) : place + 1])
