"""A folder for a room without a network: classroom/room, to be copied to sticks.

pip chooses packages by the machine it runs on. So wheels for another system are fetched in rounds:
what the course asks for, then what those wheels ask for on that system and nobody has fetched yet.
"""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser

import course
import versions

PYTHON = "3.12"  # of the machines in the room
SYSTEMS = {  # name: (pip's names for it, newest first; what a package's conditions look at)
    "windows": (["win_amd64"], ("win32", "Windows", "nt", "AMD64")),
    "mac": (
        [f"macosx_{n}_0_arm64" for n in (14, 13, 12, 11)],
        ("darwin", "Darwin", "posix", "arm64"),
    ),
    "mac-intel": (
        ["macosx_13_0_x86_64", "macosx_11_0_x86_64", "macosx_10_13_x86_64", "macosx_10_12_x86_64"],
        ("darwin", "Darwin", "posix", "x86_64"),
    ),
    "linux": (
        ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
        ("linux", "Linux", "posix", "x86_64"),
    ),
}
ROUNDS = 6
PAGE = """\
# Before class

Everything here works without a network. Ten minutes, once.

1. You need **Python {python}** with venv. If `{command}` says another number, or nothing, install it from python.org; that is not on this stick.
2. Copy this folder to your machine. Open a terminal in the copy and type, on Windows,

   ```
   py -{python} -m venv als
   als\\Scripts\\pip install --no-index --find-links wheels "als-lesson[lab]"
   als\\Scripts\\jupyter lab notebooks
   ```

   and elsewhere

   ```
   python{python} -m venv als
   als/bin/pip install --no-index --find-links wheels 'als-lesson[lab]'
   als/bin/jupyter lab notebooks
   ```

3. Open `00_start_here` and run its first cell. A number appears: you are ready.

Wheels are here for: {systems}.
{site}
Ratings are simulated, so nothing else is fetched. If a step fails, write down what it said and bring it along; you can sit with a neighbour.
"""


def asked():
    """What the course asks for with JupyterLab, as pyproject.toml says it."""
    project = tomllib.loads((course.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["dependencies"] + project["optional-dependencies"]["lab"]


def fetch(folder, system, requirements):
    """Download wheels for a system, without what they need; return pip's complaint, or nothing."""
    platforms = [f"--platform={name}" for name in (*SYSTEMS[system][0], "any")]
    command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
    command += [f"--python-version={PYTHON}", "--only-binary=:all:", "--no-deps", *platforms]
    done = subprocess.run(
        [*command, "--dest", str(folder), *requirements], capture_output=True, text=True
    )
    lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
    return lines[-1] if done.returncode else ""


def conditions(system):
    """What decides on that system whether a package needs another."""
    platform, name, kind, machine = SYSTEMS[system][1]
    return {
        "sys_platform": platform,
        "platform_system": name,
        "os_name": kind,
        "platform_machine": machine,
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def metadata(wheel):
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def canonical(name):
    """A package's name as all spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def missing(folder, system, wanted):
    """What is wanted, or asked for by what is wanted and there, and no wheel here satisfies."""
    from packaging.requirements import Requirement

    there, needs, seen = wheels_in(folder), {}, set()
    ask = [Requirement(one) for one in wanted]
    while ask:
        one = ask.pop()
        name, extras = canonical(one.name), frozenset(one.extras)
        needs[name] = needs.get(name, one.specifier) & one.specifier
        fit = [wheel for wheel in there.get(name, []) if wheel[0] in needs[name]]
        if (name, extras, str(one.specifier)) in seen or not fit:
            continue
        seen.add((name, extras, str(one.specifier)))
        for line in max(fit, key=lambda wheel: wheel[0])[1].get_all("Requires-Dist", []):
            other = Requirement(line)
            every = [conditions(system) | {"extra": extra} for extra in ("", *extras)]
            if other.marker is None or any(map(other.marker.evaluate, every)):
                ask.append(other)
    return sorted(
        f"{name}{need}"
        for name, need in needs.items()
        if not any(version in need for version, _ in there.get(name, []))
    )


def wheels_in(folder):
    """Versions and metadata of the wheels in a folder, by name."""
    from packaging.version import Version

    found = {}
    for wheel in folder.glob("*.whl"):
        name, version = wheel.name.split("-")[:2]
        one = Version(version), metadata(wheel)
        found.setdefault(canonical(name), []).append(one)
    return found


def fetch_all(folder, system, wanted):
    """All wheels a system needs into the folder; return what could not be had, and why."""
    own = folder.parent / f".{system}"
    own.mkdir(exist_ok=True)
    troubles = {}
    for _ in range(ROUNDS):
        left = [one for one in missing(own, system, wanted) if one not in troubles]
        if not left:
            break
        if fetch(own, system, left):  # one by one, to know which
            troubles |= {one: said for one in left if (said := fetch(own, system, [one]))}
    for wheel in own.glob("*.whl"):
        wheel.replace(folder / wheel.name)
    shutil.rmtree(own)
    return [f"{system}: {name} ({said})" for name, said in troubles.items()]


def own_wheel(folder):
    """The course's own package as a wheel; return pip's complaint, or nothing."""
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-deps", "--wheel-dir", str(folder), str(course.ROOT)],
        capture_output=True,
        text=True,
    )
    return f"the course itself ({done.stderr.strip()[-200:]})" if done.returncode else ""


def add_site(folder):
    """The website as an archive, if it was made; return the page's line about it."""
    if not (course.ROOT / "site" / "index.html").exists():
        return ""
    shutil.make_archive(str(folder / "site"), "zip", course.ROOT / "site")
    return "The course as a website: unpack `site.zip` and open `index.html`; no Python needed.\n"


def room(arguments):
    """Make classroom/room for the systems named (windows, mac, mac-intel, linux), or all."""
    unknown = [name for name in arguments if name not in SYSTEMS]
    if unknown:
        sys.exit(f"room knows no system '{unknown[0]}'. It knows: {', '.join(SYSTEMS)}.")
    folder, systems = course.CLASSROOM / "room", arguments or list(SYSTEMS)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    troubles = [said for said in [own_wheel(wheels)] if said]
    for system in systems:
        print(f"Wheels for {system}, Python {PYTHON} ...", flush=True)
        troubles += fetch_all(wheels, system, asked())
    versions.write(folder / "notebooks", versions.plain, ())
    site = add_site(folder)
    if not site:
        troubles.append("the website (make it first: python3 lesson.py site)")
    command = f"python{PYTHON} --version"
    page = PAGE.format(python=PYTHON, command=command, systems=", ".join(systems), site=site)
    course.build.put(folder / "before_class.md", page)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"{size:,.0f} MB: {folder}")
    if troubles:
        print("Not in it:\n" + "\n".join(f"- {one}" for one in troubles))
        return 1
