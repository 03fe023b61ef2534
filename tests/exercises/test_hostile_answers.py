"""Checks survive whatever a learner writes, stay short, and let no near miss pass."""

import ast
import copy
import inspect
import itertools
import random
import textwrap
import types

import numpy as np
import pandas as pd
import pytest
import test_checks

from als_lesson.exercises import EXERCISES, check_below_biases
from als_lesson.exercises.engine import SIZES, outcome, same
from als_lesson.exercises.verdict import Verdict, show

NAMES = sorted(EXERCISES)
LONG = "x" * 100_000


class Rude:
    """An object that refuses everything."""

    def __getattr__(self, name):
        raise RuntimeError(LONG)

    def __repr__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")


JUNK = [
    "7", b"7", object(), Rude(), {}, set(), dict.fromkeys(range(10**5)), 10**400, -1j, np.inf,
    [[1], [1, 2]], [None], [...], (float, np.ones(3)), np.array([{}]), np.zeros((0, 3)), LONG,
    np.ones((300, 300)), np.array("2026-01-01", "M8[D]"), pd.DataFrame({"a": ["b"]}), int, Verdict,
    np.ma.masked_all(3), np.ones((2,) * 12), [[[[[[[]]]]]]], range(3), iter([1]),
]  # fmt: skip


def short(verdict):
    return len(repr(verdict)) < 1200 and len(verdict._repr_html_()) < 3000


@pytest.mark.parametrize("name", NAMES)
def test_junk_is_refused_in_a_few_words(name):
    one, turns = EXERCISES[name], itertools.cycle(JUNK)
    verdicts = [one(lambda *given: next(turns), seed=0)]
    given = one.draw(np.random.RandomState(0), 2)
    verdicts += [one(junk, *given) for junk in JUNK if not callable(junk)]
    for verdict in verdicts:
        assert not verdict.correct and short(verdict)


@pytest.mark.parametrize("name", ["density", "mean_fill", "catches"])
def test_a_function_that_gives_junk_is_refused_in_a_few_words(name):
    for junk in JUNK:
        verdict = EXERCISES[name](lambda *given, junk=junk: junk, seed=0)
        assert not verdict.correct and short(verdict)


@pytest.mark.parametrize("trouble", [ValueError(LONG), SystemExit(), RecursionError(), KeyError()])
def test_an_exception_is_reported_and_not_raised(trouble):
    def stops(*given):
        raise trouble

    for exercise in EXERCISES.values():
        verdict = exercise(stops)
        assert not verdict.correct and short(verdict)
        assert f"stopped with {type(trouble).__name__}" in verdict.message


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_is_not_started(name):
    def starter(*given): ...

    def printing(*given):
        print("7")

    for nothing in (..., None, starter):
        assert "not started" in EXERCISES[name](nothing).message
    assert "end it with a return" in EXERCISES[name](printing).message


def test_what_a_learner_prints_is_seen_once(capsys):
    EXERCISES["density"](lambda R: print("hello"))
    assert capsys.readouterr().out == "hello\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_that_overwrites_its_arguments_does_not_pass(name):
    def overwriting(*given):
        right = test_checks.RIGHT[name](*given)
        for one in given:
            if isinstance(one, np.ndarray):
                one[...] = 0
            elif isinstance(one, list | dict):
                one.clear()
            elif isinstance(one, pd.DataFrame):
                one.iloc[:] = 0
        return right

    verdict = EXERCISES[name](overwriting)
    mutable = name not in {"one_rating", "memory", "catches"}
    assert verdict.correct != mutable
    assert ("work on a copy" in verdict.message) == mutable


def test_what_the_learner_wrote_is_escaped_on_the_page():
    def stops(R):
        raise ValueError("<b>&")

    assert "&lt;b&gt;&amp;" in EXERCISES["density"](stops)._repr_html_()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1 + 0.2, "0.3"),
        ([1.0, np.nan], "[1, nan]"),
        (np.array([True, False]), "[True, False]"),
        (np.arange(10**6), "[0, 1, 2, 3, 4, 5, …"),
        (pd.DataFrame({"k": [2], "lam": [0.5]}), "['k', 'lam'] [[2, 0…"),
    ],
)
def test_values_are_shown_on_one_short_line(value, shown):
    assert show(value, 20)[: len(shown)] == shown and len(show(value, 20)) <= 20
    assert show(Rude(), 20) == "a Rude"


