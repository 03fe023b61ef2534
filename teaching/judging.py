"""The trusted side of grading: the course's checks, asking an answer that runs elsewhere.

A check calls what it takes for the learner's function. That function sends the inputs to the
answer's own process (`answering`) and hands back what returns, so that the verdict, the oracle and
the random numbers never are where the answer could reach them.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import limits
import numpy as np
import wire

from als_lesson.exercises import EXERCISES
from als_lesson.exercises.verdict import Verdict

HERE = Path(__file__).resolve().parent
SECONDS = 3.0  # for one call of an answer
IN_ALL = 10.0  # for all calls of one
ASKED_BACK = 300  # calls of a function of ours during one call
CAN_FORK = hasattr(os, "fork")
LONGEST = 20_000  # characters in a cell
# No threads, and memory in the pieces asked for: the limits count both.
ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ALONE |= {"ARROW_DEFAULT_MEMORY_POOL": "system"}


def _around(u, place, n):
    """A table of n random rows, of which one is u."""
    rows = np.random.RandomState().randint(-10, 31, (n, len(u))) / 10
    rows[place] = u
    return rows


# Where an answer is a value and no function: what the cell finds under which name, from the check's
# arguments. The values change from try to try, so what was counted by eye is right once only.
STAGES = {
    "blanks": lambda R: {"R": R},
    "prediction": lambda u, v: {"U": _around(u, 2, 4), "V": _around(v, 3, 5)},
    "choice": lambda table: {"sweep": Gives(table), "results": table, "train": 0, "validation": 0},
}


class Gives:
    """Stands for a function that gives the same value for whatever arguments."""

    def __init__(self, value):
        self.value = value


class Broken(BaseException):
    """An answer's process cannot be asked any more; no check may catch this."""


def said_by(name, text):
    """An exception of that name, as an answer raised it."""
    safe = "".join(c for c in str(name) if c.isalnum() or c == "_")[:60] or "Exception"
    return type(safe, (Exception,), {})(str(text)[:300])


# ---- processes ----------------------------------------------------------------------------------


