"""The course in one command: ``python3 lesson.py lab`` opens it, ``test`` checks it.

The first start makes a Python of the course's own in the folder .venv and installs the course
there; nothing else on the machine changes. To undo it all, delete that folder.
"""

# Written so that every Python since 2.7 can read it, and an old one give its advice.
from __future__ import print_function

import sys

OLDEST = (3, 11)


def advise(version):
    """What to do about a Python that is too old, or None."""
    if tuple(version[:2]) < OLDEST:
        return (
            "This is Python {}.{}; the course needs {}.{} or newer. Install one from python.org or "
            "your system's packages, then start lesson.py with it."
        ).format(*(tuple(version[:2]) + OLDEST))


if __name__ == "__main__" and advise(sys.version_info):
    sys.exit(advise(sys.version_info))

import hashlib
import importlib.util
import json
import os
import re
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# Of pip's settings, those that say where packages come from; not where they should go.
PIP_KEEPS = "INDEX|URL|HOST|CERT|PROXY|CACHE|CONFIG|LINKS|TIMEOUT|RETRIES|CONSTRAINT|KEYRING"
VENV = PYTHON = STAMP = None  # see use_environment


def use_environment(name):
    """Choose the folder whose Python runs what follows; nothing is made yet."""
    global VENV, PYTHON, STAMP
    VENV = ROOT / name
    PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    STAMP = VENV / "installed.json"  # written last; empty while an installation is under way


use_environment(".venv")


def lab(args):
    """Open the lessons in JupyterLab."""
    return [
        "-m",
        "jupyterlab",
        "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
        # An author's .venv holds jupytext, which refuses a notebook older than its text.
        "--ServerApp.jpserver_extensions={'jupyterlab_jupytext': False}",
    ] + args


def test(args):
    """Run every test, the notebooks included."""
    os.environ["ALS_LESSON_DATA"] = "simulated"  # what the notebooks' stored outputs show
    chosen = any(arg.startswith(("-n", "--numprocesses", "--pdb")) for arg in args)
    if chosen or "no:xdist" in args:
        return ["-m", "pytest"] + args
    # Three workers for two cores: kernels, browsers and Java are waited for much of the time.
    return ["-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"] + args


def build(args):
    """Run the texts in notebooks/src into notebooks (all, or those named)."""
    return [str(Path("notebooks", "src", "build.py"))] + args


def replicate(args):
    """Count how often each claim of a notebook holds when every seed is shifted."""
    return [str(Path("notebooks", "src", "replicate.py"))] + args


def teach(args):
    """Make what a class needs: notebooks without answers, grades, quizzes, a room's folder."""
    if args[:1] == ["grade"]:  # its folder is meant from where the command was typed
        folder = [os.path.abspath(os.path.expanduser(arg)) for arg in args[1:2]]
        args = args[:1] + folder + args[2:]
    return [str(Path("teaching", "teach.py"))] + args


def shots(args):
    """Photograph the explorers again for the README (needs Chromium)."""
    return [str(Path("tests", "browser", "shots.py"))] + args


def site(args):
    """Make the website in site/ (--zip: an archive of it, --pdf: each lesson on paper)."""
    return [str(Path("docs", "site.py"))] + args


def bench(args):
    """Time the solver beside its peers (some gigabytes, and about an hour)."""
    use_environment(".venv-bench")  # the peers ask for older packages than the course does
    return [str(Path("benchmarks", "bench.py"))] + args


# What each extra brings, of which one package shows whether it is there.
PROOF = {
    "lab": "jupyterlab",
    "author": "jupytext",
    "test": "pytest",
    "site": "furo",
    "bench": "cmfrec",
}
# name: (the extras of pyproject.toml it needs, what turns its arguments into Python's)
COMMANDS = {
    "lab": ({"lab"}, lab),
    "test": ({"lab", "author", "site", "test"}, test),
    "build": ({"lab", "author"}, build),
    "replicate": ({"lab", "author"}, replicate),
    "teach": ({"lab", "author"}, teach),
    "shots": ({"lab", "author", "test"}, shots),
    "site": ({"site"}, site),
    "bench": ({"bench"}, bench),
}


def explain():
    """Say what can be typed."""
    print("Usage: python3 lesson.py COMMAND [arguments for the program behind it]\n")
    for name, (_, command) in COMMANDS.items():
        print("  {:11}{}".format(name, command.__doc__))
    print("\nFor example: python3 lesson.py lab --no-browser --port 8890")


def check_python(version=sys.version_info):
    """Stop with advice if this Python is too old, or cannot make a virtual environment."""
    if advise(version):
        sys.exit(advise(version))
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        found = "{}.{}".format(*version)
        sys.exit(
            "Python {0} is here without venv and pip. On Debian or Ubuntu, type\n"
            "    sudo apt install python{0}-venv\nand then the same command again.".format(found)
        )


