"""The process in which answers run: it sees one cell and the inputs, and nothing of the course.

Started by `judging` with ``python -I -S``. Where the system can, it loads NumPy once and forks for
every exercise, so that each has a fresh process; elsewhere it is started anew for each.
"""

import ast
import importlib
import json
import os
import signal
import socket
import sys
import types

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), *json.loads(sys.argv[1])["packages"]]
import limits  # noqa: E402
import wire  # noqa: E402

del sys.path[0]
PACKAGE = "als_lesson"


class PackageNotHere(Exception):
    """An answer leaned on the course's package."""


class _Absent:
    """Stands for a name of the package: it may be imported, not used."""

    def __init__(self, name):
        self._absent = name

    def __call__(self, *given, **named):
        raise PackageNotHere(f"{self._absent} of als_lesson is not at hand; write out what it does")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__call__()

    __getitem__ = __iter__ = __call__


class _Nothing(types.ModuleType):
    """Stands for the package and its rooms; a check called here has nothing to say."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return (lambda *given, **named: None) if name.startswith("check_") else _Absent(name)


class _Finder:
    """Keeps the package out, wherever it is installed."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Refuse the package's modules; others are found by others."""
        if name.partition(".")[0] == PACKAGE:
            raise PackageNotHere(f"{name} is not at hand; write out what you need of it")


def hide_package():
    """Put stand-ins in the package's place."""
    for name in (PACKAGE, f"{PACKAGE}.exercises", f"{PACKAGE}.plots"):
        sys.modules[name] = _Nothing(name)
    sys.modules[PACKAGE].exercises = sys.modules[f"{PACKAGE}.exercises"]
    sys.modules[PACKAGE].plots = sys.modules[f"{PACKAGE}.plots"]
    sys.meta_path.insert(0, _Finder)


# ---- one cell -----------------------------------------------------------------------------------


def read_cell(source, name):
    """The cell's code, the expression that is its answer, and whether it is still a starter."""
    lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in source.splitlines()]
    tree = ast.parse("\n".join(lines))
    answer = ast.Name(name, ast.Load())
    for node in list(tree.body):
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "").startswith("check_"):
            tree.body.remove(node)
            answer = call.args[0] if call.args else answer
    given = getattr(answer, "id", name)
    empty = any(_is_left_open(node, given) for node in tree.body)
    expression = ast.fix_missing_locations(ast.Expression(answer))
    return compile(tree, "the cell", "exec"), compile(expression, "the answer", "eval"), empty


def _is_left_open(node, name):
    """Whether a statement is the starter's: dots, or a function of nothing but dots."""
    if isinstance(node, ast.Assign):
        names = [getattr(one, "id", "") for one in node.targets]
        return name in names and _is_dots(node.value)
    if isinstance(node, ast.FunctionDef) and node.name == name:
        return all(isinstance(one, ast.Expr) and _is_plain(one.value) for one in node.body)
    return False


def _is_dots(value):
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def _is_plain(value):
    return _is_dots(value) or isinstance(value, ast.Constant) and isinstance(value.value, str)


class Cell:
    """A cell at work: it is run, and what it made is called, on what the grader sends."""

    def __init__(self, connection, job):
        self.connection, self.job, self.answer = connection, job, None

    def serve(self):
        """Look at the cell before anything in it runs; then answer until the grader has enough."""
        try:
            self.code, self.expression, empty = read_cell(self.job["source"], self.job["name"])
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            where = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
            said = f"{getattr(error, 'msg', '') or error}{where}"
            return wire.send(self.connection, {"syntax": said[:200]})
        wire.send(self.connection, {"empty": empty})
        while True:
            asked = wire.receive(self.connection)
            work = self._run if asked["do"] == "run" else self._call
            try:
                said = work(asked)
            except BaseException as error:  # whatever an answer raises is an answer
                said = {"stopped": str(type(error).__name__)[:60], "text": _text(error)}
            wire.send(self.connection, _within_bounds(said))

    def _run(self, asked):
        """Run the cell with these names at hand."""
        space = {"__name__": "__main__", "display": lambda *given, **named: None} | {
            one: _Absent(one) for one in self.job["absent"]
        }
        for code in self.job["lesson"]:
            try:
                exec(code, space)
            except Exception:
                continue  # the lesson made something of its data there
        space |= {name: self._given(said) for name, said in asked["names"].items()}
        exec(self.code, space)
        self.answer = eval(self.expression, space)
        return {"callable": callable(self.answer), "value": wire.pack(self.answer)}

    def _call(self, asked):
        """Call the answer; say which arguments it changed."""
        given = [self._given(one) for one in asked["given"]]
        before = [str(wire.pack(one, tables=True)) for one in given]
        value = self.answer(*given)
        after = [str(wire.pack(one, tables=True)) for one in given]
        changed = [n for n, one in enumerate(before) if one != after[n]]
        return {"value": wire.pack(value), "changed": changed}

    def _given(self, said):
        """What the grader sent: a value, its own function, or one that always gives a value."""
        kind = said["kind"] if isinstance(said, dict) else ""
        if kind == "function":
            return self._ask_back
        if kind == "gives":
            return lambda *given, **named: wire.unpack(said["value"], _table)
        return wire.unpack(said, _table)

    def _ask_back(self, *given):
        """A function that the grader keeps to itself: call it there."""
        wire.send(self.connection, {"ask": [wire.pack(one) for one in given]})
        said = wire.receive(self.connection)
        if "stopped" in said:
            raise type(said["stopped"], (Exception,), {})(said["text"])
        return wire.unpack(said["value"])


def _text(error):
    try:
        return str(error)[:300]
    except Exception:
        return ""


def _within_bounds(said):
    """A message that will arrive; in place of one too long, what it was."""
    if len(json.dumps(said)) < wire.LARGEST:
        return said
    return {"value": {"kind": "other", "type": "long", "text": ""}, "changed": []}


def _table(columns, index):
    import pandas

    return pandas.DataFrame(columns, index=index)


# ---- processes ----------------------------------------------------------------------------------


def answer(connection, readable):
    """Be the process of one exercise: hold yourself in, then serve; never return."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):  # what an answer prints is neither kept nor believed
            os.dup2(null, stream)
        job = wire.receive(connection)
        wire.send(connection, {"guards": limits.restrict(readable)})
        Cell(connection, job).serve()
    except BaseException:
        pass  # the grader sees that the line is dead, and says so
    os._exit(0)


def fork_for_each(control, readable):
    """Wait for connections; fork for each, and end it when the grader says so."""
    child = 0
    while True:
        message, handed, _, _ = socket.recv_fds(control, 16, 1)
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            child = 0
        if not message:
            return
        if handed:
            connection = socket.socket(fileno=handed[0])
            child = os.fork()
            if not child:
                control.close()
                answer(connection, readable)
            connection.close()
        control.sendall(b".")


def main(settings):
    """Load what lessons import, hide the package, and serve."""
    for name in settings["imports"]:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    hide_package()
    if "control" in settings:
        fork_for_each(socket.socket(fileno=settings["control"]), settings["readable"])
    else:
        connection = socket.create_connection(("127.0.0.1", settings["port"]))
        connection.sendall(settings["token"].encode())
        answer(connection, settings["readable"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