def readable():
    """Folders and files that Python itself reads from; none of the course's own."""
    places = {path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")}
    places |= {sysconfig.get_path(one) for one in ("stdlib", "platstdlib", "purelib", "platlib")}
    places |= {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/dev/null", "/dev/urandom"}
    places |= {str(Path(sys.base_prefix) / one) for one in ("lib", "DLLs")}
    return sorted(os.path.realpath(path) for path in places if os.path.exists(path))


class House:
    """A process that has NumPy loaded and forks for each exercise, or starts one where none forks."""

    def __init__(self, imports, fork=CAN_FORK):
        packages = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
        self.settings = {"packages": packages, "imports": imports, "readable": readable()}
        self.fork, self.process, self.control = fork, None, None

    def connect(self):
        """A connection to a process that has run nothing yet."""
        return self._forked() if self.fork else self._started()

    def _start(self, extra, **options):
        settings = json.dumps(self.settings | extra)
        command = [sys.executable, "-I", "-S", "-B", "-W", "ignore", str(HERE / "answering.py")]
        environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        environment |= ALONE
        nowhere = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        folder = os.path.abspath(os.sep)
        return subprocess.Popen(
            [*command, settings], env=environment, cwd=folder, **nowhere, **options
        )

    def _forked(self):
        for _ in range(2):  # the second time with a new one, should this have died
            if self.process is None or self.process.poll() is not None:
                self.control, theirs = socket.socketpair()
                extra = {"control": theirs.fileno()}
                self.process = self._start(extra, pass_fds=[theirs.fileno()])
                theirs.close()
            ours, theirs = socket.socketpair()
            try:
                socket.send_fds(self.control, [b"+"], [theirs.fileno()])
                if self.control.recv(1) == b".":
                    return ours
            except OSError:
                pass
            finally:
                theirs.close()
            self.close()
        raise RuntimeError("Python cannot be started for an answer; its packages may be damaged.")

    def _started(self):
        self.close()
        with socket.create_server(("127.0.0.1", 0)) as door:
            token = secrets.token_hex(16)
            self.process = self._start({"port": door.getsockname()[1], "token": token})
            door.settimeout(60)
            connection, _ = door.accept()
            connection.settimeout(60)
            if connection.recv(len(token), socket.MSG_WAITALL).decode() != token:
                raise RuntimeError("Somebody else answered in an answer's place.")
            return connection

    def end(self):
        """End the exercise's process, whatever it is doing."""
        if not self.fork:
            return self.close()
        try:
            self.control.sendall(b"-")
            self.control.recv(1)
        except OSError:
            self.close()

    def close(self):
        """End everything."""
        if self.control:
            self.control.close()
            self.control = None
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


# ---- one answer ---------------------------------------------------------------------------------


class Answer:
    """A learner's cell at the other end of a connection."""

    def __init__(self, connection, seconds):
        self.connection, self.seconds = connection, seconds
        self.ends = time.monotonic() + 120  # to come up; what it may take is counted from then on

    def hear(self, seconds=None):
        """The next message, in time."""
        left = self.ends - time.monotonic()
        within = min(left, seconds) if seconds else left
        try:
            return wire.receive(self.connection, within)
        except wire.TooSlow:
            words = (
                f"a call took more than {self.seconds:g} seconds"
                if seconds and left > seconds
                else "it took too long in all"
            )
            raise Broken(f"{words}; look for a loop that does not end") from None
        except wire.Ended:
            raise Broken("its process ended: by itself, or for want of memory or time") from None
        except wire.Garbled as trouble:
            raise Broken(f"what came back cannot be read ({trouble})") from None

    def say(self, message):
        """Send, or find out that nobody is there."""
        try:
            wire.send(self.connection, message)
        except OSError:
            raise Broken("its process ended: by itself, or for want of memory or time") from None

    def ask(self, message, functions=()):
        """Send a question and return the reply; questions back are answered meanwhile."""
        self.say(message)
        ends = time.monotonic() + self.seconds
        for _ in range(ASKED_BACK):
            reply = self.hear(max(ends - time.monotonic(), 0.01))
            if "ask" not in reply:
                return reply
            self.say(_answer_back(reply["ask"], functions))
        raise Broken(f"it called the function it was given more than {ASKED_BACK} times")

    def value(self, reply):
        """What a reply holds; an exception if the answer raised one."""
        if reply.get("stopped") == "MemoryError":
            raise Broken(f"it asked for more memory than the {limits.MEMORY // 10**6} MB there are")
        if "stopped" in reply:
            raise said_by(reply["stopped"], reply.get("text", ""))
        try:
            return wire.unpack(reply["value"])
        except (wire.Garbled, KeyError):
            raise Broken("what came back cannot be read") from None


def _answer_back(packed, functions):
    """Call a function of ours on what an answer sent, if it is small and makes sense."""
    try:
        given = [wire.unpack(one) for one in packed]
        if not functions or any(np.size(one) > 4000 for one in given):
            raise ValueError("too much for a small test")
        if any(max(np.shape(one), default=0) > 200 for one in given):
            raise ValueError("too large for a small test")
        given = [np.asarray(one, float) if isinstance(one, list) else one for one in given]
        return {"value": wire.pack(functions[0](*given))}
    except (wire.Garbled, Exception) as error:
        return {"stopped": type(error).__name__, "text": str(error)[:200]}


def _pack(value):
    if isinstance(value, Gives):
        return {"kind": "gives", "value": _pack(value.value)}
    return {"kind": "function"} if callable(value) else wire.pack(value, tables=True)


def _spoil(argument):
    """Change an argument, as the answer did with its copy."""
    if isinstance(argument, np.ndarray):
        argument[...] = ~argument if argument.dtype == bool else argument + 1
    elif isinstance(argument, list):
        argument.append(None)
    elif isinstance(argument, dict):
        argument[None] = None
    elif hasattr(argument, "drop"):
        argument.drop(argument.index, inplace=True)


def function_of(answer):
    """A function that a check takes for the learner's."""

    def _function(*given):
        functions = [one for one in given if callable(one)]
        reply = answer.ask({"do": "call", "given": [_pack(one) for one in given]}, functions)
        value = answer.value(reply)
        changed = reply.get("changed", [])
        for place, one in enumerate(given):
            if isinstance(changed, list) and place in changed:
                _spoil(one)
        return value

    return _function


def value_of(answer, stage):
    """A function that runs the cell anew on a stage set with its arguments."""

    def _function(*given):
        names = {name: _pack(one) for name, one in stage(*given).items()}
        return answer.value(answer.ask({"do": "run", "names": names}))

    return _function


# ---- a verdict ----------------------------------------------------------------------------------


class Judge:
    """Tries answers, one after the other, each in a process of its own.

    Parameters
    ----------
    lessons : dict
        What a cell finds at hand, as `course.lessons` gives it.
    modules : list of str
        What to load before an answer is held in.
    seconds : float, optional
        What one call of an answer may take.
    fork : bool, optional
        Whether processes are forked from one that is ready, or each is started anew.
    """

    def __init__(self, lessons, modules, seconds=SECONDS, fork=CAN_FORK):
        self.lessons, self.seconds, self.guards = lessons, seconds, []
        self.house = House(modules, fork)

    def verdict(self, exercise, source, seed=None):
        """What the exercise's check says of a cell; for settings of an explorer, the settings."""
        if len(source) > LONGEST:
            return Verdict(
                False, f"the cell has {len(source):,} characters; an answer has a few lines"
            )
        connection = self.house.connect()
        try:
            with connection:
                found = self._try(exercise, source, Answer(connection, self.seconds), seed)
                return _hinted(found) if isinstance(found, Verdict) else found
        except Broken as trouble:
            return Verdict(False, f"not tried to the end: {trouble}")
        finally:
            self.house.end()

    def _try(self, exercise, source, answer, seed):
        job = {"source": source, "name": exercise.answers_with}
        answer.say(job | self.lessons[exercise.notebook])
        self.guards = answer.hear()["guards"]
        answer.ends = time.monotonic() + IN_ALL
        seen = answer.hear(self.seconds)
        if "syntax" in seen:
            return Verdict(False, f"the cell is no Python: {seen['syntax']}")
        if seen["empty"]:
            return Verdict(False, "not started")
        check = EXERCISES.get(exercise.check)
        if exercise.check in STAGES:
            verdict = check(value_of(answer, STAGES[exercise.check]), seed=seed)
            return Verdict(verdict.correct, of_a_value(verdict.message), verdict.example)
        try:
            reply = answer.ask({"do": "run", "names": {}})
            value = answer.value(reply)
        except Exception as error:
            return Verdict(False, f"the cell stopped with {type(error).__name__}: {error}")
        if check is None:
            return value
        return check(function_of(answer) if reply.get("callable") else value, seed=seed)


def _hinted(verdict):
    """A verdict with a word on names that the learner defined in another cell."""
    if "NameError" not in verdict.message:
        return verdict
    said = f"{verdict.message}; what an answer needs has to stand in its own cell"
    return Verdict(verdict.correct, said, verdict.example)


# ---- in a process of a pool ---------------------------------------------------------------------

_judge = None


def begin(*arguments):
    """Make this process's judge."""
    global _judge
    _judge = Judge(*arguments)


def verdict(exercise, source, seed):
    """This process's judge on one cell, and what held the answer in."""
    return _judge.verdict(exercise, source, seed), _judge.guards


def of_a_value(message):
    """A check's words about a function, said of a value that a cell computes."""
    same = "that is the same answer for every input; compute it from the function's arguments"
    typed = "it stays the same when the table changes; let Python compute it from the table"
    return message.replace(same, typed).replace("your function", "the cell")
