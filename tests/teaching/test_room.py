"""A folder for a room without a network, and whether a machine is ready; nothing is downloaded."""

import zipfile

import course
import preflight
import pytest
import room
import teach

WINDOWS_ONLY = "Requires-Dist: dial>=2; sys_platform == 'win32'\n"
NOT_HERE = "Requires-Dist: pexpect; sys_platform != 'win32'\nRequires-Dist: docs; extra == 'doc'\n"


def wheel(folder, name, version, needs=""):
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n"
        archive.writestr(f"{name}-{version}.dist-info/METADATA", said)


def test_what_another_system_needs_is_asked_of_the_wheels(tmp_path):
    wheel(tmp_path, "term_inal", "3.0", WINDOWS_ONLY + NOT_HERE)
    assert room.missing(tmp_path, "windows", ["Term.inal"]) == ["dial>=2"]
    assert room.missing(tmp_path, "linux", ["term-inal"]) == ["pexpect"]
    assert room.missing(tmp_path, "linux", ["term-inal[doc]"]) == ["docs", "pexpect"]
    wheel(tmp_path, "dial", "1.9")
    assert room.missing(tmp_path, "windows", ["term-inal"]) == ["dial>=2"]
    wheel(tmp_path, "dial", "2.1")
    assert room.missing(tmp_path, "windows", ["term-inal"]) == []
    assert room.missing(tmp_path, "windows", ["term-inal", "dial<2"]) == ["dial<2,>=2"]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A pip that has one package only, and a classroom somewhere else."""

    def fetch(folder, system, requirements):
        for one in requirements:
            if not one.startswith("dial"):
                return f"no {one}"
            wheel(folder, "dial", "2.0")

    monkeypatch.setattr(room, "fetch", fetch)
    monkeypatch.setattr(room, "own_wheel", lambda folder: "")
    monkeypatch.setattr(room, "asked", lambda: ["dial", "numpy>=1"])
    monkeypatch.setattr(course, "CLASSROOM", tmp_path)
    monkeypatch.setattr(room.versions, "write", lambda folder, version, chosen: [])
    return tmp_path / "room"


def test_what_could_not_be_fetched_is_said(shop, capsys):
    assert teach.main(["room", "windows", "mac"]) == 1
    said = capsys.readouterr().out
    assert "- windows: numpy>=1 (no numpy>=1)" in said and "- mac: numpy>=1" in said
    assert [path.name for path in (shop / "wheels").iterdir()] == ["dial-2.0-py3-none-any.whl"]
    page = (shop / "before_class.md").read_text(encoding="utf-8")
    assert "Wheels are here for: windows, mac." in page and "{" not in page


def test_a_system_that_room_does_not_know_is_refused():
    with pytest.raises(SystemExit, match="no system 'amiga'. It knows: windows, mac"):
        teach.main(["room", "amiga"])


def test_what_the_room_gets_is_what_the_course_asks_for():
    names = [room.canonical(one.partition(">")[0]) for one in room.asked()]
    assert {"numpy", "numba", "ipywidgets", "jupyterlab"} <= set(names)


def test_this_machine_is_ready_or_told_what_to_do(capsys, monkeypatch):
    checks = [one for one in preflight.CHECKS if one.__name__ not in ("port", "hand_outs")]
    monkeypatch.setattr(preflight, "CHECKS", checks)
    assert teach.main(["preflight"]) is None
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("✓ ") for line in lines[:-1]) and lines[-1] == "Ready."


def test_a_taken_port_and_a_broken_package_have_a_remedy(capsys, monkeypatch):
    def broken():
        raise ImportError("no numba")

    with preflight.socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(preflight, "PORT", taken.getsockname()[1])
        monkeypatch.setattr(preflight, "CHECKS", [preflight.port, broken])
        assert teach.main(["preflight"]) == 1
    said = capsys.readouterr().out
    assert "✗ port" in said and "is taken: close the other Jupyter" in said
    assert "✗ broken     ImportError: no numba: type python3 lesson.py lab" in said
    assert "Ready" not in said
