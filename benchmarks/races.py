"""Everyone solves the same problem in turn; no time is believed without the objective."""

import time
from importlib.util import find_spec
from statistics import median

from contestants import CONTESTS
from problems import LAM, Problem
from stars import CG_STEPS

SAME = 0.01  # relative difference in the objective; other starts end a little apart


def installed(contestant):
    """Whether its package is here."""
    return find_spec(contestant.package) is not None


def race(kind, matrix, shape, k, threads):
    """Everyone in turn, round after round: a row of results for each."""
    contest = CONTESTS[kind]
    problem = Problem(matrix, k, LAM, shape.n_iter, threads)
    entrants = {
        name: one
        for name, one in contest.contestants.items()
        if installed(one) and matrix.nnz * k <= one.most
    }
    seconds, answers = take_turns(problem, entrants, shape.rounds)
    reached = {
        name: contest.objective(problem, *(f.astype(float) for f in factors))
        for name, factors in answers.items()
    }
    ours, rows = seconds["als_lesson"], []
    for name, times in seconds.items():
        ratios = [t / o for t, o in zip(times, ours, strict=False)]
        rows.append(
            {
                "kind": kind,
                "ratings": shape.name,
                "k": k,
                "solver": name,
                "exact": entrants[name].exact,
                "seconds": median(times),
                "ratio": median(ratios),
                "objective": reached[name],
                "same": abs(reached[name] / reached["als_lesson"] - 1) < SAME,
            }
        )
        if not entrants[name].exact and not name.startswith("als_lesson"):
            goal = contest, problem, reached[name]
            rows[-1]["ours_to_same"] = time_to(*goal, median(ours))
            if rough := seconds.get("als_lesson, CG"):
                rows[-1]["cg_to_same"] = time_to(*goal, median(rough), cg_steps=CG_STEPS)
    return rows


def take_turns(problem, entrants, rounds):
    """Seconds of each run, by solver, and the factors of the last."""
    ready = {name: one.prepare(problem) for name, one in entrants.items()}
    if rounds > 1:  # a round that does not count: it compiles, and warms memory
        for name, run in ready.items():
            if entrants[name].warms_up:
                run()
    seconds, answers = {name: [] for name in ready}, {}
    for number in range(rounds):
        for name, run in ready.items():
            if number == 0 or not entrants[name].slow:
                start = time.perf_counter()
                answers[name] = run()
                seconds[name].append(time.perf_counter() - start)
    return seconds, answers


def time_to(contest, problem, goal, seconds, **form):
    """Our time until the objective is as low as `goal`, from a full run's iterations."""
    for step in contest.steps(problem, n_iter=5 * problem.n_iter, **form):
        if step.side == "items" and step.objective <= goal:
            return seconds * step.iteration / problem.n_iter
    return float("inf")
