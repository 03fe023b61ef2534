"""The course in one command: ``python3 lesson.py lab`` opens it, ``test`` checks it.

The first start makes a Python of the course's own in the folder .venv and installs the course
there; nothing else on the machine changes. To undo it all, delete that folder.
"""

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
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
        *args,
    ]


def test(args):
    """Run every test, the notebooks included."""
    os.environ["ALS_LESSON_DATA"] = "simulated"  # what the notebooks' stored outputs show
    chosen = any(arg.startswith(("-n", "--numprocesses", "--pdb")) for arg in args)
    if chosen or "no:xdist" in args:
        return ["-m", "pytest", *args]
    return ["-m", "pytest", "-n", "2", "--dist", "loadfile", *args]


def build(args):
    """Run the texts in notebooks/src into notebooks (all, or those named)."""
    return [str(Path("notebooks", "src", "build.py")), *args]


def replicate(args):
    """Count how often each claim of a notebook holds when every seed is shifted."""
    return [str(Path("notebooks", "src", "replicate.py")), *args]


def shots(args):
    """Photograph the explorers again for the README (needs Chromium)."""
    return [str(Path("tests", "browser", "shots.py")), *args]


def bench(args):
    """Time the solver beside its peers (some gigabytes, and about an hour)."""
    use_environment(".venv-bench")  # the peers ask for older packages than the course does
    return [str(Path("benchmarks", "bench.py")), *args]


# name: (the extras of pyproject.toml it needs, what turns its arguments into Python's)
COMMANDS = {
    "lab": ({"lab"}, lab),
    "test": ({"lab", "author", "test"}, test),
    "build": ({"lab", "author"}, build),
    "replicate": ({"lab", "author"}, replicate),
    "shots": ({"lab", "author", "test"}, shots),
    "bench": ({"bench"}, bench),
}


def explain():
    """Say what can be typed."""
    print("Usage: python3 lesson.py COMMAND [arguments for the program behind it]\n")
    for name, (_, command) in COMMANDS.items():
        print(f"  {name:11}{command.__doc__}")
    print("\nFor example: python3 lesson.py lab --no-browser --port 8890")


def check_python(version=sys.version_info):
    """Stop with advice if this Python is too old, or cannot make a virtual environment."""
    found = "{}.{}".format(*version)
    if tuple(version[:2]) < OLDEST:
        sys.exit(
            "This is Python {}; the course needs {}.{} or newer. Install one from python.org or "
            "your system's packages, then start lesson.py with it.".format(found, *OLDEST)
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            f"Python {found} is here without venv and pip. On Debian or Ubuntu, type\n"
            f"    sudo apt install python{found}-venv\nand then the same command again."
        )


def fingerprint():
    """What an installation depends on: what pyproject.toml says and where the course lies."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + bytes(VENV)).hexdigest()


def read_stamp():
    """What is installed; {} when nobody said, or an installation was cut short."""
    try:
        return json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def make_venv():
    """Make .venv; one that is there is completed, and never emptied while its Python runs."""
    clear = [] if PYTHON.exists() else ["--clear"]
    if subprocess.call([sys.executable, "-m", "venv", *clear, str(VENV)]):
        sys.exit(f"Python could not make {VENV}; its own message is above.")


def install(extras):
    """Install the course, editable, with these extras; return pip's exit code."""
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    return subprocess.call([*pip, "--editable", f".[{','.join(extras)}]"], cwd=str(ROOT))


def prepare(needed):
    """Make sure .venv holds the course with these extras, at no cost when it does."""
    stamp = read_stamp()
    usable = stamp and PYTHON.exists()
    present = set(stamp["extras"]) if usable else set()
    if usable and stamp["for"] == fingerprint() and needed <= present:
        return
    print("Preparing the course's own Python (once, a minute or two) ...", flush=True)
    if not usable:
        make_venv()
    extras = sorted(present | needed)
    STAMP.write_text("")
    if install(extras):
        # pip stopped tidily, so what was installed before still works: say so again.
        STAMP.write_text(json.dumps(stamp)) if usable else STAMP.unlink()
        sys.exit(
            "\npip could not install the course; its own message is above. Check the network (and "
            "the proxy: HTTPS_PROXY), then type the same command again.\n"
            f"If that does not help, delete {VENV} first."
        )
    subprocess.call([str(PYTHON), "-m", "als_lesson"], cwd=str(ROOT))  # compiles the solver
    STAMP.write_text(json.dumps({"for": fingerprint(), "extras": extras}))


def run(arguments):
    """Run the course's Python in the course's folder; return its exit code."""
    child = subprocess.Popen([str(PYTHON), *arguments], cwd=str(ROOT))
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            pass  # the child got Ctrl-C too, and knows how to stop


def main(args):
    """Prepare what the command needs, then run it."""
    name, *rest = args or ["help"]
    if name in ("help", "-h", "--help"):
        return explain()
    if name not in COMMANDS:
        sys.exit(f"lesson.py has no command '{name}'. It has: {', '.join(COMMANDS)}.")
    check_python()
    needed, command = COMMANDS[name]
    arguments = command(rest)
    try:
        prepare(needed)
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command starts again.")
    except OSError as error:
        sys.exit(
            f"Cannot write {error.filename}: {error.strerror}. Close what still runs from it, or, "
            "if the folder is read-only, copy the course to one of your own."
        )
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
