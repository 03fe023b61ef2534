"""A real Jupyter server on loopback, and a headless Chromium that opens notebooks in it."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
# One server shows a notebook in three ways.
PLACES = {
    "lab": "/lab/tree/{}?token={}&reset",
    "notebook": "/notebooks/{}?token={}",  # Notebook 7
    "voila": "/voila/render/{}?token={}",
}
PATIENCE = 120_000  # ms; a busy machine may take long to start a kernel
_QUIET = {
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,
        "jupyterlab-jupytext": True,
    }
}


@contextmanager
def serve(notebooks):
    """Serve some notebooks (paths, or names with a path or with cells); yields the address."""
    with tempfile.TemporaryDirectory(prefix="als-lesson-lab-") as folder:
        folder = Path(folder)
        _lay_out(folder, notebooks)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        token = secrets.token_hex(16)
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={port}",
            f"--IdentityProvider.token={token}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            f"--ServerApp.root_dir={folder / 'work'}",
            "--ServerApp.port_retries=0",
            "--ServerApp.jpserver_extensions={'jupyterlab_jupytext': False}",
            "--allow-root",
        ]
        with open(folder / "server.log", "wb") as log:
            server = subprocess.Popen(command, env=_environment(folder), stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server, folder / "server.log")
            yield f"http://127.0.0.1:{port}", token
        finally:
            server.terminate()
            server.wait(30)


def _lay_out(folder, notebooks):
    (folder / "work").mkdir()
    (folder / "config" / "labconfig").mkdir(parents=True)
    (folder / "config" / "labconfig" / "page_config.json").write_text(json.dumps(_QUIET))
    for notebook in notebooks:
        name, source = (notebook.name, notebook) if isinstance(notebook, Path) else notebook
        if isinstance(source, Path):
            shutil.copy(source, folder / "work" / name)
        else:
            (folder / "work" / name).write_text(json.dumps(_notebook(source)))


def _notebook(cells):
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    listed = [{**empty, "id": f"cell-{n}", "source": source} for n, source in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": listed, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _environment(folder):
    private = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "PYTHONPATH": str(ROOT),
        "ALS_LESSON_DATA": "simulated",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return {**os.environ, **private}


def _wait_for(address, server, log):
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def browse():
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One notebook open in one page; keeps what the browser complained about."""

    def __init__(self, browser, server, name, width=1360, height=1000, scale=1, place="lab"):
        address, token = server
        self.page = browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        self.page.set_default_timeout(PATIENCE)
        self.complaints, self.foreign = [], []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._watch)
        self._home, self._place = address, place
        self.page.goto(address + PLACES[place].format(name, token))
        if place != "voila":
            self.page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
            self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
        if place == "lab":
            self.page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")

    def _listen(self, message):
        if message.type == "error":
            self.complaints.append(message.text)

    def _watch(self, request):
        scheme, _, rest = request.url.partition("://")
        if scheme in ("http", "https", "ws", "wss") and rest.split("/")[0] not in self._home:
            self.foreign.append(request.url)

    def run_all(self):
        """Restart nothing, run every cell, and wait for a widget; Voilà has run them already."""
        if self._place != "voila":
            self.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_selector(".als-keys img", state="attached")

    def explorer(self, nth=0):
        """The nth explorer of the page, in view."""
        box = self.page.locator(".als-explorer").nth(nth)
        box.scroll_into_view_if_needed()
        return box
