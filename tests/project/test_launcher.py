"""lesson.py: what a learner types first, on whatever machine they have."""

import ast
import json
import os
import secrets
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
        pip_exit_code = 0

        def call(self, command, **kwargs):
            self.calls.append(command)
            if "venv" in command:
                lesson.PYTHON.parent.mkdir(parents=True, exist_ok=True)
                lesson.PYTHON.touch()
                return 0
            if isinstance(self.pip_exit_code, BaseException):
                raise self.pip_exit_code
            return self.pip_exit_code

        def start(self, *args):
            """Type a command; return how often venv and pip ran for it."""
            self.calls = []
            lesson.main(args)
            calls = [call for call in self.calls if call[-1] != "als_lesson"]  # compiles
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


def test_old_pythons_can_read_the_file_and_so_print_the_advice():
    ast.parse((ROOT / "lesson.py").read_text(), feature_version=(3, 6))


def test_only_the_standard_library_is_imported():
    tree = ast.parse((ROOT / "lesson.py").read_text())
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize("args", [[], ["help"], ["-h"], ["--help"]])
def test_help_names_every_command(args, capsys):
    assert lesson.main(args) is None
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in lesson.COMMANDS)


def test_an_unknown_command_is_answered_with_the_list():
    with pytest.raises(SystemExit, match="no command 'lba'. It has: lab, test, build"):
        lesson.main(["lba"])


def test_an_old_python_is_told_what_is_needed():
    with pytest.raises(SystemExit, match=r"This is Python 3\.6; the course needs 3\.11 or newer"):
        lesson.check_python((3, 6, 9, "final", 0))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(missing, monkeypatch):
    monkeypatch.setattr(lesson.importlib.util, "find_spec", lambda name: name != missing or None)
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.12-venv"):
        lesson.check_python((3, 12, 1, "final", 0))


def test_the_second_start_installs_nothing(course):
    assert course.start("lab") == ["venv", ".[lab]"]
    assert course.start("lab") == []


def test_another_command_adds_its_extra_to_the_first(course):
    course.start("lab")
    assert course.start("test") == [".[author,lab,test]"]
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
    assert "--clear" in course.calls[0]


def test_an_environment_of_the_learners_own_is_kept(course):
    lesson.PYTHON.parent.mkdir(parents=True)
    lesson.PYTHON.touch()
    assert course.start("lab") == ["venv", ".[lab]"]
    assert "--clear" not in course.calls[0]


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


def test_arguments_pass_through():
    assert lesson.lab(["--no-browser", "--port", "8890"])[-3:] == ["--no-browser", "--port", "8890"]
    assert lesson.build(["03"])[-1] == "03"


def test_tests_run_in_two_processes_unless_told_otherwise():
    assert lesson.test(["-k", "matrix"]) == [
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "loadfile",
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
