"""lesson.py: what a learner types first, on whatever machine they have."""

import ast
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import lesson

ROOT = Path(lesson.__file__).parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with nothing installed, where pip and venv only take notes."""

    class Course:
        root = tmp_path
        calls = []
        pip_exit_code = start_exit_code = 0
        lost = False  # whether pip puts things where the course's Python does not look

        def call(self, command, **kwargs):
            self.calls.append(command)
            if "venv" in command:
                lesson.PYTHON.parent.mkdir(parents=True, exist_ok=True)
                lesson.PYTHON.touch()
                return 0
            if "-c" in command:  # looks whether things are there
                return int(self.lost or not lesson.PYTHON.exists())
            if command[-1] == "als_lesson":  # compiles
                return self.start_exit_code
            if isinstance(self.pip_exit_code, BaseException):
                raise self.pip_exit_code
            return self.pip_exit_code

        def start(self, *args):
            """Type a command; return how often venv and pip ran for it."""
            self.calls = []
            lesson.main(args)
            calls = [call for call in self.calls if call[-1] != "als_lesson" and "-c" not in call]
            return ["venv" if "venv" in call else call[-1] for call in calls]

    notes = Course()
    monkeypatch.setattr(lesson, "ROOT", tmp_path)
    monkeypatch.setattr(lesson, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(lesson, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(lesson, "STAMP", tmp_path / ".venv" / "installed.json")
    monkeypatch.setattr(lesson.subprocess, "call", notes.call)
    monkeypatch.setattr(lesson, "run", lambda arguments: 0)
    (tmp_path / "pyproject.toml").write_text("[project]")
    return notes


# ---- an old Python -----------------------------------------------------------------------------


def too_new(source):
    """What Python 2.7 or 3.0 to 3.5 cannot read in a source that a new Python can, a line each."""
    if not source.isascii():
        yield "not ASCII"
    for node in ast.walk(ast.parse(source, feature_version=(3, 7))):
        starred = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.Starred)]
        last_alone = isinstance(node, ast.Call) and node.args[-1:] == starred
        arguments = isinstance(node, ast.arguments) and (
            node.kwonlyargs or any(one.annotation for one in node.args)
        )
        newer = (ast.JoinedStr, ast.AnnAssign, ast.Nonlocal, ast.YieldFrom, ast.MatMult)
        newer += (ast.AsyncFunctionDef, ast.Await, ast.NamedExpr)
        chained = isinstance(node, ast.Raise) and node.cause
        unpacked = isinstance(node, ast.Dict) and None in node.keys
        hinted = isinstance(node, ast.FunctionDef) and node.returns
        if (starred and not last_alone) or arguments or chained or unpacked or hinted:
            yield ast.unparse(node)
        elif isinstance(node, newer):
            yield ast.dump(node)


@pytest.mark.parametrize(
    "line",
    [
        "print(f'{x}')",
        "[*x, 1]",
        "name, *rest = x",
        "f(*a, *b)",
        "f(*a, b)",
        "def f(a, *, b): pass",
        "def f(a: int): pass",
        "def f() -> int: pass",
        "raise A from b",
        "{**a}",
        "x: int = 3",
        "'λ'",
        "a @ b",
        "f((x := 3))",
    ],
)
def test_what_old_pythons_cannot_read_is_known(line):
    with contextlib.suppress(SyntaxError):  # as good
        assert list(too_new(line))


def test_old_pythons_can_read_the_file_and_so_print_the_advice():
    source = (ROOT / "lesson.py").read_text("utf-8")
    assert not list(too_new(source))
    first, guard, *later = [
        node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom | ast.If)
    ]
    assert ast.unparse(first) == "from __future__ import print_function"
    assert "advise(sys.version_info)" in ast.unparse(guard) and later
    assert source.index("import hashlib") > source.index("sys.exit(advise")


def old_pythons():
    """Whichever of them are on this machine, pyenv's included."""
    names = ["python2.7", *(f"python3.{minor}" for minor in range(11))]
    found = list(filter(None, map(shutil.which, names)))
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    return found + [str(path) for name in names for path in versions.glob(f"*/bin/{name}")]