def own_environment(variables):
    """The variables for the course's own Python: free of what is meant for another one.

    Relative paths in ours are read from the folder the command was typed in.
    """
    ours = {}
    for name, value in variables.items():
        if name.startswith("PYTHON") or name == "__PYVENV_LAUNCHER__":
            continue
        if name.startswith("PIP_") and not re.search(PIP_KEEPS, name):
            continue
        if name.startswith("ALS_LESSON_") and looks_like_a_path(value):
            value = os.path.abspath(os.path.expanduser(value))
        ours[name] = value
    return ours


def looks_like_a_path(value):
    """Whether a setting names a file or folder; a bare word does if there is one of that name."""
    if value in ("", "auto", "simulated", "movielens-small"):
        return False
    return bool(os.path.dirname(value) or os.path.splitext(value)[1] or os.path.exists(value))


def call(command):
    """Run a command in the course's folder, in its environment; return the exit code."""
    return subprocess.call(command, cwd=str(ROOT), env=own_environment(os.environ))


def fingerprint():
    """What an installation depends on: what pyproject.toml says and where the course lies."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + bytes(VENV)).hexdigest()


def read_stamp():
    """What is installed; {} when nobody said, or an installation was cut short."""
    try:
        stamp = json.loads(STAMP.read_text())
        return stamp if {"for", "extras"} <= set(stamp) else {}
    except (FileNotFoundError, TypeError, ValueError):
        return {}


def is_there(extras):
    """Whether the course's Python finds the course and these extras: a stamp is only a promise."""
    names = ["numpy", "als_lesson"] + [PROOF[extra] for extra in sorted(extras)]
    program = (
        "import sys; from importlib.util import find_spec; sys.exit(not all(map(find_spec, {})))"
    )
    try:
        return call([str(PYTHON), "-c", program.format(names)]) == 0
    except OSError:  # no Python there, or none that starts
        return False


def make_venv(clear):
    """Make .venv; one that is there is completed, or emptied first, which ends what it holds."""
    command = [sys.executable, "-m", "venv"] + (["--clear"] if clear else []) + [str(VENV)]
    if call(command):
        sys.exit("Python could not make {}; its own message is above.".format(VENV))


def install(extras):
    """Install the course, editable, with these extras; return pip's exit code."""
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    return call(pip + ["--editable", ".[{}]".format(",".join(extras))])


def prepare(needed):
    """Make sure .venv holds the course with these extras, quickly when it does."""
    stamp = read_stamp()
    usable = bool(stamp) and is_there(stamp["extras"])
    present = set(stamp["extras"]) if usable else set()
    if usable and stamp["for"] == fingerprint() and needed <= present:
        return
    print("Preparing the course's own Python (once, a minute or two) ...", flush=True)
    if not usable:
        inside = Path(sys.executable).parent == PYTHON.parent  # never empty it under our own feet
        make_venv(clear=not inside and (bool(stamp) or not PYTHON.exists()))
    extras = sorted(present | needed)
    STAMP.write_text("")
    if install(extras):
        # pip stopped tidily, so what was installed before still works: say so again.
        STAMP.write_text(json.dumps(stamp)) if usable else STAMP.unlink()
        sys.exit(
            "\npip could not install the course; its own message is above. Check the network (and "
            "the proxy: HTTPS_PROXY), then type the same command again.\n"
            "If that does not help, delete {} first.".format(VENV)
        )
    prove(extras)
    STAMP.write_text(json.dumps({"for": fingerprint(), "extras": extras}))


def prove(extras):
    """Stop unless the course is where its Python finds it, and its solver compiles."""
    if not is_there(extras):
        STAMP.unlink()
        sys.exit(
            "\npip said it installed the course, but {} does not find it. A setting may send "
            "packages elsewhere: look for 'target', 'prefix' or 'root' in what\n"
            "    {} -m pip config list\nprints, remove it, and type the same command "
            "again.".format(PYTHON, PYTHON)
        )
    if call([str(PYTHON), "-m", "als_lesson"]):  # compiles the solver, so that no lesson waits
        STAMP.unlink()
        sys.exit(
            "\nThe course is installed but does not start; the message is above. Delete {} and "
            "type the same command again.".format(VENV)
        )


def run(arguments):
    """Run the course's Python in the course's folder; return its exit code."""
    variables = own_environment(os.environ)
    child = subprocess.Popen([str(PYTHON)] + arguments, cwd=str(ROOT), env=variables)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            pass  # the child got Ctrl-C too, and knows how to stop


def main(args):
    """Prepare what the command needs, then run it."""
    name = args[0] if args else "help"
    if name in ("help", "-h", "--help"):
        return explain()
    if name not in COMMANDS:
        sys.exit("lesson.py has no command '{}'. It has: {}.".format(name, ", ".join(COMMANDS)))
    check_python()
    needed, command = COMMANDS[name]
    arguments = command(list(args[1:]))
    try:
        prepare(needed)
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command starts again.")
    except OSError as error:
        sys.exit(
            "Cannot write {}: {}. Close what still runs from it, or, if the folder is read-only, "
            "copy the course to one of your own.".format(error.filename, error.strerror)
        )
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
