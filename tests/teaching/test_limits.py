"""What holds an answer in: each guard refuses by itself, and Python's alone as well."""

import json
import subprocess
import sys

import judging
import limits
import pytest
from handed_in import EXERCISES, ROOT

# What no answer may do; each line stops with an OSError, or the guard failed.
ATTEMPTS = {
    "Landlock": [
        "open({victim!r} + '/new', 'w')",
        "open({victim!r} + '/keep', 'w')",
        "os.remove({victim!r} + '/keep')",
        "os.mkdir({victim!r} + '/more')",
        "open({course!r} + '/als_lesson/exercises/cells.py')",
        "open('/proc/' + str(os.getppid()) + '/environ')",
    ],
    "system calls": [
        "os.fork()",
        "os.kill(os.getppid(), 9)",
        "os.execv('/bin/true', ['true'])",
        "socket.socket()",
        "os.chmod({victim!r} + '/keep', 0)",
        "os.utime({victim!r} + '/keep', (0, 0))",
        "resource.setrlimit(resource.RLIMIT_NPROC, (9, 9))",
    ],
    "limits": ["os.write(os.open({victim!r} + '/keep', os.O_WRONLY), b'no more')"],
}
ATTEMPTS["Python"] = [*ATTEMPTS["Landlock"], *ATTEMPTS["system calls"]]
TRY = """
import json, os, resource, socket, sys
sys.path.insert(0, {folder!r})
import limits
keep = open({victim!r} + '/keep')  # what is open already stays open
for name in ("_limit", "_landlock", "_filter_calls", "_watch"):
    if name != {guard!r}:
        setattr(limits, name, lambda *given: False)
in_force, went_through = limits.restrict({readable!r}), []
for line in {attempts!r}:
    try:
        exec(line)
        went_through.append(line)
    except (OSError, ValueError):
        pass
os.write(1, json.dumps([in_force, went_through]).encode())
os._exit(0)
"""
GUARDS = {
    "limits": "_limit",
    "Landlock": "_landlock",
    "system calls": "_filter_calls",
    "Python": "_watch",
}


@pytest.mark.parametrize("guard", ATTEMPTS)
def test_each_guard_refuses_by_itself(guard, tmp_path):
    """Where a system lacks a guard, nothing is promised, and `grade` says so."""
    (tmp_path / "keep").write_text("me")
    attempts = [line.format(victim=str(tmp_path), course=str(ROOT)) for line in ATTEMPTS[guard]]
    program = TRY.format(
        folder=str(ROOT / "teaching"),
        victim=str(tmp_path),
        guard=GUARDS[guard],
        readable=judging.readable(),
        attempts=attempts,
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    in_force, went_through = json.loads(done.stdout)
    assert in_force in ([guard], []) and (
        in_force == [guard] or guard in ("Landlock", "system calls")
    )
    if in_force:
        assert not went_through
        assert [path.name for path in tmp_path.iterdir()] == ["keep"]
        assert (tmp_path / "keep").read_text() == "me"


def test_every_guard_has_a_name_that_restrict_gives():
    assert {*GUARDS} == {*ATTEMPTS} and all(hasattr(limits, name) for name in GUARDS.values())


def test_where_nothing_forks_each_answer_is_started_anew():
    one = EXERCISES["02-density"]
    lessons = {one.notebook: {"lesson": ["import numpy as np"], "absent": []}}
    judge = judging.Judge(lessons, ["numpy"], fork=False)
    assert judge.verdict(one, one.solved).correct
    assert not judge.verdict(one, "def density(R):\n    import os; os._exit(0)").correct
    assert judge.house.process is None and "Python" in judge.guards


def test_what_an_answer_may_read_holds_nothing_of_the_course():
    for place in judging.readable():
        assert not (ROOT / "als_lesson").is_relative_to(place)
        assert not (ROOT / "notebooks").is_relative_to(place)