def test_those_on_this_machine_do_print_it():
    for python in old_pythons():
        done = subprocess.run([python, str(ROOT / "lesson.py")], capture_output=True, text=True)
        if "pyenv: " not in done.stderr:  # a stand-in for one that is not switched on
            assert done.returncode == 1 and done.stderr.startswith("This is Python "), python


def test_only_the_standard_library_is_imported():
    tree = ast.parse((ROOT / "lesson.py").read_text())
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


# ---- what can be typed -------------------------------------------------------------------------


@pytest.mark.parametrize("args", [[], ["help"], ["-h"], ["--help"]])
def test_help_names_every_command(args, capsys):
    assert lesson.main(args) is None
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in lesson.COMMANDS)


def test_an_unknown_command_is_answered_with_the_list():
    with pytest.raises(SystemExit, match="no command 'lba'. It has: lab, test, build"):
        lesson.main(["lba"])


def test_an_old_python_is_told_what_is_needed():
    for version in ("2.7", "3.6", "3.10"):
        major, minor = map(int, version.split("."))
        with pytest.raises(SystemExit, match=f"This is Python {version}; the course needs 3.11 or"):
            lesson.check_python((major, minor, 9, "final", 0))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(missing, monkeypatch):
    monkeypatch.setattr(lesson.importlib.util, "find_spec", lambda name: name != missing or None)
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.12-venv"):
        lesson.check_python((3, 12, 1, "final", 0))


# ---- what is installed -------------------------------------------------------------------------


def test_the_second_start_installs_nothing(course):
    assert course.start("lab") == ["venv", ".[lab]"]
    assert course.start("lab") == []


def test_another_command_adds_its_extra_to_the_first(course):
    course.start("lab")
    assert course.start("test") == [".[author,lab,site,test]"]
    assert course.start("lab") == course.start("test") == []


def test_what_another_command_brought_is_not_installed_again(course):
    course.start("test")
    assert course.start("lab") == course.start("build") == []


def test_the_benchmark_keeps_its_peers_out_of_the_courses_environment(course, monkeypatch):
    for name in ("VENV", "PYTHON", "STAMP"):
        monkeypatch.setattr(lesson, name, getattr(lesson, name))  # so that they are put back
    course.start("lab")
    assert course.start("bench", "tiny") == ["venv", ".[bench]"]
    assert course.root / ".venv-bench" == lesson.VENV
    lesson.use_environment(".venv")
    assert course.start("lab") == []


def test_a_changed_pyproject_installs_again(course):
    course.start("lab")
    (course.root / "pyproject.toml").write_text("[project]\ndependencies = []")
    assert course.start("lab") == [".[lab]"]
    assert course.start("lab") == []


def test_a_moved_course_installs_again(course, monkeypatch):
    course.start("lab")
    moved = course.root / "elsewhere"
    (course.root / ".venv").rename(moved)
    monkeypatch.setattr(lesson, "VENV", moved)
    monkeypatch.setattr(lesson, "PYTHON", moved / "bin" / "python")
    monkeypatch.setattr(lesson, "STAMP", moved / "installed.json")
    assert course.start("lab") == [".[lab]"]


def test_an_interrupted_installation_is_taken_up_again(course):
    course.pip_exit_code = KeyboardInterrupt()
    with pytest.raises(SystemExit, match="Stopped. The same command starts again."):
        course.start("lab")
    course.pip_exit_code = 0
    assert course.start("lab") == ["venv", ".[lab]"]
    assert course.start("lab") == []


def test_a_lost_python_is_made_afresh(course):
    course.start("lab")
    lesson.PYTHON.unlink()
    assert course.start("lab") == ["venv", ".[lab]"]
    assert any("--clear" in call for call in course.calls)


def test_an_environment_of_the_learners_own_is_kept(course):
    lesson.PYTHON.parent.mkdir(parents=True)
    lesson.PYTHON.touch()
    assert course.start("lab") == ["venv", ".[lab]"]
    assert not any("--clear" in call for call in course.calls)


def test_a_failed_installation_says_what_to_try_and_is_tried_again(course):
    course.pip_exit_code = 1
    with pytest.raises(SystemExit, match="(?s)Check the network.*proxy.*delete .*venv first"):
        course.start("lab")
    course.pip_exit_code = 0
    assert course.start("lab") == ["venv", ".[lab]"]


