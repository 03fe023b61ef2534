"""The questions of the course: teaching/questions holds them, one file for each notebook.

A file is TOML: the notebook's name, and a table ``[[question]]`` for each question. ``ask`` is the
question, ``options`` are its answers in the order of the letters. One of them is ``right``; each
says ``why``, which is what somebody reads who chose it. ``check`` names the exercise whose check
gives that same diagnosis. ``section`` is the heading in the notebook that the question is about.

``code`` proves the key. It leaves a list ``holds``, one entry for each option: whether what the
option says is so, computed; None where nothing can be computed. It has ``np``, ``nan``, ``close``
(`np.isclose`), ``toy``, the table of notebook 00, and ``als``, the alternation of notebook 04.

Tags: ``vote`` for a question worth two votes with a talk between, ``next-day`` and ``next-week``
for questions to come back with, ``before`` for the check of what the course asks for.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

QUESTIONS = Path(__file__).resolve().parent / "questions"
TAGS = ("vote", "next-day", "next-week", "before")
LETTERS = "ABCD"
TOY = np.array(
    [
        [5, 4, np.nan, 1, np.nan],
        [4, np.nan, np.nan, 1, 2],
        [np.nan, 1, 5, np.nan, 4],
        [1, np.nan, 4, 5, np.nan],
    ]
)


@dataclass(frozen=True)
class Option:
    """One answer: what it says, what is said to whoever chose it, and whether it is the key."""

    text: str
    why: str
    right: bool = False
    check: str = ""


@dataclass(frozen=True)
class Question:
    """One question with its options."""

    id: str
    notebook: str
    section: str
    tags: tuple
    ask: str
    options: tuple
    code: str

    @property
    def key(self):
        """The letter of the right option."""
        return LETTERS[[option.right for option in self.options].index(True)]


def load(folder=QUESTIONS):
    """All questions, file by file."""
    found = []
    for path in sorted(Path(folder).glob("*.toml")):
        with path.open("rb") as file:
            content = tomllib.load(file)
        for one in content["question"]:
            options = tuple(Option(**option) for option in one.pop("options"))
            one |= {"tags": tuple(one["tags"]), "ask": one["ask"].strip(), "options": options}
            found.append(Question(notebook=content["notebook"], **one))
    return found


def als(R, k, lam, n_iter, seed):
    """The alternation of notebook 04, on a small table: U, V and the objective at each half-step."""
    V, reached = np.random.RandomState(seed).random_sample((R.shape[1], k)), []
    filled, seen = np.nan_to_num(R), 1.0 * ~np.isnan(R)

    def solve(filled, seen, F):
        grams = np.tensordot(seen, F[:, :, None] * F[:, None, :], axes=1) + lam * np.eye(k)
        return np.linalg.solve(grams, (filled @ F)[:, :, None])[:, :, 0]

    def objective():
        return np.sum(seen * (filled - U @ V.T) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))

    for _ in range(n_iter):
        U = solve(filled, seen, V)
        reached.append(objective())
        V = solve(filled.T, seen.T, U)
        reached.append(objective())
    return U, V, reached


def prove(question):
    """Run a question's code: for each option whether it holds, or None where none can tell."""
    names = {"np": np, "nan": np.nan, "close": np.isclose, "toy": TOY.copy(), "als": als}
    exec(compile(question.code, question.id, "exec"), names)
    return [None if one is None else bool(one) for one in names["holds"]]


def tagged(questions, tag):
    """The questions that carry a tag."""
    return [question for question in questions if tag in question.tags]


def blocks(text):
    """Paragraphs and fenced blocks of a text: (is it a block?, its words)."""
    for n, part in enumerate(re.split(r"^```\n(.*?)^```$", text, flags=re.M | re.S)):
        if n % 2:
            yield True, part.rstrip("\n")
        else:
            yield from ((False, one.strip()) for one in re.split(r"\n{2,}", part) if one.strip())
