"""pip, conda and Binder get the same packages, said in three files."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}  # without the windows that no notebook opens


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def conda(folder):
    """The conda packages of an environment.yml, and the pip lines inside it."""
    environment = yaml.safe_load((ROOT / folder / "environment.yml").read_text())
    packages = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pip = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    return environment["channels"], packages, pip


def test_binder_has_the_packages_and_channels_of_the_conda_environment():
    assert conda("binder")[:2] == conda(".")[:2]


@pytest.mark.parametrize("folder", [".", "binder"])
def test_conda_asks_for_what_pyproject_asks_for(folder):
    wanted = project()["dependencies"] + project()["optional-dependencies"]["lab"]
    split = [re.fullmatch(r"([a-z0-9-]+)(>=[0-9.]+)", entry).groups() for entry in wanted]
    expected = {CONDA_NAMES.get(name, name) + floor for name, floor in split}
    _, (python, *packages), _ = conda(folder)
    assert set(packages) == expected | {"pip"}
    assert len(packages) == len(set(packages))

    major, minor = re.fullmatch(r"python=(\d+)\.(\d+)", python).groups()
    assert project()["requires-python"] == ">=3.11"
    assert (int(major), int(minor)) >= (3, 11)


def test_the_package_itself_is_installed_everywhere():
    assert conda(".")[2] == [["-e ."]]
    post_build = ROOT / "binder" / "postBuild"
    assert "pip install --no-cache-dir --no-deps --editable ." in post_build.read_text()
    assert "set -euo pipefail" in post_build.read_text()
    if os.name != "nt":
        assert os.access(post_build, os.X_OK)
    assert conda("binder")[2] == []  # there the path would be read from binder/


@pytest.mark.skipif(sys.platform == "win32", reason="repo2docker does not run on Windows")
def test_repo2docker_accepts_the_repository():
    command = [sys.executable, "-m", "repo2docker", "--debug", "--no-build", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Building conda environment for python=3.12" in said
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in said
    assert "RUN ./binder/postBuild" in said