def test_a_failed_addition_leaves_what_worked(course):
    course.start("lab")
    course.pip_exit_code = 1
    with pytest.raises(SystemExit):
        course.start("test")
    assert course.start("lab") == []


def python_was_replaced(course):
    """What an update of the system's Python does: .venv's own name leads to another version."""
    course.lost = True
    found_again = course.call

    def call(command, **kwargs):
        course.lost = course.lost and "install" not in command
        return found_again(command, **kwargs)

    return call


def test_a_replaced_python_is_noticed_and_made_afresh(course, monkeypatch):
    course.start("test")
    monkeypatch.setattr(lesson.subprocess, "call", python_was_replaced(course))
    assert course.start("test") == ["venv", ".[author,lab,site,test]"]
    assert any("--clear" in call for call in course.calls)
    assert course.start("test") == []


def test_a_python_is_never_emptied_while_it_runs_this(course, monkeypatch):
    course.start("lab")
    monkeypatch.setattr(lesson.subprocess, "call", python_was_replaced(course))
    monkeypatch.setattr(lesson.sys, "executable", str(lesson.PYTHON))
    assert course.start("lab") == ["venv", ".[lab]"]
    assert not any("--clear" in call for call in course.calls)


def test_packages_that_went_elsewhere_leave_no_stamp(course):
    course.lost = True
    for _ in range(2):
        with pytest.raises(
            SystemExit, match="(?s)does not find it.*'target', 'prefix'.*pip config"
        ):
            course.start("lab")
        assert not lesson.STAMP.exists()
    course.lost = False
    assert course.start("lab") == ["venv", ".[lab]"]


def test_a_course_that_does_not_start_leaves_no_stamp(course):
    course.start_exit_code = 1
    for _ in range(2):
        with pytest.raises(SystemExit, match="installed but does not start; .* Delete .*venv"):
            course.start("lab")
    course.start_exit_code = 0
    course.start("lab")
    assert course.start("lab") == []


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"for": "x"}', "half of {"])
def test_a_stamp_that_says_nothing_is_no_stamp(course, text):
    course.start("lab")
    lesson.STAMP.write_text(text)
    assert course.start("lab") == ["venv", ".[lab]"]


def test_whether_things_are_there_is_asked_of_python_itself(monkeypatch):
    monkeypatch.setattr(lesson, "PYTHON", Path(sys.executable))
    assert lesson.is_there(["lab", "author", "test"])
    monkeypatch.setitem(lesson.PROOF, "lab", "no_such_module")
    assert lesson.is_there(["author"]) and not lesson.is_there(["author", "lab"])
    monkeypatch.setattr(lesson, "PYTHON", Path("no", "such", "python"))
    assert not lesson.is_there([])


def test_every_extra_of_a_command_can_be_proved():
    assert set().union(*(needed for needed, _ in lesson.COMMANDS.values())) == set(lesson.PROOF)


# ---- what is meant for another Python ----------------------------------------------------------