# ---- near misses --------------------------------------------------------------------------------


def changed(tree):
    """A copy of a tree for every small change: another operator, number, comparison or name."""
    names = sorted({n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)})
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.BinOp):
            changes = [("op", op()) for op in (ast.Add, ast.Sub, ast.Mult, ast.Div)]
            changes += [("op", node.op, side) for side in ("left", "right")]
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            changes = [("ops", [op()]) for op in (ast.Gt, ast.LtE, ast.Eq, ast.NotEq)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            changes = [("value", node.value + more) for more in (-1, 1)]
        elif isinstance(node, ast.Name) and node.id in names:
            changes = [("id", name) for name in names]
        else:
            continue
        for field, value, *side in changes:
            other = copy.deepcopy(tree)
            there = list(ast.walk(other))[place]
            if side:  # leave one side of the operation out
                there.op, kept = ast.Add(), getattr(there, side[0])
                there.left, there.right = kept, ast.Constant(0)
            else:
                setattr(there, field, value)
            yield ast.fix_missing_locations(other)


@pytest.mark.parametrize("name", NAMES)
def test_no_near_miss_passes(name):
    """What passes agrees with the right answer on 100 other inputs."""
    right, one = test_checks.RIGHT[name], EXERCISES[name]
    source = textwrap.dedent(inspect.getsource(right))
    if right.__name__ == "<lambda>":
        source = "right = " + source.partition(": ")[2].strip().rstrip(",")
    rng, chance = np.random.RandomState(1), random.Random(0)
    others = [one.draw(rng, size) for size in SIZES * 4]
    trees = list(changed(ast.parse(source)))
    for tree in chance.sample(trees, min(len(trees), 15)):
        there = dict(vars(test_checks))
        exec(compile(tree, name, "exec"), there)
        answer = there[source.split("(")[0].split()[-1] if "def " in source else "right"]
        if one(answer, seed=0).correct:
            for given in others:
                assert same(outcome(answer, given), outcome(one.oracle, given)), ast.unparse(tree)


# ---- settings of an explorer --------------------------------------------------------------------


class Explorer:
    """A stand-in: λ in whole numbers, k at most 50, and an error that only its settings decide."""

    bias_rmse = 1.0

    def __init__(self):
        self.controls = {
            name: types.SimpleNamespace(value=value)
            for name, value in (("k", 2), ("lam", 0.1), ("weighted", False), ("biases", False))
        }
        self.set()

    def set(self, **values):
        for name, value in values.items():
            if name not in self.controls:
                raise ValueError(f"there is no control {name!r}")
            self.controls[name].value = min(value, 50)
        good = self.controls["biases"].value * 0.1 + (self.controls["lam"].value == 10) * 0.05
        held_out = [2.0, 1.05 - good]
        self.run = types.SimpleNamespace(held_out=held_out, biased=self.controls["biases"].value)


@pytest.mark.parametrize(
    ("before", "settings", "words"),
    [
        ({}, {"k": 2, "lam": 0.1, "biases": True}, "0.050 below the biases"),
        ({}, {"k": 3, "lam": 0.2, "weighted": True, "biases": True}, "0.050 below the biases"),
        ({"biases": True}, {"k": 2, "lam": 0.1}, "biases = True left over on screen"),
        ({}, {"biases": True}, "k = 2, lam = 0.1 left over on screen"),
        ({}, {"k": 900, "biases": True}, "k = 900 became 50"),
        ({}, {"k": 3}, "0.050 above the biases"),
        ({}, {"lam": 10.0}, "0.000 below the biases, and 0.01 below"),
        ({}, {"size": 3}, "there is no control 'size'"),
        ({}, 7, "7 has no names: write dict("),
        ({}, (3, 1.0, True), "has no names: write dict("),
        ({}, {"lam": "a"}, "stopped with TypeError"),
        ({}, ..., "not started"),
    ],
)
def test_settings_stand_alone(before, settings, words):
    explorer = Explorer()
    explorer.set(**before)
    verdict = check_below_biases(settings, explorer)
    assert words in verdict.message, verdict
    assert verdict.correct == words.endswith("050 below the biases")