def test_settings_for_another_python_do_not_reach_the_courses_own():
    ours = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy:3128",
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_NO_INDEX": "1",
        "PIP_CERT": "/etc/ca.pem",
        "SPARK_HOME": "/opt/spark",
    }
    theirs = dict.fromkeys(["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PIP_PREFIX"], "/other")
    theirs |= dict.fromkeys(
        ["PIP_TARGET", "PIP_USER", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN"], "1"
    )
    assert lesson.own_environment(ours | theirs) == ours


def test_neither_the_lessons_nor_pip_meet_them(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('an impostor')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PIP_PREFIX", str(tmp_path))
    monkeypatch.setattr(lesson, "PYTHON", sys.executable)
    program = "import os, numpy; raise SystemExit(7 if 'PIP_PREFIX' in os.environ else 5)"
    assert lesson.run(["-c", program]) == lesson.call([sys.executable, "-c", program]) == 5


def test_relative_paths_are_read_where_the_command_was_typed(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)

    def reach(value, name="ALS_LESSON_DATA"):
        return lesson.own_environment({name: value})[name]

    assert reach("mine") == str(tmp_path / "mine")
    assert reach(os.path.join("..", "x.csv")) == str(tmp_path.parent / "x.csv")
    assert reach("lost.csv") == str(tmp_path / "lost.csv")
    assert reach("~/x.zip") == str(Path.home() / "x.zip")
    assert reach("cache/x", "ALS_LESSON_CACHE") == str(tmp_path / "cache" / "x")
    (tmp_path / "simulated").mkdir()
    for word in ("simulated", "movielens-small", "auto", "", "movielens", "1"):
        assert reach(word) == word


def test_a_failed_venv_stops_before_pip(course, monkeypatch):
    monkeypatch.setattr(lesson.subprocess, "call", lambda command, **kwargs: 1)
    with pytest.raises(SystemExit, match="Python could not make .*venv"):
        course.start("lab")


def test_a_folder_that_cannot_be_written_is_named(course, monkeypatch):
    def refuse(extras):
        raise PermissionError(13, "Permission denied", "the/folder")

    monkeypatch.setattr(lesson, "prepare", refuse)
    with pytest.raises(SystemExit, match="Cannot write the/folder: Permission denied"):
        course.start("lab")


# ---- what runs ---------------------------------------------------------------------------------


def test_what_was_handed_in_is_looked_for_where_the_command_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lesson.teach(["grade", "in", "04"])[1:] == ["grade", str(tmp_path / "in"), "04"]
    assert lesson.teach(["grade"])[1:] == ["grade"] and lesson.teach([])[1:] == []
    assert lesson.teach(["student", "04"])[1:] == ["student", "04"]


def test_arguments_pass_through():
    assert lesson.lab(["--no-browser", "--port", "8890"])[-3:] == ["--no-browser", "--port", "8890"]
    assert lesson.build(["03"])[-1] == "03"


def test_tests_run_in_three_processes_unless_told_otherwise():
    assert lesson.test(["-k", "matrix"]) == [
        "-m",
        "pytest",
        "-n",
        "3",
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        "-k",
        "matrix",
    ]
    for args in (["-n", "4"], ["-n0"], ["--pdb"], ["-p", "no:xdist"]):
        assert lesson.test(args) == ["-m", "pytest", *args]


def test_exit_codes_pass_through(monkeypatch):
    monkeypatch.setattr(lesson, "PYTHON", sys.executable)
    assert lesson.run(["-c", "raise SystemExit(0)"]) == 0
    assert lesson.run(["-c", "raise SystemExit(5)"]) == 5


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_an_end_by_signal_is_a_failure(monkeypatch):
    monkeypatch.setattr(lesson, "PYTHON", sys.executable)
    assert lesson.run(["-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]) == 137


def get(url):
    """The answer of a server on this machine, or None while it is starting."""
    try:
        # No proxy: it could not reach this machine's loopback address.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError:
        raise
    except OSError:
        return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def jupyterlab(tmp_path):
    """``lesson.py lab`` for real, stopped the way a terminal or a service would stop it."""
    port, token = free_port(), secrets.token_hex(8)
    command = [
        sys.executable,
        str(ROOT / "lesson.py"),
        "lab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--port",
        str(port),
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
    ]
    private = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "RUNTIME")}
    log = tmp_path / "log"
    with open(log, "wb") as file:
        launcher = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, **private}, stdout=file, stderr=file
        )
    yield f"http://127.0.0.1:{port}", token, log, launcher
    launcher.terminate()
    launcher.wait(timeout=60)


@pytest.mark.skipif(os.name == "nt", reason="terminating a launcher leaves its server on Windows")
@pytest.mark.skipif(
    Path(sys.prefix) != lesson.VENV or "lab" not in (lesson.read_stamp() or {}).get("extras", []),
    reason="would install a second environment: run the tests with `python3 lesson.py test`",
)
def test_lab_answers_and_opens_the_first_notebook(jupyterlab):
    address, token, log, launcher = jupyterlab
    patience = time.monotonic() + 60
    while get(f"{address}/api/status?token={token}") is None:
        assert launcher.poll() is None and time.monotonic() < patience, log.read_text()
        time.sleep(0.2)

    first = "notebooks/00_start_here.ipynb"
    assert f"{address}/lab/tree/{first}" in log.read_text()
    assert get(f"{address}/api/contents/{first}?content=0&token={token}")["type"] == "notebook"
    assert "jupytext" not in log.read_text().lower()

    launcher.terminate()
    assert launcher.wait(timeout=60) in (0, 143)
    assert get(f"{address}/api/status?token={token}") is None
